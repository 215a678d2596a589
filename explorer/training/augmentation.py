"""Which random changes training pictures go through; `augment` carries them out."""

from pydantic import BaseModel, ConfigDict, Field


def _amount(description: str, label: str, most: float, step: float) -> float:
    return Field(
        default=0.0,
        ge=0,
        le=most,
        description=description,
        json_schema_extra={"label": label, "step": step},
    )


class Augmentation(BaseModel):
    """Random changes of every training picture, other ones each time it is seen.

    Validation and test pictures stay as they are. 0 turns a change off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizontal_flip: float = _amount(
        "Share of the pictures that are mirrored left to right. Not for digits or letters: "
        "mirrored, most of them are none.",
        "Horizontal flip",
        1,
        0.1,
    )
    crop_padding: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Pixels of black border put around the picture before a piece of the old size "
        "is cut out at a random place: the picture moves up to so many pixels each way.",
        json_schema_extra={"label": "Crop with padding", "step": 1},
    )
    rotation: float = _amount("Turned by up to so many degrees either way.", "Rotation", 180, 5)
    translation: float = _amount(
        "Moved by up to this share of its width and height.", "Translation", 0.5, 0.05
    )
    scale: float = _amount(
        "Made larger or smaller by up to this share: 0.1 is from 0.9 to 1.1 times.",
        "Scale",
        0.9,
        0.05,
    )
    shear: float = _amount("Slanted by up to so many degrees either way.", "Shear", 60, 5)
    brightness: float = _amount(
        "Colours multiplied by up to this much more or less than 1.", "Brightness", 1, 0.05
    )
    contrast: float = _amount(
        "Distance of the colours from the picture's mean grey changed by up to this share.",
        "Contrast",
        1,
        0.05,
    )
    saturation: float = _amount(
        "Distance of the colours from grey changed by up to this share; for pictures in colour.",
        "Saturation",
        1,
        0.05,
    )
    hue: float = _amount(
        "Colours moved by up to this share of the colour circle; for pictures in colour.",
        "Hue",
        0.5,
        0.01,
    )
    erasing: float = _amount(
        "Share of the pictures of which a random rectangle, up to a third of them, is made black.",
        "Erasing",
        1,
        0.1,
    )

    @property
    def is_on(self) -> bool:
        """Whether anything changes at all."""
        return self != _NONE

    @property
    def moves(self) -> bool:
        """Whether pictures are turned, moved, scaled or slanted."""
        return any((self.rotation, self.translation, self.scale, self.shear))

    @property
    def recolours(self) -> bool:
        """Whether colours change."""
        return any((self.brightness, self.contrast, self.saturation, self.hue))


_NONE = Augmentation()
