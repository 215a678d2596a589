"""The rule that dependencies run one way, read from the code's own imports."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "explorer"

# Each room may import from rooms of lower floors and from itself.
FLOORS = [
    {"errors", "gpus", "settings"},
    {"windows", "media", "network", "datasets", "training", "evaluation"},
    {"runs", "figures"},
    {"server", "downloads"},
    {"ui"},
    {"app", "main"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full"
            assert node.module is not None
            if node.module == "explorer":
                yield from (f"explorer.{alias.name}" for alias in node.names)
            else:
                yield node.module


def test_every_room_has_a_floor() -> None:
    assert {_room(path) for path in _modules()} <= set(FLOOR_OF)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    own_floor = FLOOR_OF[_room(path)]
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "explorer" and len(parts) > 1:
            assert FLOOR_OF[parts[1]] <= own_floor, f"{name} is above {_room(path)}"


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_top_imports_streamlit(path: Path) -> None:
    if _room(path) not in {"ui", "app", "main"}:
        assert not any(name.split(".")[0] == "streamlit" for name in _imports(path))


def test_no_module_of_the_entry_folder_hides_the_standard_library() -> None:
    names = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
    assert not names & set(sys.stdlib_module_names)
