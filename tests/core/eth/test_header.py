"""Headers: the hash is worked out from every field, of every fork."""

from __future__ import annotations

import dataclasses
import itertools
import json

import pytest

from core.errors import BadEncoding, ProofMismatch
from core.eth import rlp, trie
from core.eth.header import Header, next_base_fee
from tests.core.eth.shared_vectors import folder, load, unhex

# The first block of the Ethereum main network: every field is public knowledge.
FIRST = {
    "parentHash": "0x" + "00" * 32,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "receiptsRoot": "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421",
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": "0x" + "00" * 32,
    "nonce": "0x0000000000000042",
    "hash": "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
}


def prague() -> Header:
    return dataclasses.replace(
        Header.from_rpc(FIRST),
        base_fee=7,
        withdrawals_root=trie.EMPTY_ROOT,
        blob_gas_used=0,
        excess_blob_gas=0,
        parent_beacon_root=bytes(32),
        requests_hash=bytes(32),
    )


def test_the_first_block_of_mainnet_has_its_famous_hash():
    header = Header.from_rpc(FIRST)
    assert header.hash.hex() == "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
    assert Header.decode(header.encoded) == header


def test_a_header_survives_both_ways_of_writing_it():
    header = prague()
    assert Header.decode(header.encoded) == header
    assert Header.from_rpc(header.to_rpc()) == header


@pytest.mark.parametrize("field", [key for key in FIRST if key != "hash"])
def test_a_changed_field_no_longer_has_the_hash(field):
    digits = FIRST[field]
    changed = {**FIRST, field: hex(int(digits, 16) + 1) if len(digits) < 18 else digits[:-1] + "9"}
    with pytest.raises((ProofMismatch, BadEncoding)):
        Header.from_rpc(changed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "0x00"),
        ("number", "5"),
        ("number", 5),
        ("number", "0x" + "f" * 70),
        ("parentHash", "0x00"),
        ("parentHash", None),
        ("extraData", "0x" + "00" * 5000),
        ("extraData", "0xzz"),
        ("nonce", "0x0"),
        ("hash", None),
    ],
)
def test_a_field_of_another_form_is_refused(field, value):
    with pytest.raises(BadEncoding):
        Header.from_rpc({**FIRST, field: value})


@pytest.mark.parametrize("block", [None, [], "0x", 7])
def test_what_is_no_object_is_refused(block):
    with pytest.raises(BadEncoding):
        Header.from_rpc(block)


def test_a_later_field_cannot_stand_without_the_one_before():
    with pytest.raises(BadEncoding):
        dataclasses.replace(prague(), base_fee=None)


def test_an_encoding_with_a_field_missing_or_too_many_is_refused():
    items = rlp.decode(prague().encoded)
    for wrong in (items[:14], [*items, b"x"], items[0]):
        with pytest.raises(BadEncoding):
            Header.decode(rlp.encode(wrong))


def test_the_base_fee_follows_the_gas_used():
    base = dataclasses.replace(prague(), gas_limit=30_000_000, base_fee=1_000_000_000)
    assert next_base_fee(dataclasses.replace(base, gas_used=15_000_000)) == 1_000_000_000
    assert next_base_fee(dataclasses.replace(base, gas_used=30_000_000)) == 1_125_000_000
    assert next_base_fee(dataclasses.replace(base, gas_used=0)) == 875_000_000
    assert next_base_fee(dataclasses.replace(base, gas_used=15_000_001, base_fee=7)) == 8


def test_real_mainnet_blocks_of_nine_forks_have_their_hashes():
    names = ("Frontier", "Homestead", "Berlin", "London", "Paris", "Shanghai", "Cancun", "Prague", "proof_block")
    for name in names:
        block = load(f"nimbus-verified-proxy/{name}.json")
        assert Header.from_rpc(block).hash == unhex(block["hash"]), name


def test_a_chain_of_54_blocks_is_read_and_hangs_together():
    raw = unhex(load("execution-apis/chain_rlp_hex.json")["chain.rlp"])
    headers = []
    while raw:
        block, end = rlp._item(raw, 0, len(raw), 8)
        headers.append(Header.decode(rlp.encode(block[0])))
        raw = raw[end:]
    assert len(headers) >= 50
    for parent, header in itertools.pairwise(headers):
        assert header.parent_hash == parent.hash
        assert header.number == parent.number + 1


def test_the_headers_of_the_public_block_tests_have_their_hashes():
    count = 0
    for path in sorted((folder("ethereum-tests") / "BlockchainTests" / "ValidBlocks").rglob("*.json")):
        for case in json.loads(path.read_text()).values():
            genesis = rlp.decode(unhex(case["genesisRLP"]))
            parent = Header.decode(rlp.encode(genesis[0]))
            assert parent.hash == unhex(case["genesisBlockHeader"]["hash"])
            for block in case["blocks"]:
                header = Header.decode(rlp.encode(rlp.decode(unhex(block["rlp"]))[0]))
                assert header.hash == unhex(block["blockHeader"]["hash"])
                if parent.base_fee is not None:
                    assert header.base_fee == next_base_fee(parent)
                parent = header
                count += 1
    assert count > 20
