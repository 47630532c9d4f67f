"""The library of the book AlexNet on CIFAR-10: data, networks, training, evaluation, figures.

The core is what chapters 1 to 8 need. Read it in this order:

- ``data``: CIFAR-10 read and checked (``load_dataset``), a part of it, the validation split
- ``transforms``: channel statistics, crops, flips and normalization, and back to pixels
- ``loaders``: batches that can be repeated
- ``models``: ``AlexNet`` and the paper's ``AlexNet2012``
- ``summary``: parameters and multiply-accumulates, layer by layer
- ``training``: the training loop, ``train_epoch`` and ``fit``
- ``metrics``: loss, accuracy, Top-k error, confusion matrix, calibration; recall and precision are
  scikit-learn's, and chapter 8 computes them
- ``uncertainty``: intervals, runs of several seeds, and McNemar's test
- ``runs``: a training asked for once, kept in the cache and then loaded, ``fit_or_load``
- ``records``: the recorded runs and weights, and facts with their sources
- ``notebook``: what a notebook shows: tables, sources, a figure as a ``Picture``

Behind them stand ``shapes`` (a data set drawn in code), ``download``, ``duplicates``, ``devices`` (and
number formats), ``checkpoints``, ``checks`` of a reader's settings, ``language`` (words in ``text/``, and
errors) and ``terminal``, which prints them. The figures are in ``plots``, a file for the core and one for
each later chapter, and ``layout`` lays them out.
``practice`` judges a reader's answers to the exercises and holds the hints, two files a chapter.

``experiments`` holds what later chapters need, a file a chapter: ``transfer`` (9), ``ladder`` (10), ``relu``
(11, races), ``lrn`` (12, local response normalization), ``paper_code`` (13), ``people`` (14), ``inside``
(15). What they share is ``recipe`` (a training as one object: its optimizer, weight averaging),
``initialization`` (first weights), ``schedule`` (of the learning rate), ``tta`` (test-time augmentation),
``tensor_loader``, ``muon`` and ``modern_alexnet``.
"""

from alexnet_lib.data import class_names, load_dataset, subset
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import confusion_matrix, evaluate, predict_logits, top_k_error
from alexnet_lib.models import AlexNet, AlexNet2012
from alexnet_lib.notebook import record, setup, show_source, show_table
from alexnet_lib.records import fact, facts, recorded_run
from alexnet_lib.runs import TrainingConfig, fit_or_load
from alexnet_lib.summary import layer_table
from alexnet_lib.training import fit
from alexnet_lib.transforms import channel_statistics, denormalize, eval_transform, to_pixels, train_transform
from alexnet_lib.version import __version__

__all__ = [
    "AlexNet",
    "AlexNet2012",
    "TrainingConfig",
    "__version__",
    "channel_statistics",
    "class_names",
    "confusion_matrix",
    "denormalize",
    "eval_transform",
    "evaluate",
    "fact",
    "facts",
    "fit",
    "fit_or_load",
    "layer_table",
    "load_dataset",
    "make_loader",
    "predict_logits",
    "record",
    "recorded_run",
    "setup",
    "show_source",
    "show_table",
    "subset",
    "to_pixels",
    "top_k_error",
    "train_transform",
]
