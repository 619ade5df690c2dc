"""A trie that changes has the root of what it holds, however it came to hold it, and gives out all of its nodes."""

from __future__ import annotations

import rlp
from hypothesis import given
from hypothesis import strategies as st
from trie import HexaryTrie

from core.keccak import keccak256
from core.node.growing import Trie, ordered_root
from core.node.paths import walk as walk_to
from core.node.tries import Walk, trie_root
from core.node.values import EMPTY_TRIE_ROOT

# Keys that share much and little; values short enough that nodes stand within their parents, and long ones.
KEYS = st.one_of(
    st.binary(min_size=3, max_size=3),
    st.tuples(st.sampled_from([0, 1, 16]), st.sampled_from([0, 1]), st.integers(0, 3)).map(bytes),
)
VALUES = st.one_of(st.binary(min_size=1, max_size=3), st.binary(min_size=33, max_size=40))
STEPS = st.lists(st.tuples(KEYS, st.one_of(VALUES, st.none())), max_size=40)


def _same(steps: list[tuple[bytes, bytes | None]], kept: dict[bytes, bytes]) -> Trie:
    ours = Trie(kept.__getitem__)
    theirs = HexaryTrie({}, prune=True)
    for at, (key, value) in enumerate(steps):
        if value is None:
            ours.delete(key.hex())
            theirs.delete(key)
        else:
            ours.set(key.hex(), value)
            theirs[key] = value
        if at % 7 == 0:
            assert ours.root() == theirs.root_hash
            kept |= ours.made
            ours = Trie(kept.__getitem__, ours.root())  # taken up again from its nodes alone
    assert ours.root() == theirs.root_hash
    kept |= ours.made
    return ours


@given(STEPS)
def test_a_root_is_that_of_another_library_after_any_changes(steps: list[tuple[bytes, bytes | None]]) -> None:
    kept: dict[bytes, bytes] = {}
    root = _same(steps, kept).root()
    again, held = Trie(kept.__getitem__, root), dict(steps)
    for key, value in held.items():
        assert again.get(key.hex()) == value
    assert again.get("ff" * 3) == held.get(b"\xff\xff\xff")


def test_nothing_has_the_root_of_nothing() -> None:
    trie = Trie({}.__getitem__)
    assert trie.root() == EMPTY_TRIE_ROOT
    trie.set("00", b"a")
    trie.delete("01")
    trie.delete("00")
    assert trie.root() == EMPTY_TRIE_ROOT
    assert trie.get("00") is None


def test_a_state_of_full_branches_gives_out_exactly_its_nodes() -> None:
    trie = Trie({}.__getitem__)
    for number in range(600):
        account = rlp.encode([number, 10**18, EMPTY_TRIE_ROOT, keccak256(b"")])
        trie.set(keccak256(b"%d" % number).hex(), account)
    walk = Walk(trie.made.__getitem__)
    walk.add(trie.root())
    while walk.next():
        pass
    assert walk.nodes == set(trie.made)
    deeper = Trie(trie.made.__getitem__, trie.root())
    deeper.set(keccak256(b"7").hex(), rlp.encode([8, 1, EMPTY_TRIE_ROOT, keccak256(b"")]))
    assert set(walk_to(deeper.made.__getitem__, deeper.root(), keccak256(b"7"))[1]) == set(deeper.made.values())


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=20))
def test_a_list_has_the_root_that_blocks_give_it(values: list[bytes]) -> None:
    assert ordered_root(values) == trie_root(values)


def test_a_long_list_has_the_root_that_blocks_give_it() -> None:
    values = [b"%d" % number for number in range(300)]
    assert ordered_root(values) == trie_root(values)
