"""What is wrong with pasted source, and on which line."""

from collections.abc import Iterable
from difflib import get_close_matches

from explorer.errors import ExplorerError


class SourceError(ExplorerError):
    """Something in the source that a person can mend; `line` counts from 1."""

    def __init__(self, line: int, problem: str, remedy: str = "") -> None:
        self.line = line
        super().__init__(f"Line {line}: {problem}", remedy)


class UnknownShapeError(SourceError):
    """The source asks for a shape that there is none of: with another input there may be."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, however its letters are written."""
    by_lower = {other.lower(): other for other in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], written: str = "{}") -> str:
    """ "Did you mean `x`?", or nothing if no known name is near."""
    near = closest(name, known)
    return f"Did you mean `{written.format(near)}`?" if near else ""
