"""The network that is shipped is sound, and its card says what it is."""

import numpy as np
import onnxruntime

from eo.io.model_package import check_package, open_package
from scripts.pretrain import SHIPPED


def test_the_shipped_package_is_sound_and_says_what_it_learnt_from() -> None:
    card = check_package(SHIPPED)
    assert card.architecture.parameters == 205_328
    assert (len(card.outputs.classes), card.inputs.periods.count, len(card.inputs.bands)) == (16, 12, 9)
    assert "no copy of TimeSen2Crop is behind it" in card.description
    assert "Made by Groundwork" in card.data.source and "real pixels" in card.data.source
    assert any(limit.startswith("Trained on made series") for limit in card.limits)
    assert card.metrics["test"].overall_accuracy > 0.95 * 0.93  # the Bayes rate of the made test tile is 0.92
    assert card.metrics["test"].expected_calibration_error < 0.05
    assert sum(p.stat().st_size for p in SHIPPED.iterdir()) < 2_500_000


def test_the_shipped_network_tells_of_any_series() -> None:
    package = open_package(SHIPPED)
    session = onnxruntime.InferenceSession(str(package.onnx_path), providers=["CPUExecutionProvider"])
    series = np.full((3, 12, 9), 0.2, np.float32)
    series[1, 4:] = np.nan
    series[2] = np.nan
    (found,) = session.run(None, {"series": series})
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
