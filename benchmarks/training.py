"""How fast this loop trains beside the usual one: `python -m benchmarks.training`.

The tutorial CNN and its baseline 784→16→10 on all of MNIST, batches of 64, SGD 0.001 with momentum
0.9: the usual loop (one `DataLoader` with `ToTensor` for both networks, without workers and with 2)
beside `explorer.training.loop.train` (with events, in fp32 and in the best precision here). All
train one epoch from the same weights on the same batches in the same order, with the same number of
threads, each in a process of its own, in turn, several times; medians count. Then, pairwise in
turn, the same loop with its events stored as a worker stores them and with nobody listening.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from pydantic import TypeAdapter
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from benchmarks import first_point, to_accuracy
from benchmarks.arithmetic import matmul_rate, step_operations
from benchmarks.processes import DATA, in_process_of_its_own
from benchmarks.report import report
from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Dataset, Split
from explorer.datasets.reference import DatasetRef
from explorer.network.build import build
from explorer.network.presets import TUTORIAL_BASELINE, TUTORIAL_CNN
from explorer.runs.claim import Claim
from explorer.runs.store import RunStore
from explorer.runs.writer import Writer
from explorer.training.device import choose_device, describe_device
from explorer.training.events import EpochEnd, Finished, Started
from explorer.training.loop import train
from explorer.training.pictures import epoch_order, steps
from explorer.training.probe import Plan
from explorer.training.recipe import Contender, Job
from explorer.training.recipes import MNIST_TUTORIAL

NETWORKS = (TUTORIAL_CNN, TUTORIAL_BASELINE)
RECIPE = MNIST_TUTORIAL.model_copy(update={"epochs": 1})
MNIST_REF = DatasetRef(source="mnist")
WAYS = ("plain, 0 workers", "plain, 2 workers", "this, fp32", "this, auto")
STREAMING_PICTURES = 64 * 150


@dataclass(frozen=True)
class Measured:
    """One epoch: seconds of training, test loss of the CNN and of the baseline.

    `matmul_rate` are operations per second of a matrix product in the same precision with as many
    threads; of the usual loop 0.
    """

    seconds: float
    loss: float
    baseline_loss: float
    precision: str
    device: str
    matmul_rate: float = 0.0


def plain(workers: int) -> Measured:
    """The loop as tutorials write it, one DataLoader feeding both networks."""
    data = MNIST(DATA, train=True, transform=ToTensor())
    order = epoch_order(len(data), RECIPE.seed, 1).tolist()
    loader = DataLoader(data, RECIPE.batch_size, sampler=order, num_workers=workers)
    networks = []
    for spec in NETWORKS:
        torch.manual_seed(RECIPE.seed)
        networks.append(build(spec))
    optimizers = [
        torch.optim.SGD(network.parameters(), RECIPE.learning_rate, RECIPE.momentum)
        for network in networks
    ]
    start = time.perf_counter()
    for images, labels in loader:
        for network, optimizer in zip(networks, optimizers, strict=True):
            optimizer.zero_grad()
            cross_entropy(network(images), labels).backward()
            optimizer.step()
    seconds = time.perf_counter() - start
    test = MNIST(DATA, train=False)
    images = test.data.unsqueeze(1).float() / 255
    with torch.inference_mode():
        cnn, baseline = (
            float(cross_entropy(network.eval()(images), test.targets)) for network in networks
        )
    return Measured(seconds, cnn, baseline, "fp32", describe_device(torch.device("cpu")))


def ours(precision: str) -> Measured:
    """The same epoch by `train`, with its events; read and probed before the clock starts."""
    epoch, started, finished = None, None, None
    for event in train(job(precision), dataset=mnist()):
        if isinstance(event, Started):
            started = event
        elif isinstance(event, EpochEnd):
            epoch = event
        elif isinstance(event, Finished):
            finished = event
    assert epoch and started and finished
    cnn, baseline = (result.test_loss for result in finished.results)
    plan, device = TypeAdapter(Plan).validate_python(started.plan), choose_device()
    rate = matmul_rate(plan.precision, plan.threads, device)
    return Measured(epoch.seconds, cnn, baseline, plan.precision, started.device, rate)


def job(precision: str) -> Job:
    """The two networks and the recipe of the tutorial."""
    return Job(
        contenders=tuple(Contender(name=spec.name, network=spec) for spec in NETWORKS),
        dataset=MNIST_REF,
        recipe=RECIPE.model_copy(update={"precision": precision}),
    )


def mnist() -> Dataset:
    """MNIST with all 60,000 pictures to train on, as the usual loop does."""
    train_set, test_set = (MNIST(DATA, train=part) for part in (True, False))
    whole = prepare(MNIST_REF, TUTORIAL_CNN.input)
    all_pictures, test = (
        Split(part.data.unsqueeze(1), part.targets) for part in (train_set, test_set)
    )
    nothing = Split(all_pictures.images[:0], all_pictures.labels[:0])
    return replace(whole, train=all_pictures, validation=nothing, test=test)


def streaming(repeats: int) -> list[tuple[float, float]]:
    """Seconds of a short training (without anybody listening, with its events stored), pairwise."""
    whole = mnist()
    few = Split(whole.train.images[:STREAMING_PICTURES], whole.train.labels[:STREAMING_PICTURES])
    dataset = replace(whole, train=few, test=Split(few.images[:64], few.labels[:64]))
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(f"sqlite:///{Path(folder) / 'runs.sqlite3'}")
        pairs = []
        for number in range(repeats):
            # who comes second may profit from the first: they take turns
            order = (False, True) if number % 2 else (True, False)
            seconds = {stored: _stream(store, dataset, stored) for stored in order}
            pairs.append((seconds[False], seconds[True]))
    return pairs


def _stream(store: RunStore, dataset: Dataset, stored: bool) -> float:
    chosen = job("fp32")
    if not stored:
        (epoch,) = (
            event
            for event in train(chosen, dataset=dataset, pace=None)
            if isinstance(event, EpochEnd)
        )
        return epoch.seconds
    run = store.create("a" * 64, chosen, "streaming")
    claim = Claim.take(store, run.id)
    assert claim
    seconds = 0.0
    with Writer(claim) as writer:
        for event in train(chosen, dataset=dataset, should_stop=writer.should_stop):
            writer.put(event)
            if isinstance(event, EpochEnd):
                seconds = event.seconds
    writer.end("finished", None)
    return seconds


def measure(way: str) -> Measured:
    """One epoch one way, in this process."""
    if way.startswith("plain"):
        return plain(2 if "2 workers" in way else 0)
    return ours(way.removeprefix("this, "))


def main(rounds: int, repeats: int) -> None:
    """Measure everything and report it."""
    measured: dict[str, list[Measured]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in WAYS:
            one = Measured(**in_process_of_its_own("training", "--way", way))
            measured[way].append(one)
            print(f"round {number + 1}: {way}: {one.seconds:.2f} s", file=sys.stderr)
    pairs = in_process_of_its_own("training", "--streaming", str(repeats))
    quiet, stored = (statistics.median(times) for times in zip(*pairs, strict=True))
    overhead = stored / quiet - 1

    medians = {way: statistics.median(one.seconds for one in measured[way]) for way in WAYS}
    plain_way = min(WAYS[:2], key=lambda way: medians[way])
    plain_seconds, last = medians[plain_way], {way: measured[way][-1] for way in WAYS}
    operations = step_operations(job("fp32")) * steps(60_000, RECIPE.batch_size)
    fractions = {
        way: statistics.median(operations / one.seconds / one.matmul_rate for one in measured[way])
        for way in WAYS[2:]
    }
    figures = {
        "plain_seconds_per_epoch": plain_seconds,
        "seconds_per_epoch_fp32": medians["this, fp32"],
        "seconds_per_epoch": min(medians["this, fp32"], medians["this, auto"]),
        "ratio_fp32": plain_seconds / medians["this, fp32"],
        "ratio": plain_seconds / min(medians["this, fp32"], medians["this, auto"]),
        "plain_loss": last[plain_way].loss,
        "loss_fp32": last["this, fp32"].loss,
        "loss": last["this, auto"].loss,
        "fraction_of_matmul_rate": fractions["this, fp32"],
        "fraction_of_matmul_rate_auto": fractions["this, auto"],
        "streaming_overhead": overhead,
        **first_point.measured(rounds),
        **to_accuracy.measured(rounds),
    }
    rows = [
        [
            way,
            f"{medians[way]:.2f}",
            f"{plain_seconds / medians[way]:.2f}",
            last[way].precision,
            last[way].device,
            f"{last[way].loss:.4f}",
            f"{last[way].baseline_loss:.4f}",
            f"{operations / medians[way] / 1e9:.0f}",
            f"{100 * fractions[way]:.0f} %" if way in fractions else "",
        ]
        for way in WAYS
    ]
    print(f"streaming costs {100 * overhead:.1f} % ({repeats} pairs in turn, {quiet:.2f} s each)\n")
    losses = ("CNN loss", "baseline loss")
    header = ("loop", "s/epoch", "ratio", "precision", "device", *losses, "Gflop/s", "of matmul")
    report(header, rows, figures)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is measured")
    parser.add_argument("--repeats", type=int, default=15, help="pairs with and without streaming")
    parser.add_argument("--way", choices=WAYS, help="measure one way once, print JSON")
    parser.add_argument("--streaming", type=int, metavar="REPEATS", help="only that, print JSON")
    chosen = parser.parse_args()
    if chosen.way:
        print(json.dumps(vars(measure(chosen.way))))
    elif chosen.streaming:
        print(json.dumps(streaming(chosen.streaming)))
    else:
        main(chosen.rounds, chosen.repeats)
