from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from eo.errors import InvalidArea, InvalidOption, InvalidProjection, InvalidWindow
from eo.sar.speckle.filters import SpeckleFilter
from eo.snap.chains import coherence, grd, pair, slc_adhoc, slc_standard
from eo.snap.errors import InvalidGraph
from eo.snap.graph import Graph
from eo.snap.operators import RELEASES, operator
from eo.snap.options import Slc, SnapOptions, Subswath

GOLDEN = Path(__file__).parent / "golden"
AOI = "POLYGON((14 45, 14.2 45, 14.2 45.2, 14 45.2, 14 45))"
OUT = Path("/work/out.dim")
GRD = Path("/data/grd.zip")
PLAIN = SnapOptions("sigma0", ("VV",), 10.0, "EPSG:32633")
FULL = SnapOptions(
    "gamma0_rtc",
    ("VV", "VH"),
    20.0,
    "EPSG:32633",
    speckle=SpeckleFilter("lee_sigma", looks=4.4),
    aoi=AOI,
    dem=Path("/data/dem.tif"),
    decibels=True,
)
PAIR = replace(FULL, calibration="sigma0", decibels=False, speckle=SpeckleFilter("none"), polarisations=("VV",))
IW = Slc(Path("/data/iw.zip"), "IW", (Subswath("IW1", 2, 4), Subswath("IW2")))
IW_LATER = Slc(Path("/data/iw_later.zip"), "IW", (Subswath("IW1"), Subswath("IW2")))
SM, SM_LATER = Slc(Path("/data/sm.zip"), "SM"), Slc(Path("/data/sm_later.zip"), "SM")


def graphs() -> dict[str, Graph]:
    """The golden graphs by name."""
    made = {
        "grd_sigma0": grd(GRD, OUT, PLAIN, "14"),
        "grd_gamma0_rtc": grd(GRD, OUT, FULL, "14"),
        "grd_gamma0_rtc_13": grd(GRD, OUT, FULL, "13.0.4"),
        "grd_geographic": grd(GRD, OUT, replace(PLAIN, crs="EPSG:4326", orbit="annotation", decibels=False), "14"),
        "slc_standard_iw": slc_standard(IW, OUT, replace(FULL, calibration="sigma0"), "14"),
        "slc_standard_sm": slc_standard(SM, OUT, replace(PLAIN, looks=(2, 2)), "14"),
        "slc_adhoc_iw": slc_adhoc(IW, OUT, FULL, "14"),
        "slc_adhoc_sm": slc_adhoc(SM, OUT, FULL, "14"),
        "coherence_sm": coherence(SM, SM_LATER, OUT, PAIR, "14"),
        "coherence_iw_10": coherence(IW, IW_LATER, OUT, PAIR, "10.0.0"),
    }
    return made | {f"pair_{name}": graph for name, graph in pair(IW, IW_LATER, Path("/work"), PAIR, "14").items()}


def operators(graph: Graph) -> list[str]:
    return [node.operator for node in graph.nodes]


def parameters(graph: Graph, name: str):
    return next(node.parameters for node in graph.nodes if node.operator == name)


@pytest.mark.parametrize("name", graphs())
def test_graph_is_the_stored_one(name):
    assert graphs()[name].to_xml() == (GOLDEN / f"{name}.xml").read_text()


def test_no_stored_graph_is_left_over():
    assert {p.stem for p in GOLDEN.glob("*.xml")} == set(graphs())


@pytest.mark.parametrize("name", graphs())
def test_every_parameter_is_written_out(name):
    graph = graphs()[name]
    for node, element in zip(graph.nodes, fromstring(graph.to_xml()).findall("node"), strict=True):
        written = {e.tag for e in element.find("parameters")}
        known = operator(node.operator, graph.release).parameters
        left_out = set(known) - written
        assert written <= set(known)
        assert all(known[p].default is None for p in left_out)
        assert all(known[p].not_empty or known[p].kind in ("rectangle", "geometry") for p in left_out)


def test_grd_chain_in_the_order_of_the_reference():
    assert operators(grd(GRD, OUT, FULL, "14")) == [
        "Read", "Apply-Orbit-File", "ThermalNoiseRemoval", "Remove-GRD-Border-Noise", "Subset", "Calibration",
        "Speckle-Filter", "Terrain-Flattening", "Terrain-Correction", "LinearToFromdB", "Write",
    ]  # fmt: skip


def test_steps_that_are_not_asked_for_are_left_out():
    chain = operators(grd(GRD, OUT, replace(PLAIN, orbit="annotation", decibels=False), "14"))
    assert chain == [
        "Read", "ThermalNoiseRemoval", "Remove-GRD-Border-Noise", "Calibration", "Terrain-Correction", "Write",
    ]  # fmt: skip


def test_stripmap_has_no_bursts():
    assert operators(slc_standard(SM, OUT, PLAIN, "14")) == [
        "Read", "Apply-Orbit-File", "ThermalNoiseRemoval", "Calibration", "Multilook", "SRGR", "GRD-Post",
        "Terrain-Correction", "LinearToFromdB", "Write",
    ]  # fmt: skip


def test_each_subswath_is_split_and_all_are_merged_in_order():
    graph = slc_adhoc(IW, OUT, FULL, "14")
    assert operators(graph).count("TOPSAR-Split") == 2
    merge = next(node for node in graph.nodes if node.operator == "TOPSAR-Merge")
    assert merge.sources == ("TOPSAR-Deburst", "TOPSAR-Deburst(2)")
    split = parameters(graph, "TOPSAR-Split")
    assert (split["subswath"], split["firstBurstIndex"], split["lastBurstIndex"]) == ("IW1", "2", "4")
    alone = replace(IW, subswaths=IW.subswaths[:1])
    assert "TOPSAR-Merge" not in operators(slc_adhoc(alone, OUT, FULL, "14"))


def test_coherence_of_one_subswath():
    first, second = (replace(p, subswaths=(Subswath("IW1"),)) for p in (IW, IW_LATER))
    assert operators(coherence(first, second, OUT, PAIR, "14")) == [
        "Read", "Read", "TOPSAR-Split", "TOPSAR-Split", "Apply-Orbit-File", "Apply-Orbit-File", "Back-Geocoding",
        "Enhanced-Spectral-Diversity", "Coherence", "TOPSAR-Deburst", "Subset", "Terrain-Correction", "Write",
    ]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES)
def test_coherence_phase_options_do_not_hang_on_the_release(release):
    found = parameters(coherence(IW, IW_LATER, OUT, PAIR, release), "Coherence")
    assert (found["subtractFlatEarthPhase"], found["subtractTopographicPhase"]) == ("true", "true")
    newer = {"correctCoherenceBias": "false", "removeLocalPhaseRamp": "false"}
    assert {p: found[p] for p in newer if p in found} == (newer if release == "14" else {})
    assert (found["cohWinAz"], found["cohWinRg"], found["squarePixel"]) == ("3", "12", "false")


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("dem", [None, Path("/data/dem.tif")])
def test_dem_is_named_and_its_heights_stand_on_the_geoid(release, dem):
    graph = grd(GRD, OUT, replace(FULL, dem=dem), release)
    for name in ("Terrain-Flattening", "Terrain-Correction"):
        found = parameters(graph, name)
        assert found["externalDEMApplyEGM"] == "true"
        assert found["nodataValueAtSea"] == "false"
        assert found["demName"] == ("External DEM" if dem else "Copernicus 30m Global DEM")
        assert found["externalDEMFile"] == (str(dem) if dem else "")


@pytest.mark.parametrize(
    ("calibration", "bands"),
    [("sigma0", "tff"), ("gamma0", "ftf"), ("beta0", "fft"), ("gamma0_rtc", "fft")],
)
def test_calibration(calibration, bands):
    graph = grd(GRD, OUT, replace(PLAIN, calibration=calibration), "14")
    found = parameters(graph, "Calibration")
    assert "".join(found[f"output{b}Band"][0] for b in ("Sigma", "Gamma", "Beta")) == bands
    assert ("Terrain-Flattening" in operators(graph)) == (calibration == "gamma0_rtc")


@pytest.mark.parametrize(
    ("speckle", "expected"),
    [
        (SpeckleFilter("boxcar", 5), {"filter": "Boxcar", "filterSizeX": "5", "filterSizeY": "5"}),
        (SpeckleFilter("median", 3), {"filter": "Median", "filterSizeX": "3"}),
        (SpeckleFilter("lee", 7, looks=4.4), {"filter": "Lee", "filterSizeX": "7", "enl": "4.4"}),
        (SpeckleFilter("gamma_map", 7, looks=3), {"filter": "Gamma Map", "enl": "3.0"}),
        (SpeckleFilter("frost", 7, damping=3.0), {"filter": "Frost", "dampingFactor": "3"}),
        (SpeckleFilter("refined_lee"), {"filter": "Refined Lee"}),
        (
            SpeckleFilter("lee_sigma", 9, looks=2.4, sigma=0.8),
            {"filter": "Lee Sigma", "windowSize": "9x9", "numLooksStr": "2", "sigmaStr": "0.8"},
        ),
    ],
)
def test_speckle_filters(speckle, expected):
    found = parameters(grd(GRD, OUT, replace(PLAIN, speckle=speckle), "14"), "Speckle-Filter")
    assert expected.items() <= found.items()
    assert found["estimateENL"] == "false"


def test_the_area_is_cut_out_with_a_margin_that_widens_to_the_poles():
    region = parameters(grd(GRD, OUT, FULL, "14"), "Subset")["geoRegion"]
    # 0.06° of latitude; of longitude 0.06/cos(45.2°) = 0.085151°
    assert region == ("POLYGON ((14.285151 44.94, 14.285151 45.26, 13.914849 45.26, 13.914849 44.94, 14.285151 44.94))")


def test_pixel_size_in_the_units_of_the_projection():
    degrees = parameters(grd(GRD, OUT, PLAIN, "14"), "Terrain-Correction")["pixelSpacingInDegree"]
    assert float(degrees) == pytest.approx(10 / 111_319.49, rel=1e-7)
    feet = parameters(grd(GRD, OUT, replace(PLAIN, crs="EPSG:2263"), "14"), "Terrain-Correction")["pixelSpacingInMeter"]
    assert float(feet) == pytest.approx(32.8083, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"calibration": "gamma"}, InvalidOption, "sigma0, beta0, gamma0, gamma0_rtc"),
        ({"polarisations": ("VX",)}, InvalidOption, "'VX'"),
        ({"polarisations": ()}, InvalidOption, "No polarisation"),
        ({"resolution_m": 0.0}, InvalidOption, "above 0"),
        ({"crs": "UTM33"}, InvalidProjection, "EPSG"),
        ({"crs": "EPSG:999999"}, InvalidProjection, "EPSG:999999"),
        ({"orbit": "best"}, InvalidOption, "precise, restituted, annotation"),
        ({"dem": Path("/data/dem.vrt")}, InvalidOption, "dem.vrt"),
        ({"speckle": SpeckleFilter("wiener")}, InvalidOption, "wiener"),
        ({"speckle": SpeckleFilter("lee", 4)}, InvalidWindow, "4"),
    ],
)
def test_options_that_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        replace(PLAIN, **options)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"aoi": "POLYGON((179 0, -179 0, -179 1, 179 1, 179 0))"}, InvalidArea, "180"),
        ({"speckle": SpeckleFilter("lee_sigma", 3)}, InvalidGraph, "5x5, 7x7, 9x9"),
        ({"speckle": SpeckleFilter("lee_sigma", looks=12)}, InvalidOption, "1 to 4"),
        ({"speckle": SpeckleFilter("frost", damping=1.5)}, InvalidOption, "whole numbers"),
        ({"speckle": SpeckleFilter("boxcar", 101)}, InvalidGraph, r"\(1, 100\]"),
    ],
)
def test_what_snap_does_not_have_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        grd(GRD, OUT, replace(PLAIN, **options), "14")


def test_a_single_burst_is_refused():
    with pytest.raises(InvalidOption, match="less than two bursts"):
        Subswath("IW2", 3, 3)


def test_subswaths_are_named_once():
    with pytest.raises(InvalidOption, match="IW1, IW1"):
        Slc(Path("x.zip"), "IW", (Subswath("IW1"), Subswath("IW1", 2, 3)))
    with pytest.raises(InvalidOption, match="none"):
        Slc(Path("x.zip"), "IW", ())


def test_pairs_that_do_not_fit():
    with pytest.raises(InvalidOption, match="IW and SM"):
        coherence(IW, SM, OUT, PAIR, "14")
    with pytest.raises(InvalidOption, match="IW1, IW2 are asked for and of the second IW1"):
        coherence(IW, replace(IW_LATER, subswaths=(Subswath("IW1"),)), OUT, PAIR, "14")


def test_coherence_window_is_limited():
    with pytest.raises(InvalidGraph, match=r"cohWinAz is 1; .*\(1, 90\]"):
        coherence(IW, IW_LATER, OUT, replace(PAIR, coherence_window=(1, 12)), "14")
