"""What is in the Pretrained block: torchvision's models up to the classifier, layer by layer."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.network.layers import Conv2d, MaxPool2d, ReLU
from explorer.network.pieces import (
    RESNET_STEM,
    Layers,
    basic_stages,
    bottleneck_stages,
    inception,
    rectified,
    vgg_stages,
)
from explorer.network.spec import Normalisation

WEIGHTS = "IMAGENET1K_V1"
"""The weights that torchvision has for all of them; V2, of some, suit other tasks less."""

_IMAGENET = Normalisation(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
# torchvision's own GoogLeNet computes 0.5 and 0.5 from pictures normalised as above, in a first
# step that is no layer, because its weights come from another library.
_HALVES = Normalisation(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))


@dataclass(frozen=True)
class Extractor:
    """The feature maps of one model."""

    title: str
    """What people call it."""
    layers: Layers
    smallest: int
    """Smallest height and width that they work on."""
    head: int
    """How many of the model's children are its classifier; 0 if `.features` leaves them out."""
    normalisation: Normalisation = _IMAGENET
    """What pixels from 0 to 1 are to go through, as they did when the weights were learned."""
    arguments: str = ""
    """What torchvision's function needs besides the weights when these are random."""
    inner: int = 0
    """How many children torchvision has it in, if they are not as many as the layers here."""

    @property
    def children(self) -> int:
        """How many children the layers are in torchvision's model."""
        return self.inner or len(self.layers)


def _vgg(title: str, *times: int, norm: bool = False) -> Extractor:
    return Extractor(title, vgg_stages(*times, norm=norm), 32, head=0)


def _resnet(title: str, stages: Layers) -> Extractor:
    return Extractor(title, (*RESNET_STEM, *stages), 1, head=2)


def _convolution(out_channels: int, kernel_size: int, stride: int, padding: int) -> Layers:
    convolution = Conv2d(
        out_channels=out_channels, kernel_size=kernel_size, stride=stride, padding=padding
    )
    return (convolution, ReLU())


_ALEXNET: Layers = (
    *_convolution(64, 11, 4, 2),
    MaxPool2d(kernel_size=3, stride=2),
    *_convolution(192, 5, 1, 2),
    MaxPool2d(kernel_size=3, stride=2),
    *_convolution(384, 3, 1, 1),
    *_convolution(256, 3, 1, 1),
    *_convolution(256, 3, 1, 1),
    MaxPool2d(kernel_size=3, stride=2),
)

_EPS = 0.001  # of the batch normalisation in torchvision's GoogLeNet
_GOOGLENET_BLOCKS: dict[str, tuple[int, int, int, int, int, int]] = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}


def _inceptions(stage: str) -> Layers:
    return tuple(
        inception(*channels, five_kernel=3, eps=_EPS, name=name)
        for name, channels in _GOOGLENET_BLOCKS.items()
        if name.startswith(f"inception{stage}")
    )


_GOOGLENET: Layers = (
    *rectified(64, 7, 2, eps=_EPS),
    MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
    *rectified(64, 1, eps=_EPS),
    *rectified(192, 3, eps=_EPS),
    MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
    *_inceptions("3"),
    MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
    *_inceptions("4"),
    MaxPool2d(kernel_size=2, stride=2, ceil_mode=True),
    *_inceptions("5"),
)

EXTRACTORS: Mapping[str, Extractor] = {
    "alexnet": Extractor("AlexNet", _ALEXNET, 63, head=0),
    "vgg11": _vgg("VGG-11", 1, 1, 2, 2, 2),
    "vgg16": _vgg("VGG-16", 2, 2, 3, 3, 3),
    "vgg16_bn": _vgg("VGG-16 with BatchNorm", 2, 2, 3, 3, 3, norm=True),
    "vgg19": _vgg("VGG-19", 2, 2, 4, 4, 4),
    "resnet18": _resnet("ResNet-18", basic_stages(2, 2, 2, 2)),
    "resnet34": _resnet("ResNet-34", basic_stages(3, 4, 6, 3)),
    "resnet50": _resnet("ResNet-50", bottleneck_stages(3, 4, 6, 3)),
    "googlenet": Extractor(
        "GoogLeNet",
        _GOOGLENET,
        15,
        3,
        _HALVES,
        ", aux_logits=False, init_weights=False",
        inner=16,
    ),
}
"""By the name of torchvision's function."""
