"""Periods by hand."""

from datetime import date

from eo.timeseries.periods import Period, assign, months, periods_between


def test_months_across_years():
    found = months(date(2019, 11, 17), 4)
    assert [p.label for p in found] == ["2019-11", "2019-12", "2020-01", "2020-02"]
    assert (found[3].start, found[3].end) == (date(2020, 2, 1), date(2020, 3, 1))
    assert found[3].middle == date(2020, 2, 15).toordinal() + 0.5  # 29 days


def test_a_series_of_any_length_makes_whole_months():
    assert periods_between(date(2018, 1, 20), date(2018, 3, 2)) == periods_between(date(2018, 1, 1), date(2018, 3, 31))


def test_spans_hold_the_last_day():
    found = periods_between(date(2018, 1, 1), date(2018, 1, 21), 10)
    assert [p.label for p in found] == ["2018-01-01_2018-01-10", "2018-01-11_2018-01-20", "2018-01-21_2018-01-30"]
    assert len(periods_between(date(2018, 1, 1), date(2018, 1, 20), 10)) == 2


def test_a_month_is_called_by_its_name_only_when_whole():
    assert Period(date(2018, 1, 1), date(2018, 2, 1)).label == "2018-01"
    assert Period(date(2018, 1, 1), date(2018, 3, 1)).label == "2018-01-01_2018-02-28"


def test_each_day_has_its_period():
    days = [date(2017, 12, 31), date(2018, 1, 1), date(2018, 1, 31), date(2018, 2, 1), date(2018, 3, 1)]
    assert assign(days, months(date(2018, 1, 1), 2)).tolist() == [-1, 0, 0, 1, -1]
