"""Jobs small enough to train in a test, and waiting for other processes."""

import time
from collections.abc import Callable

from explorer.datasets.reference import DatasetRef
from explorer.network.layers import Conv2d, Flatten, Linear
from explorer.network.spec import InputShape, NetworkSpec
from explorer.training.recipe import Contender, Job, Recipe

ANN, BEN, CY = "a" * 64, "b" * 64, "c" * 64

TINY = NetworkSpec(
    name="tiny",
    input=InputShape(channels=1, height=8, width=8),
    layers=(Conv2d(out_channels=2, kernel_size=3), Flatten(), Linear(out_features=10)),
)


def make_job(**recipe: object) -> Job:
    """A tiny network on the 8×8 digits for one epoch; recipe fields by name."""
    values = {"epochs": 1, "batch_size": 256, "precision": "fp32", **recipe}
    return Job(
        contenders=(Contender(name="tiny", network=TINY),),
        dataset=DatasetRef(source="digits"),
        recipe=Recipe.model_validate(values),
    )


def wait_for(
    condition: Callable[[], object], what: str, seconds: float = 120, every: float = 0.02
) -> float:
    """Look until `condition` holds; fail after `seconds`. Returns how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"Not within {seconds} s: {what}"
        time.sleep(every)  # between two looks at another process, never before an assertion
    return time.monotonic() - start
