import io
import threading
import urllib.error

import pytest

import fetch_data
from alexnet_lib.errors import BookError


@pytest.fixture
def loads(monkeypatch):
    """Have no CIFAR-10 on disk and a download that works; list the calls."""
    calls = []

    def load(name, download):
        calls.append((name, download))
        if not download:
            raise BookError("data_missing", root="data", url="u", folder="f")

    monkeypatch.setattr(fetch_data, "load_dataset", load)
    return calls


def answer(monkeypatch, reply):
    monkeypatch.setattr(fetch_data.urllib.request, "urlopen", reply)


def refuse(*_, **__):
    raise urllib.error.URLError("no network")


def test_an_intact_data_set_asks_nobody(monkeypatch, capsys):
    monkeypatch.setattr(fetch_data, "load_dataset", lambda name, download: None)
    answer(monkeypatch, lambda *_, **__: pytest.fail("asked the network"))
    fetch_data.main()
    assert capsys.readouterr().out == ""


def test_without_a_network_one_sentence_says_what_follows(monkeypatch, loads, capsys):
    answer(monkeypatch, refuse)
    fetch_data.main()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "shapes10" in said
    assert loads == [("cifar10", False)]


def test_where_the_address_answers_the_data_set_is_downloaded_once(monkeypatch, loads):
    answer(monkeypatch, lambda *_, **__: io.BytesIO())
    monkeypatch.setattr(fetch_data.socket, "setdefaulttimeout", lambda _: None)
    fetch_data.main()
    assert loads == [("cifar10", False), ("cifar10", True)]


def test_a_download_that_breaks_off_is_a_sentence_and_no_failure(monkeypatch, capsys):
    def load(name, download):
        raise BookError("download_altered" if download else "data_missing", root="data", url="u", folder="f")

    monkeypatch.setattr(fetch_data, "load_dataset", load)
    monkeypatch.setattr(fetch_data, "answers", lambda *_: True)
    monkeypatch.setattr(fetch_data.socket, "setdefaulttimeout", lambda _: None)
    fetch_data.main()
    assert "differs from the original" in capsys.readouterr().out


def test_an_address_whose_name_takes_forever_is_given_up(monkeypatch):
    release = threading.Event()
    answer(monkeypatch, lambda *_, **__: release.wait() and io.BytesIO())
    assert not fetch_data.answers("https://example.invalid", 0.01)
    release.set()
