"""Networks people know: what they are, and where they come from."""

from collections.abc import Mapping
from typing import NamedTuple

from explorer.network.presets_blocks import (
    BOTTLENECK_CNN,
    DENSENET_SMALL,
    INCEPTION_SMALL,
    RESNET_18_CIFAR,
    RESNET_18_PRETRAINED,
    RESNET_34,
    RESNET_50,
    VGG_16_PRETRAINED,
)
from explorer.network.presets_plain import (
    ALEXNET_SMALL,
    CLIP_CNN,
    FULLY_CONVOLUTIONAL,
    LENET_5,
    ONE_BY_ONE_CNN,
    ROCK_PAPER_SCISSORS_CNN,
    TINY_CT,
    TUTORIAL_BASELINE,
    TUTORIAL_CNN,
    VGG_16_FEATURES,
    VGG_CIFAR_CNN,
)
from explorer.network.spec import NetworkSpec

__all__ = [
    "ABOUT",
    "CLASSIFIERS",
    "LENET_5",
    "PRESETS",
    "TUTORIAL_BASELINE",
    "TUTORIAL_CNN",
    "About",
]
__all__ += ["ROCK_PAPER_SCISSORS_CNN", "VGG_CIFAR_CNN"]


class About(NamedTuple):
    """What a preset is, in a sentence or two, and where it comes from."""

    description: str
    source: str


_PRESETS = (
    (
        TUTORIAL_CNN,
        About(
            "Four convolutions for 28×28 digits. There is no non-linearity between them, so only "
            "the pooling keeps the whole from being one linear map.",
            "A beginners' tutorial on convolutional networks with MNIST",
        ),
    ),
    (
        TUTORIAL_BASELINE,
        About(
            "What the tutorial CNN is compared with: every pixel connected to 16 hidden values.",
            "The same tutorial, without its ReLU on the output, which hurts",
        ),
    ),
    (
        LENET_5,
        About(
            "The classic of digit recognition, with the ReLU and max pooling that are usual today; "
            "the original of 1998 has tanh and a pooling that learns.",
            "LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document "
            "Recognition, 1998",
        ),
    ),
    (
        ROCK_PAPER_SCISSORS_CNN,
        About(
            "Tells photographs of hands apart at 90×90 in colour. Nearly all of its parameters are "
            "in its first fully connected layer.",
            "A classroom classifier for rock, paper, scissors, after LeNet-5",
        ),
    ),
    (
        VGG_CIFAR_CNN,
        About(
            "Three blocks of two 3×3 convolutions, each block with half the size and twice the "
            "channels of the one before, for small colour photographs.",
            "After Simonyan and Zisserman, Very Deep Convolutional Networks, 2014, with batch "
            "normalisation",
        ),
    ),
    (
        ALEXNET_SMALL,
        About(
            "The five convolutions and three fully connected layers that won ImageNet in 2012, "
            "with smaller windows for smaller pictures. Most parameters are in the Linear layers.",
            "After Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep "
            "Convolutional Neural Networks, 2012",
        ),
    ),
    (
        VGG_16_FEATURES,
        About(
            "The thirteen convolutions of VGG-16 with a small classifier of one's own behind them. "
            "The weights start at random here.",
            "Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image "
            "Recognition, 2014",
        ),
    ),
    (
        VGG_16_PRETRAINED,
        About(
            "The thirteen convolutions of VGG-16 with the weights that ImageNet taught it (528 MB, "
            "downloaded when it is trained), frozen, and a small classifier of one's own behind.",
            "Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image "
            "Recognition, 2014; weights of torchvision",
        ),
    ),
    (
        RESNET_18_PRETRAINED,
        About(
            "What ResNet-18 learned from ImageNet (45 MB, downloaded when it is trained), frozen, "
            "and one Linear layer that learns: the quickest way to a good classifier of few "
            "pictures.",
            "He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2015; weights "
            "of torchvision",
        ),
    ),
    (
        RESNET_18_CIFAR,
        About(
            "Eight residual blocks of two convolutions each. Unlike the original it starts with a "
            "3×3 convolution of stride 1 and no pooling, as 32×32 pictures are small already.",
            "He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2015",
        ),
    ),
    (
        RESNET_34,
        About(
            "Sixteen residual blocks in stages of 3, 4, 6 and 3, as in torchvision, with ten "
            "classes.",
            "He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2015",
        ),
    ),
    (
        RESNET_50,
        About(
            "The stages of ResNet-34 with bottleneck blocks: 1×1 convolutions make the channels "
            "few before the 3×3 one, and many after it.",
            "He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2015, with the "
            "stride in the 3×3 convolution as in torchvision",
        ),
    ),
    (
        BOTTLENECK_CNN,
        About(
            "Two bottleneck blocks of ResNet-50 to look at: the first changes the channels and so "
            "has a 1×1 convolution as its shortcut, the second adds its input as it came.",
            "He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, 2015",
        ),
    ),
    (
        INCEPTION_SMALL,
        About(
            "Three blocks of four branches: windows of 1×1, 3×3 and 5×5 and pooling side by side, "
            "their channels put behind one another.",
            "After Szegedy and others, Going Deeper with Convolutions, 2014, with batch "
            "normalisation",
        ),
    ),
    (
        DENSENET_SMALL,
        About(
            "Each layer sees the outputs of all layers before it in its block, as channels that "
            "grow by twelve at a time.",
            "After Huang, Liu, van der Maaten and Weinberger, Densely Connected Convolutional "
            "Networks, 2016",
        ),
    ),
    (
        ONE_BY_ONE_CNN,
        About(
            "1×1 convolutions mix the channels of each place, a small fully connected network for "
            "every pixel; the mean of ten score maps replaces the Linear layers.",
            "After Lin, Chen and Yan, Network In Network, 2013, with half of its channels",
        ),
    ),
    (
        FULLY_CONVOLUTIONAL,
        About(
            "Only convolutions, strides instead of pooling, and a mean at the end: it takes "
            "pictures of any size with the same weights.",
            "After Springenberg, Dosovitskiy, Brox and Riedmiller, Striving for Simplicity: The "
            "All Convolutional Net, 2014, with half of its channels",
        ),
    ),
    (
        TINY_CT,
        About(
            "Two convolutions that halve a slice twice, to follow the sizes by hand. It has no "
            "classifier.",
            "A beginners' example with computed tomography",
        ),
    ),
    (
        CLIP_CNN,
        About(
            "A window that also slides through time: 3×3×3 over a clip of sixteen colour frames.",
            "A beginners' example of 3-D convolution",
        ),
    ),
)

PRESETS: Mapping[str, NetworkSpec] = {spec.name: spec for spec, _ in _PRESETS}
ABOUT: Mapping[str, About] = {spec.name: about for spec, about in _PRESETS}
CLASSIFIERS: Mapping[str, NetworkSpec] = {
    name: spec for name, spec in PRESETS.items() if spec not in (TINY_CT, CLIP_CNN)
}
"""Those that take pictures and put out one value per class, and so can be trained here."""
