import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import xarray as xr

from isocline_run import Settings, UserError, open_run, open_source, seed_everything
from isocline_run.checkpoint import load_tensors
from isocline_run.json_file import plain, read_json
from isocline_run.provenance import config_hash


def test_a_run_draws_from_its_seed(tmp_path: Path) -> None:
    seed_everything(99)
    with open_run(None, application="test", settings=Settings(seed=3)):
        first = torch.rand(2)
    seed_everything(3)
    assert torch.equal(first, torch.rand(2))


def test_threads_are_given_for_the_length_of_the_run() -> None:
    before = torch.get_num_threads()
    with open_run(None, application="test", settings=Settings(threads=before + 1)):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_metrics_gain_seed_and_wall_time(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", application="test", settings=Settings(seed=4)) as run:
        run.metrics(
            {"error": np.float64(0.5), "bad": float("nan"), "field": xr.DataArray(np.eye(2))}
        )
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert metrics["seed"] == 4
    assert 0 <= metrics["wall_seconds"] < 60
    assert (metrics["error"], metrics["bad"]) == (0.5, None)
    assert metrics["field"] == [[1.0, 0.0], [0.0, 1.0]]


def test_metrics_of_the_application_win(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
        run.metrics({"seed": 7, "wall_seconds": 1.5})
    assert read_json(tmp_path / "run" / "metrics.json") == {"seed": 7, "wall_seconds": 1.5}


def test_every_log_line_is_json_any_reader_takes(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
        run.log(step=1, loss=torch.tensor(0.25))
        run.log(step=2, loss=float("inf"), note="α")
    lines = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"step": 1, "loss": 0.25},
        {"step": 2, "loss": None, "note": "α"},
    ]


def test_a_model_is_kept_with_its_metadata(tmp_path: Path) -> None:
    net = torch.nn.Linear(2, 1, dtype=torch.float64)
    with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
        run.model(net.state_dict(), {"kind": "linear", "widths": [2, 1]})
    tensors, metadata = load_tensors(tmp_path / "run" / "model.safetensors")
    assert torch.equal(tensors["weight"], net.weight)
    assert metadata == {"kind": "linear", "widths": "[2, 1]"}


def test_a_figure_is_saved_twice_and_closed(tmp_path: Path) -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
        run.figure("line", figure)
    assert not plt.fignum_exists(figure.number)
    assert (tmp_path / "run/figures/line.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "run/figures/line.svg").read_text()


def test_the_same_picture_gives_the_same_file(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        figure, axes = plt.subplots()
        axes.scatter([1, 2], [3, 4])
        with open_run(tmp_path / name, application="test", settings=Settings()) as run:
            run.figure("points", figure)
        files.append((tmp_path / name / "figures" / "points.svg").read_bytes())
    assert files[0] == files[1]


def test_a_field_of_many_cells_makes_a_small_drawing(tmp_path: Path) -> None:
    figure, (left, right) = plt.subplots(1, 2)
    left.pcolormesh(np.random.default_rng(0).random((100, 256)))
    right.scatter(*np.random.default_rng(1).random((2, 5000)))
    right.set_xlabel("position")
    with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
        path = run.figure("field", figure)
        assert path.stat().st_size < 500_000
        assert path.read_text().count("<image ") == 2


@pytest.mark.parametrize("name", ["", "../out", "a/b", ".hidden"])
def test_a_figure_needs_a_file_name(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(UserError, match=f"{re.escape(repr(name))} cannot name a figure"),
        open_run(None, application="test", settings=Settings()) as run,
    ):
        run.figure(name, plt.figure())
    plt.close("all")


def test_a_run_can_be_repeated_from_its_config(tmp_path: Path) -> None:
    settings = Settings(seed=5, budget="2m", threads=1)
    with open_run(tmp_path / "run", application="test", settings=settings):
        pass
    config = read_json(tmp_path / "run" / "config.json")
    assert Settings.model_validate(config["settings"]) == settings
    made = config["provenance"]
    assert made["config_hash"] == config_hash(config["application"], config["settings"])


def test_the_result_carries_its_provenance(tmp_path: Path) -> None:
    pytest.importorskip("isocline_data.write")
    dataset = xr.Dataset(
        {"u": ("x", np.arange(3.0), {"units": "m s-1"})}, {"x": ("x", np.arange(3.0))}
    )
    with open_run(tmp_path / "run", application="test", settings=Settings(seed=6)) as run:
        run.result(dataset)
        run.result(dataset)
    with xr.open_dataset(tmp_path / "run" / "result.nc") as found:
        assert found["u"].attrs["units"] == "m s-1"
        np.testing.assert_array_equal(found["u"], [0, 1, 2])
        attributes = " ".join(f"{name} {value}" for name, value in found.attrs.items())
    assert run.provenance["config_hash"] in attributes
    assert run.provenance["created"] in attributes


def test_what_has_no_form_in_json_is_named() -> None:
    with pytest.raises(TypeError, match="a object has no form in JSON"):
        plain({"a": [object()]})


def test_an_opened_source_tells_its_files(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    path.write_text("time,x\n2000-01-01,1\n2000-01-02,2\n2000-01-03,4\n")
    opened = open_source(path)
    assert opened.files == (path,)
    np.testing.assert_array_equal(opened.dataset["x"], [1, 2, 4])
    assert open_source(opened.dataset).files == ()
