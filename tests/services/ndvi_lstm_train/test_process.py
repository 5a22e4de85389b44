"""Training a forecast of NDVI, on made years and on real ones."""

import json
from pathlib import Path

import numpy as np
import pytest
from green_years import write_green_years

from eo.io.model_package import check_package
from eo.io.sample_arrays import SampleMeta, Samples, write_samples
from eo.learning.card import Periods
from eo.timeseries.timesen2crop import BANDS, CLASSES
from services.core.errors import BadInput, InvalidParameters
from services.core.preflight import check
from services.core.registry import get_service
from services.core.runner import run
from services.core.validation import validate
from services.ndvi_lstm_train import SERVICE

QUICK = {"epochs": 6, "hidden_units": 16, "batch_size": 128}


def test_it_beats_persistence_and_climatology_on_made_years(tmp_path: Path) -> None:
    stack = write_green_years(tmp_path / "stack", gaps=0.15)
    item = run(SERVICE, {"stack": str(stack), "name": "Green", **QUICK}, tmp_path / "out")
    card = check_package(tmp_path / "out")
    assert (card.task, card.name, card.inputs.bands) == ("ndvi_forecast", "Green", ("NDVI",))
    assert (card.inputs.periods.count, card.inputs.periods.days) == (12, None)
    assert (card.outputs.horizon, card.outputs.quantiles) == (3, (0.05, 0.25, 0.5, 0.75, 0.95))
    test = card.forecast["test"]
    for own, persistence, climatology in zip(test.rmse, test.rmse_persistence, test.rmse_climatology, strict=True):
        assert own < 0.9 * persistence
        assert own < 0.9 * climatology  # pixels differ by 0.07 in level and by a swing: climatology knows neither
    assert 0.75 < test.coverage <= 1
    assert test.nominal_coverage == 0.9
    assert "trained on what lies before" in card.data.split
    assert card.data.samples["test"] == test.samples
    assert len(card.curve) <= 6
    assert min(item["properties"]["groundwork:skill_over_persistence"]) > 0.19
    assert {"card", "weights", "onnx", "skill", "curve"} == set(item["assets"])


def test_a_single_year_is_trained_on_and_remarked(tmp_path: Path) -> None:
    """Months that the training part lacks have the mean of all others as their climatology."""
    stack = write_green_years(tmp_path / "stack", 12)
    values = {"stack": str(stack), "past": 6, "horizon": 2, "pixels": 100, **QUICK}
    told = check(SERVICE, validate(SERVICE, values))["findings"]
    assert ("short_series", "4 months of the year are not among the periods that are trained on.") in [
        (f["code"], f["message"]) for f in told
    ]
    run(SERVICE, values, tmp_path / "out")
    test = check_package(tmp_path / "out").forecast["test"]
    assert len(test.rmse_climatology) == 2
    assert min(test.rmse_climatology) > 0.05


def test_the_parts_follow_one_another_in_time() -> None:
    from services.ndvi_lstm_train.series import bounds

    assert bounds(54, 12, 3) == (35, 43)
    assert bounds(21, 12, 1) == (14, 17)


def test_the_same_seed_gives_the_same_network(tmp_path: Path) -> None:
    stack = write_green_years(tmp_path / "stack")
    values = {"stack": str(stack), "epochs": 2, "hidden_units": 8, "pixels": 100}
    for name in ("one", "two"):
        run(SERVICE, values, tmp_path / name)
    one, two = (json.loads((tmp_path / name / "card.json").read_text()) for name in ("one", "two"))
    assert one["weights"]["sha256"] == two["weights"]["sha256"]
    assert one["data"]["sha256"] == two["data"]["sha256"]


def test_filled_values_are_not_learnt_from(tmp_path: Path) -> None:
    """What was interpolated knows the look after it: as a past it would tell what is to be forecast."""
    from green_years import FIRST, GRID

    from eo.io.band_spec import BandSpec
    from eo.io.raster_writer import create_raster
    from eo.timeseries.periods import months
    from services.prediction.ndvi import open_ndvi

    stack = write_green_years(tmp_path / "stack", 4)
    specs = [BandSpec(p.label, "uint8", nodata=255) for p in months(FIRST, 4)]
    with create_raster(stack / "filling.tif", "COG", GRID, specs) as writer:
        kinds = np.ones((4, *GRID.shape), np.uint8)
        kinds[1], kinds[3] = 2, 3
        writer.write(next(GRID.blocks(512)), kinds)
    series = open_ndvi(stack, None, {}).read(next(GRID.blocks(512)))
    assert np.isfinite(series).all(axis=0).tolist() == [True, False, True, False]


def write_parts(folder: Path, periods: int = 12) -> Path:
    """Write samples of crops whose near infrared swings with the months."""
    rng = np.random.default_rng(4)
    for part, count in (("train", 400), ("validation", 100), ("test", 100)):
        x = np.full((count, periods, 9), 0.1, np.float32)
        swing = 0.15 + 0.15 * np.cos(2 * np.pi * np.arange(periods) / 12)
        x[:, :, BANDS.index("B8A")] += swing * rng.uniform(0.5, 1.5, (count, 1)) + rng.normal(
            0, 0.005, (count, periods)
        )
        meta = SampleMeta(
            bands=BANDS,
            classes=CLASSES[:2],
            periods=Periods(count=periods, first_month=9),
            source="made",
            licence="CC-BY-4.0",
            part=part,
        )
        write_samples(folder / f"samples_{part}", Samples(x, rng.integers(0, 2, count), meta))
    return folder


def test_samples_are_learnt_from_as_they_are_parted(tmp_path: Path) -> None:
    data = write_parts(tmp_path / "samples")
    run(
        SERVICE,
        {
            "data": str(data),
            "past": 9,
            "horizon": 2,
            "epochs": 15,
            "batch_size": 16,
            "noise": 0,
            "dropout": 0,
            "masked_share": 0,
        },
        tmp_path / "out",
    )
    card = check_package(tmp_path / "out")
    assert card.data.samples == {"train": 800, "validation": 200, "test": 200}  # two windows of each
    assert card.data.split == "as the samples are parted"
    assert card.licence == "CC-BY-4.0"
    assert card.forecast["test"].rmse[0] < 0.8 * card.forecast["test"].rmse_climatology[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"past": 12, "horizon": 2}, r"samples have 12 periods; to learn 2 from 12 they need 14"),
    ],
)
def test_samples_that_are_too_short_are_refused_with_both_numbers(values, words: str, tmp_path: Path) -> None:
    data = write_parts(tmp_path / "samples")
    with pytest.raises(BadInput, match=words):
        run(SERVICE, {"data": str(data), **values}, tmp_path / "out")


def test_a_stack_that_is_too_short_is_refused_with_both_numbers(tmp_path: Path) -> None:
    stack = write_green_years(tmp_path / "stack", 14)
    with pytest.raises(BadInput, match=r"stack has 14 periods; .* needs at least 21") as refused:
        run(SERVICE, {"stack": str(stack)}, tmp_path / "out")
    assert refused.value.code == "not_enough_data"
    answer = check(SERVICE, validate(SERVICE, {"stack": str(stack)}))
    assert not answer["valid"]


def test_a_dry_run_says_how_the_years_are_parted(tmp_path: Path) -> None:
    stack = write_green_years(tmp_path / "stack")
    answer = check(SERVICE, validate(SERVICE, {"stack": str(stack)}))
    assert answer["valid"]
    assert "trained before 2018-12, chosen before 2019-08" in answer["findings"][0]["message"]
    assert answer["estimate"]["seconds"] > 0


def test_parameters_that_do_not_go_together() -> None:
    with pytest.raises(InvalidParameters, match="48 is no power of two; the nearest are 32 and 64"):
        validate(SERVICE, {"stack": "x", "batch_size": 48})
    with pytest.raises(InvalidParameters, match="either a stack of composites or samples"):
        validate(SERVICE, {})


def test_real_years_are_forecast_better_than_by_persistence_and_climatology(shared_data: Path, tmp_path: Path) -> None:
    scenes = shared_data / "s2" / "fordead_theia_T31UFQ" / "SENTINEL" / "ZoneTest"
    values = {"scenes": [str(scenes)], "start": "2016-01-01", "bands": "B04,B8A"}
    run(get_service("s2_harmonisation"), values, tmp_path / "stack")
    values = {"stack": str(tmp_path / "stack"), "epochs": 4, "pixels": 800, "seed": 1}
    run(SERVICE, values, tmp_path / "out")
    test = check_package(tmp_path / "out").forecast["test"]
    own, persistence, climatology = (
        float(np.sqrt(np.mean(np.square(rows)))) for rows in (test.rmse, test.rmse_persistence, test.rmse_climatology)
    )
    assert own < 0.85 * persistence
    assert own < 0.95 * climatology
