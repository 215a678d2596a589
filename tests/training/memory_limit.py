"""`python -m tests.training.memory_limit`: a training that is refused the memory it asks for.

Prints its events as lines of JSON.
"""

import resource
import sys
from pathlib import Path

import torch

from explorer.network.layers import Conv2d, Flatten, Linear, ReLU
from explorer.network.spec import NetworkSpec
from explorer.training.events import EventAdapter
from explorer.training.loop import train
from tests.training.jobs import SMALL_INPUT, few, job

# 512 values of each of 8 x 8 pixels: 130 kB a picture and layer.
WIDE = NetworkSpec(
    name="Wide",
    input=SMALL_INPUT,
    layers=(
        Conv2d(out_channels=512, kernel_size=3, padding=1),
        ReLU(),
        Conv2d(out_channels=8, kernel_size=1),
        Flatten(),
        Linear(out_features=10),
    ),
)
# In fp32, whatever the probe would choose, a batch takes 480 MB and half of it 300.
BATCH, ROOM = 1024, 400_000_000


def main() -> None:
    """Train with as much memory as a first, small training took, and ROOM."""
    torch.set_num_threads(1)
    for _ in train(job(WIDE, precision="fp32"), dataset=few(64)):
        pass
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for event in train(
        job(WIDE, batch_size=BATCH, precision="fp32"), dataset=few(BATCH), pace=None
    ):
        sys.stdout.write(EventAdapter.dump_json(event).decode() + "\n")


if __name__ == "__main__":
    main()
