"""What the record of a run says of its inputs, and the blocks that it works through."""

from collections.abc import Iterator
from pathlib import Path

from rasterio.windows import Window

from eo.io.grid import Grid

BLOCK_PIXELS = 256
_TOGETHER_PIXELS = 512
"""Blocks in one tile of the files follow one another, so that it is compressed once."""

Input = tuple[str, str, Path | bytes]
"""Parameter, name, and what the sha-256 is taken of."""


def named_inputs(**paths: str | None) -> Iterator[Input]:
    """Yield what is known of the paths that were given, by parameter."""
    for parameter, text in paths.items():
        if text is not None:
            yield parameter, Path(text).name, fingerprint(Path(text))


def fingerprint(path: Path) -> Path | bytes:
    """Return what identifies an input: a file, the record of a result, or the names and sizes in a folder."""
    if path.is_file():
        return path
    if (path / "item.json").is_file():
        return path / "item.json"
    files = sorted(p for p in path.rglob("*") if p.is_file())
    return "".join(f"{p.relative_to(path)} {p.stat().st_size}\n" for p in files).encode()


def blocks(grid: Grid) -> Iterator[Window]:
    """Yield the blocks, those of one tile of the files together."""
    for tile in grid.blocks(_TOGETHER_PIXELS):
        for part in grid.block(tile).blocks(BLOCK_PIXELS):
            yield Window(tile.col_off + part.col_off, tile.row_off + part.row_off, part.width, part.height)
