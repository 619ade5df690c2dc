"""Whatever bytes arrive: the verifier accepts only the truth, raises only its own errors, and does bounded work.

`OPENLEDGER_FUZZ=20000` runs that many examples of each instead of a hundred.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chain.block import verify_block
from core.chain.proofs import Known, Wish, check_proof
from core.errors import OpenLedgerError, ProofError
from core.eth import hexdata, rlp, trie
from core.eth.account import Account, verify_account, verify_slot
from core.eth.deposit import Deposit
from core.eth.header import Header
from core.eth.receipt import Receipt
from core.eth.transaction import Transaction
from core.keccak import keccak256
from core.units import Address
from tests.core.chain.chain_setup import BELL, scene
from tests.core.eth import rollup_blocks
from tests.core.eth.odd_json import JSON, places, put, texts
from tests.core.eth.test_header import prague
from tests.core.eth.test_transaction import of_kind
from tests.doubles.toy_chain import proof as toy_proof
from tests.doubles.toy_parts import trie_of

EXAMPLES = int(os.environ.get("OPENLEDGER_FUZZ", "100"))
pytestmark = pytest.mark.timeout(0 if "OPENLEDGER_FUZZ" in os.environ else 300)
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

# What can be done to a list of nodes, or to any one of them
BYTES = st.binary(max_size=600)


@st.composite
def damage(draw: Any) -> Callable[[list[bytes]], list[bytes]]:
    kind = draw(st.sampled_from(["flip", "cut", "grow", "drop", "twice", "swap", "insert", "other", "empty", "all"]))
    where, bit = draw(st.integers(0, 10**6)), draw(st.integers(0, 10**6))
    more = draw(BYTES)

    def change(nodes: list[bytes]) -> list[bytes]:
        if not nodes:
            return [more]
        at, found = where % len(nodes), list(nodes)
        node = found[at]
        if kind == "flip" and node:
            flipped = bytearray(node)
            flipped[bit // 8 % len(node)] ^= 1 << bit % 8
            found[at] = bytes(flipped)
        elif kind == "cut":
            found[at] = node[: bit % (len(node) + 1)]
        elif kind == "grow":
            found[at] = node + (more or b"\0")
        elif kind == "drop":
            del found[at]
        elif kind == "twice":
            found.insert(at, node)
        elif kind == "swap":
            other = bit % len(found)
            found[at], found[other] = found[other], found[at]
        elif kind == "insert":
            found.insert(at, more)
        elif kind == "other":
            found[at] = more
        elif kind == "empty":
            found = []
        else:
            found = [more] * (bit % 100)
        return found

    return change


PAIRS = st.dictionaries(st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=80), max_size=24)


@fuzz
@given(PAIRS, st.binary(min_size=32, max_size=32), damage())
def test_a_damaged_proof_proves_the_truth_or_nothing(pairs, stranger, change):
    made = trie_of(pairs)
    root = made.root_hash
    assert trie.root_of(pairs) == root, "two libraries, one root"
    for key in [*list(pairs)[:3], stranger]:
        nodes = [bytes.fromhex(text[2:]) for text in toy_proof(made, key)] if pairs else []
        assert trie.verify(root, key, nodes) == pairs.get(key)
        try:
            found = trie.verify(root, key, change(nodes))
        except ProofError:
            continue
        assert found == pairs.get(key)


@fuzz
@given(st.integers(1, 60), st.data())
def test_a_proof_of_short_keys_with_embedded_nodes_too(count, data):
    """Keys as in lists of a block, whose small nodes stand inside their parents."""
    pairs = {rlp.encode(at): bytes((at + 1,)) * (1 + at % 40) for at in range(count)}
    made = trie_of(pairs)
    key = data.draw(st.sampled_from([*pairs, b"\x7f\x7f"]))
    nodes = [bytes.fromhex(text[2:]) for text in toy_proof(made, key)]
    assert trie.verify(made.root_hash, key, nodes) == pairs.get(key)
    with contextlib.suppress(ProofError):
        assert trie.verify(made.root_hash, key, data.draw(damage())(nodes)) == pairs.get(key)


@fuzz
@given(st.lists(BYTES, max_size=6), st.binary(min_size=20, max_size=20))
def test_nodes_of_the_liar_s_own_making_are_read_strictly(nodes, key):
    """Under their own hash, so that only their form can be refused."""
    root = keccak256(nodes[0]) if nodes else trie.EMPTY_ROOT
    for read in (verify_account, verify_slot):
        try:
            read(root, key if read is verify_account else int.from_bytes(key, "big"), nodes)  # type: ignore[operator]
        except ProofError:
            continue


NODES = st.recursive(st.binary(max_size=40), lambda inner: st.lists(inner, max_size=18), max_leaves=40)


@fuzz
@given(
    st.one_of(NODES, st.lists(st.one_of(st.just(b""), st.binary(min_size=32, max_size=32)), min_size=17, max_size=17))
)
def test_a_node_of_any_shape_gives_a_value_an_absence_or_an_error(item):
    encoded = rlp.encode(item)
    for key in (bytes(32), b"\xff" * 32, b"\x12"):
        try:
            found = trie.verify(keccak256(encoded), key, [encoded])
        except ProofError:
            continue
        assert found is None or isinstance(found, bytes)


@fuzz
@given(st.lists(st.sampled_from([b"", b"\x11" * 32, b"\x22" * 32]), min_size=16, max_size=16))
def test_a_branch_leads_to_the_child_of_its_digit_and_nowhere_else(children):
    """The quick ways through common branches against what the branch says."""
    encoded = rlp.encode([*children, b""])
    for digit, child in enumerate(children):
        key = bytes((digit << 4,)) + bytes(31)
        if sum(entry != b"" for entry in children) < 2:  # no trie has such a branch
            with pytest.raises(ProofError):
                trie.verify(keccak256(encoded), key, [encoded])
        elif child == b"":
            assert trie.verify(keccak256(encoded), key, [encoded]) is None
        else:
            with pytest.raises(ProofError) as caught:  # the next node is missing
                trie.verify(keccak256(encoded), key, [encoded])
            assert caught.value.values["expected"] == child.hex()


@fuzz
@given(st.binary(max_size=300))
def test_bytes_are_one_item_in_one_way_or_none(data):
    try:
        item = rlp.decode(data)
    except ProofError:
        return
    assert rlp.encode(item) == data


@fuzz
@given(NODES, st.integers(0, 2000), st.integers(0, 7), st.binary(max_size=3))
def test_another_way_of_writing_an_item_is_refused(item, at, bit, more):
    encoded = rlp.encode(item)
    changed = bytearray(encoded)
    changed[at % len(encoded)] ^= 1 << bit
    for other in (bytes(changed), encoded + (more or b"\0"), encoded[:-1], b"\xb8" + encoded, b"\xf8" + encoded):
        try:
            found = rlp.decode(other)
        except ProofError:
            continue
        assert rlp.encode(found) == other
        assert other == encoded or found != item


def _walks(data: bytes, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many items the decoder looks at."""
    steps = 0
    real = rlp._item

    def counted(*given_to: Any) -> Any:
        nonlocal steps
        steps += 1
        return real(*given_to)

    monkeypatch.setattr(rlp, "_item", counted)
    with contextlib.suppress(ProofError):
        rlp.decode(data)
    monkeypatch.setattr(rlp, "_item", real)
    return steps


@pytest.mark.parametrize(
    "data",
    [
        b"\xc0" * 50_000,
        b"\xf8\xff" * 20_000,
        b"\xfa\x00\xff\xff" + b"\xc1" * 65_535,
        b"\xff" * 50_000,
        rlp.encode([b"\x01"] * 40_000),
        rlp.encode([[b""] * 100] * 400),
    ],
)
def test_the_work_grows_with_the_bytes_and_no_faster(data, monkeypatch):
    assert _walks(data, monkeypatch) <= len(data) + 1


def test_a_proof_of_any_length_costs_at_most_its_nodes(monkeypatch):
    hashed = 0

    def counted(data: bytes) -> bytes:
        nonlocal hashed
        hashed += 1
        return keccak256(data)

    monkeypatch.setattr(trie, "keccak256", counted)
    pairs = {keccak256(bytes((at,))): b"v" * 40 for at in range(50)}
    made = trie_of(pairs)
    key = next(iter(pairs))
    nodes = [bytes.fromhex(text[2:]) for text in toy_proof(made, key)]
    for count in (1, 10, 1000):
        hashed = 0
        with pytest.raises(ProofError):
            trie.verify(made.root_hash, key, nodes * (count + 1))
        assert hashed <= len(nodes) + 1


# Encodings of everything that a block is made of: what is read from changed bytes has those bytes as its encoding

WHOLE: list[tuple[bytes, Callable[[bytes], Any], Callable[[Any], bytes]]] = [
    *((of_kind(kind).encoded, Transaction.decode, lambda found: found.encoded) for kind in range(5)),
    (bytes.fromhex(rollup_blocks.RAW[0][2:]), Deposit.decode, lambda found: found.encoded),
    (prague().encoded, Header.decode, lambda found: found.encoded),
    (
        rlp.encode([3, 10**20, trie.EMPTY_ROOT, keccak256(b"")]),
        Account.decode,
        lambda found: rlp.encode([found.nonce, found.balance, found.storage_root, found.code_hash]),
    ),
]


@fuzz
@given(st.sampled_from(WHOLE), damage())
def test_changed_bytes_are_another_thing_or_none(whole, change):
    encoded, read, write = whole
    for data in change([encoded]):
        try:
            found = read(data)
            sender = getattr(found, "sender", b"")
        except ProofError:
            continue
        assert write(found) == data
        assert data == encoded or keccak256(data) != keccak256(encoded)
        assert isinstance(sender, bytes)


# Answers in JSON


@pytest.fixture(scope="module")
def story() -> Any:
    """A block with two transactions and their logs, and a proof of the contract that wrote them."""
    here = scene()
    raws = [here.signed(0, BELL, data=b"one"), here.signed(1, BELL, data=b"two")]
    here.chain.pack(["0x" + raw.hex() for raw in raws])
    block = here.chain.eth_getBlockByNumber("0x2", True)
    receipts = here.chain.eth_getBlockReceipts("0x2")
    keys = ["0x" + slot.to_bytes(32, "big").hex() for slot in (0, 1, 5)]
    return Header.from_rpc(block), block, receipts, here.chain.eth_getProof(str(BELL), keys, "0x2")


@fuzz
@given(st.data())
def test_a_block_with_one_place_changed_is_the_same_block_or_refused(story, data):
    header, block, receipts, _ = story
    truth = verify_block(header, block, receipts)
    way = data.draw(st.sampled_from(places({"block": block, "receipts": receipts})))
    old: Any = {"block": block, "receipts": receipts}
    for step in way:
        old = old[step]
    changed = put({"block": block, "receipts": receipts}, way, data.draw(texts(old)))
    try:
        found = verify_block(header, changed["block"], changed["receipts"])
    except ProofError:
        return
    assert found == truth


@fuzz
@given(st.data())
def test_an_answer_to_a_proof_with_one_place_changed_is_true_or_refused(story, data):
    header, _, _, answer = story
    wish = Wish(Address(BELL.raw), (0, 1, 5))
    known = Known()
    truth = check_proof(header, wish, answer, known)
    assert truth == check_proof(header, wish, answer) == check_proof(header, wish, answer, known)
    way = data.draw(st.sampled_from(places(answer)))
    old: Any = answer
    for step in way:
        old = old[step]
    try:
        found = check_proof(
            header, wish, put(answer, way, data.draw(texts(old))), data.draw(st.sampled_from([None, known]))
        )
    except ProofError:
        return
    assert (found.account, found.values) == (truth.account, truth.values)


@fuzz
@given(st.data())
def test_a_header_with_one_place_changed_is_refused_or_what_it_was(story, data):
    _, block, _, _ = story
    names = [name for name in block if name != "transactions"]
    name = data.draw(st.sampled_from(names))
    try:
        found = Header.from_rpc({**block, name: data.draw(texts(block[name]))})
    except ProofError:
        return
    assert found == story[0]


@fuzz
@given(JSON)
def test_any_answer_at_all_is_read_or_refused(answer):
    readers: tuple[Callable[[Any], Any], ...] = (
        Header.from_rpc,
        Transaction.from_rpc,
        Deposit.from_rpc,
        Receipt.from_rpc,
        lambda value: Receipt.from_rpc(value, rollup=True),
        lambda value: verify_block(prague(), value, value, rollup=True),
        lambda value: check_proof(prague(), Wish(Address(BELL.raw), (0,)), value),
        lambda value: hexdata.quantity(value, "x"),
        lambda value: hexdata.data(value, "x"),
    )
    for read in readers:
        try:
            read(answer)
        except OpenLedgerError:
            continue


@fuzz
@given(st.text(max_size=12))
def test_a_number_has_one_way_of_being_written(text):
    try:
        number = hexdata.quantity(text, "x")
    except ProofError:
        pass
    else:
        assert text.lower() == hex(number)
    try:
        raw = hexdata.data(text, "x")
    except ProofError:
        return
    assert text.lower() == "0x" + raw.hex()
