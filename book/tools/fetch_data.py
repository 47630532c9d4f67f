"""Fetch CIFAR-10 if it is not on disk: one try, before any notebook runs; the book does without it as well.

python book/tools/fetch_data.py
"""

import socket
import threading
import urllib.request

from torchvision.datasets import CIFAR10

from alexnet_lib.data import data_root, load_dataset
from alexnet_lib.errors import BookError
from alexnet_lib.terminal import print_words

SECONDS = 10


def is_intact() -> bool:
    """Tell whether all of CIFAR-10's files are on disk, by their MD5."""
    try:
        load_dataset("cifar10", download=False)
    except BookError:
        return False
    return True


def answers(address: str, seconds: float) -> bool:
    """Tell whether an address answers in time; looking up its name alone can take longer than any timeout."""
    answered = threading.Event()

    def connect() -> None:
        try:
            urllib.request.urlopen(urllib.request.Request(address, method="HEAD"), timeout=seconds).close()
        except OSError:
            return
        answered.set()

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(seconds)
    return answered.is_set()


def main() -> None:
    """Download unless the data set is intact; say in one sentence how that went."""
    if is_intact():
        return
    if not answers(CIFAR10.url, SECONDS):
        print_words(
            f"{CIFAR10.url} cannot be reached, so the book uses shapes10, drawn in code; "
            f"to have CIFAR-10, unpack that file in {data_root()} and run again."
        )
        return
    socket.setdefaulttimeout(SECONDS)
    print_words(f"Downloading CIFAR-10 (170 MB) to {data_root()} ...")
    try:
        load_dataset("cifar10", download=True)
    except BookError as error:
        print_words(str(error))


if __name__ == "__main__":
    main()
