"""The file with all of a run's state: its name, and its end. Without PyTorch, to be quick."""

from pathlib import Path

RUN_FILE = "run.safetensors"


def forget_run(directory: Path) -> None:
    """Delete the run's file, which is of no use once the run is over."""
    (directory / RUN_FILE).unlink(missing_ok=True)
