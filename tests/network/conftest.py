"""PyTorch computes with one thread here.

The networks of these tests are tiny: a convolution takes microseconds, and waking a second thread
for it, beside the other test processes, thousands of times as long.
"""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def one_thread_for_tiny_networks() -> Iterator[None]:
    """For as long as the tests of one file last."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
