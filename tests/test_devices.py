"""CUDA where there is one, else MPS, else the CPU; shorter numbers only where they are faster."""

import pytest
import torch
from torch import nn

from alexnet_lib import devices
from alexnet_lib.devices import Precision, choose_device, device_name, fast_dtype, product_seconds
from alexnet_lib.language import BookError
from alexnet_lib.training import fit
from tiny import assert_equal, tiny_loader, tiny_model


@pytest.mark.parametrize(
    ("cuda", "mps", "chosen"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_the_best_device_is_chosen(monkeypatch, cuda, mps, chosen):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device() == torch.device(chosen)


@pytest.mark.parametrize("asked", ["cpu", torch.device("cpu"), "meta"])
def test_a_device_that_is_asked_for_is_taken(monkeypatch, asked):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device(asked) == torch.device(asked)


def test_a_processor_is_called_by_its_model(monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    core = "processor\t: {}\nmodel name\t: A Fast One @ 3 GHz\n"
    cpuinfo.write_text(core.format(0) + core.format(1))
    monkeypatch.setattr(devices, "Path", lambda path: cpuinfo)
    monkeypatch.setattr(devices.os, "cpu_count", lambda: 2)
    assert device_name(torch.device("cpu")) == "A Fast One @ 3 GHz, 2 CPU"


CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def unmeasured():
    """Forget what was measured, before and after."""
    fast_dtype.cache_clear()
    yield
    fast_dtype.cache_clear()


def step(
    dtype: torch.dtype, scale: float = 1.0, rate: float = 0.1, first_scale: float | None = None
) -> nn.Linear:
    """Take one step of SGD on a small regression whose loss is multiplied by ``scale``."""
    torch.manual_seed(0)
    model, inputs = nn.Linear(8, 4), torch.randn(16, 8)
    how = Precision(CPU, dtype)
    if first_scale:
        how.scaler = torch.amp.GradScaler("cpu", first_scale)
    with how.autocast():
        loss = model(inputs).float().square().mean() * scale
    how.step(loss, [torch.optim.SGD(model.parameters(), lr=rate)])
    return model


def test_float32_is_the_ordinary_step_bit_for_bit():
    torch.manual_seed(0)
    model, inputs = nn.Linear(8, 4), torch.randn(16, 8)
    model(inputs).square().mean().backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert_equal(step(torch.float32).state_dict(), model.state_dict())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_shorter_format_takes_nearly_the_same_step_and_keeps_weights_in_float32(dtype):
    exact, short = step(torch.float32), step(dtype)
    assert short.weight.dtype == torch.float32
    assert not torch.equal(short.weight, exact.weight)
    torch.testing.assert_close(short.weight, exact.weight, atol=2e-3, rtol=2e-2)


def test_gradients_too_small_for_float16_survive_because_the_loss_is_scaled():
    """The same step with its loss 2**-26 as large and its rate 2**26 as high."""
    start = step(torch.float16, scale=0.0)
    usual = step(torch.float16).weight - start.weight
    shrunk = step(torch.float16, scale=2.0**-26, rate=0.1 * 2**26).weight - start.weight
    torch.testing.assert_close(shrunk, usual, atol=2e-3, rtol=0.05)
    lost = step(torch.float16, scale=2.0**-26, rate=0.1 * 2**26, first_scale=1.0).weight - start.weight
    assert lost.count_nonzero() < shrunk.count_nonzero() / 2


def test_the_scale_is_in_the_checkpoint_and_a_training_without_one_cannot_give_it(tmp_path):
    fit(tiny_model(), tiny_loader(), epochs=1, device="cpu", dtype=torch.float16, output=tmp_path)
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["precision"]
    assert kept["scale"] == devices.FIRST_SCALE and kept["_growth_tracker"] > 0
    fit(tiny_model(), tiny_loader(), epochs=1, device="cpu", output=tmp_path, resume=False)
    with pytest.raises(BookError, match=r"checkpoint\.pt"):
        fit(tiny_model(), tiny_loader(), epochs=2, device="cpu", dtype=torch.float16, output=tmp_path)


@pytest.mark.parametrize(
    ("times", "expected"),
    [((1.0, 0.3), torch.bfloat16), ((1.0, 0.9), torch.float32), ((1.0, 550.0), torch.float32)],
)
def test_a_cpu_takes_bfloat16_only_where_a_measurement_says_that_it_pays(monkeypatch, times, expected):
    seconds = dict(zip((torch.float32, torch.bfloat16), times, strict=True))
    monkeypatch.setattr(devices, "product_seconds", lambda dtype: seconds[dtype])
    assert fast_dtype(CPU) == expected
    # Measured once: near the threshold a second answer would be another format, and another key.
    monkeypatch.setattr(devices, "product_seconds", lambda dtype: -seconds[dtype])
    assert fast_dtype(CPU) == expected


@pytest.mark.parametrize("waiting", [0, 9], ids=["idle", "busy"])
def test_a_product_is_measured_by_one_that_nothing_made_wait(monkeypatch, waiting):
    clock, threads = [0.0], torch.get_num_threads()
    durations = iter([0.15] * waiting + [0.001] * 20)

    def product(*matrices: torch.Tensor) -> None:
        assert torch.get_num_threads() == 1
        clock[0] += next(durations)

    monkeypatch.setattr(torch, "mm", product)
    monkeypatch.setattr(devices.time, "perf_counter", lambda: clock[0])
    assert product_seconds(torch.bfloat16) == pytest.approx(0.001)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float16)])
def test_a_card_that_only_emulates_bfloat16_takes_float16(monkeypatch, native, expected):
    def supported(including_emulation: bool = True) -> bool:
        return True if including_emulation else native

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert fast_dtype(torch.device("cuda")) == expected


def test_other_devices_keep_float32():
    assert fast_dtype(torch.device("mps")) == torch.float32
