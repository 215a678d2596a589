"""The rows of the table of a network, and the places between them where a dragged row may go."""

from typing import Any

from explorer.network import NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import Block, Branches, Path, joined, names_of

EMPTY = "empty"


def table_rows(spec: NetworkSpec, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of `network_view.view_data` as rows, with rows for lists that are empty.

    Each has:
        places: Where a node may be put below this row, the innermost first: `to`, its path as long
            as the node is not taken out elsewhere; `depth`, how many blocks are around it; `into`,
            the name of the list it is in, "" for the network's own.
        movable: Whether it can be dragged: not the input, what is empty, or what comes with a block
            that is read-only.
    """
    rows = _Rows(items)
    rows.add((), movable=False)
    rows.add_list(spec.layers, (), "", 0, closed=False)
    return rows.rows


class _Rows:
    """Rows so far; every place belongs to the last of them."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self.items = {tuple(item["path"]): item for item in items}
        self.rows: list[dict[str, Any]] = []

    def add(self, path: Path, *, movable: bool) -> None:
        self.rows.append({**self.items[path], "movable": movable, "places": []})

    def add_list(
        self, nodes: tuple[LayerSpec, ...], within: Path, name: str, depth: int, *, closed: bool
    ) -> None:
        """The rows of a list's nodes and of what is in them; in a `closed` one nothing moves."""
        self._place((*within, 0), depth, name, closed)
        if not nodes and depth:
            self._empty(within, name, depth)
            self._place((*within, 0), depth, name, closed)
        for index, (label, node) in enumerate(zip(names_of(nodes), nodes, strict=True)):
            path = (*within, index)
            self.add(path, movable=not closed)
            if isinstance(node, Block):
                self._add_block(node, path, joined(name, label), depth + 1, closed)
            self._place((*within, index + 1), depth, name, closed)

    def _add_block(self, block: Block, path: Path, name: str, depth: int, closed: bool) -> None:
        for number, (part, nodes) in enumerate(zip(block.list_names(), block.lists, strict=True)):
            self.add_list(
                nodes,
                (*path, number) if isinstance(block, Branches) else path,
                joined(name, part),
                depth,
                closed=closed or block.read_only,
            )

    def _place(self, to: Path, depth: int, into: str, closed: bool) -> None:
        if not closed:
            self.rows[-1]["places"].append({"to": list(to), "depth": depth, "into": into})

    def _empty(self, within: Path, name: str, depth: int) -> None:
        row = {
            "role": EMPTY,
            "index": None,
            "path": list(within),
            "depth": depth,
            "block": False,
            "selected": False,
            "name": name,
            "label": name.rpartition(".")[2],
            "kind": "",
            "summary": "empty: what comes in goes on unchanged",
            "shape": None,
            "parameters": None,
            "mult_adds": None,
            "formula": "",
            "memory": "",
            "looks": ["", ""],
            "weights": "",
            "movable": False,
            "places": [],
        }
        self.rows.append(row)
