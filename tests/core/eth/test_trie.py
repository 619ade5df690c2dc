"""Tries: a value is believed only with its path from the root, an absence only with the path to where it would be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadEncoding, ProofError, ProofMismatch
from core.eth import rlp, trie
from core.keccak import keccak256
from tests.core.eth.shared_vectors import load, unhex


def grow(pairs):
    """The same trie by py-trie, an implementation that ours shares nothing with."""
    from trie import HexaryTrie

    other = HexaryTrie({})
    for key, value in pairs.items():
        other[key] = value
    return other


def prove(other, key):
    nodes = [rlp.encode(_bytes(node)) for node in other.get_proof(key)]
    return [node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]


def _bytes(node):
    return [_bytes(part) for part in node] if isinstance(node, list | tuple) else bytes(node)


def state(count):
    return {keccak256(n.to_bytes(2, "big")): rlp.encode([n, 10**18 + n]) for n in range(count)}


@given(st.dictionaries(st.binary(min_size=2, max_size=2), st.binary(min_size=1, max_size=40), max_size=60), st.data())
@settings(deadline=None, max_examples=60)
def test_nodes_that_are_remembered_prove_what_they_proved_before(pairs, data):
    other = grow(pairs)
    kept = {}
    for key in [*list(pairs)[:5], b"\x12\x34"]:
        nodes = [kept.setdefault(node, trie.Node(node)) for node in prove(other, key)]
        assert trie.verify(other.root_hash, key, nodes) == pairs.get(key)
        for node in nodes:
            node.remember()
    for key in [*pairs, b"\x12\x35", b"\xff\xff"]:
        nodes = prove(other, key)
        again = [kept.get(node, node) for node in nodes]
        assert trie.verify(other.root_hash, key, again) == pairs.get(key)
        with pytest.raises(ProofError):
            trie.verify(keccak256(b"another root"), key, again)
        if len(again) > 1:
            with pytest.raises(ProofError):
                trie.verify(other.root_hash, key, again[:-1])
            with pytest.raises(ProofError):
                trie.verify(other.root_hash, key, [again[0], *again])


def test_known_roots_are_rebuilt():
    dogs = {b"doe": b"reindeer", b"dog": b"puppy", b"dogglesworth": b"cat"}
    assert trie.root_of(dogs).hex() == "8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3"
    assert trie.root_of({}).hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert trie.ordered_root([]) == trie.EMPTY_ROOT


def test_an_ordered_list_has_the_root_that_py_trie_gives_it():
    for count in (1, 2, 17, 128, 129, 300):
        values = [rlp.encode([n, b"x" * (n % 60)]) for n in range(count)]
        other = grow({rlp.encode(n): value for n, value in enumerate(values)})
        assert trie.ordered_root(values) == other.root_hash


def test_every_member_is_proven_and_every_stranger_disproven():
    pairs = state(400)
    other = grow(pairs)
    for key, value in list(pairs.items())[::7]:
        assert trie.verify(other.root_hash, key, prove(other, key)) == value
    for n in range(1000, 1060):
        key = keccak256(n.to_bytes(2, "big"))
        assert trie.verify(other.root_hash, key, prove(other, key)) is None


def test_a_trie_of_one_proves_both_ways():
    other = grow({b"key": b"value"})
    assert trie.verify(other.root_hash, b"key", prove(other, b"key")) == b"value"
    assert trie.verify(other.root_hash, b"kex", prove(other, b"kex")) is None


def test_an_empty_trie_proves_absence_with_no_node_or_the_empty_one():
    assert trie.verify(trie.EMPTY_ROOT, b"key", []) is None
    assert trie.verify(trie.EMPTY_ROOT, b"key", [b"\x80"]) is None
    with pytest.raises(ProofMismatch):
        trie.verify(trie.EMPTY_ROOT, b"key", [b"\x81\x80"])


def test_keys_inside_keys_and_nodes_inside_nodes_are_proven():
    pairs = {b"do": b"verb", b"dog": b"puppy", b"doge": b"coin", b"horse": b"stallion", b"d": b"x"}
    other = grow(pairs)
    assert trie.root_of(pairs) == other.root_hash
    for key, value in pairs.items():
        assert trie.verify(other.root_hash, key, prove(other, key)) == value
    for key in (b"", b"dogs", b"h", b"horses", b"\xff"):
        assert trie.verify(other.root_hash, key, prove(other, key)) is None


class TestLies:
    @pytest.fixture
    def told(self):
        pairs = state(300)
        other = grow(pairs)
        key = next(iter(pairs))
        return other, key, prove(other, key)

    def test_a_proof_without_its_last_node(self, told):
        other, key, proof = told
        with pytest.raises(ProofMismatch):
            trie.verify(other.root_hash, key, proof[:-1])

    def test_a_proof_without_any_node(self, told):
        other, key, _ = told
        with pytest.raises(ProofMismatch):
            trie.verify(other.root_hash, key, [])

    def test_a_proof_with_a_node_too_many(self, told):
        other, key, proof = told
        for extra in (proof[-1], b"\x80", bytes(40)):
            with pytest.raises(ProofMismatch):
                trie.verify(other.root_hash, key, [*proof, extra])

    def test_a_proof_of_another_key(self, told):
        other, key, proof = told
        stranger = next(k for k in state(300) if k[0] != key[0])
        with pytest.raises(ProofMismatch):
            trie.verify(other.root_hash, stranger, proof)

    def test_a_proof_for_another_root(self, told):
        _, key, proof = told
        with pytest.raises(ProofMismatch):
            trie.verify(keccak256(b"another"), key, proof)

    def test_every_changed_byte(self, told):
        other, key, proof = told
        for at, node in enumerate(proof):
            for byte in range(0, len(node), 13):
                changed = node[:byte] + bytes((node[byte] ^ 1,)) + node[byte + 1 :]
                with pytest.raises(ProofError):
                    trie.verify(other.root_hash, key, [*proof[:at], changed, *proof[at + 1 :]])

    def test_a_thousand_nodes(self, told):
        other, key, proof = told
        with pytest.raises(ProofMismatch):
            trie.verify(other.root_hash, key, proof * 500)

    def test_a_node_of_a_megabyte(self, told):
        other, key, proof = told
        with pytest.raises(BadEncoding):
            trie.verify(other.root_hash, key, [proof[0] + bytes(2**20)])

    @pytest.mark.parametrize(
        "node",
        [
            [b"\x20" + keccak256(b"a"), b""],  # a leaf of nothing
            [b"\x40" + keccak256(b"a"), b"value"],  # a flag that there is not
            [b"\x2f" + keccak256(b"a"), b"value"],  # padding that is not zero
            [b"\x00", keccak256(b"a")],  # an extension by nothing
            [b"\x13", b"short"],  # a child that is no hash
            [b"\x13", b""],  # an extension to nothing
            [b"", b"value" * 10],  # no path at all
            [b"a" * 40, b"b", b"c"],  # neither leaf nor branch
            [b""] * 16 + [b"value" * 10],  # a branch that does not part
            [b"\x13", [b"\x20", b"v" * 60]],  # an embedded node that is too long to be one
            [[b"\x20"], b"value" * 10],  # a list for a path
            b"not a node at all, but more than thirty-two bytes of text",
        ],
    )
    def test_a_node_that_is_none_even_under_its_own_hash(self, node):
        encoded = rlp.encode(node)
        with pytest.raises(BadEncoding):
            trie.verify(keccak256(encoded), keccak256(b"a"), [encoded])

    def test_a_node_in_another_spelling_even_under_its_own_hash(self):
        leaf = b"\xf8\x25" + b"\xa1\x20" + keccak256(b"a") + b"\x83" + b"dog"  # the list could be of the short form
        with pytest.raises(BadEncoding):
            trie.verify(keccak256(leaf), keccak256(b"a"), [leaf])

    def test_a_full_branch_with_a_mark_out_of_place_even_under_its_own_hash(self):
        branch = bytearray(b"\xf9\x02\x11" + (b"\xa0" + keccak256(b"x")) * 16 + b"\x80")
        branch[3 + 33 * 5] = 0xA1
        with pytest.raises(BadEncoding):
            trie.verify(keccak256(bytes(branch)), keccak256(b"a"), [bytes(branch)])


pairs_of_short_keys = st.dictionaries(
    st.binary(min_size=1, max_size=4), st.binary(min_size=1, max_size=40), max_size=12
)


@settings(max_examples=40, deadline=None)
@given(pairs_of_short_keys, st.binary(min_size=1, max_size=4))
def test_any_trie_agrees_with_py_trie_on_root_members_and_strangers(pairs, stranger):
    other = grow(pairs)
    assert trie.root_of(pairs) == other.root_hash
    for key in [*pairs, stranger]:
        proof = prove(other, key) if pairs else []
        assert trie.verify(other.root_hash, key, proof) == pairs.get(key)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4), st.binary(min_size=32, max_size=32))
def test_any_bytes_for_a_proof_end_in_our_own_error(proof, key):
    root = keccak256(proof[0]) if proof else keccak256(b"")
    try:
        trie.verify(root, key, proof)
    except ProofError:
        return
    assert proof, "nothing cannot prove anything"


def test_the_public_vectors_have_their_roots():
    checked = 0
    for name, secure in (
        ("trieanyorder", False),
        ("trieanyorder_secureTrie", True),
        ("trietest", False),
        ("trietest_secureTrie", True),
        ("hex_encoded_securetrie_test", True),
    ):
        for title, case in load(f"ethereum-tests/TrieTests/{name}.json").items():
            given_pairs = case["in"].items() if isinstance(case["in"], dict) else case["in"]
            pairs = {}
            for key, value in given_pairs:
                raw = _text(key)
                pairs[keccak256(raw) if secure else raw] = _text(value) if value is not None else b""
            assert trie.root_of(pairs) == unhex(case["root"]), (name, title)
            checked += 1
    assert checked >= 20


def _text(value):
    return unhex(value) if value.startswith("0x") else value.encode()


def read_in_full(encoded, digit):
    """The child that a branch leads to, without the quick way; the error's type where it is refused."""
    try:
        items = rlp.as_list(rlp.decode(encoded, max_bytes=len(encoded), max_depth=64), what="node")
        child, _ = trie._branch(items, digit)
    except BadEncoding:
        return BadEncoding
    return child


@given(
    st.lists(st.one_of(st.just(b""), st.binary(min_size=32, max_size=32)), min_size=16, max_size=16),
    st.integers(0, 15),
    st.integers(0, 10**6),
    st.integers(0, 255),
)
def test_the_quick_way_through_a_branch_reads_what_the_full_way_reads(children, digit, at, other):
    honest = rlp.encode([*children, b""])
    changed = bytearray(honest)
    changed[at % len(changed)] = other
    for encoded in (honest, bytes(changed)):
        if len(encoded) <= trie._LEAST_BRANCH or encoded[0] not in {0xF8, 0xF9}:
            continue
        quick = trie._hashed_branch(encoded, digit)
        assert quick is None or quick == read_in_full(encoded, f"{digit:x}")
    if sum(map(bool, children)) >= 2:
        assert trie._hashed_branch(honest, digit) == children[digit]
