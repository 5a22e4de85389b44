"""What a request may name: the file, by its token; bands, limits, a colour ramp. All else is refused."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query as QueryInfo
from fastapi.routing import APIRoute
from pydantic import Field
from rio_tiler.colormap import cmap
from titiler.core.dependencies import DefaultDependency

from apps.catalog.tile_tokens import read_token
from portal.tiles.problems import TileProblem, invalid
from portal.tiles.raster import Source, opened

Limits = tuple[float, float]
Ramp = dict[int, tuple[int, int, int, int]]
RAMPS = tuple(cmap.list())
TRANSPARENT = (0, 0, 0, 0)
HIDDEN = ("coord_crs",)
"""TiTiler's own, overridden in `portal.tiles.app`: GDAL would take a file's name for a coordinate system."""
_known: dict[Any, tuple[str, ...]] = {}


def source_of(token: Annotated[str, Path()]) -> Source:
    """Return the file that a token names.

    Raises:
        TokenRefused: not ours, or over.
        TileProblem: the file is gone.
    """
    return Source.of(read_token(token).path)


def known_only(request: Request) -> None:
    """Refuse parameters that do not exist: a misspelt one must not be lost in silence.

    Raises:
        TileProblem: names it, and what there is.
    """
    route = request.scope["route"]
    known = _known.get(route.endpoint) or _known.setdefault(route.endpoint, _parameters(route))
    for name in request.query_params:
        if name not in known:
            hint = f"There are: {', '.join(known)}." if known else "It takes none."
            raise TileProblem(422, "unknown_parameter", f"There is no parameter {name[:40]!r}.", hint)


def _parameters(route: APIRoute) -> tuple[str, ...]:
    fields = get_flat_params(route.dependant)
    return tuple(f.alias for f in fields if isinstance(f.field_info, QueryInfo) and f.alias not in HIDDEN)


def ramp_of(
    colormap_name: Annotated[Literal[RAMPS] | None, Query()] = None,  # type: ignore[valid-type]
) -> Ramp | None:
    """Return a colour ramp by its name."""
    return cast(Ramp, cmap.get(colormap_name)) if colormap_name else None


def colours_of(
    source: Annotated[Source, Depends(source_of)],
    ramp: Annotated[Ramp | None, Depends(ramp_of)],
    hide: Annotated[str | None, Query(max_length=1024)] = None,
) -> Ramp | None:
    """Return the ramp asked for, or a raster's own colours less those of hidden classes.

    Raises:
        TileProblem: the classes to hide cannot be read, or the raster has none.
    """
    if hide is None:
        return ramp
    if ramp:
        raise invalid("hide", hide, "It goes with a raster's own colours: leave colormap_name out.")
    try:
        own = opened(source).colormap(1)
    except ValueError:
        raise invalid("hide", hide, "The raster has no classes.") from None
    return {**own, **dict.fromkeys(_values(hide), TRANSPARENT)}


def _values(text: str) -> list[int]:
    values = [int(part) if part.isascii() and part.isdigit() else -1 for part in text.split(",")]
    if not all(0 <= value <= 255 for value in values):
        raise invalid("hide", text, "Give values of classes, 0 to 255, with commas between: 3,7.")
    return values


@dataclass
class Stretch(DefaultDependency):  # type: ignore[misc]
    """Stored numbers of darkest and brightest, for all bands or for each; None: by percentiles."""

    rescale: Annotated[list[str] | None, Query(max_length=4)] = None

    def as_dict(self, exclude_none: bool = True) -> dict[str, list[Limits]]:
        """Return what the drawing takes."""
        return {"rescale": [_limits(text) for text in self.rescale]} if self.rescale else {}


@dataclass
class Percentiles(DefaultDependency):  # type: ignore[misc]
    """Percentiles of a band's values."""

    percentiles: Annotated[list[Annotated[int, Field(ge=0, le=100)]] | None, Query(alias="p", max_length=16)] = None

    def __post_init__(self) -> None:
        """By default those that a stretch runs between."""
        self.percentiles = self.percentiles or [2, 98]


@dataclass
class Bins(DefaultDependency):  # type: ignore[misc]
    """Number of bins of a histogram."""

    bins: Annotated[int, Query(alias="histogram_bins", ge=2, le=256)] = 48


def _limits(text: str) -> Limits:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise invalid("rescale", text, "Give two numbers with a comma between: 0,3000.") from None
    if not (abs(low) < float("inf") and abs(high) < float("inf") and low < high):
        raise invalid("rescale", text, "Give finite numbers, the lower first.")
    return low, high
