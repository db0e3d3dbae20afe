import pytest

from isocline_run import UserError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("90", 90),
        (90, 90),
        (1.5, 1.5),
        ("2m", 120),
        ("2min", 120),
        ("2 min 30 s", 150),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5h", 1800),
        ("500ms", 0.5),
        ("1d", 86400),
        ("1 hour 5 minutes 1 second", 3901),
        (" 90S ", 90),
        ("1e2", 100),
    ],
)
def test_durations_are_read_as_people_write_them(text: str | float, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize("text", ["soon", "", " ", "s", "1x", "1:30", "90s!", "1h 30", True])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_duration(text)
    assert str(refused.value) == f"{text!r} is not a duration; write for example 90s, 2m or 1h30m"


@pytest.mark.parametrize("text", ["0", "0s", "-5", "nan", "inf", 0, -1.0])
def test_a_duration_is_positive_and_finite(text: str | float) -> None:
    with pytest.raises(UserError, match="is not positive and finite; write for example 90s"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.123, "0.1 s"),
        (9.97, "10 s"),
        (59.6, "1 min 00 s"),
        (90, "1 min 30 s"),
        (5400, "1 h 30 min"),
        (200_000, "2 d 8 h"),
        (float("inf"), "unlimited"),
    ],
)
def test_durations_are_shown_to_two_figures(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
