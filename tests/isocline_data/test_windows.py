"""Windows of regular series; files opened by the process that reads them."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from torch.utils.data import DataLoader

from isocline_data import DataError, to_netcdf, windows


@pytest.fixture
def series() -> xr.Dataset:
    time = pd.date_range("2001-01-01", periods=100, freq="D")
    values = np.arange(100.0)
    return xr.Dataset(
        {"u": ("time", values, {"units": "K"}), "v": ("time", -2 * values)}, {"time": time}
    )


def test_every_window_is_there_with_what_follows_it(series: xr.Dataset) -> None:
    found = windows(series, context=10, horizon=5, stride=1)
    assert len(found) == 100 - 15 + 1
    last = found[len(found) - 1]
    assert last.context[:, 0].tolist() == list(range(85, 95))
    assert last.target[:, 1].tolist() == [-2.0 * i for i in range(95, 100)]
    assert len(windows(series, context=10, horizon=5, stride=7)) == 13


def test_missing_values_are_marked_in_the_masks(series: xr.Dataset) -> None:
    series["u"][3] = np.nan
    window = windows(series, context=5, horizon=2, variables=["u"])[0]
    assert window.context_mask[:, 0].tolist() == [True, True, True, False, True]
    assert window.context[3, 0] == 0


def test_lengths_that_do_not_fit_are_refused(series: xr.Dataset) -> None:
    with pytest.raises(
        DataError, match=r"the series has 100 steps, fewer than one window of 90 \+ 20"
    ):
        windows(series, context=90, horizon=20)
    with pytest.raises(DataError, match="horizon is 0, where at least 1 step was expected"):
        windows(series, context=5, horizon=0)
    with pytest.raises(DataError, match="there is no variable 'w' in the dataset"):
        windows(series, context=5, horizon=1, variables=["w"])


@pytest.mark.parametrize(("workers", "start"), [(0, None), (1, "spawn"), (2, "forkserver")])
def test_every_batch_holds_its_own_rows_in_any_number_of_workers(
    tmp_path: Path, workers: int, start: str | None
) -> None:
    """Field case E13: 100 rows, row i filled with i; the parent has read the file before."""
    rows = np.repeat(np.arange(100.0)[:, None], 3, axis=1)
    dataset = xr.Dataset({name: ("time", rows[:, i]) for i, name in enumerate("abc")})
    dataset = dataset.assign_coords(time=np.arange(100))
    found = windows(to_netcdf(dataset, tmp_path / "rows.nc"), context=1, horizon=1)
    assert found[0].context.tolist() == [[0, 0, 0]]
    loader = DataLoader(found, batch_size=11, num_workers=workers, multiprocessing_context=start)
    batches = torch.cat([batch.target[:, 0] for batch in loader])
    torch.testing.assert_close(batches, torch.from_numpy(rows[1:]))


def test_a_file_travels_as_its_path_and_no_handle_stays_open(
    tmp_path: Path, series: xr.Dataset
) -> None:
    path = to_netcdf(series, tmp_path / "series.nc")
    found = windows(path, context=5, horizon=2)
    opened = {str(link.resolve()) for link in Path("/proc/self/fd").glob("*") if link.exists()}
    assert str(path) not in opened
    small = pickle.dumps(found)
    assert len(small) < 1000
    xr.testing.assert_equal(
        xr.Dataset({"u": ("x", pickle.loads(small)[3].context[:, 0])}),
        xr.Dataset({"u": ("x", [3.0, 4, 5, 6, 7])}),
    )


def test_a_file_that_changed_since_is_refused(tmp_path: Path, series: xr.Dataset) -> None:
    path = to_netcdf(series, tmp_path / "series.nc")
    sent = pickle.loads(pickle.dumps(windows(path, context=5, horizon=2)))
    to_netcdf(series.isel(time=slice(50)), path, overwrite=True)
    with pytest.raises(
        DataError,
        match=r"has 50 steps, where it had 100 when its windows were made; make them again",
    ):
        sent[0]


def test_a_dataset_in_memory_travels_itself(series: xr.Dataset) -> None:
    sent = pickle.loads(pickle.dumps(windows(series, context=5, horizon=2)))
    assert sent[1].context[:, 0].tolist() == [1, 2, 3, 4, 5]


def test_stamps_that_are_not_there_are_marked_in_the_masks(series: xr.Dataset) -> None:
    gappy = series.isel(time=[0, 1, 2, 5, 6, 7])
    found = windows(gappy, context=6, horizon=2, variables="u")
    assert (len(found), found.steps) == (1, 8)
    assert found[0].context_mask[:, 0].tolist() == [True, True, True, False, False, True]
    assert found[0].context[:, 0].tolist() == [0, 1, 2, 0, 0, 5]
    assert found[0].target[:, 0].tolist() == [6, 7]


def test_months_and_years_are_regular() -> None:
    months = xr.Dataset(
        {"u": ("time", np.arange(24.0))},
        {"time": pd.date_range("2001-01-01", periods=24, freq="MS")},
    )
    assert windows(months, context=12, horizon=1).steps == 24
    assert windows(months.isel(time=[0, 1, 2, 14, 15]), context=2, horizon=1).steps == 16


def test_a_step_that_is_no_decimal_number_stays_regular_to_the_end() -> None:
    thirds = xr.Dataset({"u": ("t", np.ones(30_000))}, {"t": np.arange(30_000) / 3})
    assert windows(thirds, context=2, horizon=1).steps == 30_000
    tiny = xr.Dataset({"u": ("t", np.ones(50))}, {"t": 1e-8 * np.arange(50)})
    assert windows(tiny, context=2, horizon=1).steps == 50


def test_irregular_times_are_refused(series: xr.Dataset) -> None:
    stamps = series["time"].values.copy()
    stamps[50] += np.timedelta64(7, "h")
    with pytest.raises(
        DataError,
        match=r"^the time axis 'time' is not regular: its step is 1 day, but 2001-02-19 is followed by "
        r"2001-02-20T07:00; use sporadic, .* ds\.resample\(time='1D'\)\.mean\(\)$",
    ):
        windows(series.assign_coords(time=stamps), context=2, horizon=1)
    sparse = series.assign_coords(time=np.cumsum(np.arange(100.0) ** 2 + 1))
    with pytest.raises(DataError, match="not regular: its step is irregular \\(median"):
        windows(sparse, context=2, horizon=1)


def test_an_axis_that_is_nearly_all_hole_is_refused(series: xr.Dataset) -> None:
    times = np.r_[np.arange(99.0), 1e6]
    with pytest.raises(DataError, match="but 98 is followed by 1e\\+06; use sporadic"):
        windows(series.assign_coords(time=times), context=2, horizon=1)


def test_fields_are_not_taken_for_series(series: xr.Dataset) -> None:
    field = series.expand_dims(x=3)
    with pytest.raises(DataError, match="where \\('time',\\) was expected; select one place first"):
        windows(field, context=2, horizon=1, variables=["u"])


def test_values_are_copies(series: xr.Dataset) -> None:
    found = windows(series, context=5, horizon=2)
    found[0].context[:] = 9
    assert found[0].context[0, 0] == 0
