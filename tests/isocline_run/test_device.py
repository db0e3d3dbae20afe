import pytest
import torch

from isocline_run import UserError, choose_device, choose_dtype


def test_the_cpu_is_always_there() -> None:
    assert choose_device("cpu") == torch.device("cpu")


def test_auto_takes_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"
    assert choose_device("auto", torch.float64).type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto", torch.float64).type == "cuda"


def test_a_missing_gpu_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError) as refused:
        choose_device("cuda")
    assert str(refused.value) == (
        f"device 'cuda:0' was asked for, but this PyTorch ({torch.__version__}) sees no CUDA "
        "device; pass --device cpu, or install a PyTorch built for your GPU"
    )


def test_a_gpu_beyond_the_last_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert choose_device("cuda:0") == torch.device("cuda:0")
    with pytest.raises(UserError, match=r"'cuda:1' was asked for.*sees 1 CUDA device;"):
        choose_device("cuda:1")


def test_mps_has_no_double_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("mps", torch.float32).type == "mps"
    with pytest.raises(UserError, match="'mps' has no float64; pass --dtype float32"):
        choose_device("mps", torch.float64)


@pytest.mark.parametrize("name", ["gpu", "tpu", "cpu:x", "cpu:0", ""])
def test_an_unknown_device_gets_the_names_of_the_known(name: str) -> None:
    with pytest.raises(UserError) as refused:
        choose_device(name)
    assert (
        str(refused.value) == f"there is no device called {name!r}; choose cpu, cuda, mps or auto"
    )


def test_precisions_have_their_names() -> None:
    assert choose_dtype("float64") is torch.float64
    assert choose_dtype("float32") is torch.float32
    with pytest.raises(UserError) as refused:
        choose_dtype("half")
    assert str(refused.value) == "there is no precision called 'half'; choose float64 or float32"
