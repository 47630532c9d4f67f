"""Small files come in bounded time: a server that is silent, slow or full is not asked for each of them."""

import http.server
import socket
import threading
import time
import urllib.error

import pytest

from alexnet_lib import records
from alexnet_lib.language import text
from alexnet_lib.records import fetch, reason


@pytest.fixture
def server(monkeypatch):
    """Serve what the address asks for, on this machine; return the address and what was asked."""
    asked, end = [], threading.Event()

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind = self.path.strip("/")
            asked.append(kind)
            if kind.isdigit():
                self.send_error(int(kind))
                return
            if kind == "silent":
                end.wait()
                return
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            if kind == "slow":
                while not end.wait(0.05):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            else:
                self.wfile.write(kind.encode())

        def log_message(self, *_):
            pass

        def handle_error(self, *_):
            pass

    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    served.handle_error = lambda *_: None  # who reads has hung up
    threading.Thread(target=served.serve_forever, args=[0.01], daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield f"http://127.0.0.1:{served.server_port}/", asked
    end.set()
    served.shutdown()
    served.server_close()


def assert_is_asked_no_more(server, why, **values):
    address, asked = server
    before = list(asked)
    with pytest.raises(OSError) as again:
        fetch(address + "hello")
    assert reason(again.value) == text(why, **values)
    assert asked == before
    records._refused = None
    assert fetch(address + "hello") == b"hello"


def test_what_is_there_is_fetched(server):
    assert fetch(server[0] + "hello") == b"hello"


def test_a_silent_server_is_waited_for_once(server, monkeypatch):
    monkeypatch.setattr(records, "SILENCE", 0.1)
    with pytest.raises(TimeoutError):
        fetch(server[0] + "silent")
    assert_is_asked_no_more(server, "recorded.no_answer")


def test_a_server_that_trickles_is_given_up_although_it_never_falls_silent(server, monkeypatch):
    monkeypatch.setattr(records, "LIMIT", 0.1)
    with pytest.raises(TimeoutError):
        fetch(server[0] + "slow")
    monkeypatch.setattr(records, "LIMIT", 60)
    assert_is_asked_no_more(server, "recorded.no_answer")


@pytest.mark.parametrize(("status", "why"), [(429, "recorded.too_many"), (503, "recorded.status")])
def test_a_server_that_asks_to_come_later_is_left_alone(server, status, why):
    with pytest.raises(urllib.error.HTTPError):
        fetch(f"{server[0]}{status}")
    assert_is_asked_no_more(server, why, status=status)


def test_without_a_connection_it_is_tried_once(server):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(urllib.error.URLError):
            fetch(f"http://127.0.0.1:{nobody.getsockname()[1]}/")
    assert_is_asked_no_more(server, "recorded.no_connection")


@pytest.mark.parametrize("status", [404, 500])
def test_one_file_that_is_not_to_be_had_says_nothing_of_the_others(server, status, language):
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(f"{server[0]}{status}")
    assert str(status) in reason(caught.value)
    assert fetch(server[0] + "hello") == b"hello"


def test_after_the_pause_it_is_asked_again(server, monkeypatch):
    with pytest.raises(urllib.error.HTTPError):
        fetch(server[0] + "429")
    now = time.monotonic() + records.PAUSE
    monkeypatch.setattr(records.time, "monotonic", lambda: now)
    assert fetch(server[0] + "hello") == b"hello"
