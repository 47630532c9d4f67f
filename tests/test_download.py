"""A file comes whole from whoever has it, whatever others do; what has come is neither lost nor trusted."""

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from alexnet_lib import download as module
from alexnet_lib.download import MB, Meter, download, part_of, receive
from alexnet_lib.language import BookError, text
from local_sources import (
    altered,
    deaf_to_ranges,
    ends_after,
    good,
    md5,
    paced,
    refuses,
    running,
    silent,
    states_length,
)

CONTENT = np.random.default_rng(0).bytes(400_000)
SIZE = len(CONTENT)
BAD = {
    "forbidden": (refuses(403), "403 Forbidden"),
    "not found": (refuses(404), "404 Not Found"),
    "too many requests": (refuses(429), "429 Too Many Requests"),
    "unavailable": (refuses(503), "503 Service Unavailable"),
    "silent": (silent, "no answer"),
    "a page to log in": (states_length(b"<html>Please log in</html>", 26), "another file"),
    "says it is longer": (states_length(CONTENT, SIZE + 7), "another file"),
    "says it is shorter": (states_length(CONTENT[:-7], SIZE - 7), "another file"),
    "hangs up at once": (ends_after(CONTENT, 0), "cut off"),
    "sends a little and hangs up": (ends_after(CONTENT, 3000), "cut off"),
    "sends a little and falls silent": (ends_after(CONTENT, 3000, silent=True), "no answer"),
}


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """Let seconds be tens of milliseconds, and keep away from a proxy of the machine."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name, value in {"SILENCE": 0.5, "WINDOW": 0.05, "FAST": 1e6, "BLOCK": 4096}.items():
        monkeypatch.setattr(module, name, value)


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "archive.tar.gz"


@pytest.fixture
def bring(server, path) -> Callable:
    """Download from sources that serve in the ways given, by name."""

    def bring(seconds: float = 60, **ways: Callable) -> None:
        sources = {name: server.url(name, way) for name, way in ways.items()}
        download(path, SIZE, md5(CONTENT), sources, time.monotonic() + seconds)

    return bring


@pytest.mark.parametrize("bad", BAD)
def test_a_source_that_does_not_serve_is_left_for_another_or_named_with_its_reason(bring, path, bad):
    way, reason = BAD[bad]
    bring(bad=way, better=good(CONTENT))
    assert path.read_bytes() == CONTENT and not part_of(path).exists()
    path.unlink()
    with pytest.raises(BookError, match=rf"\(bad: [^;]*{reason}[^;]*\)") as caught:
        bring(bad=way)
    assert caught.value.name == "download_failed"
    assert str(path.parent) in str(caught.value) and "/bad on another computer" in str(caught.value)
    assert not path.exists()


def test_sources_that_fail_for_one_reason_are_named_together(bring):
    with pytest.raises(BookError, match=r"(one, two|two, one): 404 Not Found") as caught:
        bring(one=refuses(404), two=refuses(404), three=refuses(429))
    assert "three: 429 Too Many Requests" in str(caught.value)


def test_an_address_that_is_none_and_a_host_that_refuses_are_reasons_too(path):
    sources = {"typo": "htps:/nowhere", "closed": "http://127.0.0.1:9/x"}
    with pytest.raises(BookError, match="Connection refused") as caught:
        download(path, SIZE, md5(CONTENT), sources, time.monotonic() + 60)
    assert "typo: " in str(caught.value)


def test_an_address_whose_name_takes_forever_to_look_up_is_left(bring, path, monkeypatch):
    release, ask = threading.Event(), module.urllib.request.urlopen

    def slow_for_some(request, timeout):
        if "lost" in request.full_url:
            release.wait()
        return ask(request, timeout=timeout)

    monkeypatch.setattr(module.urllib.request, "urlopen", slow_for_some)
    bring(lost=good(CONTENT), better=good(CONTENT))
    assert path.read_bytes() == CONTENT
    with pytest.raises(BookError, match="lost: no answer"):
        bring(lost=good(CONTENT))
    release.set()


@pytest.mark.parametrize("how", [False, True], ids=["hangs up", "falls silent"])
def test_after_a_break_the_download_goes_on_where_it_was(bring, server, path, how):
    bring(flaky=ends_after(CONTENT, 150_000, silent=how))
    assert path.read_bytes() == CONTENT
    assert server.starts("flaky") == [0, 150_000, 300_000]


def test_what_an_earlier_call_left_is_gone_on_with(bring, server, path, capsys):
    part_of(path).write_bytes(CONTENT[:123_456])
    bring(one=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.starts("one") == [123_456]
    assert "0.1 of 0.4 MB are already there" in capsys.readouterr().err


def test_a_whole_file_that_still_has_its_partial_name_needs_no_source(bring, server, path):
    part_of(path).write_bytes(CONTENT)
    bring(one=silent)
    assert path.read_bytes() == CONTENT and server.asked == []


def test_a_source_that_only_sends_from_the_beginning_is_good_enough(bring, path):
    part_of(path).write_bytes(CONTENT[:300_000])
    bring(deaf=deaf_to_ranges(CONTENT))
    assert path.read_bytes() == CONTENT


def test_a_slow_source_is_left_for_a_faster_one_with_what_it_has_brought(bring, server, path, capsys):
    bring(slow=paced(CONTENT, 500, 0.01, head=8192), fast=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.starts("slow") == [0]
    assert server.starts("fast")[0] >= 8192
    assert "slow: slow, 0." in capsys.readouterr().err


def test_where_all_are_slow_each_is_tried_and_the_better_one_brings_it(bring, server, path):
    """Both are below what is hoped for; only their own rates can decide."""
    worse, better = paced(CONTENT, 200, 0.01, head=8192), paced(CONTENT, 4000, 0.01, head=4096)
    bring(worse=worse, better=better)
    assert path.read_bytes() == CONTENT
    # From the last one asked on, it has come without another change.
    last = max(server.starts("better"))
    assert last > max(server.starts("worse")[1:], default=0)


def test_a_slow_source_is_better_than_none(bring, server, path, capsys):
    """Alone it is never left; beside one that cannot serve it may be, until that one has said so."""
    bring(slow=paced(CONTENT, 20_000, 0.02))
    assert server.starts("slow") == [0] and "slow, " not in capsys.readouterr().err
    path.unlink()
    bring(slow=paced(CONTENT, 20_000, 0.02), gone=refuses(404))
    assert path.read_bytes() == CONTENT


def test_what_differs_from_the_original_is_thrown_away_and_brought_from_another(bring, server, path, capsys):
    bring(altered=good(altered(CONTENT)), honest=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert "was deleted; starting over, from honest alone" in capsys.readouterr().err
    assert server.starts("altered") == [0]


def test_a_partial_file_of_wrong_bytes_is_thrown_away_and_brought_anew(bring, server, path, capsys):
    part_of(path).write_bytes(altered(CONTENT[:200_000]))
    bring(one=good(CONTENT))
    assert path.read_bytes() == CONTENT
    assert "was deleted" in capsys.readouterr().err
    assert server.starts("one")[0] == 200_000 and set(server.starts("one")[1:]) == {0}


def test_a_partial_file_that_is_too_long_is_wrong(bring, path):
    part_of(path).write_bytes(CONTENT + b"more")
    bring(one=good(CONTENT))
    assert path.read_bytes() == CONTENT


def test_where_every_copy_differs_nothing_is_kept(bring, path):
    with pytest.raises(BookError, match="the second time from bad") as caught:
        bring(bad=good(altered(CONTENT)))
    assert caught.value.name == "download_altered"
    assert not path.exists() and not part_of(path).exists()


def test_a_download_ends_when_its_time_is_up_and_keeps_what_came(bring, path):
    with pytest.raises(TimeoutError):
        bring(seconds=0.1, slow=paced(CONTENT, 500, 0.01))
    have = part_of(path).read_bytes()
    assert 0 < len(have) < SIZE and CONTENT.startswith(have)
    bring(fast=good(CONTENT))
    assert path.read_bytes() == CONTENT


@pytest.fixture
def ctrl_c():
    """Let Ctrl-C interrupt, as in a terminal; of a job in the background, a shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_download_keeps_every_byte(bring, server, path, ctrl_c):
    main = threading.main_thread().ident

    def stopped(handler, start):
        handler.begin(start, SIZE)
        handler.wfile.write(CONTENT[:100_000])
        # The reader has them once nothing is left on the way.
        while part_of(path).stat().st_size < 100_000:
            time.sleep(0.001)
        signal.pthread_kill(main, signal.SIGINT)
        handler.server.over.wait()

    with pytest.raises(KeyboardInterrupt):
        bring(one=stopped)
    assert part_of(path).read_bytes() == CONTENT[:100_000]
    bring(two=good(CONTENT))
    assert server.starts("two") == [100_000]
    assert path.read_bytes() == CONTENT


@pytest.fixture
def clock(monkeypatch):
    """Stand in for the clock; the test sets the time."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def watched(clock: list[float], live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 170 MB come at 2 MB a second, 20 MB of them, with a report asked for ten times a second."""
    monkeypatch.setattr(module, "is_live", lambda: live)
    with Meter("somewhere", 50 * MB, 170 * MB) as meter:
        for tenth in range(1, 101):
            clock[0] = 1000 + tenth / 5
            meter.show(50 * MB + tenth * 0.4 * MB)


def test_a_source_is_judged_by_what_it_gave_last_and_not_by_what_it_gave_in_all(clock, path, monkeypatch):
    blocks = [bytes(100_000)] * 20 + [bytes(100)] * 1000

    class Tiring(contextlib.nullcontext):
        """An answer that comes fast at first, and then hardly at all."""

        status, headers = 200, {"Content-Length": str(10**9)}

        def read1(self, _: int) -> bytes:
            clock[0] += 0.02
            return blocks.pop(0)

    monkeypatch.setattr(module, "opened", lambda url, start: Tiring())
    path.touch()
    assert "slow, 0.0" in receive("tiring", "", path, 10**9, least=1e6, until=math.inf)


def test_elsewhere_a_line_every_ten_seconds_says_bytes_rate_and_time_left(clock, monkeypatch, capsys):
    watched(clock, False, monkeypatch)
    out, lines = capsys.readouterr()
    assert out == ""
    assert lines.splitlines() == [
        "70.0 of 170.0 MB | 2.00 MB/s | 0:50 left | somewhere",
        "90.0 of 170.0 MB | 2.00 MB/s | 0:40 left | somewhere",
    ]


def test_where_someone_watches_a_line_moves_and_is_gone_at_the_end(clock, monkeypatch, capsys):
    watched(clock, True, monkeypatch)
    out, err = capsys.readouterr()
    assert err == "" and "\n" not in out
    shown = out.split("\r")
    assert "51.2 of 170.0 MB | 2.00 MB/s | 0:59 left" in shown[1] and len(shown) > 30
    assert not shown[-2].strip() and shown[-1] == "" and len(shown[-2]) >= max(map(len, shown))


def test_reports_are_in_the_readers_language(language):
    values = {"have": 1.0, "size": 2.0, "rate": 3.0, "left": "0:01", "name": "x"}
    assert ("남은 시간" in text("data.download_progress", **values)) is (language == "ko")
