"""What a sweep says: the best settings of each network, a map of all, and a table best first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.evaluation.series import as_good, score, score_name
from explorer.figures.series import Cell, heat_map
from explorer.runs.record import Run
from explorer.runs.validation import Validated
from explorer.training.events import Measure
from explorer.ui.places import page
from explorer.ui.runs.series_words import STATES, run_links, use_settings
from explorer.ui.runs.watch import ENDED
from explorer.ui.text import count, duration, percent, plain

_MOST_COMPARED = 12
_SHOWN_ROWS = 12


@dataclass(frozen=True)
class _Entry:
    """One contender of a run that finished."""

    run: Run
    name: str
    cell: Cell
    measure: Measure
    seconds: float


@dataclass(frozen=True)
class _Map:
    """All runs of one network, or of its baseline."""

    name: str
    runs: tuple[Run, ...]
    entries: tuple[_Entry, ...]

    @property
    def best(self) -> _Entry:
        return max(self.entries, key=_rank)


def sweep_results(runs: Sequence[Run], found: Mapping[str, Validated]) -> None:
    """Of the runs that have finished; the others are named in the maps."""
    maps = _maps(runs, found)
    entries = sorted((entry for one in maps for entry in one.entries), key=_rank, reverse=True)
    if entries:
        pictures = max(one.validated_with for one in found.values())
        for one in sorted(maps, key=lambda one: _rank(one.best) if one.entries else (0, 0))[::-1]:
            if one.entries:
                _sentence(one, pictures)
    _heat_maps(maps, entries)
    if entries:
        _links(entries)
        _table(entries)


def _rank(entry: _Entry) -> tuple[float, float]:
    """Higher is better; the loss decides between equal scores."""
    return (score(entry.measure), -entry.measure.loss)


def _cell(run: Run) -> Cell:
    return (run.job.recipe.learning_rate, run.job.recipe.batch_size)


def _maps(runs: Sequence[Run], found: Mapping[str, Validated]) -> list[_Map]:
    by_network: dict[str, list[Run]] = {}
    for run in runs:
        by_network.setdefault(run.job.contenders[0].name, []).append(run)
    maps = []
    for members in by_network.values():
        for index, contender in enumerate(members[0].job.contenders):
            entries = tuple(
                _Entry(run, contender.name, _cell(run), one.validation[index], _seconds(one, index))
                for run in members
                if run.status == "finished" and (one := found[run.id]).validation
            )
            maps.append(_Map(contender.name, tuple(members), entries))
    return maps


def _seconds(found: Validated, index: int) -> float:
    trained = found.finished.trained if found.finished else ()
    return trained[index].seconds if index < len(trained) else 0.0


def _sentence(one: _Map, pictures: int) -> None:
    best = one.best
    rate, size = best.cell
    going_on = any(run.status not in ENDED for run in one.runs)
    text = (
        f"**{plain(one.name)}**{' so far' if going_on else ''}: "
        f"{percent(score(best.measure))} validation "
        f"{score_name(best.measure)}, with learning rate {rate:g} and batches of {size}."
    )
    if best.measure.mean_average_precision is None and pictures:
        others = as_good([entry.measure.accuracy for entry in one.entries], pictures)
        if others:
            text += (
                f" {count(others, 'other setting')} may be as good: on {pictures:,} pictures "
                "chance alone explains the difference."
            )
    rates = sorted({entry.cell[0] for entry in one.entries})
    if not going_on and len(rates) > 1 and rate in (rates[0], rates[-1]):
        end = "lowest" if rate == rates[0] else "highest"
        text += f" That is the {end} learning rate tried: the best may lie beyond."
    st.markdown(text)


def _heat_maps(maps: Sequence[_Map], entries: Sequence[_Entry]) -> None:
    scores = [score(entry.measure) for entry in entries]
    ends = (min(scores, default=0.0), min(max(scores, default=0.9), 0.9999))
    with st.container(horizontal=True, gap="large", key="sweep_maps"):
        for number, one in enumerate(maps):
            with st.container(width="content", gap="xxsmall"):
                st.markdown(f"**{plain(one.name)}**")
                _heat_map(one, ends, f"sweep_map_{number}")
    st.caption(
        "Share of the validation pictures classified right (accuracy), or mean average precision "
        "where pictures have several labels. Brighter is better; the colours follow the logarithm "
        "of the error, the same in all maps. ★ marks the best of each."
    )


def _heat_map(one: _Map, ends: tuple[float, float], key: str) -> None:
    known = {entry.cell: score(entry.measure) for entry in one.entries}
    states = {_cell(run): STATES[run.status] for run in one.runs}
    st.plotly_chart(
        heat_map(
            sorted({rate for rate, _ in states}),
            sorted({size for _, size in states}),
            known,
            {cell: state for cell, state in states.items() if cell not in known},
            ends,
        ),
        width="content",
        key=key,
        config={"displayModeBar": False},
        alt="Validation results by learning rate and batch size, as in the table.",
    )


def _links(entries: Sequence[_Entry]) -> None:
    ids = list(dict.fromkeys(entry.run.id for entry in entries))[:_MOST_COMPARED]
    # The settings that suit the network itself, not its baseline.
    networks = [entry for entry in entries if entry.name == entry.run.job.contenders[0].name]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            page("runs"),
            label="Compare their curves" if len(ids) > 1 else "Look at its curves",
            icon=":material/stacked_line_chart:",
            query_params={"compare": ",".join(ids)},
        )
        use_settings(networks[0].run, "Use the best settings")
    st.caption(
        "Choose by validation, report the test once: none of these runs read the test pictures. "
        "Train once more with the settings chosen here, and report what that run gets on the test; "
        "picked for its test result, the best of many runs looks better than it is, by luck."
    )


def _table(entries: Sequence[_Entry]) -> None:
    what = score_name(entries[0].measure)
    shown = entries[:_SHOWN_ROWS]
    _rows(shown, what)
    if rest := entries[_SHOWN_ROWS:]:
        with st.expander(f"{len(rest)} more"):
            _rows(rest, what)
    run_links(_labelled(entries), "Curves, by learning rate × batch size:")


def _labelled(entries: Sequence[_Entry]) -> dict[str, Run]:
    """The runs, best first, by what tells them apart."""
    several = len({entry.run.job.contenders[0].name for entry in entries}) > 1
    labels: dict[str, Run] = {}
    for entry in entries:
        rate, size = entry.cell
        network = f"{entry.run.job.contenders[0].name}, " if several else ""
        labels.setdefault(f"{network}{rate:g} × {size}", entry.run)
    return labels


def _rows(entries: Sequence[_Entry], what: str) -> None:
    table = {
        "Network": [plain(entry.name) for entry in entries],
        "Learning rate": [f"{entry.cell[0]:g}" for entry in entries],
        "Batch size": [str(entry.cell[1]) for entry in entries],
        f"Validation {what}": [percent(score(entry.measure)) for entry in entries],
        "Validation loss": [f"{entry.measure.loss:.4f}" for entry in entries],
        "Training time": [duration(entry.seconds) for entry in entries],
    }
    st.table(table, hide_index=True, border="horizontal")
