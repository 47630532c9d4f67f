"""The library of the book AlexNet on CIFAR-10: data, networks, training, evaluation, figures."""

__version__ = "0.1.0"

from alexnet_lib.data import class_names, load_dataset, subset
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import confusion_matrix, evaluate, predict_logits, top_k_error
from alexnet_lib.models import AlexNet, AlexNet2012
from alexnet_lib.notebook import record, say, setup, show_source, show_table
from alexnet_lib.records import fact, facts, recorded_run
from alexnet_lib.runs import TrainingConfig, fit_or_load
from alexnet_lib.summary import layer_table
from alexnet_lib.training import fit
from alexnet_lib.transforms import channel_statistics, denormalize, eval_transform, to_pixels, train_transform

__all__ = [
    "AlexNet",
    "AlexNet2012",
    "TrainingConfig",
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
    "say",
    "setup",
    "show_source",
    "show_table",
    "subset",
    "to_pixels",
    "top_k_error",
    "train_transform",
]
