"""What is set on Train, after a reload: from the address, or else from the run that is shown.

The address says what is set only where a reload would bring back something else without it. Nothing
that an address holds can break the page: what cannot be read is said, and left aside.
"""

import hashlib
from typing import cast
from urllib.parse import urlencode

import streamlit as st
from pydantic import BaseModel, ConfigDict, Field, field_validator

from explorer.datasets.catalog import CATALOG
from explorer.datasets.reference import ZIPPED, DatasetRef, Fit, Grouping, Source
from explorer.errors import ExplorerError
from explorer.network.base import shape_text
from explorer.network.link import network_from_text, network_to_text
from explorer.network.presets import TUTORIAL_CNN
from explorer.network.spec import InputShape
from explorer.runs.record import Run
from explorer.training.recipe import Job
from explorer.training.recipes import PRESETS
from explorer.ui import links, state
from explorer.ui.address_memory import AddressMemory
from explorer.ui.identity import visitor
from explorer.ui.network import link as network_link
from explorer.ui.runs.shown_run import PARAMETER as RUN
from explorer.ui.text import plain
from explorer.ui.train.data_choice import known_zips, use_data, use_upload
from explorer.ui.train.plan import Rivals, rivals_of
from explorer.ui.train.recipe_form import shown_values, use_recipe
from explorer.ui.train.recipe_values import of_preset, read_words, words
from explorer.ui.train.rivals import network_of, use_rivals
from explorer.ui.train.training_setup import Setup

_NOTICES = "setup_notices"
_FIRST = {"recipe": "plain"}


class _Words(BaseModel):
    """Everything but the network and the fields of the recipe; "" says nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    against: Rivals = "baseline"
    data: str = Field(default="digits", max_length=40)
    """A source of the catalog, or what `_word` makes of a zip."""
    input: str = ""
    """Channels x height x width."""
    fit: Fit = "crop"
    group: Grouping = "none"
    stratify: bool = True
    recipe: str = "plain"

    @field_validator("recipe")
    @classmethod
    def _is_preset(cls, name: str) -> str:
        if name not in PRESETS:
            raise ValueError(f"it should be one of {', '.join(PRESETS)}")
        return name

    @field_validator("input")
    @classmethod
    def _is_shape(cls, text: str) -> str:
        try:
            _shape(text)
        except ValueError:  # pydantic's refusal of a size is one too
            raise ValueError("it should be channels, height and width, as 3x32x32") from None
        return text


def enter(run: Run | None) -> None:
    """Take what the address asks for; in a new session else what this person's own run had.

    Call it before anything of the page is drawn.
    """
    query = st.query_params.to_dict()
    query.pop(RUN, None)
    query = dict(list(query.items())[: links.MOST_PARAMETERS])
    text, memory = urlencode(query), AddressMemory("train")
    if query and not memory.is_old(text):
        memory.overtake(text)
        known = {name: value for name, value in query.items() if name in _names()}
        notices = [links.unknown(name) for name in query if name not in known]
        if known:
            notices += _take(known)
        st.session_state[_NOTICES] = links.at_most(notices)
    if shown_values() is None and run is not None and run.visitor == visitor():
        try:
            use_job(run.job, keep_network=state.network_is_chosen())
        except ExplorerError:
            return  # of another version: what is shown of the run says so


def _names() -> set[str]:
    return {*_Words.model_fields, *of_preset("plain", "digits"), network_link.PARAMETER}


def use_job(job: Job, *, keep_network: bool = False) -> None:
    """Have the page show all that a job was made of; a zip only if it is this visitor's."""
    first = job.contenders[0].network
    rivals = rivals_of(job)
    use_rivals(rivals)
    use_data(job.dataset, first.input)
    use_recipe(job.recipe, job.dataset.source)
    if rivals == "baseline" and not keep_network:
        state.set_network(first)


def _take(query: dict[str, str]) -> list[str]:
    """What the address says, and what it does not say as on the first visit."""
    general = {name: text for name, text in query.items() if name in _Words.model_fields}
    said, notices = links.read(_Words, general)
    use_rivals(said.against)
    try:
        text = query.get(network_link.PARAMETER)
        state.set_network(network_from_text(text) if text else TUTORIAL_CNN)
    except ExplorerError as error:
        notices.append(f"**The network in the link is not used.** {plain(str(error))}")
    input = _shape(said.input) or network_of(said.against).input
    source = _take_data(said, input)
    if source is None:
        notices.append(
            f"The data set of the link, {links.quoted(said.data)}, is not here. Uploaded pictures "
            "are only there for whoever uploaded them."
        )
        source = "digits"
        use_data(DatasetRef(source=source), input)
    recipe, problems = read_words(said.recipe, query, source)
    instead = of_preset(said.recipe, source)
    notices += [
        links.refused(name, query[name], reason, str(instead[name]))
        for name, reason in problems.items()
    ]
    use_recipe(recipe, source, said.recipe)
    return notices


def publish(setup: Setup, run: Run | None) -> None:
    """Make the address say what is set, unless it says so already by naming the run."""
    query = {} if _is_of(setup, run) else _words(setup)
    AddressMemory("train").says(urlencode(query))
    query = {**({RUN: run.id} if run else {}), **query}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def say() -> None:
    """What is to be said about the link, once."""
    for notice in st.session_state.pop(_NOTICES, []):
        st.warning(notice, icon=":material/link_off:")


def _is_of(setup: Setup, run: Run | None) -> bool:
    """Whether a reload brings back what is set, without further words."""
    if run is None or run.visitor != visitor():
        return _words(setup) == _FIRST  # which is what a first visit begins with
    if setup.job is None:
        return False
    try:
        return run.job.model_copy(update={"purpose": "training", "fold": None}) == setup.job
    except ExplorerError:
        return False


def _words(setup: Setup) -> dict[str, str]:
    ref, source = setup.data.ref, setup.data.source
    found = dict(_FIRST)
    if setup.rivals != "baseline":
        found["against"] = setup.rivals
    if source != "digits":
        found["data"] = _word(ref) if ref and ref.archive else source
    if setup.data.input != setup.network.input:
        found["input"] = shape_text(setup.data.input.shape).replace("×", "x")
    if ref is not None and ref.archive:
        ways = {"fit": ref.fit, "group": ref.group, "stratify": "on" if ref.stratify else "off"}
        first = {"fit": "crop", "group": "none", "stratify": "on"}
        found |= {name: text for name, text in ways.items() if text != first[name]}
    if shown := shown_values():
        preset, values = shown
        found |= {"recipe": preset, **words(preset, values, source)}
    network = state.network()
    text = "" if network == TUTORIAL_CNN else network_to_text(network)
    if text and network_link.fits(text):
        found[network_link.PARAMETER] = text
    return found


def _word(ref: DatasetRef) -> str:
    """Names a zip to whoever has it; its own name in an address would be a key to it."""
    return f"{ref.source}-{hashlib.sha256(f'{ref.archive}'.encode()).hexdigest()[:12]}"


def _take_data(said: _Words, input: InputShape) -> Source | None:
    """Choose the data set; its source, or None if it is not here."""
    if said.data == "folder":
        use_upload()
        return "folder"
    if said.data in CATALOG and said.data not in ZIPPED:
        ref = DatasetRef(source=cast(Source, said.data))
    else:
        found = next((ref for ref in known_zips() if _word(ref) == said.data), None)
        if found is None:
            return None
        ways = {"fit": said.fit, "group": said.group, "stratify": said.stratify}
        ref = found.model_copy(update=ways)
    return ref.source if use_data(ref, input) else None


def _shape(text: str) -> InputShape | None:
    if not text:
        return None
    channels, height, width = map(int, text.split("x"))
    return InputShape(channels=channels, height=height, width=width)
