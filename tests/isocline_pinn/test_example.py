import xarray as xr

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
