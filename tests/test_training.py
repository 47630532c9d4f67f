"""``fit`` is the blog post's loop, with means over images, and nothing of it is lost."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision import transforms

from alexnet_lib import terminal, training
from alexnet_lib.checkpoints import checkpoint_file, load_kept
from alexnet_lib.devices import Precision
from alexnet_lib.language import BookError, Interrupted, text
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import evaluate
from alexnet_lib.training import fit, report_epoch, train_epoch
from tiny import (
    TinyImages,
    TinyNet,
    assert_equal,
    tiny_loader,
    tiny_model,
    tiny_test_loader,
    tiny_training,
)

FIELDS = [
    "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy",
    "learning_rate", "training_seconds", "seconds",
]  # fmt: skip


def the_posts_train(train_loader, model, loss_fn, optimizer):
    """Train for an epoch, as the post prints it."""
    model.train()
    for X, y in train_loader:  # noqa: N806
        pred = model(X)
        loss = loss_fn(pred, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def test_three_steps_of_fit_are_three_steps_of_the_post_bit_for_bit():
    ours, loader = tiny_model(), tiny_loader()
    assert len(loader) == 3
    torch.manual_seed(1)
    fit(ours, loader, epochs=1, learning_rate=0.01, device="cpu")
    theirs = tiny_model()
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01, fused=True)
    the_posts_train(tiny_loader(), theirs, nn.CrossEntropyLoss(), optimizer)
    assert_equal(ours.state_dict(), theirs.state_dict())
    unfused = tiny_model()
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(unfused.parameters(), lr=0.01, foreach=False)
    the_posts_train(tiny_loader(), unfused, nn.CrossEntropyLoss(), optimizer)
    torch.testing.assert_close(ours.state_dict(), unfused.state_dict())
    assert not torch.equal(ours.classifier[1].weight, tiny_model().classifier[1].weight)


def test_a_schedule_of_steps_advances_after_each_step():
    model, loader = tiny_model(), tiny_loader()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
    options = {"epochs": 2, "optimizer": optimizer, "scheduler": scheduler, "device": "cpu"}
    history = fit(model, loader, schedule_steps=True, **options)
    assert [row["learning_rate"] for row in history] == [1.0, 0.5 ** len(loader)]
    assert optimizer.param_groups[0]["lr"] == 0.5 ** (2 * len(loader))


def test_the_loss_and_the_optimizer_given_are_the_ones_used():
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.5)
    ours, theirs, plain = tiny_model(), tiny_model(), tiny_model()
    optimizers = [torch.optim.SGD(each.parameters(), lr=0.1, momentum=0.9) for each in (ours, theirs, plain)]
    for model, optimizer, loss in ((ours, optimizers[0], loss_fn), (plain, optimizers[2], None)):
        torch.manual_seed(1)
        options = {"optimizer": optimizer, "loss_fn": loss, "learning_rate": 1e9}
        fit(model, tiny_loader(), epochs=1, device="cpu", **options)
    torch.manual_seed(1)
    the_posts_train(tiny_loader(), theirs, loss_fn, optimizers[1])
    assert_equal(ours.state_dict(), theirs.state_dict())
    assert not torch.equal(ours.classifier[1].weight, plain.classifier[1].weight)


def test_the_running_average_is_what_is_evaluated_and_it_is_the_average():
    model = tiny_model()
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.8))
    options = {"epochs": 2, "device": "cpu", "ema": average, "learning_rate": 0.01}
    history = fit(model, tiny_loader(), tiny_test_loader(), **options)
    model = tiny_model()
    weights = []

    def remember(*_: object) -> None:
        weights.append({key: value.clone() for key, value in model.state_dict().items()})

    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)
    optimizer.register_step_post_hook(remember)
    fit(model, tiny_loader(), epochs=2, optimizer=optimizer, device="cpu")
    mean = weights[0]
    for later in weights[1:]:
        mean = {key: 0.8 * mean[key] + 0.2 * later[key] for key in mean}
    expected = tiny_model()
    expected.load_state_dict(mean)
    for key in mean:
        torch.testing.assert_close(average.state_dict()[f"module.{key}"], mean[key])
    result = evaluate(expected, tiny_test_loader(), "cpu")
    assert history[-1]["test_loss"] == pytest.approx(result["loss"], rel=1e-5)
    assert history[-1]["test_loss"] != pytest.approx(evaluate(model, tiny_test_loader(), "cpu")["loss"])


def test_evaluation_does_not_change_what_is_trained():
    for eval_loader in (None, tiny_test_loader()):
        model = tiny_model()
        fit(model, tiny_loader(), eval_loader, epochs=3, device="cpu")
        if eval_loader is None:
            expected = model.state_dict()
    assert_equal(model.state_dict(), expected)


class RememberingNet(TinyNet):
    """Keeps the scores that it gave while it was trained."""

    def __init__(self) -> None:
        super().__init__()
        self.given = []

    def forward(self, x):
        scores = super().forward(x)
        if self.training:
            self.given.append(scores.detach().clone())
        return scores


def test_training_figures_are_means_over_the_images_of_the_epoch():
    torch.manual_seed(0)
    model = RememberingNet()
    (row,) = fit(model, tiny_loader(), epochs=1, learning_rate=0.1, device="cpu")
    labels = [labels for _, labels in tiny_loader()]
    assert [len(batch) for batch in labels] == [16, 16, 8]
    loss = nn.functional.cross_entropy(torch.cat(model.given).double(), torch.cat(labels))
    hits = torch.cat(model.given).argmax(dim=1) == torch.cat(labels)
    assert row["train_loss"] == pytest.approx(loss.item(), rel=1e-6)
    assert row["train_accuracy"] == hits.sum().item() / 40
    by_batch = [nn.functional.cross_entropy(*pair) for pair in zip(model.given, labels, strict=True)]
    assert row["train_loss"] != pytest.approx(sum(by_batch).item() / 3, rel=1e-3)


@pytest.mark.parametrize(("train", "measured", "other"), [(False, "test", "val"), (True, "val", "test")])
def test_figures_are_named_after_the_set_they_come_from(train, measured, other):
    dataset = TinyImages(20, train=train, transform=transforms.ToTensor())
    model = tiny_model()
    row = fit(model, tiny_loader(), make_loader(dataset), epochs=1, learning_rate=0.02, device="cpu")[0]
    assert list(row) == FIELDS
    assert row["learning_rate"] == 0.02 and row["seconds"] > row["training_seconds"] > 0
    expected = evaluate(model, make_loader(dataset), "cpu")
    assert row[f"{measured}_loss"] == expected["loss"]
    assert row[f"{measured}_accuracy"] == expected["accuracy"]
    assert row[f"{other}_loss"] is None and row[f"{other}_accuracy"] is None


def test_the_scheduler_moves_once_an_epoch_and_the_rate_is_the_one_trained_with():
    _, history = tiny_training(epochs=7)
    rates = [row["learning_rate"] for row in history]
    assert rates == pytest.approx([0.01] * 3 + [0.001] * 3 + [0.0001])


@pytest.mark.parametrize(("bias", "loss"), [(math.nan, "nan"), (-math.inf, "inf")])
def test_a_loss_that_is_not_finite_stops_training_with_a_sentence(tmp_path, bias, loss):
    model, loader = tiny_model(), tiny_loader()
    fit(model, loader, epochs=1, device="cpu", output=tmp_path)
    kept = checkpoint_file(tmp_path).read_bytes()
    with torch.no_grad():
        model.classifier[1].bias[:5] = bias
    with pytest.raises(BookError, match=f"{loss} in epoch 1, step 1") as caught:
        fit(model, loader, epochs=2, device="cpu", output=tmp_path, resume=False)
    assert caught.value.name == "loss_not_finite"
    assert checkpoint_file(tmp_path).read_bytes() == kept


def test_a_loss_that_stops_being_finite_within_an_epoch_is_noticed_in_that_epoch():
    with pytest.raises(BookError, match="epoch 1, step 3"):
        fit(tiny_model(), tiny_loader(), epochs=1, learning_rate=1e37, device="cpu")


def interrupt(patch: pytest.MonkeyPatch, images: int) -> None:
    """Let Ctrl-C be pressed once so many images were read."""
    before, read = iter(range(images)), TinyImages.__getitem__

    def pressed(dataset: TinyImages, index: int) -> tuple:
        if next(before, None) is None:
            raise KeyboardInterrupt
        return read(dataset, index)

    patch.setattr(TinyImages, "__getitem__", pressed)


@pytest.mark.parametrize(
    ("images", "with_folder", "name"),
    [(60, True, "interrupted_saved"), (60, False, "interrupted"), (20, True, "interrupted_first")],
)
def test_ctrl_c_keeps_what_was_reached_and_says_what_that_is(
    tmp_path, monkeypatch, images, with_folder, name
):
    model, folder = tiny_model(), tmp_path if with_folder else None
    with monkeypatch.context() as patch, pytest.raises(Interrupted) as caught:
        interrupt(patch, images)
        fit(model, tiny_loader(), epochs=3, device="cpu", output=folder)
    assert caught.value.name == name
    assert not torch.equal(model.classifier[1].weight, tiny_model().classifier[1].weight)
    kept = checkpoint_file(tmp_path)
    assert kept.exists() == (name == "interrupted_saved")
    if kept.exists():
        assert str(tmp_path) in str(caught.value) and len(load_kept(kept)["history"]) == 1
        history = fit(tiny_model(), tiny_loader(), epochs=3, device="cpu", output=tmp_path)
        assert [row["epoch"] for row in history] == [1, 2, 3]


def test_until_ends_a_training_after_the_epoch_that_it_asks_for_and_again_when_resumed(tmp_path):
    def train(until) -> list[int]:
        history = fit(tiny_model(), tiny_loader(), epochs=5, device="cpu", output=tmp_path, until=until)
        return [row["epoch"] for row in history]

    assert train(lambda row: row["epoch"] == 2) == [1, 2]
    assert train(lambda row: row["epoch"] == 2) == [1, 2]
    assert train(lambda row: row["train_loss"] < 0) == [1, 2, 3, 4, 5]


def test_what_is_measured_also_stands_in_the_row_and_is_of_the_weights_reached():
    model = tiny_model()

    def norm(of: torch.nn.Module) -> dict[str, float]:
        return {"norm": of.classifier[1].weight.norm().item()}

    history = fit(model, tiny_loader(), epochs=2, device="cpu", also=norm)
    assert history[-1]["norm"] == model.classifier[1].weight.norm().item() != history[0]["norm"]


def test_two_optimizers_take_the_steps_that_one_would_for_all_parameters():
    def trained(split: bool) -> dict[str, torch.Tensor]:
        model = tiny_model()
        parts = [model.features, model.classifier] if split else [model]
        optimizers = [torch.optim.Adam(part.parameters(), lr=0.01) for part in parts]
        schedulers = [torch.optim.lr_scheduler.StepLR(each, 1, gamma=0.5) for each in optimizers]
        fit(model, tiny_loader(), epochs=2, optimizer=optimizers, scheduler=schedulers, device="cpu")
        return model.state_dict()

    assert_equal(trained(split=True), trained(split=False))


ROW = {
    "epoch": 3, "train_loss": 1.23456, "train_accuracy": 0.5, "val_loss": None, "val_accuracy": None,
    "test_loss": 1.5, "test_accuracy": 0.45678, "learning_rate": 0.001, "seconds": 61.25,
}  # fmt: skip


@pytest.mark.parametrize(("split", "other"), [("test", "val"), ("val", "test")])
def test_an_epoch_is_a_line_that_tells_validation_from_test(capsys, language, split, other):
    measured = {f"{split}_loss": 1.5, f"{split}_accuracy": 0.45678, f"{other}_loss": None}
    report_epoch(ROW | measured, epochs=10)
    (line,) = capsys.readouterr().out.splitlines()
    for numbers in ({"loss": 1.23456, "accuracy": 50.0}, {"loss": 1.5, "accuracy": 45.678}):
        assert text(f"training.{'train' if numbers['accuracy'] == 50 else split}", **numbers) in line
    assert "3/10" in line and "61.2" in line
    assert line.count(" | ") == 3


def train_three_steps(monkeypatch, live: bool) -> None:
    """Train an epoch, whose first step takes two seconds and whose others take twenty."""
    monkeypatch.setattr(terminal, "is_live", lambda: live)
    monkeypatch.setattr(terminal, "LIVE", 0.0)
    seconds = iter([100.0, 102.0, 142.0])
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=seconds.__next__))
    model = tiny_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    train_epoch(model, tiny_loader(), optimizer, Precision(torch.device("cpu")), epoch=7)


def test_where_nobody_watches_nothing_moves(monkeypatch, capsys):
    train_three_steps(monkeypatch, live=False)
    assert capsys.readouterr().out == ""


def visible(printed: str) -> list[str]:
    """Return what a terminal shows: after a carriage return the line is written over."""
    lines = []
    for line in printed.split("\n"):
        cells = ""
        for piece in line.split("\r"):
            cells = piece + cells[len(piece) :]
        lines.append(cells.rstrip())
    return lines


def test_where_someone_watches_a_line_counts_and_is_gone_at_the_end(monkeypatch, capsys):
    train_three_steps(monkeypatch, live=True)
    report_epoch(ROW, epochs=10)
    printed = capsys.readouterr().out
    first, last = [piece for piece in printed.split("\r") if "/3" in piece]
    assert "7" in first and "1/3" in first and " 4 s" in first  # two steps to go
    assert "3/3" in last and " 0 s" in last
    assert "3/10" in visible(printed)[0] and "/3," not in visible(printed)[0]
