"""Run a trained network over many series of pixels, and say what it found in few bytes per pixel.

On processors: ONNX Runtime, one single-threaded session for each thread that computes, in small batches: what one batch
needs stays in the second cache, which one great batch does not (measured: half the speed).
"""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from eo.kernel import kernel
from eo.optical.reflectance import NODATA, OFFSET, SCALE

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

BATCH = 128
SHARES = 200
"""Probabilities and entropy are stored as whole numbers of 1/200."""
SHARE_NODATA = 255
CLASS_NODATA = 255
_SESSIONS = threading.local()


class Network(Protocol):
    """A trained network: (pixels, periods, bands) in, (pixels, classes) or (pixels, periods ahead, quantiles) out."""

    precision: ClassVar[str]

    def __call__(self, series: Floats) -> Floats:
        """Return what the network says of each series; NaN in a series is a gap."""


@dataclass(frozen=True)
class OnnxNetwork:
    """A network in an ONNX file, run on the processor by whatever thread calls it."""

    path: Path
    batch: int = BATCH
    precision: ClassVar[str] = "float32"

    def __call__(self, series: Floats) -> Floats:
        """Return the first output of the network for (samples, …), batch by batch."""
        session = _session(self.path)
        name = session.get_inputs()[0].name
        parts = [
            session.run(None, {name: np.ascontiguousarray(series[start : start + self.batch])})[0]
            for start in range(0, max(len(series), 1), self.batch)
        ]
        return np.concatenate(parts)


def _session(path: Path) -> Any:
    """Return this thread's session of a file, made when first asked for, or when the file has changed."""
    opened: dict[tuple[str, int], Any] = _SESSIONS.__dict__.setdefault("opened", {})
    key = (str(path), path.stat().st_mtime_ns)
    if key not in opened:
        opened.clear()  # one network at a time is what a thread works with
        opened[key] = _open(path)
    return opened[key]


def _open(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True)
class Prediction:
    """What is kept of a prediction, per pixel.

    Args:
        classes: (pixels) value of the likeliest class; 255 is no data.
        probabilities: (planes, pixels) of 1/200; 255 is no data. One plane per class, or per rank.
        ranked: (planes, pixels) values of the classes by falling probability where only the top ones are kept.
        entropy: (pixels) of 1/200 of the logarithm of the number of classes; 255 is no data.
    """

    classes: Bytes
    probabilities: Bytes
    ranked: Bytes
    entropy: Bytes


def predict(
    network: Network,
    stack: NDArray[np.uint16],
    wanted: NDArray[np.bool_],
    values: Sequence[int],
    *,
    keep: int | None = None,
) -> Prediction:
    """Classify the wanted pixels of a block.

    Args:
        stack: (periods, bands, pixels) as stored by `eo.optical.reflectance`; 0 is no data.
        wanted: (pixels) which to classify; all others become no data.
        values: of the classes, in the order of the network's output.
        keep: 0 for no probabilities, k for those of the k likeliest classes, None for those of all.
    """
    chosen = np.flatnonzero(wanted)
    probabilities = network(series_of(stack, chosen)) if len(chosen) else np.empty((0, len(values)), np.float32)
    lookup = np.asarray(values, np.uint8)
    planes, ranked = _kept(probabilities, lookup, keep)
    size = stack.shape[2]
    return Prediction(
        _spread(lookup[probabilities.argmax(axis=1)], chosen, size, CLASS_NODATA),
        np.stack([_spread(p, chosen, size, SHARE_NODATA) for p in planes]) if len(planes) else _none(size),
        np.stack([_spread(p, chosen, size, CLASS_NODATA) for p in ranked]) if len(ranked) else _none(size),
        _spread(shares(entropy(probabilities)), chosen, size, SHARE_NODATA),
    )


def series_of(stack: NDArray[np.uint16], chosen: NDArray[np.intp]) -> Floats:
    """Return chosen pixels of (periods, bands, pixels) stored numbers as (chosen, periods, bands) of reflectance."""
    out = np.empty((len(chosen), *stack.shape[:2]), np.float32)
    _series_of(stack, chosen, out)
    return out


def seen_periods(stack: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Return the number of periods per pixel in which every band of (periods, bands, pixels) has data."""
    seen: NDArray[np.intp] = (stack != NODATA).all(axis=1).sum(axis=0)
    return seen


def entropy(probabilities: Floats) -> Floats:
    """Return Shannon's entropy of (samples, classes) as a share of the greatest there can be; 0 for one class."""
    classes = probabilities.shape[1]
    if classes < 2:
        return np.zeros(len(probabilities), np.float32)
    p = np.clip(probabilities, np.finfo(np.float32).tiny, 1)
    total: Floats = -(p * np.log(p)).sum(axis=1) / np.float32(math.log(classes))
    return total


def shares(values: Floats) -> Bytes:
    """Return 0…1 as whole numbers of 1/200."""
    stored: Bytes = np.floor(np.clip(values, 0, 1) * SHARES + 0.5).astype(np.uint8)
    return stored


def _kept(probabilities: Floats, lookup: Bytes, keep: int | None) -> tuple[Bytes, Bytes]:
    """Return planes of probabilities and of ranked classes."""
    nothing = np.empty((0, len(probabilities)), np.uint8)
    if keep is None:
        return shares(probabilities).T, nothing
    if keep == 0:
        return nothing, nothing
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :keep]
    return shares(np.take_along_axis(probabilities, order, axis=1)).T, lookup[order].T


def _spread(values: Bytes, chosen: NDArray[np.intp], size: int, nodata: int) -> Bytes:
    out = np.full(size, nodata, np.uint8)
    out[chosen] = values
    return out


def _none(size: int) -> Bytes:
    return np.empty((0, size), np.uint8)


@kernel
def _series_of(stack: Any, chosen: Any, out: Any) -> None:
    scale, offset = np.float32(SCALE), np.float32(OFFSET)
    periods, bands, _ = stack.shape
    for index in range(len(chosen)):
        pixel = chosen[index]
        for period in range(periods):
            for band in range(bands):
                value = stack[period, band, pixel]
                out[index, period, band] = np.float32(value) * scale + offset if value != 0 else np.float32(np.nan)
