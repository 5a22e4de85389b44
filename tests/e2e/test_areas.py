"""Areas that come from files, are kept, used again and changed by hand."""

import json

import pytest
import workspace_page as steps
from playwright.sync_api import Page, expect

# A square of a tenth of a degree: 111.2 km × 0.1 by 80.4 km × 0.1 at 43.7° N.
SQUARE = [[13.1, 43.65], [13.2, 43.65], [13.2, 43.75], [13.1, 43.75], [13.1, 43.65]]
SIZE = "89.6 km²"


def geojson(ring: list[list[float]]) -> str:
    """Return a file with one feature."""
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return json.dumps({"type": "Feature", "properties": {}, "geometry": geometry})


def test_from_a_file(page: Page, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The outline of a GeoJSON file becomes the area."""
    path = tmp_path / "fields.geojson"
    path.write_text(geojson(SQUARE))
    page.locator("summary", has_text="From a file").click()
    page.locator("#area-file").set_input_files(path)
    expect(page.locator("[data-size]")).to_have_text(SIZE)
    page.locator("summary", has_text="Corners").click()
    assert [page.get_by_label(n, exact=True).input_value() for n in ("West", "North")] == ["13.1", "43.75"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("notes.geojson", "hello", "The vector file was not taken: its content is none of these."),
        ("bow.geojson", geojson([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]), "crosses itself"),
    ],
)
def test_from_a_file_that_will_not_do(page: Page, watch, tmp_path, name: str, content: str, message: str) -> None:  # type: ignore[no-untyped-def]
    """What is wrong with it stands beside the field."""
    watch.allowed = ("status of 422",)
    (tmp_path / name).write_text(content)
    page.locator("summary", has_text="From a file").click()
    page.locator("#area-file").set_input_files(tmp_path / name)
    expect(page.locator('[data-field="file"] > .field-error')).to_contain_text(message)
    expect(page.locator("[data-size]")).to_be_hidden()


def test_kept_used_again_and_deleted(page: Page) -> None:
    """An area has a name from now on; it is deleted only after a question."""
    steps.type_corners(page, (13.1, 43.65, 13.2, 43.75))
    expect(page.locator("[data-size]")).to_have_text(SIZE)
    page.locator("summary", has_text="Save this area").click()
    page.get_by_label("Name", exact=True).fill("Delta")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Clear the area").click()
    expect(page.locator("[data-size]")).to_be_hidden()
    page.reload()
    page.get_by_role("button", name=f"Delta {SIZE}").click()
    expect(page.locator("[data-size]")).to_have_text(SIZE)
    for answer, left in (("Keep it", 1), ("Delete", 0)):
        page.get_by_role("button", name="Delete the saved area Delta").click()
        page.get_by_role("dialog").get_by_role("button", name=answer).click()
        expect(page.get_by_role("button", name=f"Delta {SIZE}")).to_have_count(left)


def test_a_corner_is_dragged(page: Page) -> None:
    """While editing, a corner of the outline follows the mouse, and the size with it."""
    page.locator("summary", has_text="WKT").click()
    ring = ", ".join(f"{x} {y}" for x, y in SQUARE)
    page.locator("#area-wkt").fill(f"POLYGON(({ring}))")
    page.get_by_role("button", name="Use this outline").click()
    expect(page.locator("[data-size]")).to_have_text(SIZE)
    page.get_by_role("button", name="Edit", exact=True).click()
    corners = page.locator(".marker-icon:not(.marker-icon-middle)")
    expect(corners).to_have_count(4)
    boxes = [box for i in range(4) if (box := corners.nth(i).bounding_box())]
    north_east = max(boxes, key=lambda box: box["x"] - box["y"])
    page.mouse.move(north_east["x"] + 4, north_east["y"] + 4)
    page.mouse.down()
    page.mouse.move(north_east["x"] - 60, north_east["y"] + 60, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator("[data-size]")).not_to_have_text(SIZE)
    size = page.locator("[data-size]").text_content() or ""
    assert 40 < float(size.split()[0]) < 89
