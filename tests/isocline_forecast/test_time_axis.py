import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from isocline_forecast.time_axis import read_time_axis, year_phase
from isocline_run import UserError


def axis_of(stamps):
    return read_time_axis(xr.Dataset({"y": ("time", np.zeros(len(stamps)))}, {"time": stamps}))


def test_month_starts_are_followed_by_month_starts():
    axis = axis_of(pd.date_range("2000-01-01", periods=14, freq="MS"))
    assert axis.next_stamps(2).astype("datetime64[D]").tolist() == [
        np.datetime64("2001-03-01").item(),
        np.datetime64("2001-04-01").item(),
    ]
    assert axis.size == 1
    assert axis.months


def test_month_ends_are_followed_by_month_ends():
    axis = axis_of(pd.date_range("2000-01-31", periods=13, freq="ME"))
    shown = axis.next_stamps(3).astype("datetime64[D]").astype(str).tolist()
    assert shown == ["2001-02-28", "2001-03-31", "2001-04-30"]


@pytest.mark.parametrize(("calendar", "last"), [("noleap", 28), ("360_day", 30)])
def test_other_calendars_keep_their_days(calendar, last):
    stamps = xr.date_range("2004-02-01", periods=20, freq="D", calendar=calendar, use_cftime=True)
    following = axis_of(stamps).next_stamps(12)
    assert following[0] == cftime.datetime(2004, 2, 21, calendar=calendar)
    assert max(stamp.day for stamp in following if stamp.month == 2) == last
    assert not any(stamp.month == 2 and stamp.day > last for stamp in following)


def test_first_of_june_has_one_phase_in_every_calendar_and_year():
    phases = []
    for calendar in ("standard", "noleap", "360_day"):
        stamps = xr.date_range("2003-06-01", "2004-06-01", freq="D", calendar=calendar)
        first = [0, len(stamps) - 1]
        phases += year_phase(np.asarray(stamps)[first]).tolist()
    assert np.ptp(phases) < 1e-3


@pytest.mark.parametrize(
    ("horizon", "steps"), [("3y", 36), ("6 months", 6), ("18", 18), (18, 18), ("2 quarters", 6)]
)
def test_horizons_count_steps_of_the_calendar(horizon, steps):
    axis = axis_of(pd.date_range("1990-01-01", periods=120, freq="MS"))
    assert axis.count_steps(horizon) == steps


@pytest.mark.parametrize(
    ("horizon", "sentence"),
    [
        ("soon", "neither a number of steps nor a duration"),
        ("0", "not in the future"),
        ("-3", "not in the future"),
        (2.5, "not a whole number"),
        ("3 days", "shorter than one step"),
        ("15m", "could be months or minutes; write 15M or 15min"),
    ],
)
def test_a_horizon_that_is_none_is_refused(horizon, sentence):
    axis = axis_of(pd.date_range("1990-01-01", periods=120, freq="MS"))
    with pytest.raises(UserError, match=sentence):
        axis.count_steps(horizon)


def test_a_duration_needs_dates():
    axis = axis_of(np.arange(10.0))
    with pytest.raises(UserError, match="plain numbers; give the horizon as a number of steps"):
        axis.count_steps("3y")
    assert axis.next_stamps(2).tolist() == [10.0, 11.0]


def test_leap_day_a_year_later_is_the_last_of_february():
    axis = axis_of(pd.date_range("2004-02-01", "2004-02-29", freq="D"))
    assert str(axis.shifted(axis.stamps[-1], "1y"))[:10] == "2005-02-28"


def test_held_out_duration_counts_stamps_within_it():
    axis = axis_of(pd.date_range("1990-01-01", periods=120, freq="W-SAT"))
    assert axis.held_out("4 weeks") == 4
    assert axis.held_out(10) == 10
    with pytest.raises(UserError, match="longer than the data"):
        axis.held_out("9y")


def test_irregular_stamps_are_not_on_a_grid(random):
    seconds = np.cumsum(random.uniform(10, 5000, 60)).astype("timedelta64[s]")
    axis = axis_of(np.datetime64("2001-01-01", "ns") + seconds)
    assert not axis.regular
    assert axis.missing_stamps().size == 0
    assert (axis.next_stamps(3) > axis.stamps[-1]).all()
