"""Packages of trained networks: a folder, or a zip of one, with `card.json`, `weights.safetensors` and `model.onnx`.

Nothing in a package is trusted: no pickle is read, sizes are bounded, and what the card says is checked.
"""

import json
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from eo.errors import InvalidModel, UnsafeArchive, UnsafeModel
from eo.io.onnx_file import check_onnx
from eo.io.safe import DAMAGED, check_archive
from eo.io.weight_file import Weights, read_weights, refuse_pickle, write_weights
from eo.learning.card import ModelCard, WeightFile
from eo.learning.settings import Network, Settings, read_settings, tensor_shapes

CARD, WEIGHTS, ONNX = "card.json", "weights.safetensors", "model.onnx"
MAX_CARD_BYTES = 4 << 20
MAX_FILE_BYTES = 256 << 20
MAX_FILES = 64
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".bin", ".npz", ".h5", ".hdf5", ".keras", ".pb")
"""Endings of files that run code when read, or may."""
_HINT = "A package holds card.json, weights.safetensors and model.onnx; LSTM-train writes one."


@dataclass(frozen=True)
class Package:
    """A checked package that lies in a folder."""

    card: ModelCard
    folder: Path

    @property
    def weights_path(self) -> Path:
        """The weights, as safetensors."""
        return self.folder / self.card.weights.file

    @property
    def onnx_path(self) -> Path:
        """The whole network, as ONNX."""
        return self.folder / self.card.onnx.file

    def network(self) -> tuple[Network, Settings]:
        """Return which network it is, with its settings."""
        return read_settings(self.card.architecture.network, self.card.architecture.settings)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Read the weights by name."""
        return read_weights(self.weights_path, tensor_shapes(*self.network()))


def write_package(folder: Path, card_parts: Mapping[str, Any], weights: Weights, onnx: bytes) -> ModelCard:
    """Write a package into a folder, made if need be; return its card.

    Args:
        card_parts: members of `ModelCard` but those of the files.

    Raises:
        InvalidModel: the parts do not fit together: a fault of the caller.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder / WEIGHTS, weights)
    (folder / ONNX).write_bytes(onnx)
    files = {"weights": _described(folder / WEIGHTS), "onnx": _described(folder / ONNX)}
    card = ModelCard.model_validate({**card_parts, **files})
    (folder / CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return check_package(folder)


def read_card(path: Path) -> ModelCard:
    """Read the card of a package, looking at nothing else.

    Raises:
        InvalidModel: no card, or one that is not as it should be.
        UnsafeArchive: a zip that must not be read.
    """
    if path.is_dir():
        return _parse_card(path)
    with tempfile.TemporaryDirectory(prefix="groundwork-model-") as scratch:
        return _parse_card(_unpack(path, Path(scratch), only=CARD))


def check_package(path: Path) -> ModelCard:
    """Check a package whole and return its card: structure, sizes, checksums, weights and ONNX against the card.

    Raises:
        InvalidModel: the message says which part is wrong and what it should be.
        UnsafeModel: pickles, or ONNX with operators or data from elsewhere.
        UnsafeArchive: a zip that must not be read.
    """
    with tempfile.TemporaryDirectory(prefix="groundwork-model-") as scratch:
        return _check_folder(path if path.is_dir() else _unpack(path, Path(scratch)))


def open_package(path: Path, scratch: Path | None = None) -> Package:
    """Check a package and return it; a zip is unpacked first.

    Args:
        scratch: folder to unpack a zip into; without it one that goes when the package is no longer held.

    Raises:
        InvalidModel, UnsafeModel, UnsafeArchive: as for `check_package`.
    """
    if path.is_dir():
        return Package(_check_folder(path), path)
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        folder = _unpack(path, scratch)
        return Package(_check_folder(folder), folder)
    with ExitStack() as on_error:
        own = Path(tempfile.mkdtemp(prefix="groundwork-model-"))
        on_error.callback(shutil.rmtree, own, ignore_errors=True)
        folder = _unpack(path, own)
        package = Package(_check_folder(folder), folder)
        on_error.pop_all()
    weakref.finalize(package, shutil.rmtree, own, ignore_errors=True)
    return package


def _described(path: Path) -> WeightFile:
    content = path.read_bytes()
    return WeightFile(file=path.name, sha256=sha256(content).hexdigest(), size_bytes=len(content))


def _parse_card(folder: Path) -> ModelCard:
    path = folder / CARD
    if not path.is_file():
        raise InvalidModel(f"There is no {CARD} in {folder.name}.", hint=_HINT)
    if path.stat().st_size > MAX_CARD_BYTES:
        raise InvalidModel(f"{CARD} has {path.stat().st_size} bytes; {MAX_CARD_BYTES} are taken.", hint=_HINT)
    try:
        return ModelCard.model_validate(json.loads(path.read_bytes()))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InvalidModel(f"{CARD} is not as it should be: {where}: {first['msg']}.", hint=_HINT) from None
    except (ValueError, RecursionError) as error:
        raise InvalidModel(f"{CARD} is no JSON: {error}.", hint=_HINT) from None


def _check_folder(folder: Path) -> ModelCard:
    for path in folder.iterdir():
        _refuse_by_name(path.name)
    card = _parse_card(folder)
    network, settings = read_settings(card.architecture.network, card.architecture.settings)
    _check_sizes(card, settings)
    shapes = tensor_shapes(network, settings)
    count = sum(prod(shape) for shape in shapes.values())
    if card.architecture.parameters != count:
        raise InvalidModel(f"The card says {card.architecture.parameters} weights; its network has {count}.")
    for file, ending in ((card.weights, ".safetensors"), (card.onnx, ".onnx")):
        _check_file(folder, file, ending)
    read_weights(folder / card.weights.file, shapes)
    check_onnx(folder / card.onnx.file, *_ends(card))
    return card


def _refuse_by_name(name: str) -> None:
    if PurePosixPath(name).suffix.lower() in PICKLES:
        raise UnsafeModel(f"{name[:80]} may be a pickle, which runs code when it is read: it is not taken.", hint=_HINT)


def _check_sizes(card: ModelCard, settings: Settings) -> None:
    """The card's inputs and outputs are those of its network."""
    wide = len(card.inputs.bands)
    ahead = len(card.outputs.quantiles) * (card.outputs.horizon or 0)
    out = len(card.outputs.classes) if card.task == "crop_classification" else ahead
    pairs = {
        "periods": (settings.periods, card.inputs.periods.count),
        "bands": (settings.bands, wide),
        "outputs": (settings.outputs, out),
        "means": (wide, len(card.inputs.normalisation.mean)),
        "standard deviations": (wide, len(card.inputs.normalisation.std)),
    }
    for name, (one, other) in pairs.items():
        if one != other:
            raise InvalidModel(f"{CARD} contradicts itself: {one} and {other} {name}.", hint=_HINT)
    for part, metrics in card.metrics.items():
        if {len(metrics.confusion), len(metrics.classes), *map(len, metrics.confusion)} != {out}:
            raise InvalidModel(f"{CARD} has metrics ({part}) of other classes than its own {out}.", hint=_HINT)


def _check_file(folder: Path, file: WeightFile, ending: str) -> None:
    path = folder / file.file
    if not file.file.endswith(ending):
        raise InvalidModel(f"The card names {file.file} where a {ending} file should be.", hint=_HINT)
    if not path.is_file() or path.is_symlink():
        raise InvalidModel(f"There is no {file.file} in the package.", hint=_HINT)
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise InvalidModel(f"{file.file} has {size} bytes; {MAX_FILE_BYTES} are taken.", hint=_HINT)
    with path.open("rb") as stream:
        refuse_pickle(stream.read(16), file.file)
    digest = sha256(path.read_bytes()).hexdigest()
    if (size, digest) != (file.size_bytes, file.sha256):
        raise InvalidModel(
            f"{file.file} is not the file that the card speaks of: {size} bytes, sha256 {digest[:12]}…; the card says "
            f"{file.size_bytes} bytes, {file.sha256[:12]}….",
            hint="Take card and files from the same training.",
        )


def _ends(card: ModelCard) -> tuple[str, tuple[int, ...], str, tuple[int, ...]]:
    """Return the names of input and output of the ONNX file, and their shapes without the batch."""
    periods = card.inputs.periods.count
    if card.task == "crop_classification":
        return "series", (periods, len(card.inputs.bands)), "probabilities", (len(card.outputs.classes),)
    return "ndvi", (periods,), "quantiles", (card.outputs.horizon or 0, len(card.outputs.quantiles))


def _unpack(path: Path, scratch: Path, only: str | None = None) -> Path:
    """Unpack the files that lie beside the card of a zip, flat; return the folder."""
    if not path.exists():
        raise InvalidModel(f"There is no {path.name}.", hint="Check the path.")
    _refuse_by_name(path.name)
    with path.open("rb") as stream:
        start = stream.read(16)
    if not start.startswith(b"PK"):
        refuse_pickle(start, path.name)
        raise InvalidModel(f"{path.name} is no folder and no zip.", hint=_HINT)
    entries = [entry for entry in check_archive(path) if not entry.is_dir()]
    for entry in entries:
        _refuse_by_name(entry.filename)
    cards = [e.filename for e in entries if PurePosixPath(e.filename).name == CARD]
    if len(cards) != 1:
        raise InvalidModel(f"{path.name} holds {len(cards)} files {CARD}; it should hold one.", hint=_HINT)
    root = cards[0].removesuffix(CARD)
    inside = [e for e in entries if e.filename.startswith(root) and "/" not in e.filename[len(root) :]]
    if len(inside) > MAX_FILES or sum(e.file_size for e in inside) > 2 * MAX_FILE_BYTES:
        raise UnsafeArchive(f"{path.name} would unpack to more than a package holds.", hint=_HINT)
    folder = scratch / "package"
    folder.mkdir()
    try:
        with ZipFile(path) as archive:
            for entry in inside:
                name = entry.filename[len(root) :]
                if only in (None, name):
                    _copy(archive, entry, folder / name)
    except DAMAGED as error:
        raise InvalidModel(f"{path.name} is damaged: {error}.", hint="Fetch it again.") from None
    return folder


def _copy(archive: ZipFile, entry: Any, goal: Path) -> None:
    """Unpack one file, no further than it said."""
    left = entry.file_size
    with archive.open(entry) as source, goal.open("wb") as target:
        while piece := source.read(1 << 20):
            left -= len(piece)
            if left < 0:
                raise UnsafeArchive(f"{entry.filename} is longer than the zip says.", hint="Do not use it.")
            target.write(piece)
