"""Samples are harmonised as rasters are: months by hand."""

from datetime import date

import numpy as np
import pytest

from eo.timeseries.crop_looks import TileLooks, clear_looks, first_month_of, harmonise, season_periods
from eo.timeseries.timesen2crop import Flag

DATES = (date(2017, 9, 3), date(2017, 9, 13), date(2017, 9, 23), date(2017, 11, 10), date(2018, 8, 30))


def _looks(numbers: list[int], flags: list[int]) -> TileLooks:
    values = np.repeat(np.array(numbers, np.int16)[None, :, None], 9, axis=2)
    one = np.zeros(1, np.uint8)
    return TileLooks("33UVP", DATES, one, one.astype(np.int32), values, np.array([flags], np.uint8))


def test_a_month_is_the_median_of_its_clear_looks_and_gaps_are_filled_in_time() -> None:
    looks = _looks([1000, 9000, 2000, 3000, -50], [Flag.CLEAR, Flag.CLOUD, Flag.CLEAR, Flag.CLEAR, Flag.CLEAR])
    series, seen = harmonise(looks, season_periods(DATES, 9), 62)
    assert series.shape == (1, 12, 9)
    assert seen[:, 0].tolist() == [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    assert series[0, 0, 4] == pytest.approx(0.15, abs=1e-6)
    # the middle of October lies 30.5 days after that of September and 30.5 before that of November
    assert series[0, 1, 4] == pytest.approx(0.15 + 0.5 * (0.30 - 0.15), abs=1e-4)
    assert series[0, 2, 4] == pytest.approx(0.30, abs=1e-6)
    assert np.isnan(series[0, 5]).all()
    assert series[0, 11, 0] == pytest.approx(-0.005, abs=1e-6)


def test_shadow_and_snow_are_not_seen_nor_are_nine_zeros() -> None:
    looks = _looks([500, 500, 500, 0, 500], [Flag.SHADOW, Flag.SNOW, Flag.CLOUD, Flag.CLEAR, Flag.CLEAR])
    assert clear_looks(looks.values, looks.flags)[0].tolist() == [False, False, False, False, True]
    series, _ = harmonise(looks, season_periods(DATES, 9), 0)
    assert np.isnan(series[0, :11]).all() and series[0, 11, 0] == pytest.approx(0.05)


def test_the_season_is_the_year_that_holds_most_dates() -> None:
    periods = season_periods(DATES, 9)
    assert (periods[0].label, periods[-1].label, len(periods)) == ("2017-09", "2018-08", 12)
    assert season_periods([date(2017, 8, 30), *DATES], 9)[0].label == "2017-09"
    ten_days = season_periods(DATES, 9, 10)
    assert len(ten_days) == 37 and ten_days[0].start == date(2017, 9, 1)
    assert first_month_of([DATES, DATES, (date(2018, 12, 1),)]) == 9
