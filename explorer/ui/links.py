"""A page's choices as the parameters of a link, and back: nothing in a link can break a page."""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from explorer.ui.link_text import MOST_TEXT
from explorer.ui.see.choices import CHOICES, Choices
from explorer.ui.text import plain

MOST_PARAMETERS = 100
LONGEST_PARAMETER = 1500  # characters; longer weights or edits are left out of a link
LONGEST_LINK = 6000  # what mail programs and servers still take
_SHOWN = 40  # characters of a value in a notice
_MOST_NOTICES = 8

Model = TypeVar("Model", bound=BaseModel)


def parameters(choices: Choices, page: str) -> tuple[dict[str, str], list[str]]:
    """The choices that differ from the page's first ones, and in words what a link cannot hold."""
    first = CHOICES[page]().model_dump()
    changed = {name: text for name, text in choices.model_dump().items() if text != first[name]}
    left_out: list[str] = []
    for name in sorted(changed, key=lambda name: -len(changed[name])):
        total = sum(map(len, changed.values()))
        if len(changed[name]) > LONGEST_PARAMETER or total > LONGEST_LINK:
            left_out.append(
                f"`{name}` is left out of the link: its {len(changed.pop(name)):,} characters "
                "are too many for an address."
            )
    return changed, left_out


def address(base: str, query: Mapping[str, str]) -> str:
    """The link with these parameters, as readable as an address may be."""
    text = "&".join(f"{name}={quote(value, safe=',;:')}" for name, value in query.items())
    if base.count("/") == 2:  # a server's bare name
        base += "/"
    return f"{base}?{text}" if text else base


def parse(page: str, query: Mapping[str, str]) -> tuple[Choices, list[str]]:
    """Choices of a page from the raw parameters of an address.

    Returns:
        The choices, and notices in Markdown that name each parameter that was not understood and
        its value; that field has its first value then. Never raises for what an address holds.
    """
    model = CHOICES[page]
    notices: list[str] = []
    query = dict(list(query.items())[:MOST_PARAMETERS])
    values: dict[str, str] = {}
    if "example" in query:
        values, notices = _example(page, query.pop("example"))
    for name, text in query.items():
        if name not in model.model_fields or name == "weights_shape":
            notices.append(unknown(name))
        elif len(text) > MOST_TEXT:
            notices.append(
                f"**{name}** has {len(text):,} characters; at most {MOST_TEXT:,} are read. "
                f"The page's own value is used."
            )
        else:
            values[name] = text
    choices, problems = read(model, values)
    return choices, at_most([*notices, *problems])


def at_most(notices: list[str]) -> list[str]:
    """The first notices, and how many more there are."""
    more = len(notices) - _MOST_NOTICES
    if more <= 0:
        return notices
    return [*notices[:_MOST_NOTICES], f"{more} more parameters were not understood."]


def read(model: type[Model], values: dict[str, str]) -> tuple[Model, list[str]]:
    """A model whose fields all have defaults, and a notice for each text that does not fit it."""
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        reasons = {str(each["loc"][0]): each["msg"] for each in error.errors()}
    first = model().model_dump()
    notices = [
        refused(name, values[name], reason, str(first[name])) for name, reason in reasons.items()
    ]
    good = {name: text for name, text in values.items() if name not in reasons}
    return model.model_validate(good), notices


def refused(name: str, text: str, reason: str, instead: str) -> str:
    """A notice (Markdown) that a parameter was not understood, why, and what is used for it."""
    return (
        f"**{name}** = {quoted(text)}: {plain(_reason(reason))}. "
        f"{plain(instead).capitalize() or 'Nothing'} is used instead."
    )


def unknown(name: str) -> str:
    """A notice (Markdown) that a page has no such parameter."""
    return f"There is no choice {quoted(name)} on this page; it is left aside."


def _reason(message: str) -> str:
    text = message.removeprefix("Value error, ").removeprefix("Input ")
    return text.replace("should be", "it should be", 1) if text.startswith("should") else text


def quoted(text: str) -> str:
    """A text from an address for a notice (Markdown): shortened, in quotation marks."""
    shown = "".join(character if character.isprintable() else "�" for character in text)
    return "“" + plain(shown[:_SHOWN]) + ("…" if len(shown) > _SHOWN else "") + "”"


def _example(page: str, key: str) -> tuple[dict[str, str], list[str]]:
    from explorer.windows.examples import EXAMPLES

    example = EXAMPLES.get(key)
    if example is None or example.page != page:
        return {}, [f"There is no example {quoted(key)} on this page."]
    return dict(example.choices), []
