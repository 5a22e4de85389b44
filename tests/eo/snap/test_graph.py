from xml.etree.ElementTree import fromstring

import pytest

from eo.snap.errors import InvalidGraph
from eo.snap.graph import GraphBuilder


@pytest.fixture
def graph():
    return GraphBuilder("14")


@pytest.fixture
def read(graph):
    return graph.add("Read", file="/data/in.zip")


def test_small_graph_as_xml(graph, read):
    graph.add("Write", graph.add("GRD-Post", read), file="/data/a & b.dim")
    root = fromstring(graph.build().to_xml())
    assert (root.tag, root.get("id"), root.findtext("version")) == ("graph", "Graph", "1.0")
    assert [n.get("id") for n in root.findall("node")] == ["Read", "GRD-Post", "Write"]
    write = root.findall("node")[2]
    assert write.findtext("operator") == "Write"
    assert [(e.tag, e.get("refid")) for e in write.find("sources")] == [("sourceProduct", "GRD-Post")]
    assert {e.tag: e.text for e in write.find("parameters")} == {
        "file": "/data/a & b.dim",
        "formatName": "BEAM-DIMAP",
        "deleteOutputOnFailure": "true",
        "writeEntireTileRows": "false",
        "clearCacheAfterRowWrite": "false",
    }


def test_several_sources_are_numbered(graph, read):
    other = graph.add("Read", file="/data/other.zip")
    graph.add("Write", graph.add("TOPSAR-Merge", read, other), file="/out.dim")
    merge = fromstring(graph.build().to_xml()).findall("node")[2]
    assert [(e.tag, e.get("refid")) for e in merge.find("sources")] == [
        ("sourceProduct", "Read"),
        ("sourceProduct.1", "Read(2)"),
    ]


def test_what_has_no_value_is_empty_or_left_out(graph, read):
    graph.add("Subset", read, geoRegion=None)
    found = graph._nodes["Subset"].parameters
    assert found["sourceBands"] == ""
    assert not {"region", "geoRegion", "polygonRegion"} & set(found)
    assert "formatName" not in graph._nodes["Read"].parameters


def test_none_clears_a_default(graph, read):
    graph.add("Terrain-Correction", read, demName=None)
    assert graph._nodes["Terrain-Correction"].parameters["demName"] == ""


def test_values_as_text(graph, read):
    graph.add("Calibration", read, selectedPolarisations=("VV", "VH"), outputSigmaBand=False)
    found = graph._nodes["Calibration"].parameters
    assert (found["selectedPolarisations"], found["outputSigmaBand"]) == ("VV,VH", "false")
    graph.add("Subset", read, region=(0, 10, 200, 300), subSamplingX=2)
    found = graph._nodes["Subset"].parameters
    assert (found["region"], found["subSamplingX"]) == ("0,10,200,300", "2")


@pytest.mark.parametrize(
    ("operator", "values", "words"),
    [
        ("Calibration", {"outputSigma": True}, "has no parameter outputSigma; it has: sourceBands, auxFile"),
        ("Calibration", {"outputSigmaBand": "true"}, "Calibration.outputSigmaBand is 'true'; it takes true or false"),
        ("Calibration", {"auxFile": "Newest"}, "allowed are: Latest Auxiliary File, Product Auxiliary File"),
        ("Multilook", {"nRgLooks": 4.0}, "it takes a whole number"),
        ("Multilook", {"nRgLooks": True}, "it takes a whole number"),
        ("Multilook", {"nRgLooks": 0}, r"Multilook.nRgLooks is 0; it has to lie in \[1, \*\)"),
        ("Speckle-Filter", {"filterSizeX": 1}, r"\(1, 100\]"),
        ("Speckle-Filter", {"windowSize": 7}, "it takes a text"),
        ("Speckle-Filter", {"filter": "MuLog"}, "'MuLog'; allowed are: None, Boxcar"),
        ("Speckle-Filter", {"enl": float("nan")}, "it takes a number"),
        ("Terrain-Flattening", {"additionalOverlap": 1.5}, r"\[0, 1\]"),
        ("Terrain-Correction", {"mapProjection": ""}, "it takes a text"),
        ("Subset", {"region": (1, 2, 3)}, "x, y, width, height"),
        ("Subset", {"sourceBands": ["a,b"]}, "texts without commas"),
        ("Subset", {"vectorFile": "/data/${user}.shp"}, "variable"),
        ("Subset", {"vectorFile": "/data/a\x00b.shp"}, "XML"),
    ],
)
def test_values_that_are_refused(graph, read, operator, values, words):
    with pytest.raises(InvalidGraph, match=words):
        graph.add(operator, read, **values)


def test_parameters_of_a_later_release_are_refused():
    graph = GraphBuilder("13.0.4")
    read = graph.add("Read", file="/in.zip")
    with pytest.raises(InvalidGraph, match=r"ThermalNoiseRemoval of SNAP 13\.0\.4 has no parameter clipNegativeValues"):
        graph.add("ThermalNoiseRemoval", read, clipNegativeValues=False)
    with pytest.raises(InvalidGraph, match="'MuLoG'"):
        graph.add("Speckle-Filter", read, filter="MuLoG")


def test_interval_bounds(graph, read):
    assert graph.add("Speckle-Filter", read, filterSizeX=100) == "Speckle-Filter"
    assert graph.add("Coherence", read, cohWinAz=90, cohWinRg=2) == "Coherence"
    with pytest.raises(InvalidGraph, match=r"\(1, 90\]"):
        graph.add("Coherence", read, cohWinAz=91)


@pytest.mark.parametrize(
    ("operator", "sources", "words"),
    [
        ("Read", ["Read"], "takes none source"),
        ("GRD-Post", [], "it was given 0"),
        ("GRD-Post", ["Read", "Read"], "it was given 2"),
        ("TOPSAR-Merge", [], "it was given 0"),
        ("GRD-Post", ["Calibration"], "product of Calibration, which is not in the graph"),
    ],
)
def test_sources_that_do_not_fit(graph, read, operator, sources, words):
    with pytest.raises(InvalidGraph, match=words):
        graph.add(operator, *sources)


def test_graphs_that_do_nothing(graph):
    with pytest.raises(InvalidGraph, match="an empty graph"):
        graph.build()
    graph.add("Read", file="/in.zip")
    with pytest.raises(InvalidGraph, match="what Read makes"):
        graph.build()


def test_outputs_are_those_written(graph, read):
    graph.add("Write", read, file="/a.dim")
    graph.add("Write", read, file="/b.dim")
    assert graph.build().outputs == ("/a.dim", "/b.dim")
