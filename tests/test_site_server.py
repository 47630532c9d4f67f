"""The server behind the browser checks: files as GitHub Pages sends them, and no noise."""

import gzip
import socket
import struct
import urllib.request

from site_server import QuietServer, served


def test_texts_are_compressed_and_pictures_are_not(tmp_path):
    (tmp_path / "page.html").write_text("words " * 1000)
    (tmp_path / "picture.webp").write_bytes(b"\0" * 100)
    with served(tmp_path) as address:
        with urllib.request.urlopen(f"{address}/page.html") as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(answer.read()).decode() == "words " * 1000
        with urllib.request.urlopen(f"{address}/picture.webp") as answer:
            assert answer.headers["Content-Encoding"] is None
            assert answer.read() == b"\0" * 100


def test_a_reader_that_hangs_up_is_no_news(tmp_path, capfd):
    (tmp_path / "large.webp").write_bytes(b"\0" * 50_000_000)
    with served(tmp_path) as address:
        port = int(address.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as reader:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reader.sendall(b"GET /large.webp HTTP/1.0\r\n\r\n")
            reader.recv(1000)
        with urllib.request.urlopen(f"{address}/large.webp") as answer:
            answer.read()
    assert capfd.readouterr().err == ""


def test_any_other_failure_is_told(capfd):
    with QuietServer(("127.0.0.1", 0), None) as server:
        try:
            raise ValueError("a handler's mistake")
        except ValueError:
            server.handle_error(None, ("127.0.0.1", 1))
    assert "a handler's mistake" in capfd.readouterr().err
