"""The built site on a port of this machine, served as GitHub Pages would."""

import contextlib
import functools
import gzip
import http.server
import io
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

COMPRESSED = (".html", ".css", ".js", ".svg", ".xml")


class QuietServer(http.server.ThreadingHTTPServer):
    """Serves, and says nothing of a browser that left a page before it had all its files."""

    def handle_error(self, *request: Any) -> None:
        """Say what went wrong, unless nobody waits for it any more."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*request)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, texts compressed as GitHub Pages does, and says nothing about it."""

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send the headers; return what is to follow."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in COMPRESSED or not path.is_file():
            return super().send_head()
        content = gzip.compress(path.read_bytes())
        self.send_response(http.HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the site on a free port of this machine; give its address."""
    handler = functools.partial(QuietHandler, directory=str(site))
    with QuietServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
