"""The layers of a known network up to its classifier, with the weights that ImageNet taught it."""

from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import Field

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec, Shape, shape_text
from explorer.network.block import Block
from explorer.network.checks import arriving, counted

Model = Literal[
    "alexnet",
    "vgg11",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "resnet18",
    "resnet34",
    "resnet50",
    "googlenet",
]
"""Networks of torchvision, as it calls them."""


class Pretrained(Block):
    """The feature maps of a torchvision model: (3, H, W) to (channels, smaller H, smaller W).

    What is in it is described by `extractors`, layer by layer, and comes with it: to change it, it
    has to be unwrapped.
    """

    explanation: ClassVar[str] = (
        "All layers of a known network before its classifier, with the weights it learned from "
        "1.2 million photographs of ImageNet: feature maps for layers of your own behind it."
    )
    list_fields: ClassVar[tuple[str, ...]] = ()
    prefix: ClassVar[str] = "features"
    read_only: ClassVar[bool] = True

    kind: Literal["Pretrained"] = "Pretrained"
    model: Model = Field(
        default="resnet18", description="Which network of torchvision.models the layers are of."
    )
    weights: Literal["pretrained", "random"] = Field(
        default="pretrained",
        description="What the weights are at first: those torchvision offers, downloaded when the "
        "network is trained, or random numbers.",
    )
    frozen: bool = Field(
        default=True,
        description="Whether the weights stay as they are, so that only your own layers learn: "
        "quicker, and enough for few pictures. requires_grad is False then.",
    )

    @property
    def is_frozen(self) -> bool:
        return self.frozen

    @property
    def lists(self) -> tuple[tuple[LayerSpec, ...], ...]:
        from explorer.network.extractors import EXTRACTORS  # which is made of blocks itself

        return (EXTRACTORS[self.model].layers,)

    def list_names(self) -> tuple[str, ...]:
        return ("",)

    def with_list(self, number: int, nodes: Iterable[LayerSpec]) -> Self:
        """Itself, if the layers are those it has.

        Raises:
            ExplorerError: If they are others.
        """
        if tuple(nodes) == self.lists[number]:
            return self
        raise ExplorerError(
            f"The layers of {self.title} belong together: changed, they would no longer fit the "
            "weights that come with them.",
            "Unwrap it first; then every layer is your own to change, with random weights.",
        )

    @property
    def title(self) -> str:
        """The network as people call it: "VGG-16"."""
        from explorer.network.extractors import EXTRACTORS

        return EXTRACTORS[self.model].title

    @property
    def smallest(self) -> int:
        """The smallest height and width that it works on."""
        from explorer.network.extractors import EXTRACTORS

        return EXTRACTORS[self.model].smallest

    def check(self, shape: Shape, source: str) -> None:
        if len(shape) != 3:
            raise ExplorerError(
                f"{self.title} works on channels × height × width, but {source} gives "
                f"{arriving(shape)}.",
                "Move it before the Flatten layer."
                if len(shape) == 1
                else "Choose an input of colour pictures.",
            )
        if shape[0] != 3:
            remedy = "Put Conv2d(out_channels=3, kernel_size=1) before it."
            if source == "the input":
                remedy = f"Set the input's channels to 3, or p{remedy[1:]}"
            raise ExplorerError(
                f"{self.title} takes colour pictures of 3 channels, but {source} gives "
                f"{counted(shape[0], 'channel')} ({shape_text(shape)}).",
                remedy,
            )
        if min(shape[1:]) < self.smallest:
            raise ExplorerError(
                f"{self.title} makes a picture so much smaller that it needs at least "
                f"{self.smallest}×{self.smallest}, but {source} gives {shape_text(shape[1:])}: "
                "nothing would be left.",
                "Choose larger pictures, or resnet18, which takes them of any size.",
            )

    def summary(self) -> str:
        return ", ".join([self.model, self.weights, *(["frozen"] if self.frozen else [])])
