"""The labelled dataset TimeSen2Crop: import, check, explore, export. Declaration only: pydantic, nothing heavier."""

from typing import Any, Literal

from pydantic import field_validator, model_validator

from eo.timeseries.timesen2crop import CROSS_YEAR_TILE, TEST_TILE, TILES, VALIDATION_TILE, is_tile
from services.core.service import Output, Params, Service, param
from services.core.types import LocalPath


class TimeSen2CropParams(Params):
    """What a user may choose."""

    source: Literal["file", "made", "worldcereal"] = param(
        "made",
        title="Samples",
        help="file: TimeSen2Crop as published, named by input or mounted by the operator; made: a made set of the same "
        "layout, whose best possible accuracy is known; worldcereal: labelled points or a patch of WorldCereal, named "
        "by input.",
        labels={"file": "TimeSen2Crop, as published", "made": "Made set", "worldcereal": "WorldCereal samples"},
    )
    input: LocalPath | None = param(
        None,
        title="File",
        help="The zip or folder of TimeSen2Crop (Zenodo 4715631), without it what the setting TIMESEN2CROP_PATH names; "
        "for worldcereal a Parquet file of points or the folder of a patch.",
    )
    samples_per_tile: int = param(
        2000,
        title="Samples per tile",
        help="How many samples the made set has in each tile.",
        unit="1",
        ge=10,
        le=200_000,
    )
    tiles: str | None = param(
        None,
        title="Tiles",
        help=f"Tiles to take, with commas between; without it all ({len(TILES)} and {CROSS_YEAR_TILE} if made).",
    )
    split: Literal["leave_tiles_out", "random"] = param(
        "leave_tiles_out",
        title="Split",
        help="leave_tiles_out: whole tiles are kept for validation and test, so that the test is of a place not seen; "
        "random: samples by chance, class by class, which flatters.",
        labels={"leave_tiles_out": "Leave tiles out", "random": "At random"},
    )
    test_tiles: str = param(TEST_TILE, title="Test tiles", help="Tiles kept for the test, with commas between.")
    validation_tiles: str = param(
        VALIDATION_TILE, title="Validation tiles", help="Tiles kept for validation, with commas between."
    )
    seed: int = param(1, title="Seed", help="Of the made set and of the random split.", unit="1", ge=0, le=2**31 - 1)
    first_month: int | None = param(
        None,
        title="First month",
        help="Month that the year of a series begins with; without it that of most tiles' first date.",
        unit="1",
        ge=1,
        le=12,
    )
    period_days: int | None = param(
        None, title="Length of a period", help="Without it calendar months.", unit="days", ge=5, le=183, advanced=True
    )
    gap_limit_days: float = param(
        62.0,
        title="Fill gaps up to",
        help="A period without a clear look is interpolated in time where the nearest periods with one lie no farther "
        "than this; what stays empty is NaN.",
        unit="days",
        ge=0,
        le=3660,
    )
    npy: bool = param(
        True,
        title="Training arrays",
        help="Whether the harmonised samples are written as .npy, a folder for each part.",
    )

    @field_validator("tiles", "test_tiles", "validation_tiles", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            value = ",".join(map(str, value))
        if not isinstance(value, str):
            return value
        return ",".join(dict.fromkeys(part.strip() for part in value.split(",") if part.strip())) or None

    @field_validator("tiles", "test_tiles", "validation_tiles")
    @classmethod
    def _tiles(cls, value: str | None) -> str | None:
        wrong = [name for name in (value or "").split(",") if name and not is_tile(name)]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is no tile; tiles are named as 33UVP or 2019_33UVP.")
        return value

    @model_validator(mode="after")
    def _file_named(self) -> "TimeSen2CropParams":
        if self.source == "worldcereal" and self.input is None:
            raise ValueError("input: name the file or folder to read for the source worldcereal.")
        if self.source == "made" and self.input is not None:
            raise ValueError("input: the made set reads no file; choose the source file or worldcereal.")
        return self


def tile_names(value: str | None) -> tuple[str, ...]:
    """Return the tiles that a parameter names."""
    return tuple(name for name in (value or "").split(",") if name)


SERVICE = Service(
    id="timesen2crop",
    version="1.0.0",
    title="TimeSen2Crop: labelled crop series",
    summary="Reads the labelled Sentinel-2 series of TimeSen2Crop (or makes a set like it), checks them, says what "
    "they are like, and harmonises them to regular series ready to train on.",
    command="TimeSen2Crop",
    domain="agriculture",
    params=TimeSen2CropParams,
    outputs=(
        Output("store", "All samples with all looks (Parquet)"),
        Output("samples_train", "Training samples (x.npy, y.npy, group.npy, meta.json)", optional=True),
        Output("samples_validation", "Validation samples", optional=True),
        Output("samples_test", "Test samples", optional=True),
        Output("samples_cross_year", "Samples of a test place in another year", optional=True),
        Output("statistics", "Counts, flags, mean series, what is wrong where", role="metadata"),
        Output("tiles", "Outlines of the tiles (GeoJSON)", role="vector"),
        Output("counts", "Samples per class and tile", role="overview"),
        Output("series", "Mean series and spread per class", role="overview"),
        Output("flags", "Shares of clear looks, cloud, shadow and snow", role="overview"),
        Output("map", "Map of the tiles", role="overview"),
    ),
    entry="services.timesen2crop.process:run",
    preflight="services.timesen2crop.preflight:preflight",
    example={"source": "made", "samples_per_tile": 2000, "seed": 1},
    sources=(
        "Weikmann, Paris, Bruzzone (2021), IEEE JSTARS 14, 4699, doi 10.1109/JSTARS.2021.3073965",
        "TimeSen2Crop, doi 10.5281/zenodo.4715631, CC-BY-4.0",
    ),
    citation="Weikmann, Paris, Bruzzone (2021), TimeSen2Crop, doi 10.5281/zenodo.4715631, where its samples were read.",
    licence="As statistics.json says: CC-BY-4.0 for TimeSen2Crop, CC0-1.0 for a made set, MIT for WorldCereal samples.",
    limitations=(
        "Labels are farmers' declarations, chosen automatically by a network: some are wrong.",
        "The samples have no coordinates: pixels cannot be found again.",
        "A made set tells how good a method can be on a known model, not how good it is on real fields.",
    ),
    icon="sprout",
)
