"""How much arithmetic a training step is, and how much this machine could do at most."""

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.training.learner import Learner, Lesson
from explorer.training.recipe import Job

_SIDE = 1024
_SECONDS = 1.5
_FORMATS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def step_operations(job: Job) -> int:
    """Additions and multiplications of a step of all contenders, forwards and backwards.

    Those of convolutions and matrix products, as torch.utils.flop_counter counts them.
    """
    recipe, device = job.recipe, torch.device("cpu")
    shape = job.contenders[0].network.input.shape
    images = torch.zeros(recipe.batch_size, *shape).to(memory_format=torch.channels_last)
    labels = torch.zeros(recipe.batch_size, dtype=torch.int64)
    with FlopCounterMode(display=False) as counter:
        for contender in job.contenders:
            Learner(contender, recipe, device, "fp32", Lesson(1)).step(images, labels, 1)
    return counter.get_total_flops()


def matmul_rate(precision: str, threads: int, device: torch.device) -> float:
    """Operations per second of the product of two matrices of 1024×1024: the best of many."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        one, other = torch.randn(2, _SIDE, _SIDE, device=device, dtype=_FORMATS[precision])
        best, end = float("inf"), time.perf_counter() + _SECONDS
        while time.perf_counter() < end:
            start = time.perf_counter()
            torch.mm(one, other)
            if device.type == "cuda":
                torch.cuda.synchronize()
            best = min(best, time.perf_counter() - start)
    finally:
        torch.set_num_threads(before)
    return 2 * _SIDE**3 / best
