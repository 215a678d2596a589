"""A page's choices and its link: there and back unchanged, and nothing in a link breaks a page."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from explorer.media import SAMPLES
from explorer.media.samples import VOLUME_SAMPLES
from explorer.ui.links import LONGEST_LINK, LONGEST_PARAMETER, address, parameters, parse
from explorer.ui.see.choices import CHOICES, KERNEL_SLUGS, slug
from explorer.windows.examples import EXAMPLES

EXAMPLE_COUNT = 150


def sizes(lowest: int, highest: int, axes: int = 3) -> Any:
    return some.lists(some.integers(lowest, highest), min_size=1, max_size=axes).map(tuple)


def sides(*, even: bool) -> Any:
    pair = some.integers(0, 8).map(lambda side: (side, side))
    if not even:
        pair |= some.tuples(some.integers(0, 8), some.integers(0, 8))
    return some.lists(pair, min_size=1, max_size=3).map(tuple)


NUMBERS = some.floats(-1000, 1000, width=32)


def typed(rows: int) -> Any:
    shapes = some.tuples(some.integers(1, 3), some.integers(1, rows), some.integers(1, 6))
    return shapes.flatmap(
        lambda shape: some.lists(
            some.lists(
                some.lists(NUMBERS, min_size=shape[2], max_size=shape[2]),
                min_size=shape[1],
                max_size=shape[1],
            ),
            min_size=shape[0],
            max_size=shape[0],
        )
    )


NAMED = some.sampled_from([*KERNEL_SLUGS, "change-over-time"])
WEIGHTS = (
    some.lists(NAMED, min_size=1, max_size=8)
    | some.sampled_from([["random"], ["ones"], ["counting"]])
    | some.lists(NUMBERS, min_size=1, max_size=60)
).map(tuple)
STRATEGIES: Mapping[str, Any] = {
    "size": some.integers(4, 64),
    "cells": sizes(1, 64),
    "channels": some.integers(1, 16),
    "seed": some.integers(0, 9999),
    "edits": some.dictionaries(some.integers(0, 9_999_999), NUMBERS, max_size=20).map(
        lambda edits: tuple(edits.items())
    ),
    "kernel": sizes(1, 11),
    "stride": sizes(1, 8),
    "dilation": sizes(1, 8),
    "step": some.none() | some.integers(0, 10**6),
    "map": some.integers(0, 255),
    "views": some.lists(some.from_regex(r"[a-z0-9_-]{1,24}", fullmatch=True), max_size=8).map(
        tuple
    ),
    "picture": some.sampled_from([*SAMPLES, "upload"]),
    "volume": some.sampled_from([*VOLUME_SAMPLES, "upload"]),
    "slices": some.integers(2, 64),
    "row": some.integers(0, 511),
    "signal": typed(1),
    "grid": typed(5),
    "weights": WEIGHTS,
    "mix": WEIGHTS,
    "maps": some.integers(1, 16),
    "groups": some.integers(1, 16),
    "bias": some.none() | NUMBERS,
    "flip": some.booleans(),
    "ceil_mode": some.booleans(),
    "count_include_pad": some.booleans(),
    "divisor_override": some.none() | some.integers(1, 1000),
    "norm_type": some.floats(0.5, 16, width=32),
    "output_size": sizes(1, 64),
    "output_padding": sizes(0, 7),
}


def settings_of(page: str) -> Any:
    """Random values for all fields of a page's choices, some of them left as they are."""
    strategies: dict[str, Any] = {}
    for name, field in CHOICES[page].model_fields.items():
        if name == "padding":
            even = page in ("pooling", "transposed")
            padding = sides(even=even)
            strategies[name] = padding if even else padding | some.just("same")
        elif name in STRATEGIES:
            strategies[name] = STRATEGIES[name]
        elif name != "weights_shape":
            strategies[name] = some.sampled_from(field.annotation.__args__)  # type: ignore[union-attr]
    return some.fixed_dictionaries({}, optional=strategies)


@pytest.mark.parametrize("page", CHOICES)
def test_random_choices_survive_the_way_through_a_link(page: str) -> None:
    @settings(max_examples=EXAMPLE_COUNT, deadline=None, database=None)
    @given(settings_of(page))
    def check(values: dict[str, Any]) -> None:
        choices = CHOICES[page].model_validate(values)
        query, left_out = parameters(choices, page)
        again, notices = parse(page, query)
        assert notices == []
        if not left_out:
            assert again == choices
        assert parameters(again, page)[0] == query
        assert len(address("http://localhost/x", query)) < 3 * LONGEST_LINK

    check()


@pytest.mark.parametrize("page", CHOICES)
def test_what_a_page_opens_with_needs_no_parameters(page: str) -> None:
    assert parameters(CHOICES[page](), page) == ({}, [])
    assert parse(page, {}) == (CHOICES[page](), [])
    assert address("http://localhost", {}) == "http://localhost/"


HOSTILE = {
    "kernel": ["", "0", "12", "-3", "3.5", "3x3x3x3", "x", "NaN", "1e3", "９", "9" * 300, "3;DROP"],
    "stride": ["0", "9", "-1", "\x00", "1 000"],
    "padding": ["-1", "9", "1-2-3", "same,same", "same2", "()", "1-"],
    "dilation": ["0", "∞", "0x10"],
    "edits": ["1", "1:nan", "1:2:3", "-1:0", "1:1e9", ",", "1:,2:3", "99999999:1"],
    "size": ["3", "513", "NaN", "null", "None", "10" * 20],
    "step": ["-1", "1e9", "true", "<img src=x onerror=alert(1)>"],
    "map": ["256", "-1", "a"],
    "views": ["<b>", "A B", ",".join("abcdefghij"), "a" * 25],
    "colour": ["", "RGB", "red", "<script>alert(1)</script>"],
    "input": ["../../etc/passwd", "[link](http://x)", "**bold**", "picture\n"],
    "seed": ["-1", "10000", "1.0"],
    "cells": ["0", "65", "5x", "x5", "1x2x3x4"],
    "channels": ["0", "17"],
}
PAGES_OWN = {
    "convolution": {
        "weights": ["", "nan", "1,,2", "sobel", "random,ones", "1e99", "1001", "[[1]]"],
        "bias": ["inf", "nan", "1001", "", "1,2", "--1"],
        "grid": ["", "1,2;3", "1|2,3", "a", "1," * 1025 + "1", ";", "|"],
        "signal": ["1;2", "", "nan", ",".join(["1"] * 129)],
        "groups": ["0", "17"],
        "flip": ["maybe", "2", ""],
        "picture": ["https://x/y.png", "..", ""],
        "padding_mode": ["mirror", "ZEROS"],
    },
    "pooling": {
        "padding": ["same", "1-2", "0-1,1"],
        "kind": ["convolution", "maximum"],
        "divisor_override": ["0", "-1", "1001", "1.5"],
        "norm_type": ["0", "nan", "17", "none"],
        "output_size": ["0", "65"],
    },
    "transposed": {"output_padding": ["8", "-1"], "padding": ["same", "1-2"]},
    "volume": {"slices": ["1", "65"], "volume": ["/etc/passwd", ""], "size": ["65", "512"]},
}
BAD = [
    (page, name, text)
    for page, own in PAGES_OWN.items()
    for name, texts in {**HOSTILE, **own}.items()
    for text in texts
]


@pytest.mark.parametrize(("page", "name", "text"), BAD)
def test_what_cannot_be_used_gives_the_first_value_and_is_named(
    page: str, name: str, text: str
) -> None:
    choices, notices = parse(page, {name: text, "stride" if name != "stride" else "kernel": "4"})
    first = CHOICES[page]()
    assert getattr(choices, name) == getattr(first, name)
    assert (choices.stride if name != "stride" else choices.kernel) == (4,), "the rest is used"
    (notice,) = notices
    assert name in notice
    assert "<" not in notice.replace("\\<", "") and "](" not in notice


def test_unknown_parameters_are_named_and_everything_at_once_is_bearable() -> None:
    choices, notices = parse("convolution", {"<b>x</b>": "1", "utm_source": "mail", "bias": "2"})
    assert choices.model_dump()["bias"] == "2"
    assert len(notices) == 2 and "utm" in notices[1]
    assert "\\<b\\>" in notices[0]
    flood = {f"p{index}": "x" * 100_000 for index in range(5000)}
    assert len(parse("convolution", flood)[1]) < 12
    long = parse("convolution", {"weights": "1," * 100_000})
    assert long[0] == CHOICES["convolution"]()
    assert "200,000 characters" in long[1][0]


def test_hidden_fields_cannot_be_set_by_a_link() -> None:
    choices, notices = parse("convolution", {"weights_shape": "1,1,3,3", "model_config": "x"})
    assert choices == CHOICES["convolution"]() and len(notices) == 2


@settings(max_examples=EXAMPLE_COUNT, deadline=None, database=None)
@given(
    some.sampled_from(sorted(CHOICES)),
    some.dictionaries(
        some.sampled_from(sorted({n for model in CHOICES.values() for n in model.model_fields}))
        | some.text(max_size=8),
        some.text(max_size=30) | some.text("0123456789x,;|-:.nae", max_size=30),
        max_size=6,
    ),
)
def test_no_text_at_all_breaks_parsing(page: str, query: dict[str, str]) -> None:
    choices, _ = parse(page, query)
    assert parse(page, parameters(choices, page)[0])[0] == choices


def test_numbers_too_long_for_a_link_are_left_out_in_words() -> None:
    weights = tuple(float(n) + 0.25 for n in range(400))
    choices = CHOICES["convolution"].model_validate({"weights": weights, "bias": 3})
    query, left_out = parameters(choices, "convolution")
    assert query == {"bias": "3"}
    (notice,) = left_out
    assert "`weights`" in notice
    assert len(choices.model_dump()["weights"]) > LONGEST_PARAMETER


def test_links_are_readable() -> None:
    choices = CHOICES["convolution"].model_validate(
        {"kernel": (3, 5), "padding": ((1, 2), (0, 1)), "weights": ["laplacian", "identity"]}
    )
    query, _ = parameters(choices, "convolution")
    assert address("http://localhost:8501/convolution", query) == (
        "http://localhost:8501/convolution?kernel=3x5&weights=laplacian,identity&padding=1-2,0-1"
    )
    assert slug("Sobel, left to right") == "sobel-left-to-right"


@pytest.mark.parametrize(
    ("text", "padding"),
    [
        ("valid", ((0, 0),)),
        ("same", "same"),
        ("2", ((2, 2),)),
        ("1,1", ((1, 1),)),
        ("1,2", ((1, 1), (2, 2))),
        ("0-1", ((0, 1),)),
        ("1-2,0-1", ((1, 2), (0, 1))),
    ],
)
def test_padding_is_read_as_documented(text: str, padding: Any) -> None:
    choices, notices = parse("convolution", {"padding": text})
    assert notices == []
    assert choices.padding == padding  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_worked_example_is_understood(key: str) -> None:
    example = EXAMPLES[key]
    direct = parse(example.page, dict(example.choices))
    assert direct[1] == []
    assert parse(example.page, {"example": key}) == direct
    other = "volume" if example.page != "volume" else "pooling"
    choices, notices = parse(other, {"example": key})
    assert choices == CHOICES[other]() and len(notices) == 1


def test_a_link_can_change_an_example() -> None:
    key = next(key for key, each in EXAMPLES.items() if each.page == "convolution")
    choices, _ = parse("convolution", {"example": key, "stride": "5"})
    assert choices.stride == (5,)
    assert parse("convolution", {"example": "<i>"})[1] == [
        "There is no example “\\<i\\>” on this page."
    ]
