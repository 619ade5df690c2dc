"""Transactions of all five types: hash and sender are worked out, and what no block may hold is refused."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadEncoding, ProofError, ProofMismatch
from core.eth import rlp, trie, validity
from core.eth.header import Header
from core.eth.transaction import Authorization, Transaction, contract_address
from tests.core.eth.shared_vectors import folder, load, unhex

KEY = bytes.fromhex("4646464646464646464646464646464646464646464646464646464646464646")
WHO = "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
# The worked example of EIP-155, by KEY.
EIP_155 = (
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
    "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
    "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
)


def signed(transaction: Transaction) -> Transaction:
    from coincurve import PrivateKey

    raw = PrivateKey(KEY).sign_recoverable(transaction.signing_hash(), hasher=None)
    return dataclasses.replace(
        transaction, r=int.from_bytes(raw[:32], "big"), s=int.from_bytes(raw[32:64], "big"), y_parity=raw[64]
    )


def of_kind(kind: int) -> Transaction:
    common = {"chain_id": 7, "nonce": 3, "max_tip": 2, "max_fee": 2 if kind < 2 else 9, "gas": 90_000}
    more: dict = {"access_list": ((b"\x11" * 20, (b"\x22" * 32, bytes(32))),)} if kind else {}
    if kind == 3:
        more |= {"max_blob_fee": 5, "blob_hashes": (b"\x01" + b"\x33" * 31,)}
    if kind == 4:
        more |= {"authorizations": (Authorization(7, b"\x44" * 20, 1, 1, 2**255, 5),)}
    return signed(Transaction(kind=kind, to=b"\x55" * 20, value=10**18, data=b"\x00\x01", **common, **more))


def as_rpc(transaction: Transaction) -> dict:
    """What a node would answer for it."""
    fields = {
        "type": hex(transaction.kind),
        "hash": "0x" + transaction.hash.hex(),
        "nonce": hex(transaction.nonce),
        "gas": hex(transaction.gas),
        "to": None if transaction.to is None else "0x" + transaction.to.hex(),
        "value": hex(transaction.value),
        "input": "0x" + transaction.data.hex(),
        "r": hex(transaction.r),
        "s": hex(transaction.s),
        "v": hex(transaction.y_parity + (35 + 2 * transaction.chain_id if transaction.kind == 0 else 0)),
        "gasPrice": hex(transaction.max_fee),
    }
    if transaction.kind:
        fields |= {
            "chainId": hex(transaction.chain_id),
            "yParity": hex(transaction.y_parity),
            "accessList": [
                {"address": "0x" + who.hex(), "storageKeys": ["0x" + key.hex() for key in keys]}
                for who, keys in transaction.access_list
            ],
        }
    if transaction.kind > 1:
        fields |= {"maxFeePerGas": hex(transaction.max_fee), "maxPriorityFeePerGas": hex(transaction.max_tip)}
    if transaction.kind == 3:
        hashes = ["0x" + entry.hex() for entry in transaction.blob_hashes]
        fields |= {"maxFeePerBlobGas": hex(transaction.max_blob_fee), "blobVersionedHashes": hashes}
    if transaction.kind == 4:
        fields["authorizationList"] = [
            {
                "chainId": hex(wish.chain_id),
                "address": "0x" + wish.address.hex(),
                "nonce": hex(wish.nonce),
                "yParity": hex(wish.y_parity),
                "r": hex(wish.r),
                "s": hex(wish.s),
            }
            for wish in transaction.authorizations
        ]
    return fields


def test_the_example_of_eip_155_has_its_sender():
    transaction = Transaction.decode(bytes.fromhex(EIP_155))
    assert transaction.sender.hex() == WHO
    assert transaction.chain_id == 1
    assert (transaction.nonce, transaction.value, transaction.gas) == (9, 10**18, 21_000)
    assert transaction.encoded.hex() == EIP_155
    assert transaction.signing_hash().hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
    validity.check(transaction, 1)


@pytest.mark.parametrize("kind", range(5))
def test_every_type_comes_back_as_it_was_with_its_sender(kind):
    transaction = of_kind(kind)
    again = Transaction.decode(transaction.encoded)
    assert again == transaction
    assert again.sender.hex() == WHO
    assert Transaction.from_rpc(as_rpc(transaction)) == transaction
    validity.check(transaction, 7)


@pytest.mark.parametrize("kind", [0, 1, 2, 4])  # for type 3 eth-account wants the blobs themselves
def test_every_type_is_encoded_as_eth_account_encodes_it(kind):
    from eth_account import Account

    transaction = of_kind(kind)
    assert "0x" + Account.recover_transaction(transaction.encoded)[2:].lower() == "0x" + WHO


def test_a_contract_lands_where_the_yellow_paper_says():
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert contract_address(sender, 0).hex() == "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert contract_address(sender, 1).hex() == "343c43a37d37dff08ae8c4a11544c718abb4fcf8"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": 2**256}, "value"),
        ({"value": -1}, "value"),
        ({"nonce": 2**64 - 1}, "nonce"),
        ({"max_tip": 10}, "tip above fee"),
        ({"max_fee": 2**256}, "fee"),
        ({"gas": 0}, "intrinsic gas"),
        ({"gas": 21_000}, "intrinsic gas"),
        ({"gas": 2**64}, "fee overflow"),
        ({"gas": 2**40, "max_fee": 2**220}, "fee overflow"),
        ({"chain_id": 8}, "chain id"),
        ({"chain_id": None}, "chain id"),
        ({"to": None, "data": bytes(49_153), "gas": 10**8}, "init code size"),
        ({"s": 2**256 - 1}, "signature"),
        ({"r": 0}, "signature"),
        ({"y_parity": 2}, "signature"),
    ],
)
def test_what_no_block_may_hold_is_refused(change, reason):
    with pytest.raises(BadEncoding) as caught:
        validity.check(dataclasses.replace(of_kind(2), **change), 7)
    assert caught.value.reason == reason


def test_blobs_and_authorizations_have_their_rules():
    for kind, change in (
        (3, {"to": None}),
        (3, {"blob_hashes": ()}),
        (3, {"blob_hashes": (bytes(32),)}),
        (4, {"to": None}),
        (4, {"authorizations": ()}),
    ):
        with pytest.raises(BadEncoding):
            validity.check(dataclasses.replace(of_kind(kind), **change, gas=10**6), 7)


def test_prague_asks_at_least_ten_gas_a_token_of_calldata():
    transaction = dataclasses.replace(of_kind(2), data=b"\x01" * 1000, access_list=())
    assert validity.intrinsic_gas(transaction, prague=False) == 21_000 + 16 * 1000
    assert validity.intrinsic_gas(transaction) == 21_000 + 40 * 1000


@pytest.mark.parametrize("raw", ["", "05c0", "7f", "c0", "02c0", "02" + EIP_155, EIP_155[:-2], EIP_155 + "00"])
def test_what_is_no_transaction_is_refused(raw):
    with pytest.raises(BadEncoding):
        Transaction.decode(bytes.fromhex(raw))


@pytest.mark.parametrize(
    ("field", "value"),
    [("value", "0x1"), ("to", None), ("nonce", "0x4"), ("input", "0x"), ("hash", "0x" + "00" * 32), ("r", "0x1")],
)
def test_an_answer_with_one_field_changed_no_longer_has_the_hash(field, value):
    with pytest.raises(ProofMismatch):
        Transaction.from_rpc({**as_rpc(of_kind(2)), field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "0x7e"),
        ("value", -1),
        ("to", "0x12"),
        ("accessList", 7),
        ("accessList", [7]),
        ("nonce", "0x" + "f" * 17),
    ],
)
def test_an_answer_of_another_form_is_refused(field, value):
    with pytest.raises(BadEncoding):
        Transaction.from_rpc({**as_rpc(of_kind(2)), field: value})


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 4), st.integers(0, 400), st.integers(1, 255))
def test_any_byte_changed_is_another_transaction_or_none(kind, at, flip):
    transaction = of_kind(kind)
    raw = bytearray(transaction.encoded)
    raw[at % len(raw)] ^= flip
    try:
        other = Transaction.decode(bytes(raw))
        assert other.encoded == bytes(raw)
        assert other.hash != transaction.hash
        _ = other.sender
    except ProofError:
        pass


def test_the_public_transaction_tests_are_answered_as_they_say():
    good = bad = 0
    for path in sorted((folder("ethereum-tests") / "TransactionTests").rglob("*.json")):
        for name, case in json.loads(path.read_text()).items():
            results = case["result"]  # the newest fork that the case was filled for
            expected = next(results[fork] for fork in ("Cancun", "Shanghai", "London") if fork in results)
            try:
                transaction = Transaction.decode(unhex(case["txbytes"]))
                validity.check(transaction, 1, prague=False)
                found = (transaction.sender, transaction.hash)
            except BadEncoding:
                assert "exception" in expected, name
                bad += 1
                continue
            assert "exception" not in expected, name
            assert found == (unhex(expected["sender"]), unhex(expected["hash"])), name
            assert validity.intrinsic_gas(transaction, prague=False) == int(expected["intrinsicGas"], 16), name
            good += 1
    assert good >= 45
    assert bad >= 80


def test_every_transaction_of_real_mainnet_blocks_has_its_hash_sender_and_root():
    kinds = dict.fromkeys(range(5), 0)
    for name in ("Frontier", "Homestead", "Berlin", "London", "Paris", "Shanghai", "Cancun", "Prague", "proof_block"):
        block = load(f"nimbus-verified-proxy/{name}.json")
        transactions = [Transaction.from_rpc(answer) for answer in block["transactions"]]
        for transaction, answer in zip(transactions, block["transactions"], strict=True):
            assert transaction.sender == unhex(answer["from"]), name
            kinds[transaction.kind] += 1
        root = trie.ordered_root([transaction.encoded for transaction in transactions])
        assert root == unhex(block["transactionsRoot"]), name
    assert all(kinds.values()), kinds


def test_every_transaction_of_a_chain_of_54_blocks_is_read_and_its_roots_rebuilt():
    raw = unhex(load("execution-apis/chain_rlp_hex.json")["chain.rlp"])
    kinds = set()
    while raw:
        (header, bodies, *_), end = rlp._item(raw, 0, len(raw), 8)
        transactions = [Transaction.decode(body if isinstance(body, bytes) else rlp.encode(body)) for body in bodies]
        root = trie.ordered_root([transaction.encoded for transaction in transactions])
        assert root == Header.decode(rlp.encode(header)).transactions_root
        assert all(len(transaction.sender) == 20 for transaction in transactions)
        kinds |= {transaction.kind for transaction in transactions}
        raw = raw[end:]
    assert kinds >= {0, 1, 2, 4}


def test_the_raw_transactions_of_a_mainnet_payload_are_read():
    block = load("lodestar-prover/mainnet/eth_call.json")
    raws = [unhex(raw) for raw in block["beacon"]["executionPayload"]["transactions"]]
    answers = block["execution"]["block"]["transactions"]
    assert trie.ordered_root(raws) == unhex(block["execution"]["block"]["transactionsRoot"])
    for raw, answer in zip(raws, answers, strict=True):
        assert Transaction.decode(raw).hash == unhex(answer["hash"])
