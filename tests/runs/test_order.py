"""Who trains next: the rules, over every small queue and in the words of the docstring."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from explorer.runs.order import Waiting, start_order

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def _queue(*visitors: str) -> list[Waiting]:
    """One run a minute; a visitor's runs are named a1, a2, ..."""
    numbers = Counter[str]()
    waiting = []
    for minute, visitor in enumerate(visitors):
        numbers[visitor] += 1
        waiting.append(Waiting(f"{visitor}{numbers[visitor]}", visitor, _at(minute)))
    return waiting


def test_an_empty_queue_has_no_order() -> None:
    assert start_order([], {"a": 1}, {}) == []


def test_people_come_in_the_order_in_which_they_asked() -> None:
    assert start_order(_queue("a", "b", "c"), {}, {}) == ["a1", "b1", "c1"]


def test_everybodys_first_comes_before_anybodys_second() -> None:
    assert start_order(_queue("a", "a", "a", "b", "c", "b"), {}, {}) == [
        *("a1", "b1", "c1"),
        *("a2", "b2"),
        "a3",
    ]


def test_whoever_trains_already_waits_for_those_who_do_not() -> None:
    assert start_order(_queue("a", "b"), {"a": 1}, {}) == ["b1", "a1"]


def test_alone_nobody_needs_to_wait() -> None:
    assert start_order(_queue("a"), {"a": 3}, {}) == ["a1"]


def test_a_turn_that_just_ended_counts() -> None:
    waiting = _queue("a", "b")
    assert start_order(waiting, {}, {"a": _at(5)}) == ["b1", "a1"]


def test_a_turn_that_ended_before_asking_does_not_count() -> None:
    assert start_order(_queue("a", "b"), {}, {"a": _at(-5)}) == ["a1", "b1"]
    assert start_order(_queue("b", "a"), {}, {"a": _at(-5)}) == ["b1", "a1"]


def test_nobody_waits_for_ever() -> None:
    # One place; a new person asks every minute, a run takes a minute, and a's second run waits.
    waiting = [Waiting("a2", "a", _at(0))]
    last_ended = {"a": _at(1)}
    for minute in range(1, 10):
        waiting.append(Waiting(f"new {minute}", f"new {minute}", _at(minute)))
        first = start_order(waiting, {}, last_ended)[0]
        if first == "a2":
            return
        waiting = [run for run in waiting if run.id != first]
    raise AssertionError("a2 never started")


visitors = st.lists(st.sampled_from("abcd"), max_size=12)


@given(visitors, st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)))
def test_no_second_start_while_somebody_waits_for_a_first(
    asked: list[str], running: dict[str, int]
) -> None:
    waiting = _queue(*asked)
    order = start_order(waiting, running, {})
    assert sorted(order) == sorted(run.id for run in waiting)
    visitor_of = {run.id: run.visitor for run in waiting}
    now_running, still = Counter(running), list(order)
    while still:
        started = visitor_of[still.pop(0)]
        assert all(now_running[visitor_of[other]] >= now_running[started] for other in still)
        now_running[started] += 1
    for visitor in "abcd":
        own = [run_id for run_id in order if visitor_of[run_id] == visitor]
        assert own == [run.id for run in waiting if run.visitor == visitor]
