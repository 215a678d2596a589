"""Whether contenders start from the weights that they were to start from."""

from collections.abc import Sequence
from typing import Any

from explorer.errors import ExplorerError
from explorer.network import pretrained
from explorer.training.recipe import Contender


def require_difference(contenders: Sequence[Contender], notes: Sequence[Sequence[str]]) -> None:
    """Refuse to compare random weights with random weights.

    A network whose pretrained weights cannot be had starts at random, and a note says so. Beside
    the same network with random weights it would be compared with itself.

    Args:
        contenders: Who learns.
        notes: Of each, what cannot be had.

    Raises:
        ExplorerError: If two contenders differ only in weights that cannot be had.
    """
    for one, missing in zip(contenders, notes, strict=True):
        for other in contenders:
            if (
                missing
                and other is not one
                and _at_random(one) == other.network.model_dump(exclude={"name"})
            ):
                raise ExplorerError(
                    f"“{one.name}” and “{other.name}” differ only in the weights they start with. "
                    + " ".join(missing).replace(pretrained.INSTEAD, ""),
                    "Then press Start again; until then there would be nothing to compare.",
                )


def _at_random(contender: Contender) -> Any:
    """The network, all but its name, with random weights in place of pretrained ones."""
    return _replaced(contender.network.model_dump(exclude={"name"}))


def _replaced(value: Any) -> Any:
    if isinstance(value, dict):
        changed = {"weights": "random"} if value.get("kind") == "Pretrained" else {}
        return {key: _replaced(inner) for key, inner in value.items()} | changed
    if isinstance(value, list | tuple):
        return type(value)(map(_replaced, value))
    return value
