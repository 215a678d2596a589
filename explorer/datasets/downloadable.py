"""The data sets torchvision can download: where they come from and what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.datasets.dataset import CIFAR10_NORMALISATION, MNIST_NORMALISATION
from explorer.datasets.reference import Source
from explorer.network.spec import InputShape, Normalisation


@dataclass(frozen=True)
class Download:
    """A data set of torchvision; `files` lie in `folder`, `url` is where they come from.

    `native` is the size of its pictures, None if they are of many.

    `megabytes` is the size of the download, `published` the mean and standard deviation that the
    literature uses, if it agrees on them; else those of the training pictures are computed.
    """

    torchvision_name: str
    title: str
    what: str
    folder: str
    files: tuple[str, ...]
    url: str
    megabytes: int
    native: InputShape | None
    classes: tuple[str, ...]
    count: int
    test_count: int
    published: Normalisation | None = None


_IDX_FILES = tuple(
    f"raw/{part}-{kind}-ubyte"
    for part in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)
_GREY = InputShape(channels=1, height=28, width=28)
_COLOUR = InputShape(channels=3, height=32, width=32)

_CIFAR100_CLASSES = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch
crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo
keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse
mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy
porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper
snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television
tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

MNIST = Download(
    torchvision_name="MNIST",
    title="MNIST",
    what="digits",
    folder="MNIST",
    files=_IDX_FILES,
    url="https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
    megabytes=12,
    native=_GREY,
    classes=tuple("0123456789"),
    count=70_000,
    test_count=10_000,
    published=MNIST_NORMALISATION,
)

FASHION_MNIST = Download(
    torchvision_name="FashionMNIST",
    title="Fashion-MNIST",
    what="articles of clothing",
    folder="FashionMNIST",
    files=_IDX_FILES,
    url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz",
    megabytes=31,
    native=_GREY,
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    count=70_000,
    test_count=10_000,
)

KMNIST = Download(
    torchvision_name="KMNIST",
    title="KMNIST",
    what="cursive Japanese characters",
    folder="KMNIST",
    files=_IDX_FILES,
    url="http://codh.rois.ac.jp/kmnist/dataset/kmnist/train-images-idx3-ubyte.gz",
    megabytes=21,
    native=_GREY,
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    count=70_000,
    test_count=10_000,
)

CIFAR10 = Download(
    torchvision_name="CIFAR10",
    title="CIFAR-10",
    what="photographs",
    folder="cifar-10-batches-py",
    files=(*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta"),
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    megabytes=170,
    native=_COLOUR,
    classes=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    count=60_000,
    test_count=10_000,
    published=CIFAR10_NORMALISATION,
)

CIFAR100 = Download(
    torchvision_name="CIFAR100",
    title="CIFAR-100",
    what="photographs",
    folder="cifar-100-python",
    files=("train", "test", "meta"),
    url="https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    megabytes=169,
    native=_COLOUR,
    classes=tuple(_CIFAR100_CLASSES.split()),
    count=60_000,
    test_count=10_000,
)

VOC2012 = Download(
    torchvision_name="VOCDetection",
    title="PASCAL VOC 2012",
    what="photographs",
    folder="VOCdevkit/VOC2012",
    files=("ImageSets/Main/train.txt", "ImageSets/Main/val.txt"),
    url="https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
    megabytes=2000,
    native=None,
    classes=(
        *("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
        *("diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa"),
        *("train", "tvmonitor"),
    ),
    count=11_540,
    test_count=5_823,
)

DOWNLOADS: Mapping[Source, Download] = {
    "mnist": MNIST,
    "fashion_mnist": FASHION_MNIST,
    "kmnist": KMNIST,
    "cifar10": CIFAR10,
    "cifar100": CIFAR100,
    "voc2012": VOC2012,
}
