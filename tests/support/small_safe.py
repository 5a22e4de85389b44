"""Small valid Sentinel-2 products, written by hand: a 2.4 km tile, every band filled from a formula."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
NATIVE_M = dict(zip(BANDS, (60, 10, 10, 10, 20, 20, 20, 10, 20, 60, 60, 20, 20), strict=True))
WEST, NORTH, SIZE_M, EPSG = 600_000, 5_000_040, 2_400, 32633
GRANULE = "GRANULE/L{level}_T33TWL_A000001_20230601T100000"


def numbers(band: str, size: int) -> np.ndarray:
    """Stored numbers of a band: a ramp that differs from band to band."""
    rows, columns = np.mgrid[0:size, 0:size]
    return (1200 + 37 * BANDS.index(band) + 3 * rows + 2 * columns).astype(np.uint16)


def write_jp2(path: Path, values: np.ndarray, pixel_m: float) -> None:
    """Write a lossless JPEG 2000 with small tiles."""
    path.parent.mkdir(parents=True, exist_ok=True)
    planes = values if values.ndim == 3 else values[None]
    profile = {
        "driver": "JP2OpenJPEG",
        "count": len(planes),
        "height": planes.shape[1],
        "width": planes.shape[2],
        "dtype": planes.dtype.name,
        "crs": f"EPSG:{EPSG}",
        "transform": from_origin(WEST, NORTH, pixel_m, pixel_m),
        "QUALITY": 100,
        "REVERSIBLE": "YES",
        "YCBCR420": "NO",
        "BLOCKXSIZE": 64,
        "BLOCKYSIZE": 64,
        "RESOLUTIONS": 1,
    }
    with rasterio.open(path, "w", **profile) as target:
        target.write(planes)


def make_safe(
    folder: Path,
    level: str = "2A",
    *,
    baseline: str = "05.09",
    offset: int | None = -1000,
    bands: Sequence[str] = BANDS,
    left_out: Sequence[str] = (),
    values: Callable[[str, int], np.ndarray] = numbers,
    layers: Mapping[str, tuple[np.ndarray, int]] | None = None,
    outlines: str | None = None,
    corners: str | None = None,
) -> Path:
    """Write a product and return its folder.

    Args:
        level: "1C" or "2A".
        offset: of every band; None leaves the list out.
        left_out: bands that the metadata name but whose files are not there.
        layers: further images by name (`SCL`, `MSK_CLDPRB`, `MSK_CLASSI`): values and pixel size in m.
        outlines: content of MSK_CLOUDS_B00.gml.
    """
    name = f"S2A_MSIL{level}_20230601T100031_N{baseline.replace('.', '')}_R022_T33TWL_20230601T120000.SAFE"
    root, granule = folder / name, GRANULE.format(level=level)
    wanted = [b for b in bands if not (level == "2A" and b == "B10")]
    images = {b: _image(granule, level, b) for b in wanted}
    root.mkdir(parents=True)
    (root / f"MTD_MSIL{level}.xml").write_text(_document(name, level, baseline, offset, images.values(), corners))
    for band, image in images.items():
        if band not in left_out:
            write_jp2(root / f"{image}.jp2", values(band, SIZE_M // NATIVE_M[band]), NATIVE_M[band])
    for layer, (pixels, pixel_m) in (layers or {}).items():
        write_jp2(root / _layer(granule, layer, pixel_m), pixels, pixel_m)
    if outlines is not None:
        path = root / granule / "QI_DATA/MSK_CLOUDS_B00.gml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(outlines)
    return root


def outlines_gml(opaque: str = "", cirrus: str = "") -> str:
    """Return a vector cloud mask as before baseline 04.00: position lists `x y x y …`."""
    features = "".join(
        f"<eop:MaskFeature><eop:maskType>{kind}</eop:maskType><eop:extentOf><gml:Polygon><gml:exterior><gml:LinearRing>"
        f'<gml:posList srsDimension="2">{ring}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon></eop:extentOf></eop:MaskFeature>"
        for kind, ring in (("OPAQUE", opaque), ("CIRRUS", cirrus))
        if ring
    )
    return (
        '<eop:Mask xmlns:eop="http://www.opengis.net/eop/2.0" xmlns:gml="http://www.opengis.net/gml/3.2">'
        f"<eop:maskMembers>{features}</eop:maskMembers></eop:Mask>"
    )


def _image(granule: str, level: str, band: str) -> str:
    if level == "1C":
        return f"{granule}/IMG_DATA/T33TWL_20230601T100031_{band}"
    return f"{granule}/IMG_DATA/R{NATIVE_M[band]}m/T33TWL_20230601T100031_{band}_{NATIVE_M[band]}m"


def _layer(granule: str, layer: str, pixel_m: int) -> str:
    if layer == "MSK_CLASSI":
        return f"{granule}/QI_DATA/MSK_CLASSI_B00.jp2"
    if layer.startswith("MSK_"):
        return f"{granule}/QI_DATA/{layer}_{pixel_m}m.jp2"
    return f"{granule}/IMG_DATA/R{pixel_m}m/T33TWL_20230601T100031_{layer}_{pixel_m}m.jp2"


def _document(name, level, baseline, offset, images, corners) -> str:
    kind = "BOA" if level == "2A" else "RADIO"
    quantification = "BOA_QUANTIFICATION_VALUE" if level == "2A" else "QUANTIFICATION_VALUE"
    offsets = "".join(f'<{kind}_ADD_OFFSET band_id="{i}">{offset}</{kind}_ADD_OFFSET>' for i in range(13))
    files = "".join(f"<IMAGE_FILE>{image}</IMAGE_FILE>" for image in images)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-{level}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-{level}.xsd">
<n1:General_Info><Product_Info>
<PRODUCT_START_TIME>2023-06-01T10:00:31.024Z</PRODUCT_START_TIME>
<PRODUCT_URI>{name}</PRODUCT_URI>
<PROCESSING_LEVEL>Level-{level}</PROCESSING_LEVEL><PRODUCT_TYPE>S2MSI{level}</PRODUCT_TYPE>
<PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>
<Datatake><SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME><SENSING_ORBIT_NUMBER>22</SENSING_ORBIT_NUMBER></Datatake>
<Product_Organisation><Granule_List><Granule>{files}</Granule></Granule_List></Product_Organisation>
</Product_Info>
<Product_Image_Characteristics>
<Special_Values><SPECIAL_VALUE_TEXT>NODATA</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>
<Special_Values><SPECIAL_VALUE_TEXT>SATURATED</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>65535</SPECIAL_VALUE_INDEX>
</Special_Values>
<{quantification} unit="none">10000</{quantification}>
{offsets if offset is not None else ""}
</Product_Image_Characteristics></n1:General_Info>
<n1:Geometric_Info><Product_Footprint><Global_Footprint>
<EXT_POS_LIST>{corners or "45.15 16.27 45.15 16.30 45.13 16.30 45.13 16.27 45.15 16.27"} </EXT_POS_LIST>
</Global_Footprint></Product_Footprint></n1:Geometric_Info>
<n1:Quality_Indicators_Info><Cloud_Coverage_Assessment>12.5</Cloud_Coverage_Assessment></n1:Quality_Indicators_Info>
</n1:Level-{level}_User_Product>
"""
