"""CUDA where there is one, else MPS, else the CPU; or what was asked for."""

import pytest
import torch

from alexnet_lib import devices
from alexnet_lib.devices import choose_device, device_name


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


def test_a_graphics_card_is_called_by_its_name(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Tesla T4 ({device})")
    assert device_name(torch.device("cuda")) == "Tesla T4 (cuda)"


def test_apples_card_is_not_called_a_processor(monkeypatch):
    monkeypatch.setattr(devices.platform, "processor", lambda: "arm")
    assert device_name(torch.device("mps")) == "arm, Apple GPU (MPS)"


def test_a_processor_is_called_by_its_model(monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    core = "processor\t: {}\nmodel name\t: A Fast One @ 3 GHz\n"
    cpuinfo.write_text(core.format(0) + core.format(1))
    monkeypatch.setattr(devices, "Path", lambda path: cpuinfo)
    monkeypatch.setattr(devices.os, "cpu_count", lambda: 2)
    assert device_name(torch.device("cpu")) == "A Fast One @ 3 GHz, 2 CPU"


def test_a_processor_without_cpuinfo_is_called_by_its_kind(monkeypatch, tmp_path):
    monkeypatch.setattr(devices, "Path", lambda path: tmp_path / "absent")
    monkeypatch.setattr(devices.platform, "processor", lambda: "")
    monkeypatch.setattr(devices.platform, "machine", lambda: "arm64")
    monkeypatch.setattr(devices.os, "cpu_count", lambda: 8)
    assert device_name(torch.device("cpu")) == "arm64, 8 CPU"
