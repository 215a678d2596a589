"""Which data set a run trains on, as data: small enough to be stored with the run."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Source = Literal[
    "digits",
    "mnist",
    "fashion_mnist",
    "kmnist",
    "cifar10",
    "cifar100",
    "voc2012",
    "folder",
    "prepared",
]
Fit = Literal["crop", "pad", "stretch"]
Grouping = Literal["none", "folder", "name"]
MOST_FOLDS = 20

# What the zips of people (folder) and of whoever runs the server (prepared) have in common.
ZIPPED: tuple[Source, ...] = ("folder", "prepared")


class DatasetRef(BaseModel):
    """Names a data set; `catalog.prepare` turns it into tensors.

    `archive` is the file name of a zip: under `settings().data_dir / "uploads"`, random, as
    `uploads.save_upload` returns it; or under "prepared", as `prepared.add` does. It never has a
    folder in it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source = "digits"
    archive: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{20,60}\.zip$")
    name: str = Field(default="", max_length=100)
    fit: Fit = Field(
        default="crop",
        description="How pictures of another shape come to the input's: crop scales them until "
        "they just cover it and cuts the rest off; pad scales them until they just fit and fills "
        "the rest with black; stretch changes their proportions.",
    )
    group: Grouping = Field(
        default="none",
        description="Which pictures stay in one part when some are split off for validation and "
        "test: none; those in the same folder below their class; those whose names are the same "
        "but for the number at the end. Frames of one clip or photographs of one person in both "
        "training and test make a network look better than it is.",
    )
    stratify: bool = Field(
        default=True,
        description="Split off the same share of every class; otherwise by chance alone.",
    )

    @model_validator(mode="after")
    def _archive_belongs_to_zip(self) -> Self:
        if (self.source in ZIPPED) != (self.archive is not None):
            raise ValueError("A folder of pictures names its archive, other data sets have none.")
        return self


class Fold(BaseModel):
    """One turn of k-fold cross-validation.

    All pictures but those of the test are dealt into `of` folds; this turn validates with fold
    `number`, from 1, and trains on the others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1)
    of: int = Field(ge=2, le=MOST_FOLDS)

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.number > self.of:
            raise ValueError(f"There is no fold {self.number} of {self.of}.")
        return self
