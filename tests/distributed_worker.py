"""What each process of a test of ``alexnet_lib.distributed`` runs: the tiny network on a few images."""

import torch

from alexnet_lib import distributed, networks, shapes
from tiny import TinyNet

torch.set_num_threads(1)
networks.TinyNet = TinyNet
shapes.COUNT = {True: 200, False: 20}

if __name__ == "__main__":
    distributed.main()
