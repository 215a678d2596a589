"""Objects of the classes that this program's own export brings along."""

from typing import Any

from explorer.network.importing import known_models
from explorer.network.importing.errors import SourceError
from explorer.network.importing.values import Chain, Normaliser, OwnBlock
from explorer.network.spec import Normalisation


def make_own(kind: str, given: list[Any], named: dict[str, Any], line: int) -> Any:
    """kind(*given, **named), for the classes of `modules`.

    Raises:
        SourceError: If it is not called as the export does.
    """
    if kind == "Frozen":
        items = known_models.whole(given, line)
        if len(items) != 1 or not known_models.is_features(items[0]):
            raise SourceError(line, "Frozen takes the layers of a model of torchvision.")
        known_models.freeze(items[0], True)
        return items[0]
    if kind == "Normalise":
        values = [*given, *named.values()][:2]
        try:
            mean, std = (tuple(value) for value in values)
            return Normaliser(Normalisation(mean=mean, std=std), line)
        except (ValueError, TypeError) as error:
            raise SourceError(line, "Normalise takes a mean and a std per channel.") from error
    if kind == "Residual":
        ways = [*given, *named.values()]
        shortcut = ways[1] if len(ways) > 1 else None
        ways = ways[:1]
    else:
        ways, shortcut = given, None
    if not ways or not all(isinstance(way, Chain) for way in [*ways, shortcut or ways[0]]):
        raise SourceError(line, f"The ways of a {kind} are nn.Sequential.")
    return OwnBlock(kind, ways, shortcut, line)
