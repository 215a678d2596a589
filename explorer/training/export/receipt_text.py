"""What a receipt says to people: its explanation, and a script that uses its weights."""

from textwrap import fill

from explorer.datasets.reference import ZIPPED
from explorer.training.events import Result
from explorer.training.export.receipt import Receipt, weights_name
from explorer.training.recipe import Job

_FILES = {
    "README.txt": "this explanation",
    "receipt.json": "how the run went: data, machine, every epoch, results",
    "job.json": "what was trained: networks, data set, recipe, seed",
    "curves.csv": "every loss and accuracy that was measured, for a spreadsheet",
    "network_1.py": "the networks as PyTorch code, one file each",
    "contender-1.safetensors": "the learned weights, one file for each network",
    "use.py": "loads the weights into the networks and lets them answer",
}


def explanation(receipt: Receipt, job: Job) -> str:
    """The text of the receipt's README.txt."""
    data, recipe = receipt.started.dataset, job.recipe
    names = " and ".join(f"“{contender.name}”" for contender in job.contenders)
    epochs = f"{len(receipt.epochs):,} of {receipt.started.epochs:,} epochs"
    parts = [
        f"RECEIPT OF A TRAINING RUN: {receipt.name}",
        _wrapped(
            f"{names} learned {data.name} ({len(data.classes)} classes) side by side on the same "
            f"batches: {epochs} of {data.train:,} pictures, with seed {recipe.seed}. This receipt "
            f"was made on {receipt.made:%d %B %Y}."
        ),
        _section("RESULTS", _results(receipt)),
        _section("WHAT IS IN IT", "\n".join(f"{name:<25}{it}" for name, it in _FILES.items())),
        _section("TRAIN IT AGAIN", _again(receipt, job)),
        _section(
            "USE THE WEIGHTS",
            "Unzip the receipt; in its folder:\n\n    pip install torch torchvision safetensors\n"
            "    python use.py",
        ),
        _section("WHERE IT WAS TRAINED", _machine(receipt)),
    ]
    return "\n\n".join(parts) + "\n"


def _results(receipt: Receipt) -> str:
    if receipt.finished.untested:
        names = ", ".join(one.name for one in receipt.finished.untested)
        return _wrapped(
            f"The test set was not read: this run of {names} was part of a series, between whose "
            "runs validation chooses. What it reached on the validation pictures is in curves.csv."
        )
    width = max(len(result.name) for result in receipt.finished.results)
    lines = [
        f"{result.name:<{width}}  accuracy {result.test_accuracy:.2%}, loss "
        f"{result.test_loss:.4f}{_ranked(result)}, {result.parameters:,} parameters"
        for result in receipt.finished.results
    ]
    count = f"Measured on {receipt.finished.test_size:,} test pictures that were not trained on:"
    return "\n".join([count, "", *lines])


def _ranked(result: Result) -> str:
    """Where pictures have several labels: there accuracy says little, for most answers are no."""
    precision = result.mean_average_precision
    return "" if precision is None else f", mean average precision {precision:.4f}"


def _again(receipt: Receipt, job: Job) -> str:
    own = job.dataset.source in ZIPPED
    data = receipt.started.dataset
    command = "    python -m explorer.training --receipt THIS.zip --out again"
    pictures = (
        "The pictures are not in this receipt. Add --data FILE.zip with the zip that they were in."
        if own
        else "The pictures are not in this receipt: the program has them, or downloads them."
    )
    return "\n\n".join(
        [
            "In the folder of CNN Visual Explorer:",
            command + (" --data FILE.zip" if own else ""),
            _wrapped(
                f"{pictures} Whether they are the same is told by their hash (SHA-256 over all "
                "pixels, labels and which picture is for what):"
            ),
            f"    {data.hash or 'not known: it was trained by an earlier release'}",
            _wrapped(
                "The program then says whether every loss, every result and every weight came out "
                "the same. On the same machine with the same versions that is so to the last bit; "
                "other processors and versions round differently, and small differences grow while "
                "training goes on."
            ),
        ]
    )


def _machine(receipt: Receipt) -> str:
    started = receipt.started
    lines = [f"{'Device':<25}{started.device}, {started.precision}"]
    if started.machine is not None:
        machine = started.machine
        facts = {"Processor": machine.processor, "System": machine.system, **machine.versions}
        lines += [f"{name:<25}{fact}" for name, fact in facts.items()]
    return "\n".join(lines)


def _section(title: str, text: str) -> str:
    return f"{title}\n\n{text}"


def _wrapped(text: str) -> str:
    return fill(text, 80, break_long_words=False, break_on_hyphens=False)


def use_script(receipt: Receipt, job: Job) -> str:
    """A program that loads each network with its weights and shows it a picture of noise."""
    networks = "\n".join(
        f'    "network_{number + 1}": "{weights_name(number)}",'
        for number in range(len(job.contenders))
    )
    dataset = receipt.started.dataset
    names = "\n".join(f"    {name!a}," for name in dataset.classes)
    sizes = ", ".join(map(str, job.contenders[0].network.input.shape))
    way = "sigmoid()" if dataset.multi_label else "softmax(dim=1)"
    return f'''\
# Loads the trained networks of this folder. Put a picture of your own in place of the noise.
import importlib
from pathlib import Path

import torch
from safetensors.torch import load_file

FOLDER = Path(__file__).parent
CLASSES = [
{names}
]
NETWORKS = {{
{networks}
}}


def load(module):
    """The network of a module of this folder, with its learned weights."""
    network = importlib.import_module(module).Network()
    network.load_state_dict(load_file(FOLDER / NETWORKS[module]))
    return network.eval()


if __name__ == "__main__":
    for module in NETWORKS:
        network = load(module)
        # batch × channels × height × width, pixels from 0 to 1
        pictures = torch.rand(1, {sizes})
        with torch.no_grad():
            probabilities = network(pictures).{way}[0]
        best = int(probabilities.argmax())
        print(f"{{module}}: noise looks like {{CLASSES[best]}} ({{probabilities[best]:.0%}})")
'''
