"""The scenes of a series: found behind paths, those of the area and time, gathered by overpass."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from eo.errors import InvalidProduct, NoOverlap, NotEnoughData
from eo.io.product import Product
from eo.io.products import find_products, open_product
from eo.io.series_netcdf import find_series, is_series, read_series

SAME_OVERPASS = timedelta(minutes=15)
"""Scenes of one satellite within this lie on one swath; the next one comes 100 minutes later."""


@dataclass(frozen=True)
class Chosen:
    """The scenes that are used.

    Args:
        products: in the order of time.
        first, last: days of the series.
        elsewhere: how many scenes lie outside of the area or the time.
        replaced: how many were left out for a newer processing of the same.
    """

    products: tuple[Product, ...]
    first: date
    last: date
    elsewhere: int
    replaced: int


def open_scenes(paths: Sequence[str]) -> list[Product]:
    """Return the products behind paths, in the order of time; a folder that is no product stands for all in it.

    Raises:
        InvalidProduct: a path that is no product and holds none, or a product that is no Level-2A.
    """
    found: dict[tuple[str, str], Product] = {}
    for text in paths:
        for product in _behind(Path(text)):
            found.setdefault((product.name, product.fingerprint), product)
    return sorted(found.values(), key=lambda p: (p.datetime, p.name))


def choose(products: Sequence[Product], area: BaseGeometry | None, start: date | None, end: date | None) -> Chosen:
    """Return the scenes that touch the area (lon/lat) in the time, the newest processing of each.

    Raises:
        InvalidProduct: there are none at all.
        NoOverlap: none touches the area.
        NotEnoughData: none lies in the time.
    """
    if not products:
        raise InvalidProduct("There is no scene in the series.", hint="Name Level-2A products, or a folder of them.")
    there = [p for p in products if area is None or p.footprint.intersects(area)]
    if not there:
        raise NoOverlap(
            f"None of the {len(products)} scenes touches the area.",
            hint="Choose scenes that cover it, or move the area.",
        )
    first, last = start or there[0].datetime.date(), end or there[-1].datetime.date()
    timely = [p for p in there if first <= p.datetime.date() <= last]
    if not timely:
        raise NotEnoughData(
            f"None of the {len(there)} scenes lies between {first} and {last}.",
            hint=f"They are of {there[0].datetime:%Y-%m-%d} to {there[-1].datetime:%Y-%m-%d}.",
        )
    newest = [p for p in timely if not any(_replaces(other, p) for other in timely)]
    return Chosen(tuple(newest), first, last, len(products) - len(timely), len(timely) - len(newest))


def overpasses(products: Sequence[Product]) -> list[list[Product]]:
    """Gather scenes, given in the order of time, into overpasses: what one satellite saw at once is one look."""
    gathered: list[list[Product]] = []
    for platform in dict.fromkeys(p.platform for p in products):
        own = [p for p in products if p.platform == platform]
        gathered.append([own[0]])
        for before, product in pairwise(own):
            if product.datetime - before.datetime <= SAME_OVERPASS:
                gathered[-1].append(product)
            else:
                gathered.append([product])
    return sorted(gathered, key=lambda row: (row[0].datetime, row[0].name))


def _replaces(other: Product, product: Product) -> bool:
    """Say whether another product is a newer processing of the same tile and overpass."""
    same = (other.platform, other.tile, other.datetime) == (product.platform, product.tile, product.datetime)
    return same and product.tile is not None and (other.baseline or "") > (product.baseline or "")


def _behind(path: Path) -> list[Product]:
    if not path.exists():
        raise InvalidProduct(
            f"There is no {path.name}.", hint="Give paths of Level-2A products, or of a folder of them."
        )
    if path.suffix == ".nc":
        return read_series(path)
    below = [p for p in find_products(path) if not p.name.startswith("S1")]
    if below == [path] and not is_series(path):
        return [_surface(open_product(path))]
    series = [product for folder in find_series(path) for product in read_series(folder)]
    opened = [open_product(p) for p in below if p != path]
    surface = [p for p in opened if p.level == "L2A"]
    if opened and not surface and not series:
        _surface(opened[0])
    if not surface and not series:
        raise InvalidProduct(
            f"{path.name} holds no products.",
            hint="Products are SAFE folders, zips of them, THEIA folders or NetCDF series.",
        )
    return surface + series


def _surface(product: Product) -> Product:
    if product.level != "L2A":
        raise InvalidProduct(
            f"{product.name} is {product.level}; a series is made of surface reflectance.",
            hint="Give Level-2A products.",
        )
    return product
