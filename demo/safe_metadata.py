"""The XML documents of a Sentinel-2 SAFE product: product and datastrip.

Element names and order follow real products (processing baseline 04.00) and the Products Specification Document.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from demo.grid import Grid
from demo.msi import BANDS, SCENE_CLASSES, Acquisition, Band
from demo.xml import node

PSD = "https://psd-14.sentinel2.eo.esa.int/PSD"
CONTENT = {
    "NODATA_PIXEL_PERCENTAGE": 0,
    "SATURATED_DEFECTIVE_PIXEL_PERCENTAGE": 1,
    "DARK_FEATURES_PERCENTAGE": 2,
    "CLOUD_SHADOW_PERCENTAGE": 3,
    "VEGETATION_PERCENTAGE": 4,
    "NOT_VEGETATED_PERCENTAGE": 5,
    "WATER_PERCENTAGE": 6,
    "UNCLASSIFIED_PERCENTAGE": 7,
    "MEDIUM_PROBA_CLOUDS_PERCENTAGE": 8,
    "HIGH_PROBA_CLOUDS_PERCENTAGE": 9,
    "THIN_CIRRUS_PERCENTAGE": 10,
    "SNOW_ICE_PERCENTAGE": 11,
}
ACCURACIES = ("RADIATIVE_TRANSFER_ACCURACY", "WATER_VAPOUR_RETRIEVAL_ACCURACY", "AOT_RETRIEVAL_ACCURACY")


@dataclass(frozen=True)
class Statistics:
    """Shares of the scene in percent, and mean atmosphere, as the metadata report them."""

    scene_classes: tuple[float, ...]
    cloudy_over_land: float
    mean_aot: float
    mean_water_vapour_cm: float

    @property
    def cloudy(self) -> float:
        """Medium, high and cirrus cloud together."""
        return sum(self.scene_classes[8:11])


@dataclass(frozen=True)
class Product:
    """What all documents of one product share. `images` and `masks` are paths inside the product."""

    level: str
    acquisition: Acquisition
    grid: Grid
    sun_zenith_deg: float
    sun_azimuth_deg: float
    statistics: Statistics
    images: tuple[str, ...]
    masks: tuple[tuple[str, int | None, str], ...]
    preview: str

    @property
    def name(self) -> str:
        """The name of the product folder."""
        return self.acquisition.product(self.level)

    @property
    def granule(self) -> str:
        """The path of the granule folder inside the product."""
        return f"GRANULE/{self.acquisition.granule(self.level)}"


def product_document(product: Product) -> Element:
    """Describe the whole product (MTD_MSIL1C.xml, MTD_MSIL2A.xml)."""
    root = document_root(
        product, f"Level-{product.level[1:]}_User_Product", f"User_Product_Level-{product.level[1:]}.xsd"
    )
    general = SubElement(root, "n1:General_Info")
    general.append(_product_info(product))
    general.append(_image_characteristics(product))
    root.append(
        node(
            "n1:Geometric_Info",
            node(
                "Product_Footprint",
                node("Product_Footprint", node("Global_Footprint", node("EXT_POS_LIST", footprint(product.grid)))),
                node("RASTER_CS_TYPE", "POINT"),
                node("PIXEL_ORIGIN", 1),
            ),
            node(
                "Coordinate_Reference_System",
                node("GEO_TABLES", "EPSG", version=1),
                node("HORIZONTAL_CS_TYPE", "GEOGRAPHIC"),
            ),
        )
    )
    root.append(node("n1:Auxiliary_Data_Info", node("GIPP_List"), node("PRODUCTION_DEM_TYPE", "Made landscape")))
    root.append(
        node(
            "n1:Quality_Indicators_Info",
            node("Cloud_Coverage_Assessment", f"{product.statistics.cloudy:.6f}"),
            node(
                "Technical_Quality_Assessment",
                node("DEGRADED_ANC_DATA_PERCENTAGE", "0.0"),
                node("DEGRADED_MSI_DATA_PERCENTAGE", 0),
            ),
            _quality_checks(product.level),
            *([node("Image_Content_QI", *content(product))] if product.level == "L2A" else []),
        )
    )
    return root


def datastrip_document(product: Product) -> Element:
    """Describe the datastrip (MTD_DS.xml)."""
    acquisition = product.acquisition
    root = document_root(
        product, f"Level-{product.level[1:]}_DataStrip_ID", f"S2_PDI_Level-{product.level[1:]}_Datastrip_Metadata.xsd"
    )
    root.append(
        node(
            "n1:General_Info",
            _datatake(acquisition),
            node(
                "Datastrip_Time_Info",
                node("DATASTRIP_SENSING_START", sensing_time(acquisition)),
                node("DATASTRIP_SENSING_STOP", sensing_time(acquisition)),
            ),
            node(
                "Processing_Info",
                node("PROCESSING_LEVEL", f"Level-{product.level[1:]}"),
                node("PROCESSING_BASELINE", acquisition.baseline),
            ),
        )
    )
    return root


def footprint(grid: Grid) -> str:
    """Write the outline as EXT_POS_LIST does: latitude and longitude in turn, closed."""
    return " ".join(f"{lat:.9f} {lon:.9f}" for lon, lat in grid.lonlat(grid.outline).exterior.coords) + " "


def document_root(product: Product, tag: str, schema: str) -> Element:
    """Make the root element of a document, with the names of its schema."""
    return node(
        f"n1:{tag}",
        **{
            "xmlns:n1": f"{PSD}/{schema}",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{PSD}/{schema}",
        },
    )


def sensing_time(acquisition: Acquisition) -> str:
    """Write the sensing time as the metadata do."""
    return f"{acquisition.sensed:%Y-%m-%dT%H:%M:%S.024}Z"


def _datatake(acquisition: Acquisition) -> Element:
    identifier = f"G{acquisition.platform}_{acquisition.stamp}_{acquisition.absolute_orbit:06d}_N{acquisition.baseline}"
    return node(
        "Datatake",
        node("SPACECRAFT_NAME", f"Sentinel-{acquisition.platform[1:]}"),
        node("DATATAKE_TYPE", "INS-NOBS"),
        node("DATATAKE_SENSING_START", sensing_time(acquisition)),
        node("SENSING_ORBIT_NUMBER", acquisition.relative_orbit),
        node("SENSING_ORBIT_DIRECTION", "DESCENDING"),
        datatakeIdentifier=identifier,
    )


def _product_info(product: Product) -> Element:
    acquisition = product.acquisition
    granule = node(
        "Granule",
        *(node("IMAGE_FILE", image) for image in product.images),
        datastripIdentifier=acquisition.identifier(product.level, "DS"),
        granuleIdentifier=acquisition.identifier(product.level, "TL"),
        imageFormat="JPEG2000",
    )
    return node(
        "Product_Info",
        node("PRODUCT_START_TIME", sensing_time(acquisition)),
        node("PRODUCT_STOP_TIME", sensing_time(acquisition)),
        node("PRODUCT_URI", product.name),
        node("PROCESSING_LEVEL", f"Level-{product.level[1:]}"),
        node("PRODUCT_TYPE", f"S2MSI{product.level[1:]}"),
        node("PROCESSING_BASELINE", acquisition.baseline),
        node("PRODUCT_DOI", "Not applicable"),
        node("GENERATION_TIME", f"{acquisition.generated:%Y-%m-%dT%H:%M:%S.%f}Z"),
        node("PREVIEW_IMAGE_URL", "Not applicable"),
        node("PREVIEW_GEO_INFO", "Not applicable"),
        _datatake(acquisition),
        node("Query_Options", node("PRODUCT_FORMAT", "SAFE_COMPACT"), completeSingleTile="true"),
        node("Product_Organisation", node("Granule_List", granule)),
    )


def _image_characteristics(product: Product) -> Element:
    root = node(
        "Product_Image_Characteristics",
        node("Special_Values", node("SPECIAL_VALUE_TEXT", "NODATA"), node("SPECIAL_VALUE_INDEX", 0)),
        node("Special_Values", node("SPECIAL_VALUE_TEXT", "SATURATED"), node("SPECIAL_VALUE_INDEX", 65535)),
        node("Image_Display_Order", node("RED_CHANNEL", 3), node("GREEN_CHANNEL", 2), node("BLUE_CHANNEL", 1)),
    )
    root.extend(_quantification(product))
    root.append(
        node(
            "Reflectance_Conversion",
            node("U", "0.985"),
            node(
                "Solar_Irradiance_List",
                *(node("SOLAR_IRRADIANCE", band.irradiance, bandId=band.index, unit="W/m²/µm") for band in BANDS),
            ),
        )
    )
    root.append(node("Spectral_Information_List", *map(_spectral_information, BANDS)))
    root.extend(node("PHYSICAL_GAINS", "4.0", bandId=band.index) for band in BANDS)
    root.append(node("REFERENCE_BAND", 3))
    if product.level == "L2A":
        root.append(node("Scene_Classification_List", *map(_scene_class, range(12))))
    return root


def _quantification(product: Product) -> list[Element]:
    """The scale and, since processing baseline 04.00, the offset per band."""
    offset = product.acquisition.offset
    if product.level == "L1C":
        offsets = [node("RADIO_ADD_OFFSET", offset, band_id=band.index) for band in BANDS]
        scale = node("QUANTIFICATION_VALUE", 10000, unit="none")
        return [scale] + ([node("Radiometric_Offset_List", *offsets)] if offset else [])
    scales = node(
        "QUANTIFICATION_VALUES_LIST",
        node("BOA_QUANTIFICATION_VALUE", 10000, unit="none"),
        node("AOT_QUANTIFICATION_VALUE", "1000.0", unit="none"),
        node("WVP_QUANTIFICATION_VALUE", "1000.0", unit="cm"),
    )
    offsets = [node("BOA_ADD_OFFSET", offset, band_id=band.index) for band in BANDS]
    return [scales] + ([node("BOA_ADD_OFFSET_VALUES_LIST", *offsets)] if offset else [])


def _spectral_information(band: Band) -> Element:
    """Range and response of a band; the response is a made trapezium, the real one stands in real products."""
    width = band.high_nm - band.low_nm
    response = [min(1.0, 10 * step / width, 10 * (width - step) / width) for step in range(width + 1)]
    return node(
        "Spectral_Information",
        node("RESOLUTION", band.resolution_m),
        node(
            "Wavelength",
            node("MIN", band.low_nm, unit="nm"),
            node("MAX", band.high_nm, unit="nm"),
            node("CENTRAL", band.centre_nm, unit="nm"),
        ),
        node(
            "Spectral_Response",
            node("STEP", 1, unit="nm"),
            node("VALUES", " ".join(f"{value:.3g}" for value in response)),
        ),
        bandId=band.index,
        physicalBand=f"B{band.name[1:].lstrip('0')}",
    )


def _scene_class(index: int) -> Element:
    return node(
        "Scene_Classification_ID",
        node("SCENE_CLASSIFICATION_TEXT", SCENE_CLASSES[index]),
        node("SCENE_CLASSIFICATION_INDEX", index),
    )


def _quality_checks(level: str) -> Element:
    names = ["FORMAT_CORRECTNESS", "GENERAL_QUALITY", "GEOMETRIC_QUALITY", "RADIOMETRIC_QUALITY", "SENSOR_QUALITY"]
    names += ["L2A_QUALITY"] if level == "L2A" else []
    return node(
        "Quality_Control_Checks",
        node("Quality_Inspections", *(node("quality_check", "PASSED", checkType=name) for name in names)),
        node("Failed_Inspections"),
    )


def content(product: Product) -> list[Element]:
    """The shares of the scene classes and the mean atmosphere; of Level-1C, only the quality of the pixels."""
    if product.level == "L1C":
        return [node("DEGRADED_MSI_DATA_PERCENTAGE", 0)]
    statistics = product.statistics
    shares = {name: statistics.scene_classes[index] for name, index in CONTENT.items()}
    return [
        node("CLOUDY_PIXEL_OVER_LAND_PERCENTAGE", f"{statistics.cloudy_over_land:.6f}"),
        node("DEGRADED_MSI_DATA_PERCENTAGE", 0),
        *(node(name, f"{share:.6f}") for name, share in shares.items()),
        *(node(name, "0.0") for name in ACCURACIES),
        node("AOT_RETRIEVAL_METHOD", "SEN2COR_DDV"),
        node("GRANULE_MEAN_AOT", f"{statistics.mean_aot:.6f}"),
        node("GRANULE_MEAN_WV", f"{statistics.mean_water_vapour_cm:.6f}"),
        node("OZONE_SOURCE", "AUX_ECMWFT"),
        node("OZONE_VALUE", "300.0"),
    ]
