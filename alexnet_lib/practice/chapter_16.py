"""Exercises of chapter 16: ten trainings that run without an error and are wrong."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss
from torch.optim import SGD, Adam, Optimizer
from torch.utils.data import DataLoader, TensorDataset

from alexnet_lib.practice.exercise import Exercise, numbers, wrong

Pairs = list[tuple[Tensor, Tensor]]
Prepared = tuple[nn.Module, Optimizer]

# --- What the cases are tried on ---


def tiny() -> nn.Module:
    """Make a network for images of two by two pixels and three classes."""
    return nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(12, 3))


PIXELS = (128 + 50 * numbers(60, 3, 2, 2)).clamp(0, 255).to(torch.uint8)
LABELS = torch.arange(60) % 3


def ready() -> tuple[nn.Module, Optimizer, Pairs]:
    """Return a network, its optimizer and four batches."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    nn.init.constant_(model[1].bias, 0)
    model[1].weight.data = numbers(3, 12)
    pairs = list(zip(numbers(24, 3, 2, 2).split(6), LABELS[:24].split(6), strict=True))
    return model, SGD(model.parameters(), lr=0.1), pairs


def known() -> nn.Module:
    """Return a network with dropout whose weights are the same each time."""
    model = tiny()
    model[2].weight.data, model[2].bias.data = numbers(3, 12), torch.zeros(3)
    return model


# --- Loops and networks, right and wrong ---


def loop(
    loss_of: Callable[[Tensor, Tensor], Tensor] = cross_entropy,
    clear: str = "each",
    longest: float = float("inf"),
) -> Callable[[nn.Module, Optimizer, Pairs], list[float]]:
    """Return a training loop that clears the gradients somewhere, and may clip them."""

    def train(model: nn.Module, optimizer: Optimizer, pairs: Pairs) -> list[float]:
        losses = []
        for images, labels in pairs:
            if clear == "each":
                model.zero_grad()
            loss = loss_of(model(images), labels)
            loss.backward()
            if clear == "late":
                model.zero_grad(set_to_none=False)
            nn.utils.clip_grad_norm_(model.parameters(), longest)
            optimizer.step()
            losses.append(loss.item())
        return losses

    return train


def with_optimizer(
    learning_rate: float, own: bool = True, kind: type[Optimizer] = SGD
) -> Callable[[Callable[[], nn.Module]], Prepared]:
    """Return what makes a network and an optimizer, for its own parameters or those of another network."""

    def prepare(network: Callable[[], nn.Module]) -> Prepared:
        model = network()
        return model, kind((model if own else network()).parameters(), lr=learning_rate)

    return prepare


def convolutions(known: int) -> Callable[[], nn.Module]:
    """Return what makes the chapter's network, of whose convolutions PyTorch knows so many."""

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = [nn.Conv2d(3, 16, 5, stride=2, padding=2), nn.Conv2d(16, 32, 3, padding=1)]
            self.hidden = layers[known:]
            self.layers = nn.Sequential(*layers[:known])
            self.last = nn.Linear(512, 10)

        def forward(self, images: Tensor) -> Tensor:
            for layer in (*self.layers, *self.hidden):
                images = nn.functional.max_pool2d(layer(images).relu(), 2)
            return self.last(images.flatten(1))

    return Network


# --- What is compared ---


def whose(prepare: Callable[..., Prepared], network: Callable[[], nn.Module]) -> list[int]:
    """Count the network's own parameters that the optimizer holds; tell if all else is as it was."""
    model, optimizer = prepare(network)
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    own = [id(parameter) in held for parameter in model.parameters()]
    return [sum(own), all(own) or (isinstance(optimizer, SGD) and optimizer.param_groups[0]["lr"] == 0.05)]


def rate(prepare: Callable[..., Prepared], network: Callable[[], nn.Module]) -> str:
    """Say of what size the learning rate of plain SGD is; other steps have a scale of their own."""
    _, optimizer = prepare(network)
    group = optimizer.param_groups[0]
    if not isinstance(optimizer, SGD) or group["momentum"]:
        return "another optimizer"
    if group["lr"] >= 0.5:
        return "as before"
    return "small" if group["lr"] < 0.01 else "large" if group["lr"] > 0.2 else "between"


def belonging(batches: Callable[..., Pairs], images: Tensor, labels: Tensor, size: int) -> list[int]:
    """Count the images, and tell whether all have their own label, and whether images and labels moved."""
    pairs = zip(*batches(images, labels, size), strict=True)
    images, labels = (torch.cat(part).flatten() for part in pairs)
    moved = [int((part.diff() != 1).any()) for part in (images, labels)]
    return [len(images), int((images == labels).all()), *moved]


def learning(network: Callable[[], nn.Module]) -> list[int]:
    """Count the parameters that PyTorch knows of and a loss reaches; give the shape of two images' logits."""
    model = network()
    logits = model(torch.zeros(2, 3, 32, 32))
    logits.sum().backward()
    reached = [parameter.numel() for parameter in model.parameters() if parameter.grad is not None]
    return [sum(reached), *logits.shape]


def stored(brighter: Callable[[Tensor, int], Tensor], pixels: Tensor, amount: int) -> list[Any]:
    """Return pixels, and whether they are of the type of pixels."""
    brightened = brighter(pixels, amount)
    return [int(brightened.dtype == torch.uint8), brightened]


def steadiness(accuracy: Callable[..., float], model: nn.Module, images: Tensor, labels: Tensor) -> object:
    """Return the score; if it depends on random numbers, say whether they are fixed, and if not, averaged."""
    scores = []
    for seed in (101, 102, 103):
        torch.manual_seed(seed)
        scores.append(torch.as_tensor(accuracy(copy.deepcopy(model), images, labels)).item())
    if len({*scores}) > 1:
        counts = [score * len(images) for score in scores]
        return "one try" if all(abs(count - round(count)) < 1e-3 for count in counts) else "a mean of tries"
    fixed = torch.initial_seed() != seed and abs(scores[0] - share_right(model.eval(), images, labels)) > 1e-3
    return "fixed" if fixed else scores[0]


def parts(split: Callable[[int, int], tuple[Tensor, Tensor]], count: int, held_out: int) -> list[int]:
    """Count the images of both parts, and tell whether none, some or all of the test are in training too."""
    training, test = (torch.as_tensor(part).tolist() for part in split(count, held_out))
    both = len({*training} & {*test})
    return [len(training), len(test), (both > 0) + (0 < both == len(test))]


# --- The functions as the chapter gives them, and others ---


def apart(move_images: bool, move_labels: bool) -> Callable[[Tensor, Tensor, int], Pairs]:
    """Return what makes batches, and shuffles images, labels or both, each for themselves."""

    def batches(images: Tensor, labels: Tensor, size: int) -> Pairs:
        if move_images:
            images = images[torch.randperm(len(images))]
        if move_labels:
            labels = labels[torch.randperm(len(labels))]
        return list(zip(images.split(size), labels.split(size), strict=True))

    return batches


def one_order(images: Tensor, labels: Tensor, size: int) -> Pairs:
    """Shuffle the pairs."""
    return [tuple(pair) for pair in DataLoader(TensorDataset(images, labels), size, shuffle=True)]


def share_right(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return the accuracy in the mode that the network is in."""
    return float((model(images).argmax(dim=1) == labels).double().mean())


def other_seed(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return an accuracy that is the same each time, by its random numbers."""
    torch.manual_seed(1)
    return share_right(model, images, labels)


def normalized(pixel: float = 1, mean: float = 1, std: float = 1) -> Callable[..., Tensor]:
    """Return what gives logits of normalized images; pixels and statistics are each divided by their unit."""

    def logits(model: nn.Module, pixels: Tensor, train_pixels: Tensor) -> Tensor:
        deviations, means = torch.std_mean(train_pixels.double(), dim=(0, 2, 3), keepdim=True)
        return model.eval()(((pixels / pixel - means / mean) / (deviations / std)).float())

    return logits


def cut(first: int, last: int, again: bool = False) -> Callable[[int, int], tuple[Tensor, Tensor]]:
    """Return a split: training from one multiple of the held-out number, the test part from another."""

    def split(count: int, held_out: int) -> tuple[Tensor, Tensor]:
        order = torch.randperm(count)
        start = last * held_out % count
        training = order[first * held_out :]
        return training, (torch.randperm(count) if again else order)[start : start + held_out]

    return split


EXERCISES = {
    "16_case_1": Exercise(
        right=with_optimizer(0.05),
        cases=[(tiny,)],
        compared=whose,
        untouched=wrong(
            with_optimizer(0.05, own=False),
            ko="한 스텝을 지나도 모델의 파라미터가 하나도 바뀌지 않습니다.",
            en="a step goes by, and not one of the model's parameters changes.",
        ),
        mistakes=[
            wrong(
                with_optimizer(0.005, own=False),
                ko="바꾼 것은 학습률이나 옵티마이저의 종류입니다. 0에는 무엇을 곱해도 0이고, 어느 "
                "옵티마이저든 건네받은 파라미터만 옮깁니다. 옵티마이저가 무엇을 받았는지 보세요.",
                en="You changed the learning rate or the kind of optimizer. Any multiple of nothing is "
                "nothing, and an optimizer moves what it was given and nothing else: look at what that is.",
            ),
        ],
    ),
    "16_case_2": Exercise(
        right=one_order,
        cases=[(torch.arange(40), torch.arange(40), 10), (torch.arange(25), torch.arange(25), 10)],
        compared=belonging,
        untouched=wrong(
            apart(True, False),
            ko="그림과 그 위의 이름이 맞지 않는 이미지가 대부분입니다.",
            en="most images carry a name that is not theirs.",
        ),
        mistakes=[
            wrong(
                apart(True, True),
                ko="이제 레이블도 섞이지만 이미지와 순서가 다릅니다. 난수를 두 번 뽑으면 순서도 두 "
                "가지입니다.",
                en="The labels are shuffled too now, in an order of their own: draw twice, and there are "
                "two orders.",
            ),
            wrong(
                apart(False, True),
                ko="이제는 거꾸로 레이블만 섞이고 이미지는 그대로입니다.",
                en="Now it is the other way round: the labels are shuffled, the images are not.",
            ),
            wrong(
                apart(False, False),
                ko="짝은 맞지만 이제 아무것도 섞이지 않습니다. 섞으면서도 짝을 지켜 보세요.",
                en="The pairs are whole again, but nothing is shuffled any more. Shuffle, and keep them.",
            ),
        ],
    ),
    "16_case_3": Exercise(
        right=with_optimizer(0.05),
        cases=[(tiny,)],
        compared=rate,
        untouched=wrong(
            with_optimizer(0.5),
            ko="첫 손실은 맞는데 그 뒤에 손실이 튀고, ln 10 아래로 내려가지 못합니다. 시드를 바꾸어도 "
            "마찬가지입니다.",
            en="the first loss is right, then the loss jumps and does not come down below ln 10. Another "
            "seed changes nothing.",
        ),
        mistakes=[
            wrong(
                with_optimizer(0.25),
                ko="방향은 맞지만 증상이 다 사라지지는 않습니다. 증상 셀의 곡선을 성한 학습과 견주고, "
                "자릿수를 바꾸어 보세요.",
                en="That is the direction, but some of the symptom is left: compare the curve with the "
                "sound one, and try another order of magnitude.",
            ),
            wrong(
                with_optimizer(0.0005),
                ko="이제는 튀지 않지만, 너무 느려서 성한 학습을 따라가지 못합니다. 그렇게까지 줄이지 않아도 "
                "됩니다.",
                en="It does not jump now, but is too slow to keep up with the sound training. You need not "
                "go that far down.",
            ),
            wrong(
                with_optimizer(0.001, kind=Adam),
                ko="나아지더라도, 두 가지를 한꺼번에 바꾸어 무엇이 원인이었는지 알 수 없습니다. SGD는 두고 "
                "숫자 하나만 바꾸어 보세요.",
                en="Even if it gets better, you changed two things at once and cannot tell which it was. "
                "Keep SGD and change one number.",
            ),
        ],
    ),
    "16_case_4": Exercise(
        right=loop(),
        cases=[ready()],
        untouched=wrong(
            loop(lambda logits, labels: cross_entropy(logits.softmax(dim=1), labels)),
            ko="배치 하나를 완벽하게 외워도 손실이 0으로 가지 않습니다.",
            en="a batch learned perfectly by heart still has a loss far from 0.",
        ),
        mistakes=[
            wrong(
                loop(lambda logits, labels: cross_entropy(logits.softmax(dim=0), labels)),
                ko="확률의 합을 배치 쪽으로 1로 만들었습니다. dim을 고칠 것이 아니라, cross_entropy가 "
                "무엇을 받고 싶어 하는지 보세요.",
                en="Now the probabilities sum to one over the batch. Leave dim alone and ask what "
                "cross_entropy wants to be given.",
            ),
            wrong(
                loop(lambda logits, labels: cross_entropy(logits.sigmoid(), labels)),
                ko="시그모이드도 점수를 0과 1 사이에 가둡니다. 바닥이 다른 곳으로 옮겨 갔을 뿐입니다.",
                en="A sigmoid shuts the scores in between 0 and 1 as well: the floor has only moved.",
            ),
            wrong(
                loop(lambda logits, labels: nll_loss(logits.softmax(dim=1), labels)),
                ko="손실이 음수가 되었습니다. nll_loss는 로그를 이미 취한 확률을 받습니다. 손실 함수는 "
                "그대로 두고 입력을 보세요.",
                en="The loss is negative now: nll_loss wants logarithms of probabilities. Leave the loss as "
                "it was, and look at what goes in.",
            ),
        ],
    ),
    "16_case_5": Exercise(
        right=convolutions(2),
        cases=[()],
        compared=learning,
        tolerance=0,
        untouched=wrong(
            convolutions(0),
            ko="PyTorch가 아는 파라미터는 마지막 레이어의 것뿐입니다.",
            en="the only parameters that PyTorch knows of are the last layer's.",
        ),
        mistakes=[
            wrong(
                convolutions(1),
                ko="합성곱 레이어 하나는 이제 배웁니다. 다른 하나는 아직 목록 안에 숨어 있습니다.",
                en="One convolution learns now; the other is still hidden in a list.",
            ),
            wrong(
                lambda: nn.Sequential(
                    nn.Conv2d(3, 32, 5, stride=4, padding=2),
                    nn.MaxPool2d(2),
                    nn.Flatten(),
                    nn.Linear(512, 10),
                ),
                ko="다른 네트워크가 되었습니다. 레이어는 그대로 두고 담는 그릇만 바꾸어 보세요.",
                en="That is another network. Keep the layers and change only what holds them.",
            ),
        ],
    ),
    "16_case_6": Exercise(
        right=loop(),
        cases=[ready()],
        untouched=wrong(
            loop(clear="never"),
            ko="스텝이 지날수록 기울기가 커지고 손실이 날뜁니다.",
            en="step by step the gradients grow, and the loss runs wild.",
        ),
        mistakes=[
            wrong(
                loop(clear="never", longest=1),
                ko="기울기를 자르면 걸음은 커지지 않지만, 지난 배치의 기울기는 여전히 섞여 들어옵니다.",
                en="Clipped, the gradients grow no more, but those of past batches are still mixed in.",
            ),
            wrong(
                loop(clear="late"),
                ko="쓰기도 전에 지웠습니다. 이제 파라미터가 움직이지 않습니다. 언제 지워야 할까요?",
                en="Cleared before they were used: no parameter moves now. When is the moment?",
            ),
        ],
    ),
    "16_case_7": Exercise(
        right=lambda pixels, amount: torch.tensor(
            [min(int(level) + amount, 255) for level in pixels.flatten()], dtype=torch.uint8
        ).view(pixels.shape),
        cases=[(PIXELS[:2], 80), (torch.tensor([0, 100, 250, 255], dtype=torch.uint8), 10)],
        compared=stored,
        untouched=wrong(
            lambda pixels, amount: pixels + amount,
            ko="밝게 만들었는데 가장 밝던 픽셀이 오히려 어두워집니다. 255에서 자르는 줄을 넣었는데도 "
            "그렇다면, 그 줄이 받는 값부터 찍어 보세요.",
            en="made brighter, the brightest pixels come out dark. If you do cut off at 255, print what "
            "arrives there.",
        ),
        mistakes=[
            wrong(
                lambda pixels, amount: pixels.int() + amount,
                ko="이제 넘치지 않지만 255보다 큰 값이 나옵니다. 픽셀은 255에서 멈추어야 합니다.",
                en="Nothing wraps now, but values above 255 come out; a pixel has to stop there.",
            ),
            wrong(
                lambda pixels, amount: (pixels.int() + amount).clamp(0, 255),
                ko="값은 맞습니다. 자료형만 uint8로 되돌려 주세요. 다음 줄은 uint8을 기다립니다.",
                en="The values are right. Give them back as uint8: the next line expects that.",
            ),
            wrong(
                lambda pixels, amount: (pixels / 255 + amount / 255).clamp(0, 1),
                ko="밝기는 맞지만 단위가 0~1로 바뀌었습니다. 다음 줄은 0~255를 기다립니다.",
                en="The brightness is right, but it is in units of 0 to 1 now; the next line expects 0 to "
                "255.",
            ),
            wrong(
                lambda pixels, amount: torch.full_like(pixels, 255),
                ko="모든 픽셀이 255입니다. 더한 다음에 자르되, 위쪽 끝에서만 자르세요.",
                en="Every pixel is 255. Add first, then cut off, and only at the upper end.",
            ),
        ],
    ),
    "16_case_8": Exercise(
        right=lambda model, images, labels: share_right(model.eval(), images, labels),
        cases=[(known(), numbers(60, 3, 2, 2), LABELS), (known(), numbers(30, 3, 2, 2), LABELS[30:])],
        compared=steadiness,
        untouched=wrong(
            share_right,
            ko="점수가 난수에 달려 있습니다. 난수를 고정해도 그렇습니다.",
            en="the score depends on random numbers, fixed or not.",
        ),
        mistakes=[
            wrong(
                other_seed,
                ko="시드를 고정하면 같은 점수가 되풀이될 뿐, 뉴런의 절반은 여전히 꺼져 있습니다.",
                en="A fixed seed repeats the same score; half of the neurons are still switched off.",
            ),
            wrong(
                lambda *case: sum(share_right(*case) for _ in range(10)) / 10,
                ko="여러 번 재어 평균하면 흔들림은 줄지만, 덜 켜진 네트워크의 점수라는 점은 그대로입니다.",
                en="A mean of several shakes less, but it is still the score of a network half switched off.",
            ),
        ],
    ),
    "16_case_9": Exercise(
        right=normalized(),
        cases=[(known(), PIXELS, PIXELS[::2]), (known(), PIXELS[:3], PIXELS)],
        untouched=wrong(
            normalized(pixel=255),
            ko="어떤 이미지를 넣어도 네트워크에는 거의 같은 것이 들어갑니다.",
            en="whatever the image, nearly the same comes to the network.",
        ),
        mistakes=[
            wrong(
                lambda model, pixels, train_pixels: normalized()(model, pixels, pixels),
                ko="테스트 이미지의 통계를 썼습니다. 네트워크는 학습 이미지의 통계에 맞추어 배웠고, 이미지 "
                "한 장만 들어올 때도 같은 값이어야 합니다.",
                en="Those are the test images' own statistics. The network has learned with those of the "
                "training images, and needs the same for a single image.",
            ),
            wrong(
                lambda model, pixels, train_pixels: model.eval()(pixels / 255),
                ko="단위는 0~1이 되었지만 정규화가 없어졌습니다. 네트워크는 평균 0, 표준편차 1인 이미지로 "
                "배웠습니다.",
                en="The unit is 0 to 1, but the normalization is gone; the network has learned from images "
                "with mean 0 and standard deviation 1.",
            ),
            wrong(
                normalized(pixel=255, mean=255),
                ko="평균의 단위는 맞았습니다. 표준편차의 단위도 같은가요?",
                en="The mean is in the right unit now. Is the standard deviation?",
            ),
            wrong(
                normalized(pixel=255, std=255),
                ko="표준편차의 단위는 맞았습니다. 평균의 단위도 같은가요?",
                en="The standard deviation is in the right unit now. Is the mean?",
            ),
            wrong(
                lambda model, pixels, train_pixels: model.eval()(
                    pixels - train_pixels.float().mean(dim=(0, 2, 3), keepdim=True)
                ),
                ko="평균은 빠졌습니다. 학습할 때는 한 가지를 더 했습니다.",
                en="The mean is gone; in training one more thing was done.",
            ),
        ],
    ),
    "16_case_10": Exercise(
        right=cut(1, 0),
        cases=[(40, 10), (60, 20)],
        compared=parts,
        untouched=wrong(
            cut(1, -1),
            ko="테스트 이미지가 모두 학습에 쓰였습니다.",
            en="every test image has been trained on.",
        ),
        mistakes=[
            wrong(
                cut(1, 0, again=True),
                ko="겹치는 이미지가 줄었지만 남아 있습니다. 따로 뽑은 두 순서는 서로를 모릅니다.",
                en="Fewer images are in both parts, but some are: two orders drawn apart know nothing of "
                "each other.",
            ),
            wrong(
                lambda count, held_out: (torch.arange(held_out, count - held_out), torch.arange(held_out)),
                ko="겹치지 않고 시험의 장수도 맞습니다. 그런데 어느 쪽에도 쓰이지 않는 이미지가 생겼습니다.",
                en="No image is in both, and the test has its size. But some images are in neither part now.",
            ),
            wrong(
                lambda count, held_out: (torch.arange(held_out), torch.arange(held_out, count)),
                ko="겹치지 않지만 학습과 시험의 장수가 서로 바뀌었습니다.",
                en="No image is in both, but the two parts have exchanged their sizes.",
            ),
            wrong(
                cut(0, 0),
                ko="학습에 모든 이미지를 쓰고 있습니다. 떼어 둔 이미지는 학습에서 빠져야 합니다.",
                en="Training uses every image now; what is held out has to be left out of it.",
            ),
            wrong(
                cut(2, -1),
                ko="학습 이미지가 줄었을 뿐, 시험 이미지는 아직 모두 학습에도 들어 있습니다.",
                en="There are fewer training images now, and every test image is still among them.",
            ),
            wrong(
                lambda count, held_out: (torch.arange(held_out, count), torch.arange(0)),
                ko="겹치지 않지만 테스트 이미지가 한 장도 없습니다.",
                en="Nothing is in both, but there is no test image left.",
            ),
        ],
    ),
}
