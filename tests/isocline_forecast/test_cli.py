import pytest

from isocline_forecast.cli import app
from isocline_run import run_command_line


@pytest.fixture
def command(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            run_command_line(app, [str(a) for a in arguments])
        captured = capsys.readouterr()
        return ended.value.code, captured.out, captured.err

    return run


@pytest.fixture
def file(series, tmp_path):
    path = tmp_path / "levels.nc"
    series([float(i % 7) for i in range(60)], name="level").to_netcdf(path)
    return path


def test_models_are_listed(command):
    code, out, _ = command("models")
    assert code == 0
    assert "linear_sde" in out
    assert "its distribution" in out


def test_run_says_what_it_found_and_where(command, file, tmp_path):
    out = tmp_path / "run"
    code, said, _ = command(
        "run", file, "--target", "level", "--horizon", "2 weeks", "--model", "seasonal_naive",
        "--holdout", "--quantiles", "0.05,0.5,0.95", "--season", "7", "--out", out,
    )  # fmt: skip
    assert code == 0
    assert "seasonal_naive, 14 steps from 2001-02-16 to 2001-03-01" in said
    assert "the season is 7 steps" in said
    assert str(out) in said
    code, _, said = command("run", file, "--out", out)
    assert code == 2
    assert "pass --force to replace it" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--target", "levl"], "there is no variable 'levl'"),
        (["--horizon", "soon"], "neither a number of steps nor a duration"),
        (["--horizon", "90d"], "is longer than the data"),
        (["--horizon", "-4"], "not in the future"),
        (["--model", "arima"], "there is no model 'arima'; the models are naive"),
        (["--budget", "quick"], "'quick' is not a duration; write for example 90s"),
        (["--quantiles", "low,high"], "the quantiles 'low,high' are not numbers"),
        (
            ["--season", "moon", "--model", "linear_sde"],
            "season is 'moon'; expected day, week, year",
        ),
        (["--model", "linear", "--lookback", "500"], "too few for linear"),
    ],
)
def test_bad_input_ends_with_one_sentence(command, file, tmp_path, arguments, sentence):
    code, _, said = command("run", file, *arguments, "--out", tmp_path / "run")
    assert code == 2
    assert sentence in said
    assert len(said.strip().splitlines()) == 1
    assert not (tmp_path / "run" / "result.nc").exists()
