"""Crop calendars by hand."""

from datetime import date

import pytest

from demo.crops import CROPS, MAIZE, SHARES, green_cover, is_harvested

BY_NAME = {crop.name: crop for crop in CROPS}


def test_shares_add_up() -> None:
    assert SHARES.sum() == pytest.approx(1)


def test_maize_grows_ripens_and_is_cut() -> None:
    maize = CROPS[MAIZE]
    assert (maize.name, maize.sown, maize.full, maize.ripening) == ("maize", 105, 180, 240)
    assert green_cover(maize, 260, date(2025, 6, 29)) == pytest.approx(0.93)  # day 180: full
    assert green_cover(maize, 260, date(2025, 9, 5)) == pytest.approx(0.93 * (1 - 8 / 120))  # day 248
    assert green_cover(maize, 260, date(2025, 9, 16)) > 0  # day 259
    assert green_cover(maize, 260, date(2025, 9, 17)) == 0  # day 260
    assert not is_harvested(maize, 260, date(2025, 9, 16)) and is_harvested(maize, 260, date(2025, 9, 17))


def test_wheat_lies_bare_from_summer_to_autumn() -> None:
    wheat = BY_NAME["winter wheat"]
    assert green_cover(wheat, 180, date(2025, 4, 20)) == pytest.approx(0.92)  # day 110: full
    assert is_harvested(wheat, 180, date(2025, 9, 5))
    assert not is_harvested(wheat, 180, date(2025, 12, 1))  # sown again on day 305


def test_permanent_crops_are_never_bare() -> None:
    for crop in CROPS:
        if crop.permanent:
            assert min(green_cover(crop, crop.harvest[0], date(2025, month, 15)) for month in range(5, 12)) > 0.05


def test_spring_crops_are_bare_until_they_are_sown() -> None:
    maize = CROPS[MAIZE]
    assert green_cover(maize, 270, date(2025, 1, 15)) == green_cover(maize, 270, date(2025, 4, 1)) == 0
    assert 0 < green_cover(maize, 270, date(2025, 5, 15)) < green_cover(maize, 270, date(2025, 7, 15))
    assert green_cover(maize, 270, date(2025, 10, 15)) == 0


def test_winter_crops_grow_on_from_autumn() -> None:
    wheat = BY_NAME["winter wheat"]
    days = [date(2024, 11, 20), date(2024, 12, 30), date(2025, 1, 5), date(2025, 3, 1), date(2025, 4, 25)]
    covers = [green_cover(wheat, 180, day) for day in days]
    assert covers == sorted(covers) and covers[0] > 0
    assert green_cover(wheat, 180, date(2025, 8, 1)) == 0
