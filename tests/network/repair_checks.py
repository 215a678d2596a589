"""What has to hold for the repairs of every network that fails."""

import re

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Block, walk
from explorer.network.repair_ideas import Rank
from explorer.network.repairs import Repair, repairs
from explorer.network.shapes import trace

MOST_PARAMETERS = 50_000_000


def once(name: str) -> str:
    """A full name without which repetition it is."""
    return re.sub(r"\.\d+(?=\.|$)", "", name)


def names(spec: NetworkSpec) -> set[str]:
    return {once(name) for _, name, _ in walk(spec.layers)}


def worked(spec: NetworkSpec) -> set[str]:
    """Names of what works, every time it is used."""
    traced = trace(spec)
    failed = once(traced.failure.name) if traced.failure else None
    return {once(row.name) for row in traced.rows if not row.is_shortcut} - {failed}


def a_parameter_would_do(spec: NetworkSpec) -> bool:
    """Whether some small change of one parameter mends the failing layer, all of them tried."""
    failure = trace(spec).failure
    assert failure
    node = edit.at(spec, failure.path)
    if isinstance(node, Block):
        return False
    return any(_takes(other, failure.arrives or ()) for other in _neighbours(node))


def _takes(layer: LayerSpec, shape: Shape) -> bool:
    try:
        layer.check(shape, "`s`")
    except ExplorerError:
        return False
    return layer.parameter_count(shape) < MOST_PARAMETERS


def _neighbours(node: LayerSpec) -> list[LayerSpec]:
    found = []
    for field in node.parameter_fields():
        for value in (None, True, "zeros", 0, 1, 2, 3, 4, 6, 8):
            try:
                found.append(type(node).model_validate({**dict(node), field: value}))
            except ValueError:
                continue
    return found


def assert_repairs_work(spec: NetworkSpec) -> None:
    """The message names the layer "broken" and numbers, and each repair works when applied."""
    traced = trace(spec)
    assert traced.failure, spec
    assert once(traced.failure.name).endswith("broken"), traced.failure.name
    assert re.search(r"\d", traced.failure.problem), traced.failure.problem
    found = repairs(spec, traced)
    assert 1 <= len(found) <= 6, traced.failure.problem
    assert [repair.cost for repair in found] == sorted(repair.cost for repair in found)
    assert len({repair.spec for repair in found}) == len(found)
    for repair in found:
        assert_works(spec, repair)
    if int(found[0].cost) == Rank.REMOVE:
        assert not a_parameter_would_do(spec), traced.failure.problem


def assert_works(spec: NetworkSpec, repair: Repair) -> None:
    """The layer that failed works then, as does all that worked; it puts out what is said."""
    failure = trace(spec).failure
    assert failure
    name, before = once(failure.name), worked(spec)
    after, left = trace(repair.spec), names(repair.spec)
    removes = int(repair.cost) == Rank.REMOVE
    assert before & left <= worked(repair.spec), (repair.title, after.failure)
    assert removes or left >= before, repair.title
    if name not in left:
        assert removes
        return
    assert name in {once(row.name) for row in after.rows}, (repair.title, after.failure)
    assert after.failure is None or once(after.failure.name) != name
    row = next(row for row in after.rows if once(row.name) == name)
    assert row.output_shape == repair.output_shape, repair.title
