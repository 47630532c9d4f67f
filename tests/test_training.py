"""``fit`` is the blog post's loop, with means over images, and nothing of it is lost."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from torchvision import transforms

from alexnet_lib import training
from alexnet_lib.checkpoints import checkpoint_file, load_plain
from alexnet_lib.devices import Precision
from alexnet_lib.language import BookError, TrainingInterrupted
from alexnet_lib.loaders import make_loader
from alexnet_lib.metrics import evaluate
from alexnet_lib.training import fit, train_epoch
from tiny import (
    AUGMENT,
    TinyImages,
    TinyNet,
    assert_equal,
    everything,
    tiny_loader,
    tiny_model,
    tiny_test_loader,
    tiny_training,
    without_seconds,
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


def test_the_loss_given_is_the_one_that_is_made_smaller():
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.5)
    ours, theirs, plain = tiny_model(), tiny_model(), tiny_model()
    torch.manual_seed(1)
    fit(ours, tiny_loader(), epochs=1, learning_rate=0.01, device="cpu", loss_fn=loss_fn)
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01, fused=True)
    the_posts_train(tiny_loader(), theirs, loss_fn, optimizer)
    assert_equal(ours.state_dict(), theirs.state_dict())
    torch.manual_seed(1)
    fit(plain, tiny_loader(), epochs=1, learning_rate=0.01, device="cpu")
    assert not torch.equal(ours.classifier[1].weight, plain.classifier[1].weight)


def averaged(epochs: int, output=None) -> tuple[dict, list[dict]]:
    torch.manual_seed(0)
    model = TinyNet()
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.8))
    options = {"device": "cpu", "output": output, "ema": average, "learning_rate": 0.01}
    history = fit(model, tiny_loader(), tiny_test_loader(), epochs=epochs, **options)
    return {"model": model.state_dict(), "average": average.state_dict()}, history


def test_the_running_average_is_what_is_evaluated_and_it_is_the_average():
    state, history = averaged(2)
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
        torch.testing.assert_close(state["average"][f"module.{key}"], mean[key])
    result = evaluate(expected, tiny_test_loader(), "cpu")
    assert history[-1]["test_loss"] == pytest.approx(result["loss"], rel=1e-5)
    assert history[-1]["test_loss"] != pytest.approx(evaluate(model, tiny_test_loader(), "cpu")["loss"])


def test_a_checkpoint_without_an_average_is_refused_where_one_is_wanted(tmp_path):
    fit(tiny_model(), tiny_loader(), epochs=1, learning_rate=0.01, device="cpu", output=tmp_path)
    with pytest.raises(BookError) as caught:
        averaged(2, tmp_path)
    assert caught.value.name == "checkpoint_shape"


def test_the_running_average_goes_on_after_an_interruption_bit_for_bit(tmp_path):
    whole, history = averaged(4)
    averaged(2, tmp_path)
    resumed, again = averaged(4, tmp_path)
    assert_equal(resumed, whole)
    assert without_seconds(again) == without_seconds(history)


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


def batches_of_an_epoch() -> tuple[list[torch.Tensor], list[torch.Tensor], dict]:
    """Return scores and labels of each step of an epoch, and the figures that ``fit`` gave."""
    torch.manual_seed(0)
    model = RememberingNet()
    history = fit(model, tiny_loader(), epochs=1, learning_rate=0.1, device="cpu")
    labels = [labels for _, labels in tiny_loader()]
    return model.given, labels, history[0]


def test_training_figures_are_means_over_the_images_of_the_epoch():
    scores, labels, row = batches_of_an_epoch()
    assert [len(batch) for batch in labels] == [16, 16, 8]
    loss = nn.functional.cross_entropy(torch.cat(scores).double(), torch.cat(labels))
    hits = torch.cat(scores).argmax(dim=1) == torch.cat(labels)
    assert row["train_loss"] == pytest.approx(loss.item(), rel=1e-6)
    assert row["train_accuracy"] == hits.sum().item() / 40


def test_a_mean_over_batches_would_be_noticed():
    scores, labels, row = batches_of_an_epoch()
    by_batch = [
        nn.functional.cross_entropy(score, label).item() for score, label in zip(scores, labels, strict=True)
    ]
    assert row["train_loss"] != pytest.approx(sum(by_batch) / 3, rel=1e-3)


def test_the_first_loss_of_a_network_that_knows_nothing_is_ln_10():
    model = tiny_model()
    nn.init.zeros_(model.classifier[1].weight)
    nn.init.zeros_(model.classifier[1].bias)
    history = fit(
        model, make_loader(TinyImages(16, transform=AUGMENT), batch_size=16), epochs=1, device="cpu"
    )
    assert history[0]["train_loss"] == pytest.approx(math.log(10), rel=1e-6)


def test_a_history_has_a_row_an_epoch_with_every_field():
    history = fit(tiny_model(), tiny_loader(), tiny_test_loader(), epochs=3, learning_rate=0.02, device="cpu")
    assert [row["epoch"] for row in history] == [1, 2, 3]
    for row in history:
        assert list(row) == FIELDS
        assert row["learning_rate"] == 0.02
        assert row["seconds"] > row["training_seconds"] > 0
        assert 0 <= row["train_accuracy"] <= 1 and 0 <= row["test_accuracy"] <= 1
        assert row["val_loss"] is None and row["val_accuracy"] is None


@pytest.mark.parametrize(("train", "measured", "other"), [(False, "test", "val"), (True, "val", "test")])
def test_figures_are_named_after_the_set_they_come_from(train, measured, other):
    dataset = TinyImages(20, train=train, transform=transforms.ToTensor())
    model = tiny_model()
    row = fit(model, tiny_loader(), make_loader(dataset), epochs=1, device="cpu")[0]
    expected = evaluate(model, make_loader(dataset), "cpu")
    assert row[f"{measured}_loss"] == expected["loss"]
    assert row[f"{measured}_accuracy"] == expected["accuracy"]
    assert row[f"{other}_loss"] is None and row[f"{other}_accuracy"] is None


def test_a_set_that_does_not_say_what_it_is_counts_as_validation():
    dataset = torch.utils.data.TensorDataset(torch.rand(4, 3, 32, 32), torch.zeros(4, dtype=torch.int64))
    row = fit(tiny_model(), tiny_loader(), DataLoader(dataset), epochs=1, device="cpu")[0]
    assert row["val_loss"] is not None and row["test_loss"] is None


def test_without_an_evaluation_set_nothing_is_said_about_one(capsys):
    row = fit(tiny_model(), tiny_loader(), epochs=1, device="cpu")[0]
    assert {row[f"{split}_{name}"] for split in ("val", "test") for name in ("loss", "accuracy")} == {None}
    assert "test" not in capsys.readouterr().out


def test_one_line_is_printed_an_epoch(capsys):
    history = fit(tiny_model(), tiny_loader(), tiny_test_loader(), epochs=2, device="cpu")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    for line, row in zip(lines, history, strict=True):
        assert line.startswith(f"epoch {row['epoch']}/2 | ")
        for name in ("train_loss", "test_loss"):
            assert f"{row[name]:.4f}" in line
        assert f"{100 * row['test_accuracy']:.2f}%" in line


def test_the_scheduler_moves_once_an_epoch_and_the_rate_is_the_one_trained_with():
    _, history = tiny_training(epochs=7)
    rates = [row["learning_rate"] for row in history]
    assert rates == pytest.approx([0.01] * 3 + [0.001] * 3 + [0.0001])


def test_the_optimizer_that_is_given_is_used():
    model = tiny_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    fit(model, tiny_loader(), epochs=1, device="cpu", learning_rate=1e9, optimizer=optimizer)
    expected = tiny_model()
    optimizer = torch.optim.SGD(expected.parameters(), lr=0.1, momentum=0.9)
    the_posts_train(tiny_loader(), expected, nn.CrossEntropyLoss(), optimizer)
    assert_equal(model.state_dict(), expected.state_dict())


@pytest.mark.parametrize(("bias", "loss"), [(math.nan, "nan"), (math.inf, "nan"), (-math.inf, "inf")])
def test_a_loss_that_is_not_finite_stops_training_with_a_sentence(tmp_path, bias, loss):
    model, loader = tiny_model(), tiny_loader()
    fit(model, loader, epochs=1, device="cpu", output=tmp_path)
    kept = checkpoint_file(tmp_path).read_bytes()
    with torch.no_grad():
        model.classifier[1].bias[:5] = bias
    with pytest.raises(BookError, match=rf"became {loss} in epoch 1, step 1, .* lower") as caught:
        fit(model, loader, epochs=2, device="cpu", output=tmp_path, resume=False)
    assert caught.value.name == "loss_not_finite"
    assert checkpoint_file(tmp_path).read_bytes() == kept


def test_a_loss_that_stops_being_finite_within_an_epoch_is_noticed_in_that_epoch():
    with pytest.raises(BookError, match="epoch 1, step 3"):
        fit(tiny_model(), tiny_loader(), epochs=1, learning_rate=1e37, device="cpu")


class InterruptedLoader(DataLoader):
    """Raises what Ctrl-C raises, in the second batch of an epoch."""

    in_epoch = 2
    epoch = 0

    def __iter__(self) -> Iterator:
        self.epoch += 1
        for step, batch in enumerate(super().__iter__()):
            if step == 1 and self.epoch == self.in_epoch:
                raise KeyboardInterrupt
            yield batch


def interrupted_loader(in_epoch: int) -> DataLoader:
    generator = torch.Generator().manual_seed(0)
    loader = InterruptedLoader(TinyImages(40, transform=AUGMENT), 16, shuffle=True, generator=generator)
    loader.in_epoch = in_epoch
    return loader


def test_ctrl_c_keeps_the_epochs_finished_and_says_how_to_go_on(tmp_path):
    with pytest.raises(TrainingInterrupted) as caught:
        fit(tiny_model(), interrupted_loader(in_epoch=2), epochs=3, device="cpu", output=tmp_path)
    assert "after epoch 1" in str(caught.value) and str(tmp_path) in str(caught.value)
    assert "Run the same call again" in str(caught.value)
    assert len(load_plain(checkpoint_file(tmp_path))["history"]) == 1
    history = fit(tiny_model(), interrupted_loader(in_epoch=0), epochs=3, device="cpu", output=tmp_path)
    assert [row["epoch"] for row in history] == [1, 2, 3]


def test_ctrl_c_without_a_folder_leaves_the_weights_reached_in_the_model():
    model = tiny_model()
    with pytest.raises(
        TrainingInterrupted, match="after epoch 1; the weights reached are in the model"
    ) as caught:
        fit(model, interrupted_loader(in_epoch=2), epochs=3, device="cpu")
    assert caught.value.name == "interrupted"
    once = tiny_model()
    fit(once, interrupted_loader(in_epoch=0), epochs=1, device="cpu")
    assert not torch.equal(model.classifier[1].weight, tiny_model().classifier[1].weight)
    assert not torch.equal(model.classifier[1].weight, once.classifier[1].weight)  # one step further


def test_ctrl_c_while_a_checkpoint_is_written_names_the_epoch_that_is_kept(tmp_path, monkeypatch):
    save = training.save_checkpoint

    def interrupted(folder, history, **state):
        if len(history) == 2:
            raise KeyboardInterrupt
        save(folder, history, **state)

    monkeypatch.setattr(training, "save_checkpoint", interrupted)
    with pytest.raises(TrainingInterrupted, match="after epoch 1;"):
        fit(tiny_model(), tiny_loader(), epochs=3, device="cpu", output=tmp_path)
    assert len(load_plain(checkpoint_file(tmp_path))["history"]) == 1


def test_ctrl_c_in_the_first_epoch_does_not_say_that_something_was_kept(tmp_path):
    with pytest.raises(TrainingInterrupted) as caught:
        fit(tiny_model(), interrupted_loader(in_epoch=1), epochs=3, device="cpu", output=tmp_path)
    assert not checkpoint_file(tmp_path).exists()
    assert caught.value.name == "interrupted_first"
    assert "nothing was saved" in str(caught.value) and "epoch 0" not in str(caught.value)


def test_an_empty_training_set_is_told_what_to_do():
    with pytest.raises(BookError, match="no image"):
        train_epoch(tiny_model(), make_loader(TinyImages(0)), None, Precision(torch.device("cpu")))


def test_the_network_learns():
    model = tiny_model()
    history = fit(model, tiny_loader(200), tiny_test_loader(100), epochs=6, learning_rate=0.01, device="cpu")
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["test_loss"] < math.log(10) - 0.5  # well below what guessing gives


def test_the_same_start_gives_the_same_end():
    ends = [tiny_training(epochs=3) for _ in range(2)]
    assert_equal(ends[0][0], ends[1][0])
    assert without_seconds(ends[0][1]) == without_seconds(ends[1][1])


def test_three_epochs_are_three_times_one_epoch_of_the_same_objects():
    ends = []
    for calls in ([1, 1, 1], [3]):
        model, loader = tiny_model(), tiny_loader()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for epochs in calls:
            fit(model, loader, epochs=epochs, optimizer=optimizer, device="cpu")
        ends.append(everything(model, optimizer, None, loader))
    assert_equal(*ends)


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
