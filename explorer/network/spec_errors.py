"""What pydantic complains about in a network, in words for people who write networks."""

import json
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from explorer.errors import ExplorerError

_LONGEST_NAME = 40
_LONGEST_WHOLE = 10**12
_LISTS_OF_NODES = {"layers": "layer", "body": "body layer", "branches": "branch"}


def explain(error: ValidationError) -> ExplorerError:
    """The first thing a validation complains about, as a sentence that says where it is.

    Names and values may be anybody's: they are cut, and written with ASCII characters only.
    """
    first = error.errors(include_url=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    nodes, fields = _place(first["loc"], kind)
    subject = ".".join(fields)
    if kind == "json_invalid":
        said = _no_json(str(context["error"]))
    elif kind in _WHOLE_SENTENCES:
        said = _WHOLE_SENTENCES[kind](context)
        said = f"{subject}: {said}" if subject else said
    elif kind == "value_error" or kind not in _RULES:
        said = first["msg"].removeprefix("Value error, ")[:300]
        said = f"{subject}: {said}" if subject else said
    else:
        if not subject:
            subject = "it" if nodes else "a network"
        rule = _RULES[kind](context)
        if kind == "tuple_type" and nodes and subject not in _LISTS_OF_NODES:
            rule = "must be a number or a list of numbers"
        said = f"{subject} {rule}{_instead_of(kind, first['input'])}"
    sentence = f"{', '.join(nodes)}: {said}" if nodes else said
    return ExplorerError(f"{_capital(sentence) if nodes or not fields else sentence}.")


def _place(location: tuple[int | str, ...], kind: str) -> tuple[list[str], list[str]]:
    """Where it is: ("layers", 0, "Residual", "body", 1, "Conv2d", "stride", 0), say.

    Returns the nodes around it (["layer 1 (Residual)", "body layer 2 (Conv2d)"]) and the fields in
    the last of them (["stride"]).
    """
    nodes: list[str] = []
    fields: list[str] = []
    follows_number = False
    for place, part in enumerate(location):
        if isinstance(part, int):
            if fields and fields[-1] in _LISTS_OF_NODES:
                nodes.append(f"{_LISTS_OF_NODES[fields.pop()]} {part + 1}")
            elif follows_number:  # in a branch
                nodes.append(f"layer {part + 1}")
            else:
                continue  # one of several sizes
            follows_number = True
        elif follows_number and part[:1].isupper():
            nodes[-1] += f" ({part})"
            follows_number = False
        elif part.isidentifier() or (kind == "extra_forbidden" and place == len(location) - 1):
            fields.append(_shortened(part))
            follows_number = False
        # All else names the types a field may have, as pydantic writes them.
    return nodes, fields


def _shortened(text: str) -> str:
    text = ascii(text)[1:-1]
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 3]}..."


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


# What must be true of a field, by pydantic's name for the complaint.
_RULES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda _: "is missing",
    "extra_forbidden": lambda _: "is not a field here",
    "less_than_equal": lambda context: f"must be at most {_number(context['le'])}",
    "greater_than_equal": lambda context: f"must be at least {_number(context['ge'])}",
    "less_than": lambda context: f"must be less than {_number(context['lt'])}",
    "greater_than": lambda context: f"must be more than {_number(context['gt'])}",
    "finite_number": lambda _: "must be a finite number",
    "literal_error": lambda context: f"must be {context['expected']}",
    "string_pattern_mismatch": lambda _: "must be letters, digits and _, beginning with a letter",
    "string_too_short": lambda context: (
        f"must have at least {_count(context['min_length'], 'character', 'characters')}"
    ),
    "string_too_long": lambda context: (
        f"may have at most {_count(context['max_length'], 'character', 'characters')}"
    ),
    "too_short": lambda context: (
        f"must have at least {_count(context['min_length'], 'entry', 'entries')}, "
        f"not {context['actual_length']:,}"
    ),
    "too_long": lambda context: (
        f"may have at most {_count(context['max_length'], 'entry', 'entries')}, "
        f"not {context['actual_length']:,}"
    ),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_from_float", "int_parsing_size"),
        lambda _: "must be a whole number",
    ),
    **dict.fromkeys(("float_type", "float_parsing"), lambda _: "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), lambda _: "must be true or false"),
    "string_type": lambda _: "must be a text in double quotes",
    "tuple_type": lambda _: "must be a list: [ ... ]",
    **dict.fromkeys(("model_type", "dict_type"), lambda _: "must be an object: { ... }"),
}
_ABOUT_LENGTHS = ("too_short", "too_long", "string_too_short", "string_too_long")


def _no_kind(context: dict[str, Any]) -> str:
    tag = str(context["tag"])
    kinds = re.findall(r"'(\w+)'", context["expected_tags"])
    near = get_close_matches(tag[:_LONGEST_NAME], kinds, 1)
    meant = f" (near to it: {near[0]})" if near else ""
    return f"there is no kind of layer called '{_shortened(tag)}'{meant}"


_WHOLE_SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "union_tag_invalid": _no_kind,
    "union_tag_not_found": lambda _: 'it does not say its kind, such as "kind": "Conv2d"',
}


def _instead_of(kind: str, value: Any) -> str:
    """What stands there instead, if that is short."""
    if kind in ("missing", "extra_forbidden", *_ABOUT_LENGTHS):
        return ""
    if type(value) is int:
        return f", not {value:,}" if abs(value) < _LONGEST_WHOLE else ""
    if value is not None and not isinstance(value, bool | float | str):
        return ""
    if isinstance(value, str) and len(value) > _LONGEST_NAME:
        return ""
    text = json.dumps(value)
    return f", not {text}" if text.isprintable() else ""


_PARSER = {
    "EOF while parsing a value": "it ends where a value should be",
    "EOF while parsing an object": "it ends before an object's closing }",
    "EOF while parsing a list": "it ends before a list's closing ]",
    "EOF while parsing a string": "it ends in the middle of a text",
    "recursion limit exceeded": "it is nested too deeply",
    "trailing comma": "there is a comma behind the last entry",
    "trailing characters": "something follows behind the end",
    "key must be a string": 'a name in double quotes should be here, like "kind"',
    "expected value": (
        "what stands here is no number, text in double quotes, true, false, null, list or object"
    ),
    "expected ident": "there should be true, false or null",
}


def _no_json(said: str) -> str:
    """From what the parser says: "trailing comma at line 1 column 8"."""
    found = re.fullmatch(r"(.*) at line (\d+) column (\d+)", said)
    if not found:
        return f"this is not JSON: {said[:200]}"
    what, line, column = found.groups()
    if "control character" in what:
        what = "a text contains a line break or another control character"
    return f"this is not JSON: line {line}, column {column}: {_PARSER.get(what, what[:200])}"
