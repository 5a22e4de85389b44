"""Sentinel-2 SAFE products, Level-1C and Level-2A, from reflectances: folders that any reader takes for real ones."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.averaging import block_mean, enlarge
from demo.cloud_outlines import write_cloud_outlines
from demo.grid import Grid
from demo.jp2 import write_jp2
from demo.manifest import write_manifest
from demo.msi import BANDS, BY_NAME, L2A_IMAGES, Acquisition, sun_angles
from demo.safe_metadata import Product, Statistics, datastrip_document, product_document
from demo.safe_tile import DETECTOR, tile_document
from demo.xml import write_xml

Image = NDArray[np.uint16] | NDArray[np.uint8]
Progress = Callable[[float], None]
TRUE_COLOUR_WHITE = 0.3558  # reflectance shown as 255
TRUE_COLOUR = ("B04", "B03", "B02")
THREADS = 2


@dataclass(frozen=True)
class Scene:
    """What the instrument and its processor deliver of one overpass.

    `reflectance`: band name to (y, x), unitless, NaN where there is no data, each at the band's own pixel size.
    `scene_classes` and the probabilities (in percent): 20 m. `aot` (unitless) and `water_vapour_cm`: 10 m.
    `opaque` and `cirrus`: the cloud masks of Level-1C, 60 m, 0 or 1.
    """

    grid: Grid
    acquisition: Acquisition
    reflectance: dict[str, NDArray[np.float32]]
    scene_classes: NDArray[np.uint8]
    cloud_probability: NDArray[np.uint8]
    snow_probability: NDArray[np.uint8]
    aot: NDArray[np.float32]
    water_vapour_cm: NDArray[np.float32]
    opaque: NDArray[np.uint8]
    cirrus: NDArray[np.uint8]

    def numbers(self, name: str, resolution_m: int) -> NDArray[np.uint16]:
        """Encode a band as digital numbers at a pixel size: averaged from finer pixels, repeated from coarser ones."""
        band, values = BY_NAME[name], self.reflectance[name]
        if band.resolution_m < resolution_m:
            values = block_mean(values, resolution_m // band.resolution_m)
        elif band.resolution_m > resolution_m:
            values = enlarge(values, band.resolution_m // resolution_m)
        valid = np.isfinite(values)
        encoded = np.rint(np.where(valid, values, 0) * 10000) - self.acquisition.offset
        return np.where(valid, np.clip(encoded, 1, 32767), 0).astype(np.uint16)

    def true_colour(self, resolution_m: int) -> NDArray[np.uint8]:
        """Render red, green and blue as 8 bits, (3, y, x); 0 is no data."""
        layers = []
        for name in TRUE_COLOUR:
            numbers = self.numbers(name, resolution_m).astype(np.float32)
            shown = np.clip((numbers + self.acquisition.offset) * (255 / (10000 * TRUE_COLOUR_WHITE)), 1, 255)
            layers.append(np.where(numbers == 0, 0, shown).astype(np.uint8))
        return np.stack(layers)

    def layer(self, name: str, resolution_m: int) -> Image:
        """Make any image of a Level-2A product by the name it has in file names."""
        factor = resolution_m // 10
        if name == "TCI":
            return self.true_colour(resolution_m)
        if name == "AOT":
            return np.rint(block_mean(self.aot, factor) * 1000).astype(np.uint16)
        if name == "WVP":
            return np.rint(block_mean(self.water_vapour_cm, factor) * 1000).astype(np.uint16)
        if name == "SCL":
            return at_20m_or_60m(self.scene_classes, resolution_m)
        return self.numbers(name, resolution_m)

    def statistics(self) -> Statistics:
        """Count the scene classes, in percent of the pixels with data (no data: of all)."""
        counts = np.bincount(self.scene_classes.ravel(), minlength=12)[:12].astype(float)
        shares = 100 * counts / max(counts[1:].sum(), 1)
        shares[0] = 100 * counts[0] / counts.sum()
        land = counts[[2, 3, 4, 5, 7, 8, 9, 10, 11]].sum()
        return Statistics(
            scene_classes=tuple(float(share) for share in shares),
            cloudy_over_land=float(100 * counts[8:11].sum() / max(land, 1)),
            mean_aot=float(self.aot.mean()),
            mean_water_vapour_cm=float(self.water_vapour_cm.mean()),
        )


def at_20m_or_60m(mask: NDArray[np.uint8], resolution_m: int) -> NDArray[np.uint8]:
    """Take a 20 m mask as it is, or the middle pixel of each 60 m."""
    return mask if resolution_m == 20 else np.ascontiguousarray(mask[1::3, 1::3])


@dataclass(frozen=True)
class Plan:
    """One image to write: where in the product, on what pixel size, and how to make it."""

    path: str
    resolution_m: int
    make: Callable[[], Image]


def write_l2a(folder: Path, scene: Scene, progress: Progress = lambda fraction: None) -> Path:
    """Write a Level-2A product into `folder` and return its path; a product of that name is replaced."""
    granule = f"GRANULE/{scene.acquisition.granule('L2A')}"
    stem = f"T{scene.acquisition.tile}_{scene.acquisition.stamp}"
    images = [
        Plan(
            f"{granule}/IMG_DATA/R{resolution}m/{stem}_{name}_{resolution}m.jp2",
            resolution,
            partial(scene.layer, name, resolution),
        )
        for resolution, names in L2A_IMAGES.items()
        for name in names
    ]
    masks = _masks(scene, granule) + _probabilities(scene, granule)
    return _write(folder, scene, "L2A", images, masks, progress)


def write_l1c(folder: Path, scene: Scene, progress: Progress = lambda fraction: None) -> Path:
    """Write a Level-1C product; the scene's reflectances are then those at the top of the atmosphere, with B10."""
    granule = f"GRANULE/{scene.acquisition.granule('L1C')}"
    stem = f"T{scene.acquisition.tile}_{scene.acquisition.stamp}"
    images = [
        Plan(
            f"{granule}/IMG_DATA/{stem}_{band.name}.jp2",
            band.resolution_m,
            partial(scene.numbers, band.name, band.resolution_m),
        )
        for band in BANDS
    ]
    colour = Plan(f"{granule}/IMG_DATA/{stem}_TCI.jp2", 10, partial(scene.true_colour, 10))
    return _write(folder, scene, "L1C", [*images, colour], _masks(scene, granule), progress)


@dataclass(frozen=True)
class MaskPlan:
    """A quality mask: its type in the metadata, its band (none: of all bands), and its image."""

    kind: str
    band_index: int | None
    plan: Plan


def _masks(scene: Scene, granule: str) -> list[MaskPlan]:
    """The masks of both levels: footprint and quality per band, cloud classes; before baseline 04.00 cloud outlines."""
    if not scene.acquisition.offset:
        path = f"{granule}/QI_DATA/MSK_CLOUDS_B00.gml"
        return [MaskPlan("MSK_CLOUDS", None, Plan(path, 60, lambda: np.stack([scene.opaque, scene.cirrus])))]
    shapes = {resolution: scene.grid.coarser(resolution // 10).shape for resolution in (10, 20, 60)}
    fills = {
        "MSK_DETFOO": {size: partial(np.full, shape, DETECTOR, np.uint8) for size, shape in shapes.items()},
        "MSK_QUALIT": {size: partial(np.zeros, (8, *shape), np.uint8) for size, shape in shapes.items()},
    }
    made = [
        MaskPlan(
            kind,
            band.index,
            Plan(f"{granule}/QI_DATA/{kind}_{band.name}.jp2", band.resolution_m, fill[band.resolution_m]),
        )
        for kind, fill in fills.items()
        for band in BANDS
    ]
    snow = np.zeros_like(scene.opaque)
    path = f"{granule}/QI_DATA/MSK_CLASSI_B00.jp2"
    made.append(MaskPlan("MSK_CLASSI", None, Plan(path, 60, lambda: np.stack([scene.opaque, scene.cirrus, snow]))))
    return made


def _probabilities(scene: Scene, granule: str) -> list[MaskPlan]:
    """The cloud and snow probabilities of Level-2A."""
    return [
        MaskPlan(
            kind,
            None,
            Plan(
                f"{granule}/QI_DATA/{kind}_{resolution}m.jp2",
                resolution,
                partial(at_20m_or_60m, mask, resolution),
            ),
        )
        for resolution in (20, 60)
        for kind, mask in (("MSK_CLDPRB", scene.cloud_probability), ("MSK_SNWPRB", scene.snow_probability))
    ]


def _write(
    folder: Path, scene: Scene, level: str, images: Sequence[Plan], masks: Sequence[MaskPlan], progress: Progress
) -> Path:
    product = _describe(scene, level, images, masks)
    preview = scene.true_colour(10)[:, 16::32, 16::32]
    return write_product(folder, product, [*images, *(mask.plan for mask in masks)], preview, progress)


def write_product(
    folder: Path, product: Product, plans: Sequence[Plan], preview: NDArray[np.uint8], progress: Progress
) -> Path:
    """Write images and documents under a name of work, then give the product its own; one of that name is replaced.

    `preview`: red, green and blue at 320 m, (3, y, x).
    """
    target, work = folder / product.name, folder / f".{product.name}.partial"
    shutil.rmtree(work, ignore_errors=True)
    _write_images(work, product.grid, plans, progress)
    size = preview.shape[2], preview.shape[1]
    write_jp2(
        work / product.preview, preview, Grid(product.grid.epsg, product.grid.left_m, product.grid.top_m, *size, 320)
    )
    _write_documents(work, product)
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    return target


def _describe(scene: Scene, level: str, images: Sequence[Plan], masks: Sequence[MaskPlan]) -> Product:
    """Collect what the documents say."""
    centre = scene.grid.lonlat(scene.grid.outline).centroid
    zenith_deg, azimuth_deg = sun_angles(scene.acquisition.sensed, centre.x, centre.y)
    granule = f"GRANULE/{scene.acquisition.granule(level)}"
    return Product(
        level=level,
        acquisition=scene.acquisition,
        grid=scene.grid,
        sun_zenith_deg=zenith_deg,
        sun_azimuth_deg=azimuth_deg,
        statistics=scene.statistics(),
        images=tuple(plan.path.removesuffix(".jp2") for plan in images),
        masks=tuple((mask.kind, mask.band_index, mask.plan.path) for mask in masks),
        preview=f"{granule}/QI_DATA/T{scene.acquisition.tile}_{scene.acquisition.stamp}_PVI.jp2",
    )


def _write_images(folder: Path, grid: Grid, plans: Sequence[Plan], progress: Progress) -> None:
    """Write images with two threads (GDAL releases the interpreter lock); an image planned twice is copied."""
    first: dict[Callable[[], Image], Plan] = {}
    copies = [(plan, known) for plan in plans if (known := first.setdefault(plan.make, plan)) is not plan]
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(_write_image, folder, grid, plan) for plan in first.values()]
        for done, future in enumerate(futures, 1):
            future.result()
            progress(done / len(futures))
    for plan, known in copies:
        shutil.copyfile(folder / known.path, folder / plan.path)


def _write_image(folder: Path, grid: Grid, plan: Plan) -> None:
    level = grid.coarser(plan.resolution_m // 10)
    if plan.path.endswith(".gml"):
        write_cloud_outlines(folder / plan.path, plan.make().astype(np.uint8), level)
    else:
        write_jp2(folder / plan.path, plan.make(), level)


def _write_documents(folder: Path, product: Product) -> None:
    """Write the metadata of product, tile and datastrip, then the manifest over everything."""
    write_xml(folder / f"MTD_MSI{product.level}.xml", product_document(product))
    write_xml(folder / product.granule / "MTD_TL.xml", tile_document(product))
    write_xml(folder / "DATASTRIP" / product.acquisition.datastrip() / "MTD_DS.xml", datastrip_document(product))
    for name in ("AUX_DATA", "HTML", "rep_info"):
        (folder / name).mkdir(exist_ok=True)
    write_manifest(folder, product)
