"""More random networks than the suite has time for: `make fuzz`.

Networks that work, of every kind of layer and block: what is said of each (shapes, parameters,
mult-adds) is what its module does on the CPU; its code, its ONNX file and its links give it back.
Networks that fail: the message has the numbers, every repair that is offered works, and none is to
leave a layer out where a parameter would do. Prints how many of each there were, and what failed.
"""

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import torch

from explorer.network import NetworkSpec
from explorer.network.blocks import walk
from tests.network import agreement
from tests.network.broken import CLASSES, broken_networks
from tests.network.random_networks import random_networks
from tests.network.repair_checks import assert_repairs_work

_SHOWN = 12


def check_working(spec: NetworkSpec) -> None:
    """Everything that `agreement` asserts."""
    module = agreement.assert_trace_is_forward(spec)
    agreement.assert_code_is_the_module(spec, module)
    agreement.assert_comes_back(spec)
    agreement.assert_onnx_is_the_module(spec, module)


def run(
    cases: Iterable[tuple[str, NetworkSpec]], check: Callable[[str, NetworkSpec], None]
) -> tuple[Counter[str], list[str]]:
    """How many of each class, and what went wrong with which."""
    counts, failures = Counter[str](), []
    for name, spec in cases:
        counts[name] += 1
        try:
            check(name, spec)
        except Exception:  # noqa: BLE001 - whatever goes wrong is what is looked for
            failures.append(f"{name}: {spec.model_dump_json()}\n{traceback.format_exc(limit=-3)}")
            print(f"FAILED {failures[-1]}", file=sys.stderr, flush=True)
    return counts, failures


def _kinds(specs: Iterable[NetworkSpec], kinds: Counter[str]) -> Iterable[tuple[str, NetworkSpec]]:
    for spec in specs:
        kinds.update({node.kind for _, _, node in walk(spec.layers)})
        yield "working", spec


def main() -> None:
    """Check, print the counts, and leave with 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--working", type=int, default=1000, help="networks that work")
    parser.add_argument("--broken", type=int, default=60, help="of each class of failures")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the networks are tiny
    warnings.simplefilter("ignore")
    random, start = Random(arguments.seed), time.monotonic()
    torch.manual_seed(arguments.seed)
    failures, kinds = [], Counter[str]()
    if arguments.working:
        cases = _kinds(random_networks(random, arguments.working), kinds)
        counts, found = run(cases, lambda _name, spec: check_working(spec))
        failures += found
        print(f"{counts['working']:,} networks that work; with each kind:", _listed(kinds))
    if arguments.broken:
        checked: Any = lambda name, spec: assert_repairs_work(spec)  # noqa: E731
        counts, found = run(broken_networks(random, arguments.broken), checked)
        failures += found
        of_classes = {name: counts[name] for name in CLASSES}
        of_kinds = sum(counts.values()) - sum(of_classes.values())
        print(f"{sum(counts.values()):,} that fail, of each class:", _listed(Counter(of_classes)))
        print(f"and {of_kinds:,} of single kinds of layers")
    print(f"{len(failures)} failures, {time.monotonic() - start:.0f} s")
    for text in failures[:_SHOWN]:
        print(text)
    sys.exit(bool(failures))


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


if __name__ == "__main__":
    main()
