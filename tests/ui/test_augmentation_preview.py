"""What the Train page shows of random changes: the batch of a step, as training would see it."""

import torch
from streamlit.testing.v1 import AppTest

from explorer.training.augment import augmenter
from explorer.training.augmentation import Augmentation
from explorer.training.recipe import Recipe
from explorer.ui.train.augmentation_preview import changed_pictures
from tests.training.jobs import digits

CHANGES = Recipe(augmentation=Augmentation(crop_padding=2, brightness=0.3))


def test_without_augmentation_there_is_nothing_to_show() -> None:
    assert changed_pictures(digits().train.images[:12], Recipe(), 1) is None


def test_it_is_what_training_sees_in_that_step() -> None:
    images = digits().train.images[:12]
    before = images.clone()
    first, second = (changed_pictures(images, CHANGES, step) for step in (1, 2))
    assert first is not None
    assert second is not None
    augment = augmenter(CHANGES)
    assert augment is not None
    expected = augment(images.float() / 255, 1) * 255
    assert first.dtype == torch.uint8
    assert float((first.float() - expected).abs().max()) <= 0.5
    assert not torch.equal(first, second)
    assert torch.equal(images, before)


def script() -> None:
    from explorer.ui.train import augmentation_preview

    augmentation_preview.another_step()


def test_again_shows_another_step() -> None:
    app = AppTest.from_function(script).run()
    for step in (2, 3):
        app = app.button(key="augmentation_again").click().run()
        assert app.session_state["augmentation_step"] == step
