"""World checks before a training: can the samples be read, do they fit together, and how long will it take."""

from services.core.execution import default_threads
from services.core.service import Estimate, Finding, Preflight
from services.crop_lstm_train import CropTrainingParams
from services.crop_lstm_train.samples import Parts, gather
from services.learning.session import seconds_of_training, settings_of

_PACKAGE_BYTES = 2_000_000
_BYTES_PER_WEIGHT = 8
_TORCH_BYTES = 450 << 20
_FEW_SAMPLES = 20


def preflight(params: CropTrainingParams) -> Preflight:
    """Read the samples, and time a few steps on made numbers of their shape."""
    parts = gather(params)
    settings = settings_of(params, parts.train.x.shape[1], parts.train.x.shape[2], len(parts.meta.classes))
    seconds = seconds_of_training(params, settings, len(parts.train), default_threads())
    values = sum(part.x.size for part in (parts.train, parts.validation, *parts.tests.values()))
    package = _PACKAGE_BYTES + _BYTES_PER_WEIGHT * settings.hidden_units**2 * settings.layers * 16
    estimate = Estimate(
        seconds=seconds + 10,
        output_bytes=package,
        scratch_bytes=package * 4,
        memory_bytes=_TORCH_BYTES + 8 * values + package * 4,
    )
    return Preflight((_told(parts), *_warnings(parts)), estimate)


def _told(parts: Parts) -> Finding:
    _, periods, bands = parts.train.x.shape
    counts = ", ".join(f"{count} {part.replace('_', ' ')}" for part, count in parts.counts().items())
    text = f"{counts} samples of {periods} periods and {bands} bands, {len(parts.meta.classes)} classes; {parts.split}."
    return Finding("ok", "samples_readable", text)


def _warnings(parts: Parts) -> list[Finding]:
    found = []
    names = {c.value: c.name for c in parts.meta.classes}
    counts = {value: int((parts.train.y == value).sum()) for value in names}
    few = [f"{names[value]} ({count})" for value, count in counts.items() if count < _FEW_SAMPLES]
    if few:
        found.append(
            Finding(
                "warning",
                "few_samples",
                f"Few samples to learn from: {', '.join(few)}.",
                "Add samples, or leave these classes out.",
            )
        )
    if not parts.tests:
        text = "There are no test samples: the card will tell the metrics of the validation samples only."
        found.append(Finding("warning", "no_test_samples", text, "Hold samples back for a test."))
    return found
