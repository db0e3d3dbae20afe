import re
from pathlib import Path

import pytest
import xarray as xr

import isocline_pinn
from isocline_pinn.examples.heat_rod import main


def test_the_script_cools_its_rod_and_writes_a_labelled_file(tmp_path, capsys):
    main(tmp_path / "rod.nc", budget=20.0)
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("t = ")]
    for row in rows:
        found, exact = float(row.split()[4]), float(row.split("exact")[1].strip(" )"))
        assert abs(found - exact) < 2e-3
    assert len(rows) == 4
    with xr.open_dataset(tmp_path / "rod.nc") as result:
        assert result["u"].dims == ("t", "x")
        assert result["u"].attrs["units"] == "degC"


@pytest.mark.parametrize(
    ("script", "pattern", "truth", "tolerance"),
    [
        ("fisher_wave", r"relative L2 error (\S+), mean", [0.0], 1e-8),
        ("decay_rates", r"D, k = (\S+), (\S+) \(true", [0.05, 0.4], 2e-3),
        (
            "porous_channel",
            r"u: relative L2 error (\S+)\nv: .* (\S+)\np: .* (\S+)",
            [0.0] * 3,
            1e-8,
        ),
    ],
)
def test_a_deepxde_script_prints_the_truth(
    tmp_path, monkeypatch, capsys, script, pattern, truth, tolerance
):
    monkeypatch.chdir(tmp_path)
    path = Path(isocline_pinn.__file__).parent / "examples" / f"{script}.py"
    isocline_pinn.solve(path, budget="60s", tolerance=1e-6)
    printed = re.search(pattern, capsys.readouterr().out)
    assert [float(number) for number in printed.groups()] == pytest.approx(truth, abs=tolerance)
