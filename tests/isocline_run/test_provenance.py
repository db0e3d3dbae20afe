import hashlib
import json
import os
import sys
from pathlib import Path

import pytest

from isocline_run import UserError
from isocline_run import provenance as module
from isocline_run.provenance import config_hash, provenance


def test_what_made_a_result_is_recorded(tmp_path: Path) -> None:
    source = tmp_path / "data.csv"
    source.write_bytes(b"t,x\n0,1\n")
    made = provenance("pinn", {"seed": 7}, [source])
    assert made["application"] == "pinn"
    assert made["seed"] == 7
    assert made["created"].endswith("+00:00")
    assert {"isocline", "torch", "numpy", "xarray", "deepxde"} <= set(made["versions"])
    assert made["sources"] == [
        {
            "path": str(source),
            "bytes": 8,
            "sha256": hashlib.sha256(b"t,x\n0,1\n").hexdigest(),
        }
    ]
    json.dumps(made, allow_nan=False)


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        provenance("pinn", {}, [tmp_path / "none.nc"])
    assert str(refused.value) == (
        f"{tmp_path / 'none.nc'} cannot be read (No such file or directory); check the path"
    )


def test_the_hash_depends_on_the_settings_and_not_on_their_order() -> None:
    first = config_hash("pinn", {"seed": 0, "budget": None})
    assert first == config_hash("pinn", {"budget": None, "seed": 0})
    assert first != config_hash("pinn", {"budget": None, "seed": 1})
    assert first != config_hash("sysid", {"budget": None, "seed": 0})


def test_the_commit_is_that_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(module.__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("not a checkout")
    commit = module.git_commit()
    assert commit is not None
    assert len(commit.removesuffix("+changes")) == 40
    # A git hook sets these; they must not lead git astray.
    monkeypatch.setitem(os.environ, "GIT_DIR", "/nowhere")
    assert module.git_commit() == commit


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PATH", "/nowhere")
    assert module.git_commit() is None


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["/venv/bin/isocline", "pinn", "my file.py"], "isocline pinn 'my file.py'"),
        (["/x/isocline_pinn/__main__.py", "solve"], "python -m isocline_pinn solve"),
        ([""], "python"),
    ],
)
def test_the_command_can_be_typed_again(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], command: str
) -> None:
    monkeypatch.setattr(sys, "argv", arguments)
    assert module.command_line() == command
