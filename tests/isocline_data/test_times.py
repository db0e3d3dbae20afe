"""The spacing of time axes of any scale."""

import numpy as np
import pytest

from isocline_data.times import measure_step, seconds


def test_seconds_do_not_wrap_over_three_centuries_of_nanoseconds() -> None:
    """A difference of more than 292 years does not fit into 64 bits of nanoseconds."""
    stamps = np.array(["1700-01-01", "1969-12-31T23:59:59.75", "2200-01-01T00:00:00.25"])
    days = (np.array(["1700-01-01", "1970-01-01", "2200-01-01"], "datetime64[D]")).astype(int)
    expected = (days - days[0]) * 86400.0 + [0, -0.25, 0.25]
    assert seconds(stamps.astype("datetime64[ns]")).tolist() == expected.tolist()


@pytest.mark.parametrize("step", [1e-9, 0.01, 1 / 3, 1.0, 3600.0])
def test_the_step_of_plain_numbers_is_found_at_any_scale(step: float) -> None:
    found = measure_step(step * np.arange(30_000))
    assert found.regular
    assert found.size == pytest.approx(step, rel=1e-9, abs=0)


def test_decimal_steps_come_without_rounding_errors() -> None:
    assert measure_step(0.01 * np.arange(2500)).size == 0.01


def test_one_long_gap_does_not_hide_the_step() -> None:
    assert measure_step(np.r_[np.arange(10.0), 1e9 + np.arange(3.0)]).size == 1


def test_intervals_without_a_common_size_are_irregular() -> None:
    found = measure_step(np.cumsum(np.arange(100.0) ** 2 + 1))
    assert not found.regular
    assert found.size == pytest.approx(2451, abs=100)
