"""Names and colours of the kinds."""

import numpy as np

from services.s2_change_detection import ChangeDetectionParams
from services.s2_change_detection.legend import COLOURS, class_legend, kind_titles


def test_titles_say_directions_and_mean_change() -> None:
    titles = kind_titles((0.0, 85.0, 180.0), np.array([[2000, -500], [0, 0]]), np.array([4, 0]), ["B04", "B08"])
    assert titles == [
        "Kind 1: direction 0.0–85.0°, mean change B04 +0.050, B08 -0.013",
        "Kind 2: direction 85.0–180.0°, mean change B04 +0.000, B08 +0.000",
    ]


def test_legend_is_that_of_the_classification_extension() -> None:
    assert class_legend(["a"]) == [
        {"value": 0, "name": "unchanged", "title": "No change", "color_hint": "E8E8E8"},
        {"value": 1, "name": "kind_1", "title": "a", "color_hint": "D55E00"},
        {"value": 255, "name": "nodata", "title": "No data, cloud or shadow", "nodata": True},
    ]


def test_there_is_a_colour_for_every_kind_one_may_ask_for() -> None:
    limits = ChangeDetectionParams.model_fields["number_of_classes"].metadata
    assert len(set(COLOURS)) == max(limit.le for limit in limits if hasattr(limit, "le"))
