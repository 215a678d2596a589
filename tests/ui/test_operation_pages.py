"""The four pages of sliding windows, run without a browser."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui.links import parse
from explorer.ui.see.choices import CHOICES
from explorer.windows.examples import EXAMPLES
from tests.ui.pages import ROOT, address_parameters, code, link, notices, run, start


@pytest.mark.parametrize("page", CHOICES)
def test_it_opens_without_notices_and_its_link_is_short(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = start(monkeypatch, page)
    assert notices(app) == [] and not app.error
    assert link(app) == f"http://localhost:8501/{page}"
    assert dict(app.query_params) == {}


@pytest.mark.parametrize(
    ("page", "query", "lines"),
    [
        (
            "convolution",
            "input=grid&grid=0,1,2;3,4,5;6,7,8&kernel=2&weights=0,1,2,3",
            ["nn.Conv2d(1, 1, kernel_size=2)", "= 2"],
        ),
        (
            "convolution",
            "colour=rgb&kind=grouped&groups=3&maps=6&weights=random&bias=none",
            ["nn.Conv2d(3, 6, kernel_size=3, groups=3, bias=False)"],
        ),
        ("convolution", "kind=depthwise&colour=rgb", ["nn.Conv2d(3, 3, kernel_size=3, groups=3)"]),
        (
            "convolution",
            "kind=separable&stage=pointwise&colour=rgb&maps=4",
            ["nn.Conv2d(3, 4, kernel_size=1)"],
        ),
        (
            "convolution",
            "kind=separable&colour=rgb&maps=4&weights=random",
            ["nn.Conv2d(3, 3, kernel_size=3, groups=3)"],
        ),
        ("convolution", "kind=pointwise&colour=rgb&maps=2", ["nn.Conv2d(3, 2, kernel_size=1)"]),
        ("convolution", "input=row&kernel=5&weights=box-blur", ["nn.Conv1d(1, 1, kernel_size=5)"]),
        ("convolution", "input=signal&padding=1&padding_mode=circular", ["nn.Conv1d", "circular"]),
        ("convolution", "kernel=4&padding=same", ["43 + 1 + 2", "43 − 4 + 3 + 1"]),
        ("convolution", "flip=yes", ["nn.Conv2d(1, 1, kernel_size=3)"]),
        ("pooling", "kind=average&padding=1&count_include_pad=no", ["count_include_pad=False"]),
        ("pooling", "kind=average&divisor_override=3", ["divisor_override=3"]),
        ("pooling", "kind=lp&norm_type=3", ["nn.LPPool2d"]),
        ("pooling", "kind=max&dilation=2&ceil_mode=yes", ["dilation=2", "ceil_mode=True"]),
        ("pooling", "kind=adaptive_max&output_size=7x5", ["nn.AdaptiveMaxPool2d"]),
        ("pooling", "kind=global_average", ["nn.AdaptiveAvgPool2d"]),
        ("pooling", "kind=unpool", ["nn.MaxUnpool2d"]),
        (
            "transposed",
            "padding=1&output_padding=1",
            ["nn.ConvTranspose2d(1, 1, kernel_size=3, stride=2, padding=1, output_padding=1)", "6"],
        ),
        ("transposed", "input=picture&colour=rgb&weights=box-blur", ["nn.ConvTranspose2d(3, 1"]),
        ("transposed", "input=signal", ["nn.ConvTranspose1d"]),
        ("volume", "kernel=1x2x5&stride=2x4x3", ["nn.Conv3d", "(1, 2, 5)", "(2, 4, 3)"]),
        ("volume", "kind=max&kernel=2&stride=2", ["nn.MaxPool3d"]),
        ("volume", "kind=average&volume=ball", ["nn.AvgPool3d"]),
        ("volume", "input=numbers&cells=3x4x5&weights=ones", ["nn.Conv3d"]),
    ],
)
def test_a_link_opens_what_it_says_and_is_offered_again(
    page: str, query: str, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = dict(parse_qsl(query))
    app = start(monkeypatch, page, **asked)
    assert notices(app) == [] and not app.error
    shown = code(app)
    for line in lines:
        assert line in shown
    again = dict(parse_qsl(urlsplit(link(app)).query))
    opened = asked | ({"kernel": "1", "weights": "random"} if "kind=pointwise" in query else {})
    assert parse(page, again)[0].model_dump() == parse(page, opened)[0].model_dump()
    assert address_parameters(app) == again


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_worked_example_can_be_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, EXAMPLES[key].page, example=key)
    assert not app.error and notices(app) == []
    assert "example=" not in link(app)


def test_a_hostile_link_gives_first_values_and_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(
        monkeypatch,
        "convolution",
        kernel="99999999999",
        weights="<script>alert(1)</script>",
        bias="NaN",
        stride="2",
        evil="1",
    )
    text = " ".join(notices(app))
    for name in ("kernel", "weights", "bias", "evil"):
        assert name in text
    assert "<script>" not in text
    assert "stride=2" in code(app)
    assert link(app).endswith("/convolution?stride=2")
    assert notices(run(app)) == [], "it is said once"


def test_what_the_input_does_not_allow_is_corrected_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(monkeypatch, "convolution", input="grid", kernel="7", dilation="2")
    (notice,) = notices(app)
    assert "Kernel size is now 3 instead of 7" in notice
    assert "Dilation is now 1 instead of 2" in notice
    assert "kernel=" not in link(app), "3 is what the page opens with"
    app = start(monkeypatch, "pooling", kind="average", dilation="3")
    assert notices(app) == ["Average pooling has no dilation\\. Dilation is now 1 instead of 3\\."]
    app = start(monkeypatch, "transposed", stride="1", output_padding="3")
    assert "Output padding is now 0 instead of 3" in notices(app)[0]
    app = start(monkeypatch, "convolution", padding="same", stride="2")
    assert "stride 1 only" in notices(app)[0]
    app = start(monkeypatch, "convolution", weights="1,2,3,4")
    assert "4 numbers" in notices(app)[0]


def test_too_much_work_is_refused_in_words_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(monkeypatch, "transposed", input="picture", size="512", stride="2", seed="7")
    assert not app.error
    run(app.selectbox(key="transposed_kernel").set_value("random"))
    app.session_state["transposed_choices"] = app.session_state["transposed_choices"].model_copy(
        update={"stride": (8,), "maps": 16}
    )
    run(app)
    assert "values" in app.error[0].value
    assert app.selectbox(key="transposed_kernel").value == "random"
    run(app.button(key="transposed_back").click())
    assert not app.error and "seed=7" in link(app)


def _kernel_buttons(app: AppTest, label: str) -> AppTest:
    return run(app.button(key=f"convolution_weights_{label}").click())


def test_the_kernel_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "convolution")
    assert "weights=1,0,-1,2,0,-2,1,0,-1" in link(_kernel_buttons(app, "Flip"))
    assert "weights=1,2,1,0,0,0,-1,-2,-1" in link(_kernel_buttons(app, "Transpose"))
    assert "weights=0.125,0.25,0.125,0,0,0,-0.125,-0.25,-0.125" in link(
        _kernel_buttons(app, "Normalise")
    )
    assert "weights=0,0,0,0,0,0,0,0,0" in link(_kernel_buttons(app, "Clear"))
    assert "weights=random" in link(_kernel_buttons(app, "Random"))
    assert "seed=1" in link(_kernel_buttons(app, "Random"))
    run(app.selectbox(key="convolution_kernel").set_value("several"))
    assert "weights=sobel-left-to-right,sobel-top-to-bottom,laplacian" in link(app)
    run(app.multiselect(key="convolution_bank").set_value(["laplacian", "identity"]))
    assert "weights=laplacian,identity" in link(app)
    run(app.multiselect(key="convolution_bank").set_value([]))
    assert "weights=laplacian,identity" in link(app) and notices(app)


def test_three_maps_show_what_flipping_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "convolution")
    run(app.toggle(key="convolution_flip").set_value(True))
    text = " ".join(each.value for each in app.markdown)
    assert "PyTorch computes the first map" in text
    run(app.selectbox(key="convolution_kernel").set_value("gaussian-blur"))
    assert "They are the same here" in " ".join(each.value for each in app.markdown)


def test_separable_tells_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "convolution", kind="separable", maps="16", colour="rgb")
    text = " ".join(each.value for each in app.markdown)
    # 3·9 + 3 biases, 3·16 + 16 biases; 3·16·9 + 16
    assert "have 94 parameters" in text and "has 448" in text


def test_choices_survive_another_page_and_its_link_is_not_mixed_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(monkeypatch, "pooling", stride="3", kind="average")
    app.query_params.clear()
    run(app.switch_page(str(ROOT / "pages" / "transposed.py")))
    assert link(app) == "http://localhost:8501/pooling"  # the address of the test's browser
    app.query_params.clear()
    run(app.switch_page(str(ROOT / "pages" / "pooling.py")))
    assert "stride=3" in link(app) and "kind=average" in link(app)


def test_the_picture_of_a_link_is_the_carried_one(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "pooling", picture="flower")
    assert "picture=flower" in link(app)
    assert app.session_state["carried_picture_key"] == "flower"
    app = start(monkeypatch, "pooling", picture="china")
    assert "picture" not in link(app)
    app = start(monkeypatch, "pooling", picture="upload")
    assert "which a link cannot hold" in notices(app)[0]
    app = start(monkeypatch, "volume", volume="upload")
    assert "which a link cannot hold" in notices(app)[0]
