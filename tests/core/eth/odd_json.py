"""Answers that a liar might give: any JSON, and true answers with something else in one place."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=12),
        st.sampled_from(["0x", "0x0", "0x00", "0x1", "0x7e", "0x" + "f" * 64, "0x" + "00" * 32, "0x" + "11" * 20]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=8,
)  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place within an answer."""
    found = [way] if way else []
    if isinstance(value, dict):
        for name in value:
            found += places(value[name], (*way, name))
    elif isinstance(value, list):
        for at in range(len(value)):
            found += places(value[at], (*way, at))
    return found


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """The answer with something else in one place; None takes the place away where it can."""
    if not way:
        return new
    if isinstance(value, dict):
        return {**value, way[0]: put(value[way[0]], way[1:], new)}
    return [put(entry, way[1:], new) if at == way[0] else entry for at, entry in enumerate(value)]


def texts(old: Any) -> st.SearchStrategy[Any]:
    """What a liar might say instead of this text."""
    if not isinstance(old, str) or len(old) < 3:
        return JSON
    near = st.integers(2, len(old) - 1).flatmap(
        lambda at: st.sampled_from("0123456789abcdefgX \n").map(lambda digit: old[:at] + digit + old[at + 1 :])
    )
    return st.one_of(near, st.just(old + "0"), st.just(old[:-1]), st.just(old.upper()), st.just(" " + old), JSON)
