"""Write samples in the published layout of TimeSen2Crop, into a folder or a zip; and make a whole set of it."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eo.io.timesen2crop_csv import DATES_HEADER, format_sample
from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.made_crops import LICENCE, SOURCE, make_tile
from eo.timeseries.timesen2crop import CROSS_YEAR_TILE, TILES

ROOT = "TimeSen2Crop"
_AT_ONCE = 8192
_SAME_TIME = (2021, 4, 1, 0, 0, 0)
Put = Callable[[str, bytes], None]


def make_timesen2crop(
    path: Path, seed: int, samples_per_tile: int, tiles: Sequence[str] = (*TILES, CROSS_YEAR_TILE)
) -> dict[str, list[int]]:
    """Make a set in the published layout, a zip where the path ends in .zip; return samples per tile and class."""
    counts: dict[str, list[int]] = {}
    with open_layout(path) as put:
        put("README.txt", f"{SOURCE}, seed {seed}. Licence: {LICENCE}.\n".encode())
        for tile in tiles:
            counts[tile] = [0] * 16
            for start in range(0, samples_per_tile, _AT_ONCE):
                count = min(_AT_ONCE, samples_per_tile - start)
                looks = make_tile(tile, count, seed, first_number=start)
                write_tile(put, looks, dates=start == 0)
                for label in looks.labels:
                    counts[tile][int(label)] += 1
    return counts


@contextmanager
def open_layout(path: Path) -> Iterator[Put]:
    """Hand out what puts a file into a folder or a zip."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

            def into_zip(name: str, content: bytes) -> None:
                member = zipfile.ZipInfo(f"{ROOT}/{name}", _SAME_TIME)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, content, compresslevel=1)

            yield into_zip
        return
    known: set[Path] = set()

    def into_folder(name: str, content: bytes) -> None:
        goal = path / name
        if goal.parent not in known:
            goal.parent.mkdir(parents=True, exist_ok=True)
            known.add(goal.parent)
        goal.write_bytes(content)

    yield into_folder


def write_tile(put: Put, looks: TileLooks, *, dates: bool = True) -> None:
    """Put the samples of a tile, and its dates."""
    if dates:
        lines = [DATES_HEADER, *(f"{day:%Y%m%d}" for day in looks.dates)]
        put(f"{looks.tile}/dates.csv", "".join(f"{line}\n" for line in lines).encode())
    for label, number, values, flags in zip(looks.labels, looks.numbers, looks.values, looks.flags, strict=True):
        put(f"{looks.tile}/{label}/{number}.csv", format_sample(values, flags))
