"""Learners on the bundled digits, and the optimizers they are compared with."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Muon, RMSprop

from explorer.network.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU
from explorer.network.spec import NetworkSpec
from explorer.training.events import Measure
from explorer.training.learner import Learner, Lesson
from explorer.training.pictures import Pictures, epoch_order
from explorer.training.recipe import Contender, Precision, Recipe
from tests.training.jobs import SMALL_INPUT, digits

CPU = torch.device("cpu")
BATCH = 64
STEPS_PER_EPOCH = 5
NETWORK = NetworkSpec(
    name="Small",
    input=SMALL_INPUT,
    layers=(Conv2d(out_channels=4, kernel_size=3), ReLU(), Flatten(), Linear(out_features=10)),
)

# Its second convolution has several channels to lay side by side in memory.
DEEP = NetworkSpec(
    name="Deep",
    input=SMALL_INPUT,
    layers=(
        Conv2d(out_channels=4, kernel_size=3),
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=6, kernel_size=3),
        Flatten(),
        Dropout(p=0.5),
        Linear(out_features=10),
    ),
)


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    pictures = Pictures(digits().train, CPU)
    order = epoch_order(len(pictures), 3, 1)
    return list(islice(pictures.epoch(order, BATCH), count))


def learner(
    network: NetworkSpec = NETWORK, *, precision: Precision = "fp32", **recipe: Any
) -> Learner:
    chosen = Recipe(**{"batch_size": BATCH, "epochs": 4, "precision": "fp32"} | recipe)
    counts = torch.bincount(digits().train.labels, minlength=10)
    contender = Contender(name=network.name, network=network)
    return Learner(contender, chosen, CPU, precision, Lesson(STEPS_PER_EPOCH, counts))


def loss_and_accuracy(loss: float, accuracy: float = 0.5) -> Measure:
    return Measure(loss=loss, accuracy=accuracy)


OPTIMIZERS: dict[str, Callable[[list[nn.Parameter]], list[torch.optim.Optimizer]]] = {
    "sgd": lambda weights: [SGD(weights, 0.01, momentum=0.8, weight_decay=0.01)],
    "nesterov": lambda weights: [
        SGD(weights, 0.01, momentum=0.8, weight_decay=0.01, nesterov=True)
    ],
    "adam": lambda weights: [Adam(weights, 0.01, weight_decay=0.01)],
    "adamw": lambda weights: [AdamW(weights, 0.01, weight_decay=0.01)],
    "rmsprop": lambda weights: [RMSprop(weights, 0.01, momentum=0.8, weight_decay=0.01)],
    "muon": lambda weights: [
        Muon(
            [weight for weight in weights if weight.ndim == 2],
            0.01,
            momentum=0.8,
            weight_decay=0.01,
            adjust_lr_fn="match_rms_adamw",
        ),
        AdamW([weight for weight in weights if weight.ndim != 2], 0.01, weight_decay=0.01),
    ],
}


def chosen(optimizer: str) -> dict[str, Any]:
    name = "sgd" if optimizer == "nesterov" else optimizer
    return {
        "optimizer": name,
        "nesterov": optimizer == "nesterov",
        "learning_rate": 0.01,
        "momentum": 0.8,
        "weight_decay": 0.01,
    }
