"""What the Network page and the pages of training say to one another."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.network import InputShape, NetworkSpec
from explorer.network.layers import Conv1d, Conv3d, Flatten, Linear
from tests.ui.pages import ROOT, run, start

SIGNAL = NetworkSpec(
    name="signal",
    input=InputShape(channels=2, height=None, width=40),
    layers=(Conv1d(out_channels=4), Flatten(), Linear(out_features=10)),
)
VOLUME = NetworkSpec(
    name="volume",
    input=InputShape(channels=1, depth=6, height=8, width=8),
    layers=(Conv3d(out_channels=4), Flatten(), Linear(out_features=10)),
)
OUTPUTS = "One output for each class"


def to(app: AppTest, page: str) -> AppTest:
    return run(app.switch_page(str(ROOT / "pages" / f"{page}.py")))


def point(app: AppTest, label: str) -> str:
    return next(each.value for each in app.markdown if label in each.value)


def test_the_checklist_knows_the_classes_of_the_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "network")
    assert ":gray[" in point(app, OUTPUTS) and "no data set is chosen" in point(app, OUTPUTS)
    app = run(to(app, "train").selectbox(key="data_source").set_value("mnist"))
    app = to(app, "network")
    assert ":green[" in point(app, OUTPUTS) and "10 outputs, 10 classes" in point(app, OUTPUTS)
    app.session_state["data_source"] = "folder"
    assert ":gray[" in point(run(app), OUTPUTS), "nothing is uploaded yet"
    app.session_state["uploaded_data"] = SimpleNamespace(
        summary=SimpleNamespace(classes=("cats", "dogs"))
    )
    assert ":red[" in point(run(app), OUTPUTS) and "10 outputs, 2 classes" in point(app, OUTPUTS)


@pytest.mark.parametrize("spec", [SIGNAL, VOLUME], ids=["signal", "volume"])
def test_train_refuses_what_takes_no_pictures(
    monkeypatch: pytest.MonkeyPatch, spec: NetworkSpec
) -> None:
    app = start(monkeypatch, "network")
    app.session_state["carried_network"] = spec
    app = to(run(app), "train")
    (error,) = [each.value.replace("\\", "") for each in app.error]
    assert f"which is a {spec.name}, not pictures" in error
    assert app.button(key="start_training").disabled
    for page in ("runs", "compare", "convolution", "network"):
        app = to(app, page)
    assert app.session_state["carried_network"] == spec
