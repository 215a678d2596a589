"""torchvision's models in a source: their layers before the classifier are a Pretrained block."""

import ast
from typing import Any, TypeGuard, get_args

from explorer.network.base import LayerSpec
from explorer.network.blocks import Pretrained
from explorer.network.extractors import EXTRACTORS, WEIGHTS, Extractor
from explorer.network.importing.errors import SourceError, did_you_mean
from explorer.network.importing.values import Chain, KnownModel, Leaf, Method, Named, Part
from explorer.network.layers import AdaptiveAvgPool2d, Dropout, Flatten, Linear

PACKAGE = "torchvision.models"
_NEWER = {"resnet50"}
"""Models whose DEFAULT weights are others than `WEIGHTS`."""
_HEADS = {"resnet18": 512, "resnet34": 512, "resnet50": 2048, "googlenet": 1024}
"""What arrives at `fc`, of the models that end in a mean over the picture and one Linear layer."""

_METHODS = {"children", "requires_grad_", "to", "cuda", "cpu", "eval", "train", "float"}


def block(model: KnownModel) -> Pretrained:
    """The block that the layers of a model before its classifier are."""
    assert isinstance(model.leaf.node, Pretrained)
    return model.leaf.node


def attribute(model: KnownModel, name: str, line: int) -> Any:
    """model.features, model.fc; other names are those of methods.

    Raises:
        SourceError: If it is another part of the model.
    """
    if name == "features" and not _known(model).head:
        return model.leaf
    if name in model.head:
        return model.head[name]
    if name in _METHODS:
        return Method(model, name)
    taken = f"Take {_written(block(model).model)}, and write your own layers behind."
    raise SourceError(
        line, f"`.{name}` of torchvision's {block(model).model} is not known here.", taken
    )


def method(model: KnownModel, name: str, given: list[Any], line: int) -> Any:
    """model.name(*given).

    Raises:
        SourceError: If it cannot be followed.
    """
    if name == "children":
        heads = [Part(model, -1 - place) for place in range(_known(model).head or 2)]
        return [*(parts(model.leaf, model) if _known(model).head else [model.leaf]), *heads]
    if name == "requires_grad_":
        freeze(model.leaf, given[:1] == [False])
    if name in _METHODS:
        return model
    raise SourceError(line, f"`.{name}` of a model of torchvision cannot be followed here.")


def give(model: KnownModel, name: str, value: Any, line: int) -> None:
    """model.fc = ...

    Raises:
        SourceError: If it is another part of the model.
    """
    if name not in model.head:
        raise SourceError(
            line,
            f"`.{name}` of torchvision's {block(model).model} cannot be replaced here.",
            f"Take {_written(block(model).model)}, and write your own layers behind.",
        )
    model.head[name] = value


def sequence(model: KnownModel, line: int) -> Chain:
    """The whole of a model, as it is when it is called.

    Raises:
        SourceError: If its classifier is not known here.
    """
    node = block(model)
    if node.model not in _HEADS:
        raise SourceError(
            line,
            f"The classifier of torchvision's {node.model} is not known here.",
            f"Take {_written(node.model)}, and write your own layers behind.",
        )
    between: list[LayerSpec] = [AdaptiveAvgPool2d(output_size=1), Flatten()]
    if node.model == "googlenet":
        between.append(Dropout(p=0.2))
    layers = [model.leaf, *(Leaf(layer, model.line) for layer in between), model.head["fc"]]
    return Chain([(None, layer) for layer in layers], line)


def _known(model: KnownModel) -> Extractor:
    return EXTRACTORS[block(model).model]


def make(model: str, given: list[Any], named: dict[str, Any], line: int) -> KnownModel:
    """What torchvision.models.`model`(*given, **named) makes.

    Raises:
        SourceError: If its layers are not known here.
    """
    if model not in get_args(Pretrained.model_fields["model"].annotation):
        raise SourceError(
            line,
            f"The layers of torchvision's {model} are not known here.",
            did_you_mean(model, EXTRACTORS) or f"Known are {', '.join(EXTRACTORS)}.",
        )
    weights = named.get("weights", named.get("pretrained", given[0] if given else None))
    random = weights is None or weights is False
    node = Pretrained.model_validate(
        {"model": model, "weights": "random" if random else "pretrained", "frozen": False}
    )
    found = KnownModel(Leaf(node, line), line)
    if model in _HEADS:
        classes = named.get("num_classes", 1000)
        fc = Linear(in_features=_HEADS[model], out_features=classes)
        found.head["fc"] = Leaf(fc, line)
    return found


def is_model(called: str, names: dict[str, Any]) -> bool:
    """Whether a dotted name, with what names stand for, is one of torchvision's models."""
    first, _, rest = called.partition(".")
    usual = {"torchvision": Named("torchvision"), "models": Named(PACKAGE)}
    known = names.get(first, usual.get(first))
    return isinstance(known, Named) and f"{known.name}.{rest}".startswith(f"{PACKAGE}.")


def other_weights(model: KnownModel, named: dict[str, Any]) -> str:
    """What is to be said if the weights asked for are not those that are taken; "" if they are."""
    weights = named.get("weights")
    text = weights.name if isinstance(weights, Named) else str(weights)
    newer = text.endswith("DEFAULT") and block(model).model in _NEWER
    if block(model).weights == "random" or not (newer or text.endswith("_V2")):
        return ""
    return f"The weights of {block(model).title} are {WEIGHTS} here."


def parts(leaf: Leaf, of: KnownModel | None = None) -> list[Any]:
    """What going through the layers of a model gives: each of them."""
    assert isinstance(leaf.node, Pretrained)
    of = of or KnownModel(leaf, leaf.line)
    return [Part(of, number) for number in range(EXTRACTORS[leaf.node.model].children)]


def whole(items: list[Any], line: int) -> list[Any]:
    """The items with the parts of a model put together again, as one.

    Raises:
        SourceError: If they are not all parts before its classifier, in order.
    """
    made: list[Any] = []
    while items:
        first = items[0]
        if not isinstance(first, Part):
            made.append(first)
            items = items[1:]
            continue
        count = EXTRACTORS[block(first.of).model].children
        taken = items[:count]
        if [(part.of, part.number) for part in taken if isinstance(part, Part)] != [
            (first.of, number) for number in range(count)
        ]:
            raise SourceError(
                line,
                f"Only all layers of {block(first.of).title} before its classifier can be taken "
                "here, in their order.",
                f"Write {_written(block(first.of).model)}.",
            )
        made.append(first.of.leaf)
        items = items[count:]
        if items and isinstance(items[0], Part) and items[0].number == -1:
            made.append(Leaf(AdaptiveAvgPool2d(output_size=1), line))  # the mean before `fc`
            items = items[1:]
    return made


def _written(model: str) -> str:
    head = EXTRACTORS[model].head
    return f"nn.Sequential(*list(model.children())[:-{head}])" if head else "model.features"


def freeze(leaf: Leaf, frozen: bool) -> None:
    """Let the weights of a Pretrained block stay as they are, or learn."""
    leaf.node = leaf.node.model_copy(update={"frozen": frozen})


def is_features(value: Any) -> TypeGuard[Leaf]:
    """Whether a value is the layers of a model before its classifier."""
    return isinstance(value, Leaf) and isinstance(value.node, Pretrained)


def frozen_by(loop: ast.stmt) -> ast.expr | None:
    """What a loop freezes: x, of `for p in x.parameters(): p.requires_grad = False`."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call) or len(loop.body) > 1:
        return None
    through, change = loop.iter.func, loop.body[0]
    if not isinstance(through, ast.Attribute) or through.attr != "parameters":
        return None
    target = change.targets[0] if isinstance(change, ast.Assign) else None
    if not isinstance(target, ast.Attribute) or target.attr != "requires_grad":
        return None
    value = change.value if isinstance(change, ast.Assign) else None
    return through.value if isinstance(value, ast.Constant) and value.value is False else None


def alone(chain: Chain) -> Leaf | None:
    """The layers of a model, if nothing else is in an nn.Sequential."""
    items = [item for _, item in chain.children]
    return items[0] if len(items) == 1 and is_features(items[0]) else None
