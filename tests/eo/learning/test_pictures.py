"""Pictures are PNG of a fitting size, whatever is drawn."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from eo.learning.calibration import reliability
from eo.learning.pictures import confusion_picture, curve_picture, reliability_picture


def opened(content: bytes) -> Image.Image:
    assert content.startswith(b"\x89PNG")
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("classes", [2, 16, 40])
def test_a_confusion_matrix_is_drawn(classes: int) -> None:
    confusion = np.diag(np.arange(classes)) + 1
    names = [f"Quite a long name of a crop {i}" for i in range(classes)]
    picture = opened(confusion_picture(confusion, names, "test"))
    assert 400 < picture.width < 2000
    assert len(picture.convert("RGB").resize((50, 50)).getcolors(2500)) > 5


def test_a_confusion_matrix_with_a_class_that_never_occurs() -> None:
    opened(confusion_picture(np.array([[3, 1], [0, 0]]), ["a", "b"], "test"))


def test_a_reliability_diagram_is_drawn() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 100)
    told = reliability(probabilities, rng.integers(0, 4, 100))
    assert opened(reliability_picture(told, told, "test")).size == (572, 572)


def test_a_curve_is_drawn_without_scores_too() -> None:
    curve = [{"epoch": e, "train_loss": 1 / e, "val_loss": None if e == 2 else 1.1 / e} for e in (1, 2, 3)]
    assert opened(curve_picture(curve, 2, "Training")).width == 495  # one picture, no empty one beside it
    scored = [point | {"val_f1": 0.5} for point in curve]
    assert opened(curve_picture(scored, 2, "Training")).width == 990
