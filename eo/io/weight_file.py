"""Weights as safetensors: numbers and their names, nothing that could run.

Format: 8 bytes with the header's length, the header as JSON, the numbers. Source: safetensors 0.x, "Format".
"""

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from eo.errors import InvalidModel, UnsafeModel

Weights = Mapping[str, NDArray[np.float32]]
MAX_HEADER_BYTES = 1 << 20
_ITEM_BYTES = 4
_HINT = "Save the weights with safetensors, as float32, from the network that the card names."


def refuse_pickle(start: bytes, name: str) -> None:
    """Refuse what begins as a pickle, a torch file or another container does.

    Raises:
        UnsafeModel: a pickle runs whatever its maker wrote.
    """
    kinds = {b"PK": "a zip as torch.save writes it", b"\x89HDF": "an HDF5 file", b"\x93NUMPY": "a numpy file"}
    kind = next((words for magic, words in kinds.items() if start.startswith(magic)), None)
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        kind = "a pickle"
    if start.startswith((b"cos\n", b"cposix\n", b"c__builtin__\n", b"cbuiltins\n", b"(lp", b"(dp")):
        kind = "a pickle"
    if kind:
        raise UnsafeModel(f"{name} is {kind}, which can run code when it is read: it is not taken.", hint=_HINT)


def write_weights(path: Path, weights: Weights) -> None:
    """Write weights, as float32."""
    arrays = {name: np.ascontiguousarray(value, np.float32) for name, value in weights.items()}
    path.write_bytes(safetensors.numpy.save(arrays))


def read_weights(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.float32]]:
    """Read weights that have these names and shapes, and no others.

    Raises:
        UnsafeModel: a pickle or another container under the name of weights.
        InvalidModel: damaged, of another type than float32, not finite, or not the expected tensors.
    """
    whole = path.read_bytes()
    refuse_pickle(whole[:16], path.name)
    header, numbers = _header(whole, path.name)
    _check_names(set(header), set(shapes), path.name)
    _check_layout(header, len(numbers), path.name)
    found = {}
    for name, entry in header.items():
        if tuple(entry["shape"]) != shapes[name]:
            raise InvalidModel(
                f"{path.name}: {name} has the shape {tuple(entry['shape'])}; the card makes it {shapes[name]}.",
                hint=_HINT,
            )
        start, end = entry["data_offsets"]
        values = np.frombuffer(numbers[start:end], "<f4").reshape(shapes[name])
        if not np.isfinite(values).all():
            raise InvalidModel(f"{path.name}: {name} has numbers that are not finite.", hint="Train it again.")
        found[name] = values
    return found


def _header(whole: bytes, label: str) -> tuple[dict[str, Any], memoryview]:
    if len(whole) < 8:
        raise InvalidModel(f"{label} is {len(whole)} bytes long: no safetensors file.", hint=_HINT)
    length = int.from_bytes(whole[:8], "little")
    if length > min(MAX_HEADER_BYTES, len(whole) - 8):
        raise InvalidModel(f"{label} says that its header has {length} bytes; the file has {len(whole)}.", hint=_HINT)
    try:
        header = json.loads(whole[8 : 8 + length], object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InvalidModel(f"{label} has a header that is no JSON: {error}.", hint=_HINT) from None
    if not isinstance(header, dict):
        raise InvalidModel(f"{label} has a header that names no tensors.", hint=_HINT)
    header.pop("__metadata__", None)
    for name, entry in header.items():
        _check_entry(name, entry, label)
    return header, memoryview(whole)[8 + length :]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name comes twice")
    return members


def _check_entry(name: str, entry: Any, label: str) -> None:
    fine = isinstance(entry, dict) and _naturals(entry.get("shape")) and _naturals(entry.get("data_offsets"))
    if not fine or len(entry["data_offsets"]) != 2:
        raise InvalidModel(f"{label}: {name[:80]} lacks its shape or its place in the file.", hint=_HINT)
    if entry.get("dtype") != "F32":
        raise InvalidModel(f"{label}: {name[:80]} holds {entry.get('dtype')}; only F32 is taken.", hint=_HINT)
    start, end = entry["data_offsets"]
    if end - start != prod(entry["shape"]) * _ITEM_BYTES:
        raise InvalidModel(f"{label}: {name[:80]} has {end - start} bytes for the shape {entry['shape']}.", hint=_HINT)


def _naturals(values: Any) -> bool:
    whole = isinstance(values, list) and len(values) <= 8
    return whole and all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 1 << 40 for v in values)


def _check_names(found: set[str], wanted: set[str], label: str) -> None:
    strange, missing = sorted(found - wanted), sorted(wanted - found)
    if missing:
        raise InvalidModel(f"{label} lacks {_few(missing)}, which the card's network has.", hint=_HINT)
    if strange:
        raise InvalidModel(f"{label} has {_few(strange)}, which the card's network has not.", hint=_HINT)


def _few(names: list[str]) -> str:
    shown = ", ".join(name[:80] for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _check_layout(header: Mapping[str, Any], size: int, label: str) -> None:
    """Tensors lie one after the other and fill the file: nothing overlaps, nothing hides."""
    at = 0
    for start, end in sorted(entry["data_offsets"] for entry in header.values()):
        if start != at:
            raise InvalidModel(f"{label} has tensors that overlap or leave a hole at byte {at}.", hint=_HINT)
        at = end
    if at != size:
        raise InvalidModel(f"{label} has {size} bytes of numbers where its header names {at}.", hint=_HINT)
