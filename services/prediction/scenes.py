"""Scenes in place of a stack: harmonised on the way, by the service that does it, into the same result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from eo.errors import InvalidProduct
from eo.io.aoi import parse_area
from eo.io.grid import Grid, output_grid
from eo.io.product import Product
from eo.io.products import find_products, open_product
from eo.io.series_netcdf import find_series, is_series, read_series
from eo.learning.card import Inputs
from eo.timeseries.periods import Period, months, periods_between, spans
from services.core.context import Context
from services.core.registry import get_service
from services.core.service import Preflight
from services.core.validation import validate
from services.prediction.imagery import season

HARMONISATION = "s2_harmonisation"


@dataclass(frozen=True)
class PlannedImagery:
    """Series that are not there yet: the grid and the periods that scenes will be harmonised to.

    Args:
        values: parameters of the harmonisation.
    """

    grid: Grid
    periods: Sequence[Period]
    values: Mapping[str, Any]

    def read(self, window: Window) -> NDArray[np.uint16]:
        """Refuse: there is nothing to read yet."""
        raise InvalidProduct("The scenes are not harmonised yet.", hint="Harmonise them first.")


def plan(scenes: Sequence[str], inputs: Inputs, start: date | None, area: str | None, **options: Any) -> PlannedImagery:
    """Settle how scenes are harmonised to what a network takes.

    Args:
        options: further parameters of the harmonisation.

    Raises:
        InvalidProduct: there are no scenes.
        PeriodMismatch: they cover more or fewer periods than the network takes.
        NoOverlap: the area lies elsewhere.
    """
    products = sorted(_products(scenes), key=lambda p: p.datetime)
    if not products:
        raise InvalidProduct("There is no scene in the series.", hint="Name Level-2A products, or a folder of them.")
    wanted = inputs.periods
    if start is None:
        first, last = (p.datetime.date() for p in (products[0], products[-1]))
        periods = periods_between(first, last, wanted.days)
    elif wanted.days is None:
        periods = months(start, wanted.count)
    else:
        periods = spans(start, start + timedelta(days=wanted.days * wanted.count - 1), wanted.days)
    chosen = periods[season(periods, wanted, None, "series of scenes")]
    values = {
        "scenes": list(scenes),
        "aoi": area,
        "start": chosen[0].start.isoformat(),
        "end": (chosen[-1].end - timedelta(days=1)).isoformat(),
        "period_days": wanted.days,
        "bands": ",".join(inputs.bands),
        **options,
    }
    reach = parse_area(area) if area else None
    return PlannedImagery(output_grid(products[0].grid, 10.0, None, reach), chosen, values)


def harmonise(planned: PlannedImagery, context: Context, share: float) -> Path:
    """Harmonise into the folder of a run, whose outputs the composites become; return where the stack lies.

    Args:
        share: of the progress of the run.
    """
    service = get_service(HARMONISATION)
    inner = Context(
        service,
        context.folder,
        context.executor,
        lambda progress: context.progress(progress.fraction * share, progress.stage),
        context.threads,
        context.standing,
    )
    service.load_run()(validate(service, planned.values), inner)
    context.inputs += inner.inputs
    for name, asset in inner.assets.items():
        context.add(name, asset.path, title=asset.title, bands=asset.bands, properties=asset.properties)
    return context.folder


def check(planned: PlannedImagery) -> Preflight:
    """Return what a dry run of the harmonisation finds, and what it costs."""
    service = get_service(HARMONISATION)
    preflight = service.load_preflight()
    return preflight(validate(service, planned.values)) if preflight else Preflight(())


def _products(scenes: Sequence[str]) -> Iterator[Product]:
    for path in map(Path, scenes):
        if not path.exists():
            raise InvalidProduct(f"There is no {path.name}.", hint="Give Level-2A products, or a folder of them.")
        if path.suffix == ".nc" or is_series(path):
            yield from read_series(path)
            continue
        for found in find_series(path):
            yield from read_series(found)
        for found in find_products(path):
            product = open_product(found)
            if product.level == "L2A":
                yield product
