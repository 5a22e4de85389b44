"""Packages on their way in: hostile until a child process has checked them, then copied to their place."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.models.errors import ModelRefused
from eo.learning.card import ModelCard

CARD = "card.json"
PICTURES = ("confusion.png", "reliability.png", "curve.png")
PICTURE_BYTES = 5 << 20
PNG = b"\x89PNG\r\n\x1a\n"
SUMS = "SHA256SUMS"
RECORD = ".registry.json"
"""Owner, version and lineage of a package beside it, for `index_models`; not part of what users get."""
CHECK_S = 90
BAND_LENGTH = 40
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH")
NEXT = "LSTM-train writes packages; docs/models.md says what belongs into one."


@dataclass(frozen=True)
class Package:
    """A checked package that lies in its place below MODELS_ROOT, not yet entered."""

    id: uuid.UUID
    card: ModelCard
    folder: Path

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of its card."""
        return hashlib.sha256((self.folder / CARD).read_bytes()).hexdigest()

    def drop(self) -> None:
        """Remove it again: it was not entered."""
        shutil.rmtree(self.folder, ignore_errors=True)


def arrive(source: Path) -> Package:
    """Check a package (a zip, or a folder of its files) and copy what belongs to it below MODELS_ROOT.

    Raises:
        ModelRefused: with the code and the words of what is wrong with it.
    """
    with checked(source) as (card, folder):
        identity = uuid.uuid4()
        root = Path(settings.MODELS_ROOT)
        goal, arriving = root / str(identity), root / f".arriving-{identity}"
        arriving.mkdir(parents=True)
        try:
            for name in (CARD, card.weights.file, card.onnx.file, *_pictures(folder)):
                shutil.copyfile(folder / name, arriving / name)
            _write_sums(arriving)
            arriving.rename(goal)
        except BaseException:
            shutil.rmtree(arriving, ignore_errors=True)
            raise
    return Package(identity, card, goal)


@contextmanager
def checked(source: Path) -> Iterator[tuple[ModelCard, Path]]:
    """Have a package checked by a child process; yield its card and the folder of its files.

    Raises:
        ModelRefused: with the code and the words of what is wrong with it.
    """
    with tempfile.TemporaryDirectory(prefix="groundwork-package-") as scratch:
        answer = _ask(source, Path(scratch))
        if error := answer.get("error"):
            raise refused(error["code"], error["message"], error["hint"] or NEXT)
        card = ModelCard.model_validate(answer["card"])
        if any(len(band) > BAND_LENGTH for band in card.inputs.bands):
            raise refused("invalid_model", f"A band of {CARD} has a name of more than {BAND_LENGTH} characters.")
        yield card, Path(answer["folder"])


def refused(code: str, message: str, hint: str = NEXT) -> ModelRefused:
    """Return a refusal that bears the code of the check."""
    error = ModelRefused(message, hint=hint)
    error.code = code  # type: ignore[misc]
    return error


def size_of(folder: Path) -> int:
    """Return what a package fills on disk, the registry's record aside."""
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def write_record(folder: Path, facts: Mapping[str, Any]) -> None:
    """Keep beside a package what the registry knows of it; who reads it reads all of it."""
    half = folder / f"{RECORD}.half"
    half.write_text(json.dumps(facts, indent=1))
    half.replace(folder / RECORD)


def _ask(source: Path, scratch: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "apps.models.check_child", str(source), str(scratch)]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"}
    try:
        child = subprocess.run(
            command, capture_output=True, timeout=CHECK_S, cwd=settings.BASE_DIR, env=environment, check=False
        )
        answer: dict[str, Any] = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        message = "The package could not be checked within the time and memory that a check may take."
        raise refused("check_failed", message) from None
    if rb"\u0000" in child.stdout:
        raise refused("invalid_model", f"{CARD} holds the character NUL, which is not text.")
    return answer


def _pictures(folder: Path) -> list[str]:
    """Return the known pictures that are there and are pictures."""
    paths = [folder / name for name in PICTURES]
    there = [p for p in paths if p.is_file() and not p.is_symlink() and p.stat().st_size <= PICTURE_BYTES]
    return [path.name for path in there if path.read_bytes()[: len(PNG)] == PNG]


def _write_sums(folder: Path) -> None:
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines))
