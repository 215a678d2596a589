"""Every setting of the app, read from EXPLORER_* environment variables.

The README's table of settings is made of this class's fields; a test compares them.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from explorer.gpus import gpus


def _workers() -> int:
    """Half the processors, at most four; more only where each has a GPU to itself."""
    return max(1, min(4, (os.cpu_count() or 2) // 2), min(64, len(gpus())))


class Settings(BaseSettings):
    """Where the app keeps things and how much it allows; each field is EXPLORER_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix="EXPLORER_", frozen=True)

    data_dir: Path = Field(
        default=Path.home() / ".cnn-visual-explorer",
        description="Folder the app writes to: runs, uploads, prepared and downloaded data sets.",
    )
    datasets: Path | None = Field(
        default=None,
        description="Read-only folder where data sets already lie, as torchvision stores them.",
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the run database; SQLite inside the data folder if unset.",
    )
    executor: Literal["local", "ray"] = Field(
        default="local",
        description="Where runs train: on this machine, or on the Ray cluster of `RAY_ADDRESS` "
        "(one of its own on this machine if that is unset).",
    )
    ray_cpus: float = Field(
        default=1, gt=0, le=1024, description="Processors that each run takes of a Ray cluster."
    )
    ray_gpus: float | None = Field(
        default=None,
        ge=0,
        le=64,
        description="GPUs that each run takes of a Ray cluster; one if unset and it has any.",
    )
    max_workers: int = Field(
        default_factory=_workers,
        ge=1,
        le=64,
        description="How many runs train at the same time; the others wait. Of several GPUs, each "
        "run has the one with the fewest runs.",
    )
    spare_workers: int = Field(
        default=1,
        ge=0,
        le=8,
        description="How many processes wait with PyTorch imported, so that a run starts at once; "
        "each takes about 430 MB.",
    )
    max_upload_mb: int = Field(
        default=200, ge=1, le=4096, description="Largest upload, in megabytes."
    )
    keep_uploads_days: float = Field(
        default=7,
        gt=0,
        le=3650,
        description="How many days uploaded zips are kept that no run was started with.",
    )
    max_picture_pixels: int = Field(
        default=60_000_000, ge=1, description="Largest uploaded picture, width times height."
    )
    max_archive_entries: int = Field(
        default=100_000, ge=1, description="Most files in an uploaded zip."
    )
    max_archive_bytes: int = Field(
        default=2_000_000_000, ge=1, description="Most bytes an uploaded zip may unpack to."
    )
    max_dataset_bytes: int = Field(
        default=2_000_000_000, ge=1, description="Most bytes a prepared data set may take."
    )
    max_parameters: int = Field(
        default=50_000_000, ge=1, description="Most parameters a network may have."
    )
    max_activations: int = Field(
        default=40_000_000,
        ge=1,
        description="Most values all layers together may compute for one picture.",
    )

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'runs.sqlite3'}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings in force, read once per process."""
    return Settings()
