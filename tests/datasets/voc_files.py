"""A folder in the layout of PASCAL VOC 2012, of the two photographs that scikit-learn brings."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_images

SHOWN: tuple[Sequence[str], ...] = (
    ("person", "dog"),
    ("pottedplant",),
    ("person",),
    ("dog", "dog", "sofa"),
    ("pottedplant", "person"),
)
"""The objects in every fifth photograph, from the first on."""

_OBJECT = """\t<object>
\t\t<name>{name}</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>0</truncated>
\t\t<difficult>0</difficult>
\t\t<bndbox>
\t\t\t<xmin>8</xmin>
\t\t\t<ymin>12</ymin>
\t\t\t<xmax>90</xmax>
\t\t\t<ymax>80</ymax>
\t\t</bndbox>{parts}
\t</object>
"""
_PART = """
\t\t<part>
\t\t\t<name>head</name>
\t\t\t<bndbox><xmin>10</xmin><ymin>12</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>
\t\t</part>"""
_ANNOTATION = """<annotation>
\t<folder>VOC2012</folder>
\t<filename>{name}.jpg</filename>
\t<source>
\t\t<database>The VOC2008 Database</database>
\t\t<annotation>PASCAL VOC2008</annotation>
\t\t<image>flickr</image>
\t</source>
\t<size>
\t\t<width>{width}</width>
\t\t<height>{height}</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>
{objects}</annotation>
"""


def make(root: Path, train: int = 10, val: int = 5) -> None:
    """Crops of the photographs, with annotations and lists, as the original's archive unpacks."""
    folder = root / "VOCdevkit" / "VOC2012"
    for name in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (folder / name).mkdir(parents=True)
    photographs = [Image.fromarray(pixels) for pixels in load_sample_images().images]
    names = [f"2008_{number:06}" for number in range(train + val)]
    for number, name in enumerate(names):
        left, width = 12 * number, 150 + 10 * (number % 4)
        crop = photographs[number % 2].crop((left, 20, left + width, 140))
        crop.save(folder / "JPEGImages" / f"{name}.jpg", quality=90)
        # Body parts of people are annotated too, and have a name of their own.
        objects = "".join(
            _OBJECT.format(name=one, parts=_PART * (one == "person"))
            for one in SHOWN[number % len(SHOWN)]
        )
        text = _ANNOTATION.format(name=name, width=crop.width, height=crop.height, objects=objects)
        (folder / "Annotations" / f"{name}.xml").write_text(text)
    lists = folder / "ImageSets" / "Main"
    (lists / "train.txt").write_text("".join(f"{name}\n" for name in names[:train]))
    (lists / "val.txt").write_text("".join(f"{name}\n" for name in names[train:]))
