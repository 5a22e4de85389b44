"""The steps that chains of SNAP operators are made of; each appends nodes to a graph and returns the last one's id.

What is not set here has the default of the operator, written out. Set are choices of ours, and what differs between
releases: the DEM's name, the heights' reference (Terrain-Flattening and Terrain-Correction have opposite defaults), and
all phase options of Coherence.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyproj import CRS

from eo.errors import InvalidOption
from eo.sar.speckle.filters import SpeckleFilter
from eo.snap.graph import GraphBuilder
from eo.snap.options import SnapOptions, Subswath

DEM_OF_SNAP, DEM_OF_OURS = "Copernicus 30m Global DEM", "External DEM"
_METRES_PER_DEGREE = 6_378_137.0 * 3.141592653589793 / 180
_OVERSAMPLING = 2.0  # of the DEM in Terrain-Flattening: with 1.0 flat ground shows stripes
_ORBITS = {"precise": "Sentinel Precise (Auto Download)", "restituted": "Sentinel Restituted (Auto Download)"}
_FILTERS = {"boxcar": "Boxcar", "median": "Median", "lee": "Lee", "frost": "Frost", "gamma_map": "Gamma Map"}
_MOST_LOOKS = 4


def read(graph: GraphBuilder, product: Path) -> str:
    """Read a SAFE folder (its manifest) or zip."""
    return graph.add("Read", file=product)


def write(graph: GraphBuilder, source: str, path: Path) -> str:
    """Write BEAM-DIMAP; `path` ends in .dim."""
    return graph.add("Write", source, file=path, formatName="BEAM-DIMAP")


def apply_orbit(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Take the orbit from a file that SNAP fetches, or leave that of the product."""
    if options.orbit == "annotation":
        return source
    return graph.add("Apply-Orbit-File", source, orbitType=_ORBITS[options.orbit], polyDegree=3, continueOnFail=False)


def remove_noise(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Subtract the thermal noise."""
    return graph.add("ThermalNoiseRemoval", source, selectedPolarisations=options.polarisations)


def remove_border(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Blank the noise at the borders of a GRD."""
    return graph.add("Remove-GRD-Border-Noise", source, selectedPolarisations=options.polarisations)


def crop(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Cut the area and its margin out."""
    return source if options.region is None else graph.add("Subset", source, geoRegion=options.region)


def calibrate(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Make backscatter of numbers: β0 where the terrain is flattened later."""
    kind = options.calibration
    return graph.add(
        "Calibration",
        source,
        selectedPolarisations=options.polarisations,
        outputSigmaBand=kind == "sigma0",
        outputGammaBand=kind == "gamma0",
        outputBetaBand=kind in ("beta0", "gamma0_rtc"),
    )


def multilook(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Average looks; as many as are asked for, not as many as would make pixels square."""
    range_looks, azimuth_looks = options.looks
    return graph.add(
        "Multilook", source, nRgLooks=range_looks, nAzLooks=azimuth_looks, outputIntensity=True, grSquarePixel=False
    )


def filter_speckle(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Filter speckle; the number of looks is told, not estimated."""
    if options.speckle.name == "none":
        return source
    return graph.add("Speckle-Filter", source, estimateENL=False, **_speckle(options.speckle))


def flatten(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Turn β0 into γ0 of flat terrain (Small 2011), where that is the calibration."""
    if options.calibration != "gamma0_rtc":
        return source
    return graph.add(
        "Terrain-Flattening",
        source,
        **_dem(options),
        externalDEMApplyEGM=True,
        demResamplingMethod="BILINEAR_INTERPOLATION",
        nodataValueAtSea=False,
        oversamplingMultiple=_OVERSAMPLING,
    )


def correct_terrain(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Lay the image on the ground, on pixels whose corners are whole multiples of their size."""
    crs = CRS.from_user_input(options.crs)
    factor = crs.axis_info[0].unit_conversion_factor if crs.is_projected else 1.0
    return graph.add(
        "Terrain-Correction",
        source,
        **_dem(options),
        externalDEMApplyEGM=True,
        demResamplingMethod="BILINEAR_INTERPOLATION",
        imgResamplingMethod="BILINEAR_INTERPOLATION",
        pixelSpacingInMeter=options.resolution_m / factor,
        pixelSpacingInDegree=options.resolution_m / _METRES_PER_DEGREE,
        mapProjection=options.crs.upper(),
        alignToStandardGrid=True,
        nodataValueAtSea=False,
        saveSelectedSourceBand=True,
    )


def to_decibels(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Turn backscatter into dB, where asked for."""
    return graph.add("LinearToFromdB", source) if options.decibels else source


def split(graph: GraphBuilder, source: str, subswath: Subswath, options: SnapOptions) -> str:
    """Take bursts of one sub-swath."""
    return graph.add(
        "TOPSAR-Split",
        source,
        subswath=subswath.name,
        selectedPolarisations=options.polarisations,
        firstBurstIndex=subswath.first_burst,
        lastBurstIndex=subswath.last_burst,
    )


def join_bursts(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Join the bursts of a sub-swath."""
    return graph.add("TOPSAR-Deburst", source, selectedPolarisations=options.polarisations)


def merge(graph: GraphBuilder, sources: Sequence[str], options: SnapOptions) -> str:
    """Join sub-swaths; one alone needs none."""
    if len(sources) == 1:
        return sources[0]
    return graph.add("TOPSAR-Merge", *sources, selectedPolarisations=options.polarisations)


def back_geocode(graph: GraphBuilder, first: str, second: str, options: SnapOptions) -> str:
    """Bring the bursts of the second date onto those of the first, by orbit and DEM, then refine by spectral diversity.

    Back-Geocoding has no word on what external heights refer to.
    """
    stack = graph.add(
        "Back-Geocoding",
        first,
        second,
        **_dem(options),
        demResamplingMethod="BILINEAR_INTERPOLATION",
        resamplingType="BISINC_5_POINT_INTERPOLATION",
        maskOutAreaWithoutElevation=False,
    )
    return graph.add("Enhanced-Spectral-Diversity", stack)


def coregister_stripmap(graph: GraphBuilder, first: str, second: str, options: SnapOptions) -> str:
    """Bring the second date onto the first by orbit and DEM, then by correlation."""
    stack = graph.add(
        "DEM-Assisted-Coregistration",
        first,
        second,
        **_dem(options),
        demResamplingMethod="BILINEAR_INTERPOLATION",
        resamplingType="BISINC_5_POINT_INTERPOLATION",
        maskOutAreaWithoutElevation=False,
    )
    points = graph.add("Cross-Correlation", stack, applyFineRegistration=True, inSAROptimized=True)
    return graph.add("Warp", points, interpolationMethod="Cubic convolution (6 points)", demName=_dem_name(options))


def estimate_coherence(graph: GraphBuilder, source: str, options: SnapOptions) -> str:
    """Estimate coherence, flat-earth and topographic phase removed; its bias is left in.

    The correction that SNAP 14 has counts pixels as looks, which those of Sentinel-1 SLC are not.
    """
    azimuth, range_ = options.coherence_window
    newer = {p: False for p in ("correctCoherenceBias", "removeLocalPhaseRamp") if graph.has("Coherence", p)}
    return graph.add(
        "Coherence",
        source,
        **_dem(options),
        **newer,
        externalDEMApplyEGM=True,
        cohWinAz=azimuth,
        cohWinRg=range_,
        squarePixel=False,
        subtractFlatEarthPhase=True,
        subtractTopographicPhase=True,
        singleMaster=True,
    )


def _dem_name(options: SnapOptions) -> str:
    return DEM_OF_SNAP if options.dem is None else DEM_OF_OURS


def _dem(options: SnapOptions) -> dict[str, Any]:
    ours = {"externalDEMFile": options.dem, "externalDEMNoDataValue": options.dem_nodata_m} if options.dem else {}
    return {"demName": _dem_name(options), **ours}


def _speckle(speckle: SpeckleFilter) -> dict[str, Any]:
    if speckle.name == "refined_lee":
        return {"filter": "Refined Lee"}
    if speckle.name == "lee_sigma":
        window = f"{speckle.window}x{speckle.window}"
        return {
            "filter": "Lee Sigma",
            "windowSize": window,
            "sigmaStr": f"{speckle.sigma:.3g}",
            "numLooksStr": _whole_looks(speckle.looks),
        }
    if speckle.damping != int(speckle.damping):
        raise InvalidOption(f"damping is {speckle.damping:g}; SNAP takes whole numbers.")
    return {
        "filter": _FILTERS[speckle.name],
        "filterSizeX": speckle.window,
        "filterSizeY": speckle.window,
        "dampingFactor": int(speckle.damping),
        "enl": float(speckle.looks),
    }


def _whole_looks(looks: float) -> str:
    whole = round(looks)
    if not 1 <= whole <= _MOST_LOOKS:
        raise InvalidOption(f"Lee sigma is asked for {looks:g} looks; SNAP has 1 to {_MOST_LOOKS}.")
    return str(whole)
