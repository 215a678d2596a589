"""Every choice of a training run, validated; the labels and help texts of forms come from here."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from explorer.datasets.reference import DatasetRef, Fold
from explorer.network.spec import NetworkSpec
from explorer.training.augmentation import Augmentation

Precision = Literal["fp32", "bf16", "fp16"]
NormalisationChoice = Literal["network", "none", "half", "dataset"]
OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "muon"]
ScheduleName = Literal["none", "step", "cosine", "one_cycle", "plateau"]
Monitor = Literal["loss", "accuracy"]
LossName = Literal["auto", "cross_entropy", "bce_with_logits"]


class Recipe(BaseModel):
    """How a network is trained.

    Fields that another choice makes meaningless (`applies` says which) change nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    optimizer: OptimizerName = Field(
        default="sgd",
        description="How weights follow the gradient. torch.optim.SGD: straight, with momentum; "
        "Adam and RMSprop: the step of every weight adapts by itself; AdamW: Adam that keeps "
        "weight decay apart; Muon: steps made orthogonal, for the weights of Linear layers only, "
        "while AdamW takes convolutions, biases and normalisation.",
        json_schema_extra={"label": "Optimizer"},
    )
    learning_rate: float = Field(
        default=0.01,
        gt=0,
        le=10,
        description="Length of each step along the gradient (lr); a schedule starts from it, and "
        "one-cycle reaches it as its peak. Too large diverges, too small crawls. Usual: 0.01 to "
        "0.1 with SGD, 0.001 with the others.",
        json_schema_extra={"label": "Learning rate", "step": 0.001, "lowest": 1e-6},
    )
    momentum: float = Field(
        default=0.9,
        ge=0,
        lt=1,
        description="Share of the previous step that is kept; 0.9 is usual with SGD, 0.95 with "
        "Muon, 0 with RMSprop.",
        json_schema_extra={"label": "Momentum", "step": 0.05, "highest": 0.999},
    )
    nesterov: bool = Field(
        default=False,
        description="Momentum looks one step ahead before it takes the gradient.",
        json_schema_extra={"label": "Nesterov momentum"},
    )
    weight_decay: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Pulls every weight towards zero a little each step, against overfitting.",
        json_schema_extra={"label": "Weight decay", "step": 0.0001},
    )
    max_norm: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        description="Gradient clipping: gradients that are longer than this, all weights together, "
        "are shortened to it (clip_grad_norm_), so that one odd batch cannot throw the weights "
        "far. 0 turns it off; 1 is usual.",
        json_schema_extra={"label": "Gradient clipping", "step": 0.5},
    )
    batch_size: int = Field(
        default=64,
        ge=1,
        le=8192,
        description="Pictures per step (batch_size of the DataLoader).",
        json_schema_extra={"label": "Batch size"},
    )
    epochs: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="How many times every training picture is seen.",
        json_schema_extra={"label": "Epochs"},
    )
    schedule: ScheduleName = Field(
        default="none",
        description="How the learning rate changes while training goes on: not at all; in steps "
        "(StepLR); falling to zero along half a cosine (CosineAnnealingLR); up from a 25th to its "
        "peak and down to almost nothing (OneCycleLR); or reduced whenever validation stands still "
        "(ReduceLROnPlateau).",
        json_schema_extra={"label": "Learning-rate schedule"},
    )
    step_size: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Epochs after which the learning rate is multiplied by gamma, again and again.",
        json_schema_extra={"label": "Step every"},
    )
    gamma: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="What the learning rate is multiplied by at each step.",
        json_schema_extra={"label": "Factor at each step", "step": 0.1, "lowest": 0.001},
    )
    factor: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="What the learning rate is multiplied by when validation stands still.",
        json_schema_extra={
            "label": "Factor at a plateau",
            "step": 0.1,
            "lowest": 0.001,
            "highest": 0.999,
        },
    )
    plateau_patience: int = Field(
        default=5,
        ge=0,
        le=1000,
        description="Epochs that validation may stand still before the learning rate is reduced "
        "(patience of ReduceLROnPlateau): it happens after one more than this.",
        json_schema_extra={"label": "Plateau patience"},
    )
    pct_start: float = Field(
        default=0.3,
        gt=0,
        lt=1,
        description="Share of all steps in which the learning rate rises.",
        json_schema_extra={
            "label": "Share of rising steps",
            "step": 0.05,
            "lowest": 0.01,
            "highest": 0.99,
        },
    )
    warmup_epochs: float = Field(
        default=0.0,
        ge=0,
        le=100,
        description="Epochs at the start in which the learning rate rises evenly from almost "
        "nothing; half epochs count too. 0: none.",
        json_schema_extra={"label": "Warm-up", "step": 0.5},
    )
    loss: LossName = Field(
        default="auto",
        description="What training makes smaller. cross_entropy: the classes exclude each other, "
        "and the probabilities of all are 1 together. binary_cross_entropy_with_logits: every "
        "class is a question of its own, answered yes or no, as where a picture has several "
        "labels. auto: the second for such pictures, else the first.",
        json_schema_extra={"label": "Loss"},
    )
    label_smoothing: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the right answer that is spread evenly over all classes, so that the "
        "network need not become ever surer; 0.1 is usual. Curves show the loss without it.",
        json_schema_extra={"label": "Label smoothing", "step": 0.05, "highest": 0.95},
    )
    class_weights: Literal["none", "balanced"] = Field(
        default="none",
        description="How much each class counts in the loss: every picture the same; or balanced, "
        "so that rare classes count as much as frequent ones (with several labels: yes as much "
        "as no, pos_weight). Curves show the loss without it.",
        json_schema_extra={"label": "Class weights"},
    )
    normalisation: NormalisationChoice = Field(
        default="network",
        description="What is subtracted from and divided out of the colours first: as the "
        "network says; none; 0.5/0.5; or the mean and standard deviation of the data set.",
        json_schema_extra={"label": "Input normalisation"},
    )
    augmentation: Augmentation = Field(
        default=Augmentation(),
        description="What training pictures are changed by at random each time they are seen.",
    )
    validation_fraction: float = Field(
        default=0.1,
        gt=0,
        le=0.5,
        description="Share of the training pictures held back to check each epoch on pictures "
        "that were not trained on, where the data set has no validation part of its own.",
        json_schema_extra={"label": "Held back for validation", "step": 0.05, "lowest": 0.01},
    )
    patience: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="Early stopping: a network stops learning after so many epochs without a "
        "better validation result, and training ends when all have. 0: never.",
        json_schema_extra={"label": "Early stopping after"},
    )
    tested_weights: Literal["last", "best"] = Field(
        default="last",
        description="Which weights are kept and measured on the test pictures: those after the "
        "last step, or those of the epoch with the best validation result.",
        json_schema_extra={"label": "Weights to test"},
    )
    monitor: Monitor = Field(
        default="loss",
        description="Which validation result decides what is better: for early stopping, the best "
        "weights and a plateau. Where pictures have several labels, accuracy means the mean "
        "average precision here.",
        json_schema_extra={"label": "Judged by validation"},
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto",
        description="Number format of the arithmetic: fp32 is exact to 7 digits, bf16 to 2 or 3 "
        "and faster on some processors, fp16 to 3 or 4 with the loss scaled to stay in its range, "
        "on GPUs only; auto tries a few steps of what this machine has.",
        json_schema_extra={"label": "Precision"},
    )
    seed: int = Field(
        default=0,
        ge=0,
        le=2**32 - 1,
        description="Start of the random numbers: the same seed repeats the run.",
        json_schema_extra={"label": "Seed"},
    )
    deterministic: bool = Field(
        default=False,
        description="Only arithmetic that gives the same bits each time on the same machine and "
        "PyTorch (torch.use_deterministic_algorithms); auto precision is then fp32. Can be slower.",
        json_schema_extra={"label": "Deterministic"},
    )

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.optimizer == "sgd" and self.nesterov and not self.momentum:
            raise ValueError("nesterov needs momentum above 0: it looks ahead along it.")
        return self


def applies(field: str, chosen: Mapping[str, Any]) -> bool:
    """Whether a field of a recipe changes anything, given the other choices by name."""
    optimizer, schedule = chosen["optimizer"], chosen["schedule"]
    match field:
        case "momentum":
            return optimizer in ("sgd", "rmsprop", "muon")
        case "nesterov":
            return optimizer == "sgd" and chosen["momentum"] > 0
        case "step_size" | "gamma":
            return schedule == "step"
        case "factor" | "plateau_patience":
            return schedule == "plateau"
        case "pct_start":
            return schedule == "one_cycle"
        case "warmup_epochs":
            return schedule != "one_cycle"
        case "monitor":
            best = chosen["tested_weights"] == "best"
            return schedule == "plateau" or chosen["patience"] > 0 or best
    return True


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
    purpose: Literal["training", "candidate", "range_test"] = "training"
    """A candidate is one of several runs that validation chooses between: it leaves the test
    pictures alone, which are for what was chosen. A range test only tries which learning rates the
    networks learn with."""
    fold: Fold | None = None
    """Validate with this fold, instead of what the recipe says or the data set has."""

    @model_validator(mode="after")
    def _contenders_can_share_batches(self) -> Self:
        names = [contender.name for contender in self.contenders]
        if len(set(names)) < len(names):
            raise ValueError(f"Contenders need different names, not {', '.join(names)}.")
        if len({contender.network.input for contender in self.contenders}) > 1:
            raise ValueError("Contenders see the same pictures, so they need the same input shape.")
        return self
