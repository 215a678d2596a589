"""What will be trained, shown before it is: the plan, some of the pictures, and Start."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.network.spec import NetworkSpec
from explorer.runs.store import RunStore
from explorer.training.recipe import Job, Recipe
from explorer.ui.text import count, plain
from explorer.ui.train import augmentation_preview
from explorer.ui.train.data_choice import DataChoice, data_choice
from explorer.ui.train.data_preview import SHOWN_PIXELS, preview
from explorer.ui.train.forecast import forecast
from explorer.ui.train.plan import Plan, Rivals, plan, pretrained_plan
from explorer.ui.train.recipe_form import recipe_form
from explorer.ui.train.rivals import overview, rivals_choice
from explorer.ui.train.start_button import start_button


@dataclass(frozen=True)
class Setup:
    """What was chosen; without a plan and a job there is no data yet, or there is a `problem`."""

    rivals: Rivals
    network: NetworkSpec
    data: DataChoice
    recipe: Recipe
    plan: Plan | None
    job: Job | None
    problem: ExplorerError | None = None


def choices() -> Setup:
    """Draw all choices and return what they amount to."""
    rivals, network = rivals_choice()
    data = data_choice(network)
    recipe = recipe_form(data.source, data.input)
    if data.ref is None:
        return Setup(rivals, network, data, recipe, None, None)
    try:
        classes = len(data.classes)
        planned = (
            pretrained_plan(input=data.input, classes=classes)
            if rivals == "random"
            else plan(network, input=data.input, classes=classes)
        )
    except ExplorerError as error:
        return Setup(rivals, network, data, recipe, None, None, error)
    return Setup(rivals, network, data, recipe, planned, planned.job(data.ref, recipe))


def start(setup: Setup, store: RunStore) -> None:
    """Who competes on what, and the button."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="start_row"):
        with st.container():
            if setup.problem:
                st.error(plain(str(setup.problem)), icon=":material/error:")
            elif setup.plan and setup.data.ref:
                overview(setup.plan, setup.data.ref.name)
            else:
                st.info("Upload a zip of pictures to train on.", icon=":material/upload:")
        start_button(setup.job, store)
    forecast(setup.job)


def what_happens() -> None:
    """What Start will do, for whoever has not trained yet."""
    st.markdown(
        "**What happens when you press Start.** Both networks begin with random numbers as their "
        "parameters. Each *step* shows both the same *batch* of pictures and nudges every "
        "parameter to make the *loss* smaller, which is how little probability the right classes "
        "got. An *epoch* is over when every training picture was seen once. You see the loss fall "
        "and the *accuracy*, the share of pictures classified right, rise, live."
    )


def pictures(setup: Setup) -> None:
    """A few samples as the network will see them, and how they came to be so."""
    data = setup.data
    if data.ref is None or len(data.input.shape) != 3:  # which is said where Start is
        return
    if not data.present:
        st.info(f"{plain(data.ref.name)} is not on this computer yet: Start downloads it first.")
        return
    try:
        shown = preview(data.ref, data.input)
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _row(shown.images, shown.names)
    text = f"As the network will see them: {plain(shown.conversion)}."
    if shown.sizes:
        train, test = shown.sizes
        text += (
            f" {count(train, 'picture')} to train on, some of them held back to validate with "
            f"after each epoch; {test:,} others for the test at the end."
        )
    st.caption(text)
    step = augmentation_preview.shown_step()
    changed = augmentation_preview.changed_pictures(shown.images, setup.recipe, step)
    if changed is None:
        return
    with st.container(key="augmented"):
        _row(changed, shown.names)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("In training they are changed at random, anew each time.", width="content")
            augmentation_preview.another_step()


def _row(images: Tensor, names: Sequence[str]) -> None:
    st.image(
        list(_enlarged(images)),
        caption=[plain(name) for name in names],
        width=SHOWN_PIXELS,
        output_format="PNG",
    )


def _enlarged(images: Tensor) -> NDArray[np.uint8]:
    """(N, C, H, W) -> (N, H', W', C), whole multiples: each pixel stays a sharp square."""
    factor = max(1, 2 * SHOWN_PIXELS // max(images.shape[2:]))
    larger = images.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    return larger.permute(0, 2, 3, 1).numpy()
