"""Lines of generated source that are too long are wrapped, and only those."""

import ast

import pytest

from explorer.network.codegen import source
from explorer.network.codegen_forms import sequential_source
from explorer.network.codegen_lines import LONGEST, LONGEST_WITH_COMMENT, fitted
from explorer.network.presets import PRESETS

CONV = "nn.Conv2d(in_channels=64, out_channels=128, kernel_size=(3, 5), padding=1)"


def test_arguments_go_together_on_the_next_line_or_each_on_its_own() -> None:
    assert fitted(f"        self.conv1 = {CONV}") == (
        "        self.conv1 = nn.Conv2d(\n"
        "            in_channels=64, out_channels=128, kernel_size=(3, 5), padding=1\n"
        "        )"
    )
    assert fitted(f'                ("conv1", {CONV}),').splitlines() == [
        '                ("conv1", nn.Conv2d(',
        "                    in_channels=64,",
        "                    out_channels=128,",
        "                    kernel_size=(3, 5),",
        "                    padding=1,",
        "                )),",
    ]


def test_a_comment_stays_behind_and_short_lines_stay() -> None:
    line = f"    body={CONV},  # conv12: 128×16×16"
    assert fitted(line).splitlines()[-1] == "    ),  # conv12: 128×16×16"
    for text in ("x = 1", f"# {CONV} {CONV}", f"{'x' * 200}", "nn.Sequential(" + "x" * 90):
        assert fitted(text) == text


@pytest.mark.parametrize("name", PRESETS)
def test_no_layer_of_a_preset_is_too_long_and_nothing_else_changes(name: str) -> None:
    for text in (source(PRESETS[name]), sequential_source(PRESETS[name])):
        calls = [line for line in text.splitlines() if "nn." in line]
        assert all(len(line.partition("  # ")[0]) <= LONGEST for line in calls)
        assert all(len(line) <= LONGEST_WITH_COMMENT for line in calls)
        joined = ast.dump(ast.parse(text))
        assert joined == ast.dump(ast.parse(fitted(text)))
