"""The addresses of the tile server, its tokens and its refusals."""

import time

import numpy as np
import pytest
from rasterio.io import MemoryFile

# A PNG has no place on Earth.
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

TILES = "tiles/WebMercatorQuad"
TILE = f"{TILES}/13/4439/2943.png"


def drawn(response) -> np.ndarray:
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    with MemoryFile(response.content) as file, file.open(driver="PNG") as image:
        assert (image.width, image.height) == (256, 256)
        return image.read()


def test_a_tile_shows_the_rasters_numbers_stretched(get, results):
    from portal.tiles.raster import Source, read_tile, tile_bounds

    picture = drawn(get("reflectance.tif", f"{TILE}?bidx=3&bidx=2&bidx=1&rescale=0,30000"))
    stored, seen = read_tile(
        Source.of(results / "a-result" / "reflectance.tif"), tile_bounds(13, 4439, 2943), 256, (3, 2, 1)
    )
    expected = np.floor(stored / np.float32(30000) * 255 + np.float32(0.5))
    assert np.abs(picture[:3].astype(int) - expected)[:, seen].max() <= 1
    assert (picture[:3].astype(int) == expected)[:, seen].mean() > 0.99


def test_without_limits_it_is_stretched_from_the_2nd_to_the_98th_percentile(get):
    facts = get("reflectance.tif", "statistics?p=2&p=98").json().values()
    limits = "&".join(f"rescale={band['percentile_2']},{band['percentile_98']}" for band in facts)
    tile = f"{TILES}/11/1109/735.png"
    assert get("reflectance.tif", tile).content == get("reflectance.tif", f"{tile}?{limits}").content


def test_a_tile_beside_is_transparent(get):
    png = get("reflectance.tif", f"{TILES}/13/1/1.png")
    with MemoryFile(png.content) as file, file.open(driver="PNG") as image:
        assert image.count == 4
        assert not image.read(4).any()


def test_classes_are_drawn_in_their_colours(get):
    png = get("classes.tif", f"{TILES}/14/8878/5887.png")
    with MemoryFile(png.content) as file, file.open(driver="PNG") as image:
        table = image.colormap(1)
        assert table[1] == (255, 0, 0, 255)
        assert table[2] == (0, 128, 0, 255)
        assert set(np.unique(image.read(1))) <= {0, 1, 2, 255}


def test_hidden_classes_are_transparent_and_the_others_as_before(get):
    tile = f"{TILES}/14/8878/5887.png"

    def opaque(query: str) -> list[tuple[int, ...]]:
        with MemoryFile(get("classes.tif", tile + query).content) as file, file.open(driver="PNG") as image:
            table = image.colormap(1)
            return sorted({table[value] for value in np.unique(image.read(1)).tolist() if table[value][3]})

    assert opaque("") == [(0, 0, 0, 255), (0, 128, 0, 255), (255, 0, 0, 255)]
    assert opaque("?hide=1") == [(0, 0, 0, 255), (0, 128, 0, 255)]
    assert opaque("?hide=0,2&bidx=1") == [(255, 0, 0, 255)]
    assert opaque("?hide=0,1,2") == []


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("classes.tif", "hide=256", "0 to 255"),
        ("classes.tif", "hide=", "0 to 255"),
        ("classes.tif", "hide=1;2", "0 to 255"),
        ("classes.tif", "hide=-1", "0 to 255"),
        ("classes.tif", "hide=1&colormap_name=viridis", "leave colormap_name out"),
        ("reflectance.tif", "hide=1&bidx=1", "no classes"),
    ],
)
def test_what_cannot_be_hidden(get, name, query, words):
    answer = get(name, f"{TILES}/14/8878/5887.png?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter")
    assert words in answer.json()["hint"]


def test_the_same_tile_again_is_not_sent_again(get):
    first = get("reflectance.tif", TILE)
    assert first.headers["cache-control"] == "private, max-age=3600"
    again = get("reflectance.tif", TILE, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = get("reflectance.tif", f"{TILE}?bidx=1", **{"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_point_gives_stored_numbers(get):
    answer = get("reflectance.tif", "point/15.09,45.14").json()
    stored = answer["values"]
    assert len(stored) == 3
    assert stored[1] - stored[0] == stored[2] - stored[1] == 7
    assert answer["band_names"] == ["b1", "b2", "b3"]
    one = get("reflectance.tif", "point/15.09,45.14?bidx=2").json()
    assert one["values"] == stored[1:2]
    assert get("reflectance.tif", "point/0,0").json()["values"] == [None, None, None]


def test_statistics_keep_the_order_of_the_bands(get):
    answer = get("reflectance.tif", "statistics?bidx=3&bidx=1&p=5&p=95&histogram_bins=10").json()
    assert list(answer) == ["b3", "b1"]
    assert answer["b3"]["min"] - answer["b1"]["min"] == 14
    assert answer["b1"]["valid_percent"] == pytest.approx(100 * 1400 / 1500, abs=0.2)
    assert len(answer["b1"]["histogram"][0]) == 10
    assert answer["b1"]["percentile_5"] < answer["b1"]["percentile_95"]


def test_statistics_of_nothing(get):
    answer = get("nothing.tif", "statistics").json()["b1"]
    assert (answer["valid_percent"], answer["min"], answer["count"]) == (0, None, 0)
    drawn(get("nothing.tif", TILE))


def test_info_and_tilejson(get):
    info = get("reflectance.tif", "info").json()
    assert (info["width"], info["height"], info["nodata_value"]) == (1500, 1200, 0)
    assert info["crs"].endswith("/EPSG/0/32633")
    assert (info["scales"], info["offsets"]) == ([0.0001] * 3, [-0.1] * 3)
    assert "a-result" not in str(info)
    tiles = get("reflectance.tif", "WebMercatorQuad/tilejson.json?rescale=0,1&tile_format=png&tilesize=256").json()
    assert tiles["tiles"][0].endswith(f"/{TILES}/{{z}}/{{x}}/{{y}}.png?rescale=0%2C1&tilesize=256")
    west, south, east, north = tiles["bounds"]
    assert west == pytest.approx(15, abs=1e-6)
    assert 15.18 < east < 15.2
    assert 45.04 < south < north < 45.16
    assert tiles["maxzoom"] == 13  # pixels of 14.1 m in web mercator; those of zoom 13 are of 19.1 m, of 14 of 9.6 m
    address = tiles["tiles"][0].format(z=13, x=4439, y=2943).partition("/tiles/WebMercatorQuad/")[2]
    assert get("reflectance.tif", f"{TILES}/{address}").status_code == 200


def test_other_formats_and_sizes(get):
    response = get("reflectance.tif", TILE.replace("png", "jpeg") + "?rescale=0,30000&tilesize=512")
    assert response.headers["content-type"] == "image/jpeg"
    with MemoryFile(response.content) as file, file.open(driver="JPEG") as image:
        assert (image.count, image.width) == (3, 512)
    assert drawn(get("heights.tif", f"{TILE}?colormap_name=viridis&rescale=-5,5")).shape == (1, 256, 256)


@pytest.mark.parametrize(
    ("rest", "status", "code"),
    [
        (f"{TILE}?url=http://127.0.0.1/", 422, "unknown_parameter"),
        (f"{TILE}?expression=b1*2", 422, "unknown_parameter"),
        (f"{TILE}?bidx=4", 422, "invalid_parameter"),
        ("statistics?url=/etc/passwd", 422, "unknown_parameter"),
        ("info?path=/etc/passwd", 422, "unknown_parameter"),
        ("point/nan,1", 422, "invalid_parameter"),
        ("point/181,0", 422, "invalid_parameter"),
        ("point/1,1?coord_crs=/etc/passwd", 422, "unknown_parameter"),
        (f"{TILES}/a/1/1.png", 422, "invalid_parameter"),
        (f"{TILES}/30/1/1.png", 404, "no_tile"),
        (f"{TILES}/2/4/0.png", 404, "no_tile"),
        (f"{TILE}?bidx=0", 422, "invalid_parameter"),
        (f"{TILE}?bidx=x", 422, "invalid_parameter"),
        (f"{TILE}?bidx=1&bidx=2", 422, "invalid_parameter"),
        (f"{TILE}?rescale=1", 422, "invalid_parameter"),
        (f"{TILE}?rescale=2,1", 422, "invalid_parameter"),
        (f"{TILE}?rescale=nan,1", 422, "invalid_parameter"),
        (f"{TILE}?rescale=0,inf", 422, "invalid_parameter"),
        (f"{TILE}?rescale=0,1&rescale=0,1", 422, "invalid_parameter"),
        (f"{TILE}?colormap_name=rainbow-of-doom", 422, "invalid_parameter"),
        (f"{TILE}?colormap_name=viridis", 422, "invalid_parameter"),
        (f"{TILE}?tilesize=100000", 422, "invalid_parameter"),
        (f"{TILE}?tilesize=-1", 422, "invalid_parameter"),
        (f"{TILE}?buffer=1e9", 422, "unknown_parameter"),
        ("statistics?histogram_bins=1000000000", 422, "invalid_parameter"),
        ("statistics?p=101", 422, "invalid_parameter"),
        ("statistics?max_size=100000", 422, "unknown_parameter"),
        ("tiles/EuropeanETRS89_LAEAQuad/1/1/1.png", 422, "invalid_parameter"),
        ("preview.png", 404, "not_found"),
        ("bbox/1,1,2,2.png", 404, "not_found"),
        ("map.html", 404, "not_found"),
    ],
)
def test_refusals_are_problem_documents(get, rest, status, code):
    response = get("reflectance.tif", rest)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]


def test_no_route_takes_an_address_or_a_path():
    from fastapi.dependencies.utils import get_flat_params

    from portal.tiles.app import tiler

    fields = {field.alias for route in tiler.router.routes for field in get_flat_params(route.dependant)}
    assert fields == {
        *("token", "z", "x", "y", "format", "tileMatrixSetId", "lon", "lat", "bidx", "rescale", "colormap_name"),
        *("tilesize", "tile_format", "minzoom", "maxzoom", "p", "histogram_bins", "coord_crs", "hide"),
    }


def test_a_file_that_is_no_geotiff_is_not_opened(get):
    assert get("vrt.tif", "info").json()["code"] == "no_raster"
    assert get("item.json", "info").json()["code"] == "no_raster"


def test_a_deleted_file(get):
    response = get("gone.tif", TILE)
    assert (response.status_code, response.json()["code"]) == (404, "file_gone")


def test_tokens_that_are_not_ours_or_over(get):
    from apps.catalog.tile_tokens import make_token

    token = make_token("a-result", "reflectance.tif")
    changed = [token.replace("reflectance", "classes"), token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "a~b~c"]
    for wrong in changed:
        response = get("", TILE, token=wrong)
        assert (response.status_code, response.json()["code"]) == (403, "tile_token")
    over = make_token("a-result", "reflectance.tif", now=time.time() - 10 * 24 * 3600)
    response = get("", TILE, token=over)
    assert (response.status_code, response.json()["detail"]) == (403, "This tile address has expired.")
