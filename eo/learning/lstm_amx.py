"""Run an LSTM in bfloat16 on processors with AMX (Intel Xeon from 2023), by C that is compiled when first asked for.

Eight times as fast as float32 there. Where the processor, a C compiler or the network does not fit, `fits` says so, and
`eo.learning.inference.OnnxNetwork` takes its place.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from eo.learning.card import ModelCard
from eo.learning.settings import Settings, read_settings

Floats = NDArray[np.float32]
Halves = NDArray[np.uint16]

SOURCE = Path(__file__).with_name("lstm_amx.c")
NEEDED = {"amx_bf16", "amx_tile", "avx512f", "avx512bw", "avx512vl", "avx512_bf16"}
COMPILERS = ("cc", "gcc", "clang")
EXTENSIONS = ("amx-tile", "amx-bf16", "avx512f", "avx512bw", "avx512vl", "avx512bf16")
OPTIONS = ["-O3", "-shared", "-fPIC", *(f"-m{name}" for name in EXTENSIONS)]
UNITS, DEPTH = 16, 32
"""Hidden units and inputs of one tile."""
_CPU = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class AmxNetwork:
    """A classifier's package, run in bfloat16 by whatever thread calls it; only where `fits` has nothing against it."""

    card: str
    weights: Path
    precision: ClassVar[str] = "bfloat16"

    def __call__(self, series: Floats) -> Floats:
        """Return probabilities (samples, classes) of (samples, periods, bands), NaN where nothing was seen."""
        return _loaded(self)(series)


def fits(card: ModelCard) -> str:
    """Say why a classifier cannot be run by this here; nothing where it can."""
    if card.architecture.network != "lstm":
        return f"it is for LSTMs, the model is a {card.architecture.network}"
    _, settings = read_settings(card.architecture.network, card.architecture.settings)
    if settings.bidirectional or settings.hidden_units % DEPTH:
        return f"it is for LSTMs of one direction and a multiple of {DEPTH} hidden units"
    if missing := NEEDED - _flags():
        return f"the processor lacks {', '.join(sorted(missing))}"
    try:
        _library()
    except OSError as error:
        return f"its code could not be compiled: {error}"
    return ""


@cache
def _flags() -> set[str]:
    lines = _CPU.read_text().splitlines() if _CPU.is_file() else []
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


@cache
def _library() -> Any:
    """Return the compiled code; OSError tells why there is none."""
    library = ctypes.CDLL(str(_compiled()))
    if library.lstm_amx_allow():
        raise OSError("the kernel does not let programs use the tiles")
    return library


def _compiled() -> Path:
    """Compile beside numba's code, once for each state of the source."""
    mark = hashlib.sha256(SOURCE.read_bytes() + " ".join(OPTIONS).encode()).hexdigest()[:16]
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or SOURCE.parent / "__pycache__")
    path = folder / f"lstm_amx-{mark}.so"
    if path.is_file():
        return path
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise OSError("there is no C compiler (apt-get install gcc)")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        draft = Path(scratch) / path.name
        command = [compiler, *OPTIONS, "-o", str(draft), str(SOURCE)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"{compiler}: {done.stderr.strip()[-500:]}")
        draft.replace(path)
    return path


class _Loaded:
    """The weights of a network as the compiled code wants them."""

    def __init__(self, card: ModelCard, weights: dict[str, Floats]) -> None:
        _, self.settings = read_settings(card.architecture.network, card.architecture.settings)
        self.mean = np.array(card.inputs.normalisation.mean, np.float32)
        self.scale = 1 / np.array(card.inputs.normalisation.std, np.float32)
        self.width = -(-3 * self.settings.bands // DEPTH) * DEPTH
        self.tiles, self.biases = _tiles(self.settings, weights, self.width)
        head = np.vstack([weights["head.weight"].T, weights["head.bias"]]) / card.temperature
        self.head = np.ascontiguousarray(head, np.float32)

    def __call__(self, series: Floats) -> Floats:
        of, series = self.settings, np.ascontiguousarray(series, np.float32)
        logits = np.empty((len(series), of.outputs), np.float32)
        given: list[NDArray[Any] | int] = [series, len(series), of.periods, of.bands, self.mean, self.scale, self.width]
        given += [of.layers, of.hidden_units, self.tiles, self.biases, self.head, of.outputs, logits]
        if _library().lstm_amx(*map(_as_c, given)):
            raise MemoryError
        shares: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares


@lru_cache(maxsize=2)
def _loaded(network: AmxNetwork) -> _Loaded:
    return _Loaded(ModelCard.model_validate_json(network.card), load_file(network.weights))


def _as_c(value: NDArray[Any] | int) -> Any:
    return ctypes.c_long(value) if isinstance(value, int) else value.ctypes.data_as(ctypes.c_void_p)


def _tiles(settings: Settings, weights: dict[str, Floats], width: int) -> tuple[Halves, Floats]:
    """Return all layers' weights, tile after tile, and their biases."""
    tiles, biases = [], []
    for layer in range(settings.layers):
        name = f"recurrent.{layer}"
        below = weights[f"{name}.weight_ih_l0"].T
        both = [_in_three(below, width) if layer == 0 else rounded(below), rounded(weights[f"{name}.weight_hh_l0"].T)]
        tiles.append(_in_tiles(np.vstack(both), settings.hidden_units).ravel())
        biases.append(weights[f"{name}.bias_ih_l0"] + weights[f"{name}.bias_hh_l0"])
    return np.concatenate(tiles), np.concatenate(biases).astype(np.float32)


def _in_three(weights: Floats, width: int) -> Halves:
    """Weights of the series thrice: for its bfloat16, for what that leaves, and what its own bfloat16 leaves.

    The products that are missing are of what both leave: the input is as good as in float32.
    """
    high = rounded(weights)
    parts = np.vstack([high, high, rounded(weights - widened(high))])
    return np.pad(parts, ((0, width - len(parts)), (0, 0)))


def _in_tiles(weights: Halves, units: int) -> Halves:
    """Order (inputs, gates · units) as (units / 16, inputs / 32, gate, 16 pairs of inputs, 16 units, 2)."""
    shaped = weights.reshape(len(weights) // DEPTH, DEPTH // 2, 2, 4, units // UNITS, UNITS)
    return np.ascontiguousarray(shaped.transpose(4, 0, 3, 1, 5, 2))


def rounded(values: Floats) -> Halves:
    """Return numbers as bfloat16, to the nearest, ties to even."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def widened(values: Halves) -> Floats:
    """Return bfloat16 as float32."""
    return (values.astype(np.uint32) << 16).view(np.float32)
