"""What each part of the class that `codegen.source` writes is for."""

import ast
from typing import NamedTuple


class Explanation(NamedTuple):
    """A few lines of source, from 1, and what they are for."""

    first: int
    last: int
    title: str
    text: str


def explain_class(text: str) -> tuple[Explanation, ...]:
    """The parts of a source that `codegen.source` wrote, in order, with a plain sentence or two."""
    tree = ast.parse(text)
    network = next(
        node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Network"
    )
    setup, forward = (node for node in network.body if isinstance(node, ast.FunctionDef))
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    helpers = [node for node in tree.body if isinstance(node, ast.ClassDef) and node is not network]
    known = any(alias.name == "torchvision" for node in imports for alias in node.names)
    parts = [
        Explanation(
            imports[0].lineno,
            imports[-1].lineno,
            "Import",
            "Makes PyTorch available. `nn` is its part for networks."
            + (" `torchvision` has known networks, with their weights." if known else ""),
        )
    ]
    parts += [
        Explanation(
            node.lineno,
            node.end_lineno or node.lineno,
            f"Class `{node.name}`",
            "A module that PyTorch has no class for; the network below uses it like a layer.",
        )
        for node in helpers
    ]
    parts += [
        Explanation(
            network.lineno,
            network.lineno,
            "Class and inheritance",
            "A class is the plan of an object: which data it keeps and what it can do. "
            "`(nn.Module)` means that it inherits: everything PyTorch's Module can do (keep "
            "weights, train, save, move to a GPU), a Network can do too.",
        ),
        Explanation(
            setup.lineno,
            setup.lineno,
            "`__init__` and `self`",
            "Runs once, when an object is made of the class with `Network()`. `self` is that "
            "object; Python gives it to every method by itself.",
        ),
        Explanation(
            setup.body[0].lineno,
            setup.body[0].lineno,
            "`super().__init__()`",
            "Lets nn.Module prepare the object first. Without it PyTorch could not register the "
            "layers, and refuses the next line.",
        ),
    ]
    if len(setup.body) > 1:
        parts.append(
            Explanation(
                setup.body[1].lineno,
                setup.body[-1].end_lineno or setup.body[-1].lineno,
                "Attributes",
                "`self.name = …` keeps a layer in the object, under a name. A layer is an object "
                "too, made of one of PyTorch's classes with the sizes in brackets; its weights "
                "begin at random. Nothing is computed yet.",
            )
        )
    parts.append(
        Explanation(
            forward.lineno,
            forward.lineno,
            "`forward`",
            "What happens to a batch of pictures `x`. Nobody calls it by name: `network(x)` does.",
        )
    )
    if len(forward.body) > 1:
        parts.append(
            Explanation(
                forward.body[0].lineno,
                forward.body[-2].lineno,
                "Calling the layers",
                "Each line gives `x` to a layer and calls its result `x` again, for the next one. "
                "Behind it stands the shape for one picture.",
            )
        )
    parts.append(
        Explanation(
            forward.body[-1].lineno,
            forward.body[-1].lineno,
            "`return`",
            "Hands the result back. Without it the network would answer None.",
        )
    )
    run = tree.body[-1]
    if isinstance(run, ast.If):
        parts.append(
            Explanation(
                run.lineno,
                run.end_lineno or run.lineno,
                "An object of the class",
                "`Network()` makes an object, with weights of its own. This part only runs when "
                "the file is started, not when it is imported.",
            )
        )
    return tuple(parts)
