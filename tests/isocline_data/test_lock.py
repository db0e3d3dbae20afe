import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import netCDF4
import numpy as np
import pytest

from isocline_data import open_dataset
from isocline_data.lock import FILE_LOCK
from isocline_data.netcdf import read_netcdf


@pytest.fixture
def files(tmp_path):
    paths = []
    for number in range(6):
        path = tmp_path / f"{number}.nc"
        with FILE_LOCK, netCDF4.Dataset(path, "w") as file:
            file.createDimension("time", 200)
            file.createDimension("x", 1000)
            file.createVariable("time", "f8", ("time",))[:] = np.arange(200)
            file["time"].units = "hours since 2001-01-01"
            var = file.createVariable("z", "f8", ("time", "x"), zlib=True, chunksizes=(20, 1000))
            var[:] = number + np.arange(200)[:, None] * np.ones(1000)
        paths.append(path)
    return paths


def test_lock_is_reentrant_and_excludes_other_threads():
    with FILE_LOCK, FILE_LOCK:
        got = []
        thread = threading.Thread(target=lambda: got.append(FILE_LOCK.acquire(timeout=0.05)))
        thread.start()
        thread.join()
    assert got == [False]
    assert FILE_LOCK.acquire(blocking=False)
    FILE_LOCK.release()


def test_lock_pickles_as_the_lock_of_its_process():
    assert pickle.loads(pickle.dumps(FILE_LOCK)) is FILE_LOCK


def test_eight_threads_open_and_read_without_a_crash(files):
    """HDF5 crashes the process when two threads are inside it (pydata/xarray#9779)."""

    def read(job):
        number = job % len(files)
        lazy = job % 2 == 0
        ds = read_netcdf(files[number], lazy=lazy)
        row = (7 * job) % 200
        value = float(ds["z"][row, 3])
        part = ds["z"][::10].mean().item() if lazy else ds["z"].mean().item()
        return value == number + row and part > 0

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(160)))


def test_one_lazy_dataset_is_read_by_many_threads(files):
    ds = read_netcdf(files[0], lazy=True)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: float(ds["z"][row, 0]), range(200)))
    assert found == list(range(200))


def test_lazy_dataset_travels_to_another_process(files):
    ds = read_netcdf(files[0], lazy=True)
    copy = pickle.loads(pickle.dumps(ds))
    assert not copy["z"].variable._in_memory
    assert float(copy["z"][17, 0]) == 17


def test_lazy_dataset_survives_a_fork_after_it_was_read(files):
    """No handle is open that a forked process could inherit (pytorch/pytorch#11887)."""
    ds = read_netcdf(files[0], lazy=True)
    assert float(ds["z"][5, 0]) == 5
    rows = [1, 50, 199]
    with get_context("forkserver").Pool(2) as pool:
        found = pool.map(np.asarray, [ds["z"][row, :2] for row in rows])
    np.testing.assert_array_equal(found, [[row, row] for row in rows])


def test_dask_threads_read_chunks_under_the_lock(files):
    pytest.importorskip("dask.array")
    ds = open_dataset([files[0]], chunks={"time": 20})
    assert float(ds["z"].mean().compute(scheduler="threads", num_workers=8)) == pytest.approx(99.5)
