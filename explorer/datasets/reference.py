"""Which data set a run trains on, as data: small enough to be stored with the run."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Source = Literal["digits", "mnist", "cifar10", "folder"]


class DatasetRef(BaseModel):
    """Names a data set; `catalog.prepare` turns it into tensors.

    `archive` is the file name of an uploaded zip under `settings().data_dir / "uploads"`, as
    `folders.save_upload` returns it: random, without any folder in it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source = "digits"
    archive: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{20,60}\.zip$")
    name: str = Field(default="", max_length=100)

    @model_validator(mode="after")
    def _archive_belongs_to_folder(self) -> Self:
        if (self.source == "folder") != (self.archive is not None):
            raise ValueError("A folder of pictures names its archive, other data sets have none.")
        return self
