"""Batches that can be repeated: the same seed gives the same images, cropped and flipped alike."""

from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from alexnet_lib.checks import seed as check_seed
from alexnet_lib.checks import whole_number
from alexnet_lib.language import BookError


class SeededLoader(DataLoader):
    """A DataLoader whose order and augmentation come from its own generator alone.

    In worker processes PyTorch already draws the augmentation from the loader's generator.
    In the main process (``num_workers=0``) it would draw from the global random state, so that
    any other random number between two batches would change the crops. This loader keeps a
    stream of its own there.
    """

    def __iter__(self) -> Iterator:
        """Yield the batches of one epoch; each epoch differs, and each can be repeated."""
        # Drawn for any number of workers, so that the order of the images is the same.
        seed = int(torch.randint(2**63 - 1, (), generator=self.generator))
        batches = super().__iter__()
        if self.num_workers > 0:
            yield from batches
            return
        state = torch.Generator().manual_seed(seed).get_state()
        while True:
            with torch.random.fork_rng(devices=[]):
                torch.random.set_rng_state(state)
                batch = next(batches, None)
                state = torch.random.get_rng_state()
            if batch is None:
                return
            yield batch


def make_loader(
    dataset: Dataset,
    batch_size: int = 128,
    shuffle: bool = False,
    seed: int = 0,
    num_workers: int = 0,
) -> DataLoader:
    """Deal a dataset into batches.

    Parameters
    ----------
    dataset
        Gives ``(image, label)``.
    batch_size
        Images a batch; the last batch of an epoch holds what is left.
    shuffle
        True for training only.
    seed
        The same seed and number of workers give the same batches, the same seed alone the
        same order.
    num_workers
        Processes that prepare batches; 0 prepares them in this one.

    Returns
    -------
    DataLoader
        Of batches ``(images float32 (N, 3, H, W), labels int64 (N,))``.
    """
    batch_size, seed = whole_number("batch_size", batch_size), check_seed("seed", seed)
    if len(dataset) == 0:
        raise BookError("no_images")
    return SeededLoader(
        dataset,
        batch_size=batch_size,
        shuffle=shuffle,
        num_workers=num_workers,
        # From page-locked memory the copy to a CUDA card is faster, and the CPU need not wait for it.
        pin_memory=torch.cuda.is_available(),
        generator=torch.Generator().manual_seed(seed),
    )
