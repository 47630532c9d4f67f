"""A server on this machine whose addresses serve a file well or badly, and small archives of CIFAR's kind."""

import contextlib
import gzip
import hashlib
import http.server
import io
import pickle
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, CIFAR100

from alexnet_lib import download

CIFAR10_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
CIFAR100_NAMES = ["apple", "aquarium_fish", *(f"thing_{number}" for number in range(98))]
IMAGES = 4  # a file


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def batch(seed: int, labels_key: str, classes: int) -> bytes:
    """Return a file in CIFAR's layout: rows of 3,072 bytes, red first, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=IMAGES).tolist()
    return pickle.dumps({"data": rng.integers(256, size=(IMAGES, 3072), dtype=np.uint8), labels_key: labels})


class SmallArchive:
    """A small archive of a CIFAR data set, which torchvision and the library can be made to take for it."""

    def __init__(self, source: type[CIFAR10]) -> None:
        self.source = source
        fine = source is CIFAR100
        labels_key, classes = ("fine_labels", 100) if fine else ("labels", 10)
        names = [name for name, _ in source.train_list + source.test_list]
        self.files = {name: batch(seed, labels_key, classes) for seed, name in enumerate(names)}
        key, names = ("fine_label_names", CIFAR100_NAMES) if fine else ("label_names", CIFAR10_NAMES)
        self.files[source.meta["filename"]] = pickle.dumps({key: names})
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as archive:
            for name, content in {"readme.html": b"not needed", **self.files}.items():
                entry = tarfile.TarInfo(f"{source.base_folder}/{name}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        self.content = gzip.compress(whole.getvalue(), mtime=0)  # the same bytes in every process

    def stand_in(self, patch: pytest.MonkeyPatch, *urls: str) -> None:
        """Be the data set until the patch is undone, with these addresses as its sources."""
        for part in ("train_list", "test_list"):
            listed = [[name, md5(self.files[name])] for name, _ in getattr(self.source, part)]
            patch.setattr(self.source, part, listed)
        name = self.source.meta["filename"]
        patch.setattr(self.source, "meta", self.source.meta | {"md5": md5(self.files[name])})
        patch.setattr(self.source, "tgz_md5", md5(self.content))
        sources = {f"source {number}": url for number, url in enumerate(urls, 1)}
        patch.setitem(download.ARCHIVES, self.source, (len(self.content), sources))

    def unpack(self, root: Path) -> Path:
        """Put the files where a reader would, by hand."""
        folder = root / self.source.base_folder
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the server's ``ways`` say for the address, and notes where each request wants to begin."""

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.server.asked.append((self.path, start))
        with contextlib.suppress(ConnectionError):
            self.server.ways[self.path](self, start)

    def log_message(self, *arguments: object) -> None:
        pass

    def begin(self, start: int, size: int) -> None:
        """Send a head that states the right length."""
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(size - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()


Way = Callable[[Handler, int], None]


class Server(http.server.ThreadingHTTPServer):
    """Serves each address in its own way; ``over`` is set when the test is over."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ways: dict[str, Way] = {}
        self.asked: list[tuple[str, int]] = []
        self.over = threading.Event()

    def handle_error(self, *arguments: object) -> None:
        pass

    def url(self, name: str, way: Way) -> str:
        """Return an address that answers in a way."""
        self.ways[f"/{name}"] = way
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def starts(self, name: str) -> list[int]:
        """Return from which bytes on an address was asked."""
        return [start for path, start in self.asked if path == f"/{name}"]


@contextlib.contextmanager
def running() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.over.set()
        server.shutdown()


def good(content: bytes, count: int | None = None, silent: bool = False, ranges: bool = True) -> Way:
    """Send what was asked for: all of it, or so many bytes, and then hang up or fall silent.

    Who knows no ``ranges`` sends from the beginning, whatever was asked for.
    """

    def way(handler: Handler, start: int) -> None:
        start = start if ranges else 0
        handler.begin(start, len(content))
        handler.wfile.write(content[start:] if count is None else content[start : start + count])
        if silent:
            handler.server.over.wait()

    return way


def paced(content: bytes, block: int, seconds: float, head: int = 0) -> Way:
    """Send a head at once and the rest block by block, with a pause before each."""

    def way(handler: Handler, start: int) -> None:
        handler.begin(start, len(content))
        handler.wfile.write(content[start : start + head])
        for place in range(start + head, len(content), block):
            handler.server.over.wait(seconds)
            handler.wfile.write(content[place : place + block])

    return way


def silent(handler: Handler, _: int) -> None:
    """Take the request and never answer."""
    handler.server.over.wait()


def refuses(status: int) -> Way:
    """Answer with an error, and with the wish to be asked again in an hour."""

    def way(handler: Handler, _: int) -> None:
        handler.send_response(status)
        handler.send_header("Retry-After", "3600")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return way
