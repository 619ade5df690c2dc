"""Named state through proven slots: packed fields, mappings, strings of any length, arrays."""

from __future__ import annotations

import pytest

from core.chain.storage_reader import StorageReader
from core.chain.trust import Reason, Trust, TrustState
from core.errors import BadInput, ProofError, TooLarge
from core.keccak import keccak256
from core.units import Address
from tests.core.chain.chain_setup import BELL, scene
from tests.doubles import lying_node

OWNER = Address(b"\x77" * 20)


def kind(label, size, encoding="inplace", **more):
    return {"label": label, "numberOfBytes": str(size), "encoding": encoding, **more}


def member(label, slot, offset, name):
    return {"label": label, "slot": str(slot), "offset": offset, "type": name}


# struct Item { address owner; uint32 count; bool open; string name; mapping(address => int64) votes; }
LAYOUT = {
    "storage": [
        member("total", 0, 0, "t_uint256"),
        member("small", 1, 0, "t_uint16"),
        member("mood", 1, 2, "t_int8"),
        member("tag", 1, 3, "t_bytes4"),
        member("owner", 1, 7, "t_address"),
        member("items", 2, 0, "t_mapping(t_uint256,t_struct(Item)1_storage)"),
        member("list", 3, 0, "t_array(t_uint32)dyn_storage"),
        member("fixed", 4, 0, "t_array(t_uint128)3_storage"),
        member("by_name", 6, 0, "t_mapping(t_string_memory_ptr,t_uint256)"),
        member("by_hash", 7, 0, "t_mapping(t_bytes32,t_mapping(t_bool,t_uint256))"),
        member("blob", 8, 0, "t_bytes_storage"),
        member("pairs", 9, 0, "t_array(t_struct(Pair)2_storage)dyn_storage"),
    ],
    "types": {
        "t_uint256": kind("uint256", 32),
        "t_uint128": kind("uint128", 16),
        "t_uint32": kind("uint32", 4),
        "t_uint16": kind("uint16", 2),
        "t_int8": kind("int8", 1),
        "t_int64": kind("int64", 8),
        "t_bool": kind("bool", 1),
        "t_bytes4": kind("bytes4", 4),
        "t_bytes32": kind("bytes32", 32),
        "t_address": kind("address", 20),
        "t_string_storage": kind("string", 32, "bytes"),
        "t_bytes_storage": kind("bytes", 32, "bytes"),
        "t_mapping(t_uint256,t_struct(Item)1_storage)": kind(
            "mapping(uint256 => struct Item)", 32, "mapping", key="t_uint256", value="t_struct(Item)1_storage"
        ),
        "t_mapping(t_address,t_int64)": kind("mapping", 32, "mapping", key="t_address", value="t_int64"),
        "t_mapping(t_string_memory_ptr,t_uint256)": kind(
            "mapping", 32, "mapping", key="t_string_memory_ptr", value="t_uint256"
        ),
        "t_mapping(t_bytes32,t_mapping(t_bool,t_uint256))": kind(
            "mapping", 32, "mapping", key="t_bytes32", value="t_mapping(t_bool,t_uint256)"
        ),
        "t_mapping(t_bool,t_uint256)": kind("mapping", 32, "mapping", key="t_bool", value="t_uint256"),
        "t_array(t_uint32)dyn_storage": kind("uint32[]", 32, "dynamic_array", base="t_uint32"),
        "t_array(t_uint128)3_storage": kind("uint128[3]", 64, base="t_uint128"),
        "t_array(t_struct(Pair)2_storage)dyn_storage": kind(
            "Pair[]", 32, "dynamic_array", base="t_struct(Pair)2_storage"
        ),
        "t_struct(Pair)2_storage": kind(
            "struct Pair", 64, members=[member("a", 0, 0, "t_uint256"), member("b", 1, 0, "t_string_storage")]
        ),
        "t_struct(Item)1_storage": kind(
            "struct Item",
            96,
            members=[
                member("owner", 0, 0, "t_address"),
                member("count", 0, 20, "t_uint32"),
                member("open", 0, 24, "t_bool"),
                member("name", 1, 0, "t_string_storage"),
                member("votes", 2, 0, "t_mapping(t_address,t_int64)"),
            ],
        ),
    },
}


def word(number):
    return (number % 2**256).to_bytes(32, "big")


def at(*words):
    """keccak256 of words: where a mapping's value or an array's elements stand."""
    return int.from_bytes(keccak256(b"".join(map(word, words))), "big")


def short(text):
    return int.from_bytes(text.ljust(31, b"\0") + bytes((2 * len(text),)), "big")


def long(slot, text):
    parts = {
        at(slot) + n: int.from_bytes(text[32 * n : 32 * n + 32].ljust(32, b"\0"), "big")
        for n in range(-(-len(text) // 32))
    }
    return {slot: 2 * len(text) + 1, **parts}


ITEM = at(5, 2)
STORAGE = {
    0: 10**30,
    1: 513 + (0xFE << 16) + (0xAABBCCDD << 24) + (int.from_bytes(OWNER.raw, "big") << 56),
    ITEM: int.from_bytes(OWNER.raw, "big") + (70_000 << 160) + (1 << 192),
    ITEM + 1: short(b"short name"),
    at(int.from_bytes(OWNER.raw, "big"), ITEM + 2): 2**64 - 3,
    3: 10,
    at(3): sum((100 + n) << (32 * n) for n in range(8)),
    at(3) + 1: 108 + (109 << 32),
    4: 1 + (2 << 128),
    5: 3,
    int.from_bytes(keccak256(b"ann" + word(6)), "big"): 44,
    at(1, at(1 << 255, 7)): 45,
    **long(8, bytes(range(100))),
    9: 2,
    at(9): 1,
    at(9) + 1: short(b"one"),
    at(9) + 2: 2,
    **long(at(9) + 3, b"two " * 20),
}


@pytest.fixture
def here():
    it = scene()
    it.chain.state[BELL.raw].storage.update(STORAGE)
    it.chain.mine()
    return it


@pytest.fixture
def reader(here):
    return StorageReader(here.light(), BELL, LAYOUT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("total",), 10**30),
        (("small",), 513),
        (("mood",), -2),
        (("tag",), bytes.fromhex("aabbccdd")),
        (("owner",), OWNER),
        (("items", 5), {"owner": OWNER, "count": 70_000, "open": True, "name": "short name"}),
        (("items", 5, "count"), 70_000),
        (("items", 6), {"owner": Address(bytes(20)), "count": 0, "open": False, "name": ""}),
        (("items", 5, "votes", OWNER), -3),
        (("list",), tuple(range(100, 110))),
        (("list", 9), 109),
        (("fixed",), (1, 2, 3)),
        (("fixed", 2), 3),
        (("by_name", "ann"), 44),
        (("by_name", "bob"), 0),
        (("by_hash", word(1 << 255), True), 45),
        (("blob",), bytes(range(100))),
        (("pairs",), ({"a": 1, "b": "one"}, {"a": 2, "b": "two " * 20})),
        (("pairs", 1, "b"), "two " * 20),
    ],
)
def test_a_value_is_found_and_proven(reader, path, value):
    found = reader.read(*path)
    assert found.value == value
    assert found.trust == Trust(TrustState.PROVEN, Reason.PINNED_GENESIS, 2)


def test_many_values_share_a_proof(here, reader):
    here.light().sync()
    reader.read("total")
    here.chain.asked.clear()
    values = reader.read_many([("items", n, "count") for n in range(200)] + [("total",), ("fixed",)])
    assert (values.value[5], values.value[200]) == (70_000, 10**30)
    assert here.chain.asked.count("eth_getProof") == 1


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("nothing",),
        ("items",),
        ("items", "five"),
        ("items", 5, "nothing"),
        ("items", 5, "votes"),
        ("items", 5, "votes", 7),
        ("fixed", 3),
        ("fixed", -1),
        ("total", 1),
        ("by_name", 1),
    ],
)
def test_a_path_that_the_layout_does_not_have_is_refused(reader, path):
    with pytest.raises(BadInput):
        reader.read(*path)


@pytest.mark.parametrize(("slot", "path"), [(3, ("list",)), (8, ("blob",))])
def test_a_length_without_end_is_refused(here, slot, path):
    here.chain.state[BELL.raw].storage[slot] = 2**200 + 1
    here.chain.mine()
    with pytest.raises(TooLarge):
        StorageReader(here.light(), BELL, LAYOUT).read(*path)


@pytest.mark.parametrize("name", lying_node.STORAGE_LIES)
def test_a_lie_on_the_way_is_refused(here, reader, name):
    reader.read("total")
    here.liar.tell(lying_node.STORAGE_LIES[name])
    with pytest.raises(ProofError):
        reader.read("pairs")


def test_a_head_that_moves_between_two_proofs_does_not_mix_two_states(here):
    light = here.light()
    light.sync()
    reader = StorageReader(light, BELL, LAYOUT)
    moved = []

    def move(method, _params, answer):
        if method == "eth_getProof" and not moved:
            moved.append(True)
            here.chain.state[BELL.raw].storage[3] = 2
            here.chain.mine()
            light.sync()
        return answer

    here.liar.tell(move)
    found = reader.read("list")
    assert found.value == (100, 101)
    assert found.trust.block == 3
