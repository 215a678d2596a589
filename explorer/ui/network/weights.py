"""Which weights the network on the page has: random ones of a seed, or those of a finished run.

Modules belong to one session; nothing is shared between sessions.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, pretrained
from explorer.network.build import build
from explorer.runs.record import Run
from explorer.runs.store import open_store
from explorer.training import checkpoint
from explorer.ui.identity import visitor

MOST_RUNS = 50  # the newest ones of a visitor that are looked through
KEPT_PARAMETERS = (
    5_000_000  # a larger module is built anew when it is asked for again: 4 bytes each
)
LARGEST_SEED = 9999

_SEED, _RUN = "network_seed", "network_weights_run"
_BUILT, _KNOWN = "network_built", "network_known_runs"

Key = tuple[str, str]  # run, contender
RANDOM: Key = ("", "")

# PyTorch's random numbers belong to the process: two sessions that seed at once would mix them.
_random_numbers = threading.Lock()


@dataclass(frozen=True, eq=False)
class ChosenWeights:
    """A network with weights.

    Attributes:
        module: On the CPU, in evaluation mode; its submodules are named as in the trace.
        label: What weights these are; may hold text that people wrote.
        run_id: The run they come from, or None for random ones.
        notices: What else should be known, such as that pretrained weights are not there.
    """

    module: nn.Module
    label: str
    run_id: str | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainedWeights:
    """One contender of a finished run: which weights, and what people call them."""

    run_id: str
    contender: str
    file: str
    title: str

    @property
    def key(self) -> Key:
        """What stays when the run gets another name."""
        return self.run_id, self.contender


def weights_choice(spec: NetworkSpec, key: str = "network_weights") -> None:
    """Draw the choice; it holds for the whole page, however often it is drawn.

    Args:
        spec: The network that the weights are for.
        key: Begins the keys of the widgets: another one for each place it is drawn at.
    """
    trained = {each.key: each for each in trained_weights(spec)}
    now = _chosen_run(spec)
    widget = f"{key}_run"

    def choose() -> None:
        st.session_state[_RUN] = st.session_state[widget]

    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_choice"):
        st.session_state[widget] = now.key if now else RANDOM
        st.selectbox(
            "Weights",
            [RANDOM, *trained],
            format_func=lambda each: trained[each].title if each in trained else "Random",
            key=widget,
            help="As PyTorch draws them for a new network, or those of a finished run of this very "
            "network (the same input and layers).",
            on_change=choose,
        )
        if now is None:
            _seed_input(f"{key}_seed")


def _seed_input(key: str) -> None:
    st.session_state[key] = _seed()
    st.number_input(
        "Seed",
        0,
        LARGEST_SEED,
        key=key,
        help="The same seed gives the same random weights. PyTorch: `torch.manual_seed`.",
        on_change=lambda: st.session_state.update({_SEED: st.session_state[key]}),
        width=140,
    )


def chosen(spec: NetworkSpec) -> ChosenWeights:
    """The network with the weights that were chosen for it; random ones until a run is chosen.

    Raises:
        ExplorerError: The network does not work or is too large; nothing is allocated then.
    """
    identity = chosen_identity(spec)
    kept: tuple[Any, ChosenWeights] | None = st.session_state.get(_BUILT)
    if kept is not None and kept[0] == identity:
        return kept[1]
    st.session_state.pop(_BUILT, None)  # two large networks at a time are one too many
    trained = _chosen_run(spec)
    made = _of_run(trained) if trained else random_weights(spec, _seed())
    if sum(weight.numel() for weight in made.module.parameters()) <= KEPT_PARAMETERS:
        st.session_state[_BUILT] = (identity, made)
    return made


def later(spec: NetworkSpec) -> Callable[[], ChosenWeights]:
    """What `chosen` would give now, made only when it is called, in any thread.

    The call raises what `chosen` raises.
    """
    trained, seed = _chosen_run(spec), _seed()
    return partial(_of_run, trained) if trained else partial(random_weights, spec, seed)


def chosen_identity(spec: NetworkSpec) -> tuple[Any, ...]:
    """What `chosen` depends on: as long as it is equal, so are the weights.

    The name of a network is no part of it.
    """
    trained = _chosen_run(spec)
    return (spec.input, spec.normalisation, spec.layers, trained.key if trained else _seed())


def _seed() -> int:
    return st.session_state.get(_SEED, 0)


def random_weights(spec: NetworkSpec, seed: int) -> ChosenWeights:
    """The network as PyTorch begins it; the first layers are the same whatever follows them.

    Pretrained blocks have torchvision's weights, where those are on this computer.

    Raises:
        ExplorerError: The network does not work or is too large.
    """
    with _random_numbers, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = build(spec)
    notices = tuple(pretrained.load(module, spec, download=False))  # only what is here already
    return ChosenWeights(module.eval(), f"random weights, seed {seed}", None, notices)


def _of_run(trained: TrainedWeights) -> ChosenWeights:
    run = open_store().run(trained.run_id)
    if run is None:
        raise ExplorerError("This run was deleted.", "Choose other weights.")
    _, module = checkpoint.load(run.directory / trained.file)
    return ChosenWeights(module, trained.title, run.id)


def _chosen_run(spec: NetworkSpec) -> TrainedWeights | None:
    """The run that was chosen, if its network still is this one."""
    wanted: Key = st.session_state.get(_RUN, RANDOM)
    if wanted == RANDOM:
        return None
    return next((each for each in trained_weights(spec) if each.key == wanted), None)


def trained_weights(spec: NetworkSpec) -> list[TrainedWeights]:
    """This visitor's finished runs of this network, the newest first.

    What a finished run trained never changes: each is read once per session.
    """
    store = open_store()
    known: dict[str, Mapping[str, tuple[Any, str]]] = st.session_state.setdefault(_KNOWN, {})
    found = []
    for run in store.runs(visitor())[:MOST_RUNS]:
        if run.status != "finished":
            continue
        if run.id not in known:
            known[run.id] = _contenders(run)
        found += [
            TrainedWeights(run.id, name, file, f"{run.name}: {name}")
            for name, (trained, file) in known[run.id].items()
            if trained == (spec.input, spec.layers)
        ]
    return found


def _contenders(run: Run) -> Mapping[str, tuple[Any, str]]:
    """What each contender's network is, and the file of its weights, by its name."""
    files: Mapping[str, str] = {}
    for _, event in open_store().events(run.id, kinds=("saved",)):
        files = event.files if event.kind == "saved" else files
    try:
        contenders = run.job.contenders
    except ExplorerError:  # stored by another release
        return {}
    return {
        each.name: ((each.network.input, each.network.layers), files[each.name])
        for each in contenders
        if each.name in files
    }
