"""Why a training run failed, in words and with a way out."""

import math

from explorer.training.device import HalvesTooLargeError, is_out_of_memory
from explorer.training.events import Failed
from explorer.training.measure import DivergedError
from explorer.training.recipe import Job, Recipe
from explorer.training.recipes import USUAL


def explain_divergence(error: DivergedError, job: Job) -> Failed:
    """A loss became infinite or NaN."""
    recipe = job.recipe
    contender = job.contenders[error.contender]
    became = "NaN (not a number)" if math.isnan(error.loss) else "infinite"
    what = f"The loss of “{contender.name}” became {became} at step {error.step:,}."
    why = (
        f"Each step went too far (learning_rate {recipe.learning_rate:g}"
        f"{f', momentum {recipe.momentum:g}' if recipe.optimizer == 'sgd' else ''}): the weights "
        "grew beyond what numbers can hold."
    )
    remedy = f"{_lower_rate(recipe)} “Find a learning rate” shows which ones these networks bear."
    if contender.network.normalisation is None and recipe.normalisation in ("network", "none"):
        remedy += " Normalising the pictures helps too."
    return Failed(what=what, why=why, remedy=remedy)


def _lower_rate(recipe: Recipe) -> str:
    """What is usual, or where that is no help a tenth."""
    usual, _ = USUAL[recipe.optimizer]
    if recipe.learning_rate < 5 * usual:
        return f"Try a learning_rate of {recipe.learning_rate / 10:g}, a tenth of this one."
    return f"Try a learning_rate of {usual:g}, which is usual with this optimizer."


def explain_memory(error: BaseException, job: Job) -> Failed | None:
    """Memory ran out; None if the error is another one."""
    if not is_out_of_memory(error):
        return None
    batch_size = job.recipe.batch_size
    if isinstance(error, HalvesTooLargeError):
        return Failed(
            what="There was not enough memory, not even for half a batch at a time.",
            why=f"Half of a batch of {batch_size:,} pictures was too much for what is free on this "
            "machine.",
            remedy=f"Try a batch_size of {batch_size // 4:,}, which needs about a quarter, or a "
            "smaller network.",
        )
    return Failed(
        what="There was not enough memory.",
        why=f"{len(job.contenders)} networks with batches of {batch_size:,} pictures were too "
        "much for what is free on this machine.",
        remedy=f"Try a batch_size of {batch_size // 2:,}, which needs about half."
        if batch_size > 1
        else "Try a smaller network.",
    )


def explain_indeterminism(error: BaseException) -> Failed | None:
    """A layer cannot be computed with the same bits each time; None if the error is another one."""
    text = str(error)
    if "does not have a deterministic implementation" not in text:
        return None
    return Failed(
        what=f"Deterministic training is not possible: {text.split(' ')[0]} would not give the "
        "same bits each time on this device.",
        why="PyTorch has no deterministic way to compute it there.",
        remedy="Turn “Deterministic” off, or use another layer.",
    )
