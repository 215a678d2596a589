"""Networks that are too large are refused at once, with the number, and without taking memory."""

import subprocess
import sys
from time import thread_time

import pytest
from pydantic import ValidationError

from benchmarks.builder_networks import TOO_LARGE, network, too_many_layers
from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.build import build
from explorer.network.repairs import repairs
from explorer.network.shapes import trace

MOST_SECONDS = 0.1
TRIES = 5

SAYS = {
    "10^12 parameters": ("12,289,000,000 parameters", "at most 50,000,000"),
    "10^9 activations": ("1,073,741,824 values per picture", "at most 40,000,000"),
    "10^6 channels": ("3,844,000,000 values per picture", "at most 40,000,000"),
    "upsampled 64 times, again and again": ("50,331,648 values", "at most 40,000,000"),
    "a large picture, many channels": ("values per picture", "at most 40,000,000"),
    "repeated 32 times": ("parameters", "at most 50,000,000"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_is_refused_in_less_than_a_tenth_of_a_second(name: str) -> None:
    spec = TOO_LARGE[name]
    failure = trace(spec).failure
    assert failure
    for part in SAYS[name]:
        assert part in failure.problem
    with pytest.raises(ExplorerError, match="cannot work"):
        build(spec)
    assert quickest(spec) < MOST_SECONDS


def quickest(spec: NetworkSpec) -> float:
    """Seconds of processor time of the quickest of some tries."""
    times = []
    for number in range(TRIES):  # under another name, as what was traced is remembered
        renamed = spec.model_copy(update={"name": f"try {number}"})
        start = thread_time()
        trace(renamed)
        times.append(thread_time() - start)
    return min(times)


def test_10_to_the_12_parameters_in_one_layer() -> None:
    spec = NetworkSpec.model_validate(
        {
            "name": "alone",
            "input": {"channels": 4096, "height": 64, "width": 64},
            "layers": [{"kind": "Flatten"}, {"kind": "Linear", "out_features": 60_000}],
        }
    )
    failure = trace(spec).failure
    assert failure and failure.name == "fc1" and failure.remedy
    assert "1,006,633,020,000 parameters; at most 50,000,000" in failure.problem
    assert quickest(spec) < MOST_SECONDS


def test_too_many_layers_are_no_network() -> None:
    start = thread_time()
    with pytest.raises(ValidationError, match="at most 500"):
        too_many_layers()
    assert thread_time() - start < MOST_SECONDS
    assert trace(network(500)).failure is None


def test_nothing_is_allocated_for_what_is_refused() -> None:
    code = (
        "import resource\n"
        "from benchmarks.builder_networks import TOO_LARGE, network\n"
        "from explorer.network.shapes import trace\n"
        "trace(network(8))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert all(trace(spec).failure for spec in TOO_LARGE.values())\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    grown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert int(grown.stdout) < 20_000  # kB; the smallest of them would take 4 GB


@pytest.mark.parametrize("name", TOO_LARGE)
def test_repairs_of_what_is_too_large_work(name: str) -> None:
    spec = TOO_LARGE[name]
    traced = trace(spec)
    assert traced.failure
    for repair in repairs(spec, traced):
        after = trace(repair.spec).failure
        assert after is None or after.path != traced.failure.path
