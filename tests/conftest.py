"""What all tests share: where the real data lies, and a data folder of their own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings as hypothesis_settings

from explorer.settings import settings

ROOT = Path(__file__).resolve().parents[1]

# Timing is no test's business here: the machines are small and shared.
hypothesis_settings.register_profile("explorer", deadline=None, print_blob=True)
hypothesis_settings.load_profile("explorer")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets; absent, the test is skipped, but fails under CI."""
    folder = Path(os.environ.get("EXPLORER_TEST_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        message = f"No real data at {folder}; name its folder in EXPLORER_TEST_DATA."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test reads or writes the data folder of the person who runs it."""
    folder = tmp_path / "explorer-data"
    monkeypatch.setenv("EXPLORER_DATA_DIR", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One thread for PyTorch: the same digits every time, and quicker for tiny tensors.

    Waking a second thread for them, beside the other test processes, takes far longer than they do.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
