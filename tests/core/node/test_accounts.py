"""The state that blocks run on comes to what the EVM library's own comes to, whatever is done and taken back."""

from __future__ import annotations

from typing import Any

import pytest
from eth.db.account import AccountDB
from eth.db.atomic import AtomicDB
from eth.vm.interrupt import MissingAccountTrieNode, MissingBytecode
from eth_utils import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from core.node.accounts import Accounts
from core.node.values import EMPTY_TRIE_ROOT

PEOPLE = [bytes([number]) * 20 for number in range(1, 5)]
WHO = st.sampled_from(PEOPLE)
SLOT = st.sampled_from([0, 1, 2, 2**255])
AMOUNT = st.sampled_from([0, 1, 127, 128, 2**64 - 1])
STEP = st.one_of(
    st.tuples(st.just("set_balance"), WHO, AMOUNT),
    st.tuples(st.just("set_nonce"), WHO, AMOUNT),
    st.tuples(st.just("set_code"), WHO, st.sampled_from([b"", b"\x00", b"code"])),
    st.tuples(st.just("set_storage"), WHO, SLOT, AMOUNT),
    st.tuples(st.just("set_storage"), WHO, SLOT, AMOUNT),
    st.tuples(st.just("delete_storage"), WHO),
    st.tuples(st.just("touch_account"), WHO),
    st.tuples(st.just("mark_address_warm"), WHO),
    st.tuples(st.just("mark_storage_warm"), WHO, SLOT),
    st.tuples(st.sampled_from(["record", "record", "discard", "commit"])),
    st.tuples(st.sampled_from(["transaction", "root", "block"])),
    st.tuples(st.just("end"), WHO),
)


def _look(state: Any, wiped: frozenset[bytes] = frozenset()) -> list[object]:
    """Of storage that was `wiped`, the library gives now the one and now the other for what it was at the beginning."""
    seen: list[object] = []
    for who in PEOPLE:
        seen += [
            state.get_balance(who),
            state.get_nonce(who),
            state.get_code(who),
            state.account_exists(who),
            state.account_is_empty(who),
            state.account_has_code_or_nonce(who),
            state.is_address_warm(who),
        ]
        seen += [(state.get_storage(who, slot), state.is_storage_warm(who, slot)) for slot in (0, 1, 2, 2**255)]
        if who not in wiped:
            seen += [state.get_storage(who, slot, from_journal=False) for slot in (0, 1, 2)]
    return seen


class _Both:
    """The same done to both; what is nested is closed before a transaction ends, as the EVM does."""

    def __init__(self) -> None:
        self.stores = [AtomicDB(), AtomicDB()]
        self.states: list[Any] = [AccountDB(self.stores[0]), Accounts(self.stores[1])]
        self.open: list[tuple[int, int]] = []
        self.wiped: frozenset[bytes] = frozenset()  # in this transaction

    def close(self) -> None:
        while self.open:
            self.do("commit")

    def do(self, name: str, *values: Any) -> None:
        if name == "delete_storage":
            self.wiped |= {values[0]}
        elif name in {"transaction", "end", "root", "block"}:
            self.wiped = frozenset()
        if name in {"commit", "discard"}:
            if self.open:
                for state, mark in zip(self.states, self.open.pop(), strict=True):
                    getattr(state, name)(mark)
        elif name == "record":
            self.open.append(tuple(state.record() for state in self.states))  # type: ignore[arg-type]
        elif name == "transaction":
            self.close()
            for state in self.states:
                state.lock_changes()
        elif name == "end":  # an account goes at the end of a transaction only
            self.close()
            for state in self.states:
                state.delete_account(*values)
                state.lock_changes()
        elif name in {"root", "block"}:
            self.close()
            for state in self.states:
                state.lock_changes()
            theirs, ours = (
                state.make_state_root() if name == "root" else self._persisted(state) for state in self.states
            )
            assert ours == theirs
        else:
            for state in self.states:
                getattr(state, name)(*values)

    @staticmethod
    def _persisted(state: Any) -> bytes:
        state.persist()
        return bytes(state.state_root)


@settings(deadline=None, max_examples=60)
@given(st.lists(STEP, max_size=40))
def test_any_changes_come_to_what_the_library_makes_of_them(steps: list[tuple[Any, ...]]) -> None:
    both = _Both()
    for step in steps:
        both.do(*step)
        theirs, ours = (_look(state, both.wiped) for state in both.states)
        assert ours == theirs
    both.do("block")
    root = both.states[1].state_root
    assert _look(Accounts(both.stores[1], root)) == _look(AccountDB(both.stores[0], root))


def test_what_was_written_can_be_read_by_the_library() -> None:
    store = AtomicDB()
    state = Accounts(store)
    for number in range(200):
        who = number.to_bytes(20, "big")
        state.set_balance(who, 10**18 + number)
        for slot in range(number % 7):
            state.set_storage(who, slot, 2**200 + slot)
    state.set_code(PEOPLE[0], b"code")
    state.persist()
    theirs = AccountDB(store, state.state_root)
    assert theirs.get_balance((11).to_bytes(20, "big")) == 10**18 + 11
    assert theirs.get_storage((13).to_bytes(20, "big"), 5) == 2**200 + 5
    assert theirs.get_code(PEOPLE[0]) == b"code"


def test_what_is_not_there_is_an_error_and_never_an_empty_account() -> None:
    with pytest.raises(MissingAccountTrieNode):
        Accounts(AtomicDB(), bytes(range(32))).get_balance(PEOPLE[0])
    store = AtomicDB()
    state = Accounts(store)
    state.set_code(PEOPLE[0], b"code")
    state.make_state_root()
    for digest, node in state._trie.made.items():
        store[digest] = node
    with pytest.raises(MissingBytecode):
        Accounts(store, state.state_root).get_code(PEOPLE[0])


def test_numbers_that_an_account_cannot_hold_are_refused() -> None:
    state = Accounts(AtomicDB())
    for bad in (-1, 2**256):
        with pytest.raises(ValidationError):
            state.set_balance(PEOPLE[0], bad)
    with pytest.raises(ValidationError):
        state.set_nonce(PEOPLE[0], 2**64)
    assert state.make_state_root() == EMPTY_TRIE_ROOT
