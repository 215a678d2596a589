"""The add menu: everything that there is, what works on what arrives first."""

import pytest

from explorer.network.blocks import BLOCKS
from explorer.network.layers import KINDS
from explorer.ui.network.place import SEPARABLE, kinds_for
from tests.ui.pages import run, start


@pytest.mark.parametrize(
    ("arrives", "first", "last"),
    [
        ((1, 28, 28), "Conv2d", "Linear"),
        ((36,), "Linear", "Conv2d"),
        ((2, 100), "Conv1d", "Conv2d"),
        ((1, 8, 8, 8), "Conv3d", "BatchNorm2d"),
    ],
)
def test_kinds_that_work_come_first(arrives: tuple[int, ...], first: str, last: str) -> None:
    kinds = kinds_for(arrives)
    separable = [SEPARABLE] if len(arrives) > 1 else []
    assert sorted(kinds) == sorted([*KINDS, *BLOCKS, *separable])
    block = kinds.index("Sequential")
    assert kinds[0] == first and kinds.index("ReLU") < 8 < block < kinds.index(last)
    works = [KINDS[name] for name in kinds[:block] if name != SEPARABLE]
    assert works == [kind for kind in KINDS.values() if kind in works], "in the order of GROUPS"


def test_the_menu_follows_the_selected_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "network")

    def options(key: str) -> list[str]:
        (menu,) = [each for each in app.get("menu_button") if each.proto.id.endswith(key)]
        return list(menu.proto.options)

    assert options("network_add")[0] == "Conv2d"
    app.session_state["network_selected"] = (6,)
    run(app)
    assert options("network_add")[0] == "Linear"
