"""What every test stands on: one thread, no window, DeepXDE on PyTorch, shapes checked for real."""

import os

# Before anything imports torch or matplotlib; test processes share the machine's two cores.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ["MPLBACKEND"] = "Agg"
os.environ["DDE_BACKEND"] = "pytorch"
os.environ.setdefault("COLUMNS", "160")

from pathlib import Path

import jaxtyping
import pytest

# Every annotated shape in the differential-equation layer is checked at each call made by a test.
_hook = jaxtyping.install_import_hook("isocline_de", "beartype.beartype")


@pytest.fixture
def public_data() -> Path:
    """The folder of public benchmark data; the test is skipped where ISOCLINE_DATA does not name it."""
    folder = os.environ.get("ISOCLINE_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("public benchmark data is not here; set ISOCLINE_DATA to its folder")
    return Path(folder)
