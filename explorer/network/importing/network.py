"""From source to a NetworkSpec: which of its objects is the network, and what is in it."""

import ast
import re
from dataclasses import dataclass

from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Block, Branches, Path
from explorer.network.importing import known_models
from explorer.network.importing.errors import SourceError
from explorer.network.importing.finding import find
from explorer.network.importing.graph import INFERRED, leaves_of, nodes_of, plainly_named
from explorer.network.importing.parsing import parse
from explorer.network.importing.passing import Passing
from explorer.network.importing.values import (
    Flow,
    Instance,
    KnownModel,
    Leaf,
)
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec, explain


@dataclass(frozen=True)
class Note:
    """Something about the source that is worth knowing, but no error."""

    line: int
    text: str


@dataclass(frozen=True)
class Imported:
    """A network read from source, and what is worth knowing about it."""

    spec: NetworkSpec
    notes: tuple[Note, ...]
    about_input: str = ""
    """Why the input is another one than before, if it is."""


def read_source(text: str, input: InputShape) -> NetworkSpec:
    """The network that PyTorch source describes, for pictures of a shape.

    Numbers that follow from the layer before are left open; wrong ones stay, for the trace to show.

    Raises:
        ExplorerError: If it describes none that can be built here. Most are a SourceError with the
            line that has to change.
    """
    return import_source(text, input).spec


def import_source(text: str, input: InputShape) -> Imported:
    """As `read_source`, with notes on what was left out or is never used."""
    return followed(parse(text), text, Passing(input))


def followed(tree: ast.Module, text: str, run: Passing) -> Imported:
    """As `import_source`, of a source that is parsed; `run` then knows what was followed.

    Raises:
        ExplorerError: As `read_source`.
    """
    try:
        return _imported(tree, text, run)
    except RecursionError:
        raise ExplorerError("The source is nested too deeply to be followed.") from None
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        # Values of all kinds meet in a source; what nobody thought of is still no crash.
        raise SourceError(
            run.line, "What happens here cannot be followed.", "Write it in a simpler way."
        ) from error


def stated_input(text: str) -> InputShape | None:
    """The input shape that this program's own export states in a comment, if there is one."""
    found = re.search(r"# x: \(batch, ([0-9, ]{1,40})\), pixels", text)
    sizes = [int(size) for size in found[1].split(",") if size.strip()] if found else []
    if not 2 <= len(sizes) <= 4:
        return None
    names = {2: ("channels", "width"), 3: ("channels", "height", "width")}.get(
        len(sizes), ("channels", "depth", "height", "width")
    )
    try:
        return InputShape.model_validate({"height": None} | dict(zip(names, sizes, strict=True)))
    except ValidationError:
        return None


def _imported(tree: ast.Module, text: str, run: Passing) -> Imported:
    target, name = find(tree, run)
    start = Flow()
    if isinstance(target, KnownModel):
        target = known_models.sequence(target, target.line)
    if isinstance(target, Instance):
        end = run.forward(target, start, target.of.definition.lineno)
    else:
        end = run.chain(target, start, target.line)
    steps = end.since(_first(end))
    _check_shared(leaves_of(steps))
    _note_unused(run, leaves_of(steps))
    try:
        spec = NetworkSpec(
            name=_stated_name(text) or name,
            input=run.input,
            normalisation=end.normalisation,
            layers=nodes_of(steps),
        )
    except ValidationError as error:
        raise explain(error) from error
    notes = tuple(Note(line, said) for line, said in sorted(run.notes))
    return Imported(_tidy(spec), notes)


def _first(end: Flow) -> Flow:
    return list(end.before())[-1]


def _stated_name(text: str) -> str | None:
    found = re.search(r"^# PyTorch source of the network (.{1,1000})$", text, re.MULTILINE)
    if not found:
        return None
    try:
        name = ast.literal_eval(found[1].strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return name if isinstance(name, str) and 0 < len(name) <= 80 and name.isprintable() else None


# What is said about it, and made plain


def _check_shared(leaves: tuple[Leaf, ...]) -> None:
    seen: set[Leaf] = set()
    for leaf in leaves:
        if leaf in seen and leaf.learns:
            raise SourceError(
                leaf.line, f"The weights of this nn.{leaf.node.kind} are used in two places."
            )
        seen.add(leaf)


def _note_unused(run: Passing, used: tuple[Leaf, ...]) -> None:
    for leaf, name in run.leaves:
        if not leaf.calls:
            run.note(leaf.line, f"`self.{name}` is defined, but never used; it is left out.")
        elif leaf not in used:
            run.note(leaf.line, f"What `self.{name}` makes is never used; it is left out.")


def _tidy(spec: NetworkSpec) -> NetworkSpec:
    """Without the names and sizes that would be given anyway."""
    arrives: dict[Path, set[Shape]] = {}
    for row in trace(spec).rows:
        arrives.setdefault(row.path, set()).add(row.input_shape)
    return spec.with_layers(_tidied(spec.layers, (), arrives))


def _tidied(
    nodes: tuple[LayerSpec, ...], within: Path, arrives: dict[Path, set[Shape]]
) -> tuple[LayerSpec, ...]:
    tidied = []
    for index, node in enumerate(nodes):
        path = (*within, index)
        if isinstance(node, Block) and node.read_only:
            pass
        elif isinstance(node, Block):
            for number, inner in enumerate(node.lists):
                branch = (number,) if isinstance(node, Branches) else ()
                node = node.with_list(number, _tidied(inner, (*path, *branch), arrives))
        else:
            node = _open(node, arrives.get(path, set()))
        tidied.append(node)
    return plainly_named(tuple(tidied))


def _open(node: LayerSpec, arrives: set[Shape]) -> LayerSpec:
    """Without a number that only says what arrives anyway."""
    if len({shape[0] for shape in arrives}) == 1:
        channels = next(iter(arrives))[0]
        for field in INFERRED:
            if getattr(node, field, None) == channels:
                node = node.model_copy(update={field: None})
    if arrives == {getattr(node, "normalized_shape", None)}:
        node = node.model_copy(update={"normalized_shape": None})
    return node
