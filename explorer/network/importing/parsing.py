"""Text that anybody may have written, to a syntax tree of bounded size. Nothing is executed."""

import ast
import warnings
from textwrap import dedent

from explorer.errors import ExplorerError
from explorer.network.importing.errors import SourceError

MAX_CHARACTERS = 200_000
MAX_NODES = 60_000
MAX_NESTING = 100

_FILE = "<pasted>"
# What Python warns of in other people's source ("1if x") is nothing for the log.
warnings.filterwarnings("ignore", category=SyntaxWarning, module=_FILE)
warnings.filterwarnings("ignore", category=DeprecationWarning, module=_FILE)


def parse(text: str) -> ast.Module:
    """The syntax tree of Python source; fences of Markdown and commands of notebooks are skipped.

    Raises:
        ExplorerError: If it is too long or too deeply nested, or no Python (a SourceError then).
    """
    if len(text) > MAX_CHARACTERS:
        raise ExplorerError(
            f"The source has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read.",
            "Paste only the class or the nn.Sequential of the network.",
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = ["" if line.startswith(("%", "!", "```")) else line for line in text.split("\n")]
    try:
        tree = ast.parse(dedent("\n".join(lines)), _FILE)
    except SyntaxError as error:
        raise SourceError(
            error.lineno or 1, f"This is not Python: {error.msg}.", _syntax_remedy(error.msg)
        ) from error
    except ValueError as error:
        raise ExplorerError("The source contains characters that Python cannot read.") from error
    except (RecursionError, MemoryError) as error:
        raise ExplorerError("The source is nested too deeply to be read.") from error
    _bounded(tree)
    return tree


def _syntax_remedy(message: str) -> str:
    for part, remedy in (
        ("was never closed", "Add the closing bracket."),
        ("expected ':'", "Put a colon at the end of the line."),
        ("forgot a comma", "Put a comma between the two."),
        ("indent", "Lines of one block begin with the same number of spaces."),
        ("invalid character", "Replace typographic quotes and dashes by plain ones."),
    ):
        if part in message:
            return remedy
    return "The mistake is on this line or just before it."


def _bounded(tree: ast.Module) -> None:
    """Count without recursion: the tree may be deep."""
    count, depth = 0, 0
    level: list[ast.AST] = [tree]
    while level:
        count, depth = count + len(level), depth + 1
        if count > MAX_NODES or depth > MAX_NESTING:
            raise ExplorerError(
                "The source is too long or nested too deeply: more than "
                f"{MAX_NODES:,} parts, or {MAX_NESTING} inside each other.",
                "Paste only the class or the nn.Sequential of the network.",
            )
        level = [child for node in level for child in ast.iter_child_nodes(node)]
