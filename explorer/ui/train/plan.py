"""What would be trained: the carried network made to fit the data, and its baseline."""

from dataclasses import dataclass
from typing import Literal

from explorer.datasets.reference import DatasetRef
from explorer.network.base import LayerSpec, shape_text
from explorer.network.baseline import adapt, fully_connected_baseline, output_field
from explorer.network.blocks import walk
from explorer.network.presets_blocks import VGG_16_PRETRAINED
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec
from explorer.training.recipe import Contender, Job, Recipe

Rivals = Literal["baseline", "random"]
"""What a network is compared with: a fully connected one, or itself with random weights."""


_RANDOM_NAME = "VGG-16 features, random"


def rivals_of(job: Job) -> Rivals:
    """Which of these a job compares."""
    names = [contender.name for contender in job.contenders]
    return "random" if _RANDOM_NAME in names else "baseline"


@dataclass(frozen=True)
class Plan:
    """Two networks that fit the same pictures and classes; `parameters` are those that learn."""

    network: NetworkSpec
    baseline: NetworkSpec
    parameters: int
    baseline_parameters: int
    changes: tuple[str, ...]
    """Sentences on how the network differs from the one that was carried here."""
    rivals: Rivals = "baseline"

    def job(self, dataset: DatasetRef, recipe: Recipe) -> Job:
        """The network and its baseline under different names."""
        name = self.network.name
        other = self.baseline.name
        if self.rivals == "random" and recipe.normalisation != "network":
            # The pictures must look as those did that the weights were learned from.
            recipe = recipe.model_copy(update={"normalisation": "network"})
        if other == name:
            other = f"{other[:68]} (baseline)"
        return Job(
            contenders=(
                Contender(name=name, network=self.network),
                Contender(name=other, network=self.baseline),
            ),
            dataset=dataset,
            recipe=recipe,
        )


def plan(network: NetworkSpec, *, input: InputShape, classes: int) -> Plan:
    """Make the network fit pictures of shape `input` in so many classes, and find its baseline.

    Raises:
        ExplorerError: The network cannot work on such pictures or does not classify.
    """
    _ = input.height_and_width  # refuses what is no picture
    same_channels = network.input.channels == input.channels
    fitted = adapt(
        network,
        input=input,
        classes=classes,
        normalisation=network.normalisation if same_channels else None,
    )
    baseline = fully_connected_baseline(fitted)
    return Plan(
        network=fitted,
        baseline=baseline,
        parameters=trace(fitted).parameters,
        baseline_parameters=trace(baseline).parameters,
        changes=_changes(network, fitted),
    )


def pretrained_plan(*, input: InputShape, classes: int) -> Plan:
    """VGG-16's convolutions as ImageNet taught them against the same with random weights.

    Both stay as they are, so that only the layers behind them learn.

    Raises:
        ExplorerError: VGG-16 cannot work on such pictures.
    """
    _ = input.height_and_width
    pretrained = adapt(
        VGG_16_PRETRAINED,
        input=input,
        classes=classes,
        normalisation=VGG_16_PRETRAINED.normalisation if input.channels == 3 else None,
    )
    random = pretrained.model_copy(
        update={
            "name": _RANDOM_NAME,
            "layers": tuple(map(_random, pretrained.layers)),
        }
    )
    traced = trace(pretrained)
    learning = traced.parameters - traced.frozen_parameters
    return Plan(pretrained, random, learning, learning, (), "random")


def _random(layer: LayerSpec) -> LayerSpec:
    return layer.model_copy(update={"weights": "random"}) if layer.kind == "Pretrained" else layer


def _changes(before: NetworkSpec, after: NetworkSpec) -> tuple[str, ...]:
    changes = []
    if before.input != after.input:
        changes.append(
            f"It takes pictures of {shape_text(after.input.shape)} instead of "
            f"{shape_text(before.input.shape)} (channels × height × width)."
        )
    for (_, name, new), (_, _, old) in zip(walk(after.layers), walk(before.layers), strict=True):
        field = output_field(new)
        if field and (puts_out := getattr(new, field)) != getattr(old, field):
            what = "values" if field == "out_features" else "channels"
            changes.append(
                f"Its last {new.kind} layer, {name}, puts out {puts_out} {what} instead of "
                f"{getattr(old, field)}: one for each class."
            )
    if before.normalisation and not after.normalisation:
        changes.append("Its input normalisation was for another number of channels and is gone.")
    return tuple(changes)
