"""The settings of several runs side by side, differences marked.

Every field of a job is shown, by its declared label where it has one, so that a new field of a
recipe appears here by itself.
"""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from html import escape

import streamlit as st
from pydantic import BaseModel

from explorer.network.blocks import walk
from explorer.network.nodes import described
from explorer.network.spec import NetworkSpec
from explorer.runs.record import Run
from explorer.training.recipe import Job, Recipe, applies
from explorer.ui.palette import CONTENDERS
from explorer.ui.train.recipe_field import shown_value

NOT_USED = "–"
_LEFT_OUT = {"archive"}  # a random name, which tells nothing


def settings_table(runs: Sequence[Run]) -> None:
    """One column per run; the switch leaves only what is not the same in all."""
    st.subheader("Settings", anchor=False)
    found = [settings_of(run.job) for run in runs]
    every = dict.fromkeys(name for each in found for name in each)
    names = [name for name in every if any(each.get(name, NOT_USED) != NOT_USED for each in found)]
    differing = [name for name in names if len({each.get(name) for each in found}) > 1]
    only = len(runs) > 1 and st.toggle(
        "Only differences", True, key="compare_only_differences", persist_state="session"
    )
    if only and not differing:
        st.markdown("They were all made with the same settings.")
        return
    shown = differing if only else names
    st.html(_html(runs, [(name, [each.get(name, NOT_USED) for each in found]) for name in shown]))
    if len(runs) > 1:
        st.caption("Marked (≠): not the same as in the first of these runs.")


def settings_of(job: Job) -> dict[str, str]:
    """Every choice of a job in words, by what it is called; layers one in a line."""
    recipe = job.recipe
    chosen = recipe.model_dump()
    found = {"Data set": job.dataset.name or job.dataset.source}
    found |= _fields(job.dataset, skip={"source", "name", *_LEFT_OUT})
    for name in Recipe.model_fields:
        value = getattr(recipe, name)
        if isinstance(value, BaseModel):
            found |= _fields(value)
        else:
            used = applies(name, chosen)
            found[_label(recipe, name)] = shown_value(name, value) if used else NOT_USED
    found |= _fields(job, skip={"contenders", "dataset", "recipe"})
    for number, contender in enumerate(job.contenders, 1):
        found[f"Network {number}"] = contender.name
        found[f"Network {number}: input"] = _input(contender.network)
        found[f"Network {number}: layers"] = _layers(contender.network)
    return found


def _fields(model: BaseModel, skip: set[str] | frozenset[str] = frozenset()) -> dict[str, str]:
    values = {name: getattr(model, name) for name in type(model).model_fields if name not in skip}
    return {_label(model, name): _value(name, value) for name, value in values.items()}


def _value(name: str, value: object) -> str:
    if value is None:
        return NOT_USED
    if isinstance(value, BaseModel):
        return ", ".join(f"{key} {_value(key, each)}" for key, each in value)
    return shown_value(name, value)


def _label(model: BaseModel, name: str) -> str:
    extra = type(model).model_fields[name].json_schema_extra
    label = extra.get("label") if isinstance(extra, Mapping) else None
    return str(label or name.replace("_", " ").capitalize())


def _input(network: NetworkSpec) -> str:
    text = "×".join(map(str, network.input.shape))
    if network.normalisation is None:
        return text
    mean, std = (
        ", ".join(f"{value:g}" for value in values)
        for values in (network.normalisation.mean, network.normalisation.std)
    )
    return f"{text}, minus {mean}, divided by {std}"


def _layers(network: NetworkSpec) -> str:
    """One layer in a line, what is in a block further to the right."""
    lines = [
        "\N{NO-BREAK SPACE}" * 3 * (len(path) - 1) + described(node)
        for path, _, node in walk(network.layers)
    ]
    return "\n".join(lines) or "none"


def _html(runs: Sequence[Run], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    heads = "".join(
        f'<th scope="col" style="--colour: {CONTENDERS[number % len(CONTENDERS)]}">'
        f"{escape(f'{number + 1} · {run.name}')}</th>"
        for number, run in enumerate(runs)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(_cell(text, texts[0]) for text in texts)
        + "</tr>"
        for name, texts in rows
    )
    return f'<div class="explorer-settings"><table><tr><th></th>{heads}</tr>{body}</table></div>'


def _cell(text: str, first: str) -> str:
    """A cell; of several lines only those are marked that are not as in the first column."""
    if text == first:
        return f"<td>{_lines(text.splitlines())}</td>"
    if "\n" not in text + first:
        return f"<td><mark>{escape(text)}</mark></td>"
    before, now = first.splitlines(), text.splitlines()
    parts = []
    for kind, start, end, now_start, now_end in SequenceMatcher(None, before, now).get_opcodes():
        if kind == "equal":
            parts.append(_lines(now[now_start:now_end]))
        elif kind == "delete":
            parts.append(_lines(before[start:end], "del"))
        else:
            parts.append(_lines(now[now_start:now_end], "mark"))
    return f"<td>{''.join(parts)}</td>"


def _lines(lines: Sequence[str], tag: str = "span") -> str:
    return "".join(f"<div><{tag}>{escape(line)}</{tag}></div>" for line in lines)
