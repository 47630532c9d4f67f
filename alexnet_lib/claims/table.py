"""Paper, code, PyTorch: who is right? Each row of the table of chapter 13 is an assertion that runs."""

from collections.abc import Callable, Iterable

from alexnet_lib.claims import images, network, training
from alexnet_lib.claims.verdicts import Verdict
from alexnet_lib.errors import BookError
from alexnet_lib.facts import facts
from alexnet_lib.language import text
from alexnet_lib.report import show_table

# What computes the row, and what it must come to: the paper, the code of 2012, PyTorch.
CLAIMS: dict[str, tuple[Callable[[], Verdict], str]] = {
    "output_of_conv1": (network.output_of_conv1, "✓✓✗"),
    "lrn_alpha": (network.lrn_alpha, "✓✗✗"),
    "lrn_neighbours": (network.lrn_neighbours, "✓✗✓"),
    "relu_before_lrn": (network.relu_before_lrn, "✓✗–"),
    "two_normalizations": (network.two_normalizations, "✓✗✗"),
    "parameters": (network.parameters, "✓✓✗"),
    "conv1_neurons": (network.conv1_neurons, "✗✓✓"),
    "augmentation_count": (images.augmentation_count, "✗✓✓"),
    "crop_for_each_image": (images.crop_for_each_image, "–✗✓"),
    "three_drops": (training.three_drops, "✓✓–"),
    "one_learning_rate": (training.one_learning_rate, "✓✗✓"),
    "initial_std": (training.initial_std, "✓✗✗"),
    "initial_biases": (training.initial_biases, "✓✓✗"),
    "dropout_scaling": (training.dropout_scaling, "✓✓✗"),
    "momentum_formula": (training.momentum_formula, "✓✓✗"),
    "decay_without_biases": (training.decay_without_biases, "–✓✗"),
    "ten_views": (images.ten_views, "✓✓–"),
    "colour_noise": (images.colour_noise, "✓✗–"),
}


def claim_text(name: str) -> str:
    """Return a claim in the reader's language, with its numbers from ``facts.toml``."""
    return text(f"claims.{name}", **{key: entry["value"] for key, entry in facts().items()})


def check_claim(name: str) -> Verdict:
    """Compute one row of the table.

    Parameters
    ----------
    name
        A key of ``CLAIMS``.

    Raises
    ------
    BookError
        If a number it rests on was altered, or the answers are no longer the declared ones.
    """
    compute, declared = CLAIMS[name]
    try:
        verdict = compute()
        assert verdict.marks == declared
    except AssertionError as error:
        raise BookError("claim_fails", claim=claim_text(name)) from error
    return verdict


def check_claims(names: Iterable[str] = CLAIMS) -> dict[str, Verdict]:
    """Compute rows of the table, all of them by default: ``{name: verdict}``."""
    return {name: check_claim(name) for name in names}


def show_claims(*names: str) -> None:
    """Compute rows and show them: the claim, three marks, and where each answer can be looked up."""
    header = [text(f"claims.column_{column}") for column in ("claim", "paper", "code", "pytorch", "source")]
    rows = [
        [claim_text(name), *verdict.marks, text(f"claims.{name}_source")]
        for name, verdict in check_claims(names or CLAIMS).items()
    ]
    show_table(header, rows)
