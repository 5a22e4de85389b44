"""The OGC process description is read off the declaration."""

from tiny_services import TINY

from services.core.ogc import process_description


def test_inputs_and_outputs() -> None:
    document = process_description(TINY, "/api/processes/")
    assert document["links"][0]["href"] == "/api/processes/tiny"
    assert document["inputs"]["input"]["minOccurs"] == 1
    resolution = document["inputs"]["resolution"]
    assert (resolution["title"], resolution["minOccurs"]) == ("Resolution", 0)
    assert resolution["schema"]["default"] == 10.0
    assert resolution["schema"]["exclusiveMinimum"] == 0
    assert document["outputs"]["values"]["schema"]["contentMediaType"] == "image/tiff; application=geotiff"
    assert document["jobControlOptions"] == ["async-execute", "dismiss"]
