"""Import of a network: pasted PyTorch code, or a file with code or JSON."""

import re
from functools import partial
from typing import NamedTuple

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, read_network
from explorer.network.importing import Imported, Note, import_fitting
from explorer.network.importing.errors import SourceError
from explorer.network.importing.parsing import MAX_CHARACTERS
from explorer.ui import state
from explorer.ui.network import edit as network_edit
from explorer.ui.text import plain

_TEXT, _FILE, _OUTCOME = "network_import_text", "network_import_file", "network_import_outcome"
_JSON = re.compile(r"\s*(\{|\[\s*[\[{\"])")  # what no code of a network begins with
_EXAMPLE = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        …"""


class _Outcome(NamedTuple):
    """What came of the last import: an error, or a network and notes on it."""

    error: ExplorerError | None
    notes: tuple[Note, ...]
    spec: NetworkSpec | None
    lines: tuple[str, ...]
    about_input: str = ""

    def line(self, number: int) -> str:
        """A line of the source, as it was written."""
        return self.lines[number - 1].strip()[:200] if 0 < number <= len(self.lines) else ""


def import_popover() -> None:
    """Paste code or open a file; what is wrong with it is said here, and costs nothing."""
    with st.popover("Import", icon=":material/input:", key="network_import"):
        st.text_area(
            "PyTorch code of a network",
            key=_TEXT,
            height=240,
            max_chars=MAX_CHARACTERS,
            placeholder=_EXAMPLE,
            help="A class that inherits from nn.Module, or an nn.Sequential. It is read, never "
            "executed.",
            persist_state="session",
        )
        st.button(
            "Import the code",
            type="primary",
            key="network_import_code",
            width="stretch",
            on_click=_pasted,
        )
        key = f"{_FILE}_{st.session_state.get(_FILE, 0)}"
        st.file_uploader(
            "Or open a file with code or JSON",
            type=["py", "json", "txt"],
            max_upload_size=1,  # MB; more is never read
            key=key,
            on_change=partial(_opened, key),
        )
        _say(st.session_state.get(_OUTCOME))


def _pasted() -> None:
    _take(st.session_state.get(_TEXT) or "")


def _opened(key: str) -> None:
    file = st.session_state[key]
    # A fresh uploader each time: browsers say nothing when the same file is chosen again, mended.
    st.session_state[_FILE] = st.session_state.get(_FILE, 0) + 1
    if file is not None:
        text = file.read(4 * MAX_CHARACTERS + 1).decode("utf-8-sig", errors="replace")
        _take(text, is_json=file.name.lower().endswith(".json"))


def _take(text: str, *, is_json: bool = False) -> None:
    """Import the text, as one change that can be undone; if it is refused, nothing changes."""
    lines = tuple(text.splitlines())
    try:
        imported = _read(text, state.network().input, is_json)
    except ExplorerError as error:
        st.session_state[_OUTCOME] = _Outcome(error, (), None, lines)
        return
    st.session_state[_OUTCOME] = _Outcome(
        None, imported.notes, imported.spec, lines, imported.about_input
    )
    network_edit.change(lambda _: imported.spec, then_select=(0,))


def _read(text: str, input: InputShape, is_json: bool) -> Imported:
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ExplorerError("There is nothing to import yet.", "Paste the code of a network.")
    if is_json or _JSON.match(text):
        return Imported(read_network(text), ())
    return import_fitting(text, input)


def _say(outcome: _Outcome | None) -> None:
    if outcome is None:
        return
    if outcome.error is not None:
        st.error(_words(str(outcome.error)), icon=":material/error:")
        if isinstance(outcome.error, SourceError):
            _quote(outcome, outcome.error.line)
        st.caption("The network you had is unchanged.")
        return
    if outcome.spec != state.network():
        return  # it was edited since
    st.success("Imported. Undo brings back what was there before.", icon=":material/check:")
    if outcome.about_input:
        st.info(plain(outcome.about_input), icon=":material/straighten:")
    for note in outcome.notes[:20]:
        st.info(_words(f"Line {note.line}: {note.text}"), icon=":material/info:")
        _quote(outcome, note.line)


def _quote(outcome: _Outcome, number: int) -> None:
    if line := outcome.line(number):
        st.code(line, language="python")


def _words(text: str) -> str:
    """For Markdown: what stands between backticks as code, everything else as it is written."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(
        f"`{part}`"
        if index % 2
        else f"{' ' * part.startswith(' ')}{plain(part)}{' ' * (part[1:].endswith(' '))}"
        for index, part in enumerate(parts)
    )
