"""Every row of chapter 13's table runs, and fails as soon as a fact it rests on is altered."""

import re

import pytest

from alexnet_lib.experiments import claims
from alexnet_lib.experiments.claims import (
    CLAIMS,
    MARKS,
    Verdict,
    check_claim,
    check_claims,
    claim_text,
    show_claims,
)
from alexnet_lib.language import LANGUAGES, BookError, set_language
from alexnet_lib.records import facts

LRN = ["paper_lrn_n", "paper_lrn_k", "paper_lrn_alpha", "lrn_beta"]
CODE_LRN = ["code_lrn_size", "code_lrn_min_div", "code_lrn_scale", "code_lrn_power"]
CONV1 = ["paper_input_side", "paper_conv1_kernel", "paper_conv1_stride", "paper_conv1_side"]
CAPTION = [
    f"paper_caption_{layer}" for layer in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3")
]
LOG = [
    f"code_epoch_{place}"
    for place in ("first_drop", "second_drop", "conv1_drop", "conv1_frozen", "third_drop", "end")
] + ["learning_rate", "paper_cycles"]
SCORES = ["top1", "top5", "top1_single_view", "top5_single_view"]
# What each row rests on.
RESTS_ON = {
    "output_of_conv1": [*CONV1, "paper_input_values"],
    "lrn_alpha": [*LRN, *CODE_LRN],
    "lrn_neighbours": ["paper_lrn_n", "code_lrn_size", "code_maps_per_gpu"],
    "relu_before_lrn": ["paper_conv1_relu_place", "code_conv1_relu_place"],
    "two_normalizations": ["paper_lrn_layers", "code_normalizations"],
    "parameters": ["paper_parameters_grouped", "paper_parameters", "code_maps_per_gpu"],
    "conv1_neurons": [*CONV1, *CAPTION, "code_maps_per_gpu", "paper_neurons"],
    "augmentation_count": [
        "paper_image_side", "paper_input_side", "paper_input_values", "paper_augmentation",
    ],
    "crop_for_each_image": ["paper_batch_size", "code_images_per_crop"],
    "three_drops": [*LOG, "paper_rate_drops"],
    "one_learning_rate": LOG,
    "initial_std": ["paper_initial_std", "code_initial_std", "code_initial_std_conv3"],
    "initial_biases": ["paper_initial_bias", "code_initial_bias"],
    "dropout_scaling": ["dropout", "code_keep"],
    "momentum_formula": ["momentum", "weight_decay", "code_momentum", "code_weight_cost", *LOG],
    "decay_without_biases": ["code_bias_weight_cost", "weight_decay", "code_weight_cost"],
    "ten_views": ["paper_views", *(f"{source}_{score}" for source in ("paper", "code") for score in SCORES)],
    "colour_noise": ["paper_colour_std", "code_colour_noise"],
}  # fmt: skip
PAIRS = [(claim, fact) for claim, names in RESTS_ON.items() for fact in names]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_row_comes_to_what_was_declared(claim):
    verdict = check_claim(claim)
    assert verdict.marks == CLAIMS[claim][1]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("claim", "name"), PAIRS)
def test_a_row_fails_if_a_fact_is_altered(claim, name, sign, monkeypatch):
    value = facts()[name]["value"]
    altered = value + sign if isinstance(value, int) else (1 + 0.1 * sign) * value
    monkeypatch.setitem(facts()[name], "value", altered)
    with pytest.raises(BookError) as caught:
        check_claim(claim)
    assert caught.value.name == "claim_fails"
    assert claim_text(claim) in str(caught.value)


def test_every_row_rests_on_facts_and_every_fact_of_the_chapter_carries_a_row():
    assert RESTS_ON.keys() == CLAIMS.keys()
    of_the_chapter = {name for name in facts() if re.match(r"code_|paper_(?!top|parameters_)", name)}
    assert of_the_chapter - {name for _, name in PAIRS} == set()


def test_a_row_whose_answers_changed_fails_too(monkeypatch):
    compute, _ = CLAIMS["lrn_alpha"]
    monkeypatch.setitem(claims.CLAIMS, "lrn_alpha", (compute, "✓✓✓"))
    with pytest.raises(BookError):
        check_claim("lrn_alpha")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_has_a_claim_of_its_own_and_a_place_to_look(language, capsys):
    set_language(language)
    show_claims()
    rows = [line.split(" | ") for line in capsys.readouterr().out.strip().split("\n")[2:]]
    assert len({row[0] for row in rows}) == len(rows) == len(CLAIMS)
    for row, (_, declared) in zip(rows, CLAIMS.values(), strict=True):
        assert "".join(row[1:4]) == declared
        assert "`" in row[4] and "{" not in "".join(row)


def test_some_rows_can_be_asked_for(capsys):
    show_claims("parameters")
    assert capsys.readouterr().out.count("60,965,224") == 1
    assert list(check_claims(["ten_views"])) == ["ten_views"]


def test_marks_are_three_and_tell_silence_from_no():
    assert Verdict(True, False, None).marks == "✓✗–"
    assert len(set(MARKS.values())) == 3
