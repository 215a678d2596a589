"""Thousands of tiny tensors: a second thread would only wait for the first."""

import pytest


@pytest.fixture(autouse=True)
def _one_thread(one_thread: None) -> None:
    pass
