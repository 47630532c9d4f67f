"""Fetch CIFAR-10 if it is not on disk: one try, before any notebook runs.

    python book/tools/fetch_data.py

The book does without it as well, on drawn shapes. With the environment's ``REQUIRE_CIFAR10`` it must not:
the exit status is then 1 where the data set cannot be had. After Ctrl-C it is 130.
"""

import sys

from torchvision.datasets import CIFAR10

from alexnet_lib.data import data_root
from alexnet_lib.download import fetch
from alexnet_lib.language import BookError, Interrupted
from alexnet_lib.terminal import print_words
from notebook_files import ROOT, cifar10_is_required, command_line

# Longer than from most sources by far, and a third of what CI gives the whole book; what came is kept.
SECONDS = 1200.0


def main() -> int:
    """Fetch unless the data set is intact; say in a sentence what was not to be done, and what follows."""
    required = cifar10_is_required()
    try:
        fetch(CIFAR10, data_root(here=ROOT), SECONDS)
    except Interrupted as stopped:
        print_words(str(stopped))
        return 130
    except BookError as error:
        print_words(str(error))
        print_words(
            "REQUIRE_CIFAR10 is set, and the book is not made without CIFAR-10."
            if required
            else "The book uses shapes10, drawn in code, in place of CIFAR-10."
        )
        return int(required)
    return 0


if __name__ == "__main__":
    command_line(__doc__).parse_args()
    sys.exit(main())
