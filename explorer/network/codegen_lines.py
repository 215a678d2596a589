"""Lines of generated source made short enough to be read: calls of layers wrapped as black does."""

import re

LONGEST = 79
"""Characters of a line, as PEP 8 has it: explanations find room beside the code."""
LONGEST_WITH_COMMENT = 104
_CALL = re.compile(r"(?:\bnn\.[A-Z]\w*|\bNormalise)\(")


def fitted(text: str) -> str:
    """The source with the arguments of a layer on lines of their own where a line is too long.

    A comment behind such a call stays behind its end. Lines without the whole call of a layer stay.
    """
    return "\n".join(part for line in text.split("\n") for part in _parts(line))


def _parts(line: str) -> list[str]:
    if line.lstrip().startswith("#"):  # a network may be called anything
        return [line]
    code = line.partition("  # ")[0]
    if len(code) <= LONGEST and len(line) <= LONGEST_WITH_COMMENT:
        return [line]
    found = _CALL.search(line)
    end = _closing(line, found.end()) if found else None
    if found is None or end is None:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    inside = f"{indent}    "
    arguments = _split(line[found.end() : end])
    together = inside + ", ".join(arguments)
    rows = [together] if len(together) <= LONGEST else [f"{inside}{each}," for each in arguments]
    return [line[: found.end()], *rows, indent + line[end:]]


def _closing(line: str, start: int) -> int | None:
    """Where the bracket that opens before `start` is closed; None if that is on another line."""
    depth = 1
    for place in range(start, len(line)):
        depth += (line[place] in "([") - (line[place] in ")]")
        if depth == 0:
            return place
    return None


def _split(arguments: str) -> list[str]:
    """Arguments apart, at the commas that are in no bracket."""
    found, depth, start = [], 0, 0
    for place, sign in enumerate(arguments):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            found.append(arguments[start:place].strip())
            start = place + 1
    return [*found, arguments[start:].strip()]
