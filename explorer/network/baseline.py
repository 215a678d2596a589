"""The fully connected network to compare with, and the same network for other pictures."""

from explorer.errors import ExplorerError
from explorer.network import edit
from explorer.network.base import LARGEST_COUNT, LayerSpec, shape_text
from explorer.network.blocks import is_inside, read_only_paths, walk
from explorer.network.layers import Flatten, Linear, ReLU
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec, Normalisation


def fully_connected_baseline(spec: NetworkSpec) -> NetworkSpec:
    """Flatten · Linear(inputs → h) · ReLU · Linear(h → classes), on the same input.

    h ≥ 1 is chosen so that the number of parameters, h·(inputs + 1) + (h + 1)·classes, comes as
    close as possible to that of `spec`.

    Raises:
        ExplorerError: If `spec` does not work, or does not put out one value per class.
    """
    traced = trace(spec)
    traced.require_complete()
    classes = _classes(traced.output_shape)
    per_hidden = spec.input.size + 1 + classes
    hidden = max(1, min(LARGEST_COUNT, round((traced.parameters - classes) / per_hidden)))
    return NetworkSpec(
        name=f"Fully connected, {hidden} hidden",
        input=spec.input,
        normalisation=spec.normalisation,
        layers=(
            Flatten(),
            Linear(out_features=hidden),
            ReLU(),
            Linear(out_features=classes),
        ),
    )


def adapt(
    spec: NetworkSpec,
    *,
    input: InputShape,
    classes: int,
    normalisation: Normalisation | None,
) -> NetworkSpec:
    """The same layers on another input, with the last that learns putting out `classes` values.

    That is the last Linear or convolution, wherever in a block it stands.

    Raises:
        ExplorerError: If the layers cannot work on that input, or do not end in one value per
            class.
    """
    fixed = read_only_paths(spec.layers)
    ends = [
        (path, field)
        for path, _, node in walk(spec.layers)
        if (field := output_field(node)) is not None
        and not any(is_inside(path, block) for block in fixed)
    ]
    fitted = spec
    if ends:
        path, field = ends[-1]
        if getattr(edit.at(spec, path), field) != classes:
            fitted = edit.change(spec, path, **{field: classes})
    adapted = NetworkSpec(
        name=spec.name, input=input, normalisation=normalisation, layers=fitted.layers
    )
    traced = trace(adapted)
    if traced.failure:
        raise ExplorerError(
            f"“{spec.name}” does not work on pictures of {shape_text(input.shape)} with "
            f"{classes} classes. Layer `{traced.failure.name}`: {traced.failure.problem}",
            traced.failure.remedy,
        )
    if _classes(traced.output_shape) != classes:
        raise ExplorerError(
            f"“{spec.name}” puts out {_classes(traced.output_shape)} values, but there are "
            f"{classes} classes.",
            f"End it with a Linear layer of {classes} out_features.",
        )
    return adapted


def output_field(layer: LayerSpec) -> str | None:
    """The field that says how much a layer puts out: "out_features", "out_channels" or none."""
    fields = type(layer).model_fields
    return next((name for name in ("out_features", "out_channels") if name in fields), None)


def _classes(output_shape: tuple[int, ...]) -> int:
    if len(output_shape) != 1:
        raise ExplorerError(
            f"The network puts out {shape_text(output_shape)}, not one value per class.",
            "End it with Flatten and a Linear layer with as many out_features as classes.",
        )
    return output_shape[0]
