"""A process that waits loads beforehand what training would load at its first step."""

import subprocess
import sys

# In a process of its own: here all of it is loaded already.
_FRESH = """
import sys
from explorer.training.warm_up import warm_up
warm_up()
import torch
before = set(sys.modules)
from explorer.training.recipe import Contender, Recipe
from explorer.training.learner import Learner, Lesson
from explorer.network.presets import TUTORIAL_CNN
one = Contender(name="a", network=TUTORIAL_CNN)
learner = Learner(one, Recipe(optimizer="adamw"), torch.device("cpu"), "fp32", Lesson(1))
learner.step(torch.zeros(2, 1, 28, 28), torch.zeros(2, dtype=torch.int64), 1)
print(len({name for name in sys.modules if name.startswith("torch.")} - before))
"""


def test_after_it_the_first_step_imports_no_more_of_pytorch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FRESH], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == 0
