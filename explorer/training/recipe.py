"""Every choice of a training run, validated; the help texts of the forms come from here."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.datasets.reference import DatasetRef
from explorer.network.spec import NetworkSpec

Precision = Literal["fp32", "bf16"]
NormalisationChoice = Literal["network", "none", "half", "dataset"]


class Recipe(BaseModel):
    """How a network is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    optimizer: Literal["sgd", "adam"] = Field(
        default="sgd",
        description="How weights follow the gradient: torch.optim.SGD, or torch.optim.Adam, "
        "which adapts the step of every weight by itself.",
    )
    learning_rate: float = Field(
        default=0.01,
        gt=0,
        le=10,
        description="Length of each step along the gradient (lr). Too large diverges, too small "
        "crawls. Usual: 0.01 to 0.1 with SGD, 0.001 with Adam.",
    )
    momentum: float = Field(
        default=0.9,
        ge=0,
        lt=1,
        description="Share of the previous step that is kept (SGD only); 0.9 is usual.",
    )
    weight_decay: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Pulls every weight towards zero a little each step, against overfitting.",
    )
    batch_size: int = Field(
        default=64, ge=1, le=8192, description="Pictures per step (batch_size of the DataLoader)."
    )
    epochs: int = Field(
        default=5, ge=1, le=1000, description="How many times every training picture is seen."
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**32 - 1,
        description="Start of the random numbers: the same seed repeats the run exactly.",
    )
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto",
        description="Number format of the arithmetic: fp32 is exact to 7 digits, bf16 to 2 or 3 "
        "and faster on some processors; auto tries a few steps of both.",
    )
    validation_fraction: float = Field(
        default=0.1,
        gt=0,
        le=0.5,
        description="Share of the training pictures held back to check each epoch on pictures "
        "that were not trained on, where the data set has no validation part of its own.",
    )
    normalisation: NormalisationChoice = Field(
        default="network",
        description="What is subtracted from and divided out of the colours first: as the "
        "network says; none; 0.5/0.5; or the mean and standard deviation of the data set.",
    )


MNIST_TUTORIAL = Recipe(optimizer="sgd", learning_rate=0.001, momentum=0.9, batch_size=64, epochs=2)


class Contender(BaseModel):
    """One of the networks that are trained side by side, on the same batches."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    network: NetworkSpec


class Job(BaseModel):
    """All that `explorer.training.loop.train` needs; JSON in and out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contenders: Annotated[tuple[Contender, ...], Field(min_length=1, max_length=4)]
    dataset: DatasetRef
    recipe: Recipe = Recipe()

    @model_validator(mode="after")
    def _contenders_can_share_batches(self) -> Self:
        names = [contender.name for contender in self.contenders]
        if len(set(names)) < len(names):
            raise ValueError(f"Contenders need different names, not {', '.join(names)}.")
        if len({contender.network.input for contender in self.contenders}) > 1:
            raise ValueError("Contenders see the same pictures, so they need the same input shape.")
        return self
