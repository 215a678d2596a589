"""The choices of one page in this session: what widgets show and change, and what the link says.

Widgets are views on the choices: each writes its value back when it changes, and is set from them
before it is drawn. So values survive going to another page and back, and a choice that became
impossible can be corrected before anything is drawn.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import streamlit as st
from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.ui import links
from explorer.ui.see.choices import CHOICES, Choices

AnyChoices = TypeVar("AnyChoices", bound=Choices)

# Edits name cells by their place, so they end where the input becomes another one.
_INPUT_FIELDS = frozenset(
    {
        *("input", "picture", "volume", "size", "slices", "colour", "row", "signal", "grid"),
        *("cells", "channels", "fill"),
    }
)


class ChoiceStore(Generic[AnyChoices]):
    """One page's choices; make one in every run of the page's script.

    Args:
        page: The page's name; begins every key.
        model: The page's model, as in `CHOICES`.
    """

    def __init__(self, page: str, model: type[AnyChoices]) -> None:
        assert CHOICES[page] is model
        self.page = page
        self._key, self._written = f"{page}_choices", f"{page}_written"
        self._notices = f"{page}_notices"
        st.session_state.setdefault(self._key, model())

    @property
    def now(self) -> AnyChoices:
        return st.session_state[self._key]

    def change(self, **values: Any) -> None:
        """Replace some of the choices.

        Raises:
            ExplorerError: A value out of bounds; nothing is changed then.
        """
        now = self.now
        if _INPUT_FIELDS & values.keys():
            values = {"edits": (), **values}
        if "seed" in values and getattr(now, "input", "") == "numbers":
            values = {"edits": (), **values}
        try:
            changed = type(now).model_validate({**dict(now), **values})
        except ValidationError as error:
            first = error.errors()[0]
            name, reason = first["loc"][0], first["msg"].removeprefix("Value error, ")
            raise ExplorerError(f"This {name} cannot be used: {reason}.") from None
        st.session_state[self._key] = changed

    def try_change(self, **values: Any) -> None:
        """Replace some of the choices; what is out of bounds becomes a notice."""
        try:
            self.change(**values)
        except ExplorerError as error:
            self.notice(str(error))

    def take(self, choices: Choices) -> None:
        """Use these choices, such as those of a link or an example, from now on."""
        st.session_state[self._key] = choices

    def enter(self) -> Mapping[str, str]:
        """Take what the address asks for, if it is not what this page wrote there itself.

        Call it where the page's script begins, not in its fragment: a fragment may run before the
        browser has heard of the latest address. Returns the parameters that were taken.
        """
        raw = st.query_params.to_dict()
        if not raw or raw == st.session_state.get(self._written):
            return {}
        choices, notices = links.parse(self.page, raw)
        self.take(choices)
        st.session_state[self._notices] = notices
        return raw

    def publish(self) -> list[str]:
        """Make the address say what is chosen; returns in words what it cannot hold."""
        query, left_out = links.parameters(self.now, self.page)
        if st.query_params.to_dict() != query:
            st.query_params.from_dict(query)
        st.session_state[self._written] = query
        return left_out

    def notice(self, text: str) -> None:
        """Say something (Markdown) when the page is drawn next."""
        st.session_state.setdefault(self._notices, []).append(text)

    def notices(self) -> list[str]:
        """What is to be said now; it is said once."""
        return st.session_state.pop(self._notices, [])

    def bound(self, name: str, value: Any, changed: Callable[[Any], None]) -> dict[str, Any]:
        """Arguments for a widget that shows `value` and calls `changed` with a new one."""
        key = f"{self.page}_{name}"
        st.session_state[key] = value
        return {"key": key, "on_change": lambda: changed(st.session_state[key])}

    def field(self, name: str) -> dict[str, Any]:
        """Arguments for a widget that shows and changes the choice of this name."""
        return self.bound(
            name, getattr(self.now, name), lambda value: self.try_change(**{name: value})
        )


def forget_edits() -> None:
    """On every page edits of single cells end, for there is another picture."""
    for page in CHOICES:
        now: Choices | None = st.session_state.get(f"{page}_choices")
        if now is not None and now.edits:
            st.session_state[f"{page}_choices"] = now.model_copy(update={"edits": ()})
