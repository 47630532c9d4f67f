"""What every test starts from: English, nothing announced, no kept run of the user's, one thread."""

import os

import matplotlib.pyplot as plt
import pytest
import torch

from alexnet_lib.data import announce_shapes10
from alexnet_lib.language import set_language
from browser import program

# Networks this small are slowed down by a second thread, most of all where the cores are busy.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def clean_surroundings(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ALEXNET_RUNS", str(tmp_path_factory.getbasetemp() / "runs"))
    set_language("en")
    announce_shapes10.cache_clear()
    yield
    set_language("en")
    plt.close("all")


@pytest.fixture(params=["ko", "en"])
def language(request):
    """Run a test in both languages."""
    set_language(request.param)
    return request.param


@pytest.fixture(scope="session")
def chromium_needed():
    """Skip a test where no browser is, or fail it where that must not be."""
    if program() is None and os.environ.get("REQUIRE_SITE_CHECKS"):
        pytest.fail("No Chromium is installed, and REQUIRE_SITE_CHECKS wants the pages looked at.")
    if program() is None:
        pytest.skip("No Chromium is installed: the pages were not looked at in a browser.")
