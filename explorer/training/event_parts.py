"""What the events of a training are made of, as frozen records: see `explorer.training.events`."""

from pydantic import BaseModel, ConfigDict, Field


def _is_none(value: object) -> bool:
    """Measures come by the thousand: what most do not have is not written."""
    return value is None


class Record(BaseModel):
    # Only finite numbers: an event is always valid JSON.
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class DatasetFacts(Record):
    """What is trained on; counts are pictures, `notes` are sentences for people."""

    name: str
    classes: tuple[str, ...]
    train: int
    validation: int
    test: int
    conversion: str
    notes: tuple[str, ...] = ()
    hash: str = ""
    """`Dataset.hash`: 64 hexadecimal digits; "" in runs of earlier releases."""
    multi_label: bool = False
    """A picture may show several classes, or none."""


class ContenderFacts(Record):
    """A network about to be trained; `mult_adds` for one picture, `notes` sentences for people."""

    name: str
    parameters: int
    frozen_parameters: int = 0
    """Those of the parameters that training leaves as they are."""
    mult_adds: int
    notes: tuple[str, ...] = ()


class Machine(Record):
    """What else the last digits of a loss depend on."""

    processor: str
    """Its name, and the instructions that PyTorch uses of it."""
    system: str
    versions: dict[str, str]
    """Of this program, of Python and of the libraries that compute, by name."""


class Measure(Record):
    """Loss and accuracy of one contender.

    `accuracy` is the share of pictures classified right; where they have several labels, the share
    of right answers among all, one yes or no per picture and class. Few classes are in a picture,
    so that saying no to everything has a high share too: there, the two means over classes tell
    more. They are of validation only, None where no class has one.
    """

    loss: float
    accuracy: float
    mean_average_precision: float | None = Field(default=None, exclude_if=_is_none)
    mean_auroc: float | None = Field(default=None, exclude_if=_is_none)


class RangeCurve(Record):
    """How the loss of a contender followed the learning rate, until it exploded; smoothed.

    `lowest` is the rate at which the loss was lowest, `suggestion` the one to train with; both are
    None if the loss never fell.
    """

    name: str
    losses: tuple[float, ...]
    lowest: float | None
    suggestion: float | None


class ClassScore(Record):
    """How well one class is told from its absence; None where that cannot be said.

    `average_precision` and `auroc` as `explorer.evaluation.metrics` explains them.
    """

    average_precision: float | None
    auroc: float | None


class Trained(Record):
    """One contender after its training, and the seconds spent on that."""

    name: str
    parameters: int
    mult_adds: int
    seconds: float
    best_epoch: int | None = None
    """The epoch whose weights are kept, where those best on validation were asked for."""
    ending: str = ""
    """Why it stopped learning before the others, in words."""


class Result(Trained):
    """How one contender did on the test pictures."""

    test_loss: float
    test_accuracy: float
    mean_average_precision: float | None = None
    mean_auroc: float | None = None
    classes: tuple[ClassScore, ...] = ()
    """Of each class, where pictures have several labels."""


class Prediction(Record):
    """The class a contender thinks most likely, as an index into the classes."""

    label: int
    probability: float


class Disagreement(Record):
    """A test picture on which the contenders differ; `png` is base64, as the networks saw it.

    Where pictures have several labels, they differ about one class, `label`: each prediction gives
    its probability, which is a yes above 0.5.
    """

    index: int
    label: int
    predictions: tuple[Prediction, ...]
    png: str
    labels: tuple[int, ...] | None = None
    """All classes that are truly there, where pictures have several labels."""


class Paired(Record):
    """Two contenders, by their places, on the very same test pictures."""

    contenders: tuple[int, int]
    right_alone: tuple[int, int] | None = None
    """How many pictures only the first, and only the second, puts into the right class; None where
    pictures have several labels."""
    lead: tuple[float, float] | None = None
    """Where pictures have several labels: between which values the mean average precision of the
    first minus that of the second lies in 95 of 100 draws of the test pictures, with repetition."""
