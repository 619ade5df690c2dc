"""Blocks of OP Stack chains: deposits and their receipts rebuild the roots that public blocks have."""

from __future__ import annotations

import dataclasses

import pytest

from core.chain.block import NO_NONCE, verify_block
from core.errors import BadEncoding, ProofMismatch
from core.eth import bloom, rlp, rollup, trie
from core.eth.deposit import Deposit, transaction_from_rpc
from core.eth.header import Header
from core.eth.receipt import Log, Receipt, l1_fee
from core.eth.transaction import Transaction, contract_address
from tests.core.eth import rollup_blocks as facts
from tests.core.eth.shared_vectors import unhex
from tests.core.eth.test_transaction import as_rpc


def isthmus(state: int) -> tuple[Header, dict, list[dict]]:
    """Header, block object and receipts of one of the five states of the block."""
    count = state + 2
    state_root, receipts_root, gas_used, block_hash = facts.STATES[state]
    raws = [unhex(raw) for raw in facts.RAW[:count]]
    fields = {
        **facts.HEADER,
        "stateRoot": state_root,
        "receiptsRoot": receipts_root,
        "gasUsed": gas_used,
        "hash": block_hash,
        "logsBloom": facts.counted_bloom() if state else facts.ZERO_BLOOM,
        "transactionsRoot": "0x" + trie.ordered_root(raws).hex(),
    }
    fields["transactions"] = [transaction_json(raw) for raw in raws]
    return Header.from_rpc(fields), fields, facts.isthmus_receipts(count)


def transaction_json(raw: bytes) -> dict:
    if raw[0] != 0x7E:
        return as_rpc(Transaction.decode(raw))
    deposit = Deposit.decode(raw)
    fact = (deposit.hash, deposit.source_hash, deposit.sender, deposit.to)
    amounts = (deposit.mint, deposit.value, deposit.gas)
    texts = ["0x" + (part or b"").hex() for part in fact]
    return facts.deposit_json((*texts, *map(hex, amounts), "0x" + deposit.data.hex()), nonce="0x21e3b52")


@pytest.mark.parametrize("state", range(5))
def test_an_isthmus_block_is_believed_whole_in_each_state_of_its_making(state):
    header, block, receipts = isthmus(state)
    rollup.check_header(header)
    mined = verify_block(header, block, receipts, rollup=True)
    assert [entry.hash for entry in mined] == [unhex(text) for text in facts.HASHES[: state + 2]]
    assert {entry.sender.raw for entry in mined[1:]} == {unhex(facts.SENDER)}
    deposit = mined[0]
    assert (deposit.nonce, deposit.fee, deposit.sender.raw) == (0x21E3B52, 0, unhex(facts.L1_ATTRIBUTES))
    assert [len(entry.logs) for entry in mined] == [0, 0, 1, 1, 1, 1][: state + 2]


def test_the_last_state_has_the_transactions_root_that_its_chain_kept():
    header, _, _ = isthmus(4)
    assert header.transactions_root == unhex(facts.TRANSACTIONS_ROOT)
    assert rollup.fee_rule(header.extra_data) == rollup.FeeRule(50, 12)
    assert header.withdrawals_root not in {None, trie.EMPTY_ROOT}, "a storage root, not a list of withdrawals"


def test_a_canyon_block_of_nothing_but_its_deposit_is_believed():
    block, receipts = facts.canyon_block()
    header = Header.from_rpc(block)
    rollup.check_header(header)
    (deposit,) = verify_block(header, block, receipts, rollup=True)
    assert (deposit.nonce, deposit.gas_used) == (0x111, 0xB76D)
    assert rollup.fee_rule(header.extra_data) is None


@pytest.mark.parametrize(
    "change",
    [
        {"depositNonce": "0x112"},
        {"depositReceiptVersion": "0x2"},
        {"depositReceiptVersion": None},
        {"status": "0x0"},
        {"cumulativeGasUsed": "0xb76e"},
        {"type": "0x2"},
    ],
)
def test_a_deposit_s_receipt_with_one_field_changed_has_another_root(change):
    block, receipts = facts.canyon_block()
    with pytest.raises(ProofMismatch):
        verify_block(Header.from_rpc(block), block, [{**receipts[0], **change}], rollup=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mint", "0x1"),
        ("from", facts.SENDER),
        ("sourceHash", "0x" + "11" * 32),
        ("isSystemTx", True),
        ("to", None),
        ("hash", "0x" + "00" * 32),
    ],
)
def test_a_deposit_with_one_field_changed_is_another(field, value):
    block, receipts = facts.canyon_block()
    header = Header.from_rpc(block)
    block["transactions"][0][field] = value
    with pytest.raises(ProofMismatch):
        verify_block(header, block, receipts, rollup=True)


def test_fees_on_l1_are_said_and_in_no_root():
    _, receipts = facts.canyon_block()
    assert l1_fee(receipts[0]) == 0
    assert l1_fee({}) is None
    with pytest.raises(BadEncoding):
        l1_fee({"l1Fee": "5"})
    changed = {**receipts[0], "l1Fee": "0xffff"}
    assert Receipt.from_rpc(changed, rollup=True) == Receipt.from_rpc(receipts[0], rollup=True)


@pytest.mark.parametrize("fact", facts.DEPOSITS)
def test_deposits_of_public_chains_have_their_hash_and_come_back_as_they_were(fact):
    deposit = Deposit.from_rpc(facts.deposit_json(fact))
    assert deposit.hash == unhex(fact[0])
    assert Deposit.decode(deposit.encoded) == deposit


def test_a_mint_and_a_flag_that_nodes_leave_out_are_nothing_and_false():
    fact = facts.DEPOSITS[0]
    sparse = {name: value for name, value in facts.deposit_json(fact).items() if name != "mint"}
    assert Deposit.from_rpc(sparse) == Deposit.from_rpc(facts.deposit_json(fact, isSystemTx=False))


def test_a_deposit_outside_of_a_rollup_is_no_transaction():
    with pytest.raises(BadEncoding):
        transaction_from_rpc(facts.deposit_json(facts.DEPOSITS[0]), rollup=False)
    block, receipts = facts.canyon_block()
    with pytest.raises(BadEncoding):
        verify_block(Header.from_rpc(block), block, receipts)
    with pytest.raises(BadEncoding):
        Receipt.from_rpc(receipts[0])


@pytest.mark.parametrize(
    "fields",
    [
        [b"\x01" * 32, b"\x02" * 20, b"", 0, 0, 21_000, 0],
        [b"\x01" * 31, b"\x02" * 20, b"", 0, 0, 21_000, 0, b""],
        [b"\x01" * 32, b"\x02" * 19, b"", 0, 0, 21_000, 0, b""],
        [b"\x01" * 32, b"\x02" * 20, b"\x03", 0, 0, 21_000, 0, b""],
        [b"\x01" * 32, b"\x02" * 20, b"", b"\0", 0, 21_000, 0, b""],
        [b"\x01" * 32, b"\x02" * 20, b"", 0, 0, 2**64, 0, b""],
        [b"\x01" * 32, b"\x02" * 20, b"", 0, 0, 21_000, 2, b""],
    ],
)
def test_what_is_no_deposit_is_refused(fields):
    with pytest.raises(BadEncoding):
        Deposit.decode(b"\x7e" + rlp.encode(fields))
    with pytest.raises(BadEncoding):
        Deposit.decode(b"\x02" + rlp.encode([b"\x01" * 32, b"\x02" * 20, b"", 0, 0, 21_000, 0, b""]))


def block_of(deposit: Deposit, receipt: dict) -> tuple[Header, dict]:
    """A made-up block with one deposit."""
    block, _ = facts.canyon_block()
    answer = facts.deposit_json(
        ("0x" + deposit.hash.hex(), "0x" + deposit.source_hash.hex(), "0x" + deposit.sender.hex(), "",
         hex(deposit.mint), hex(deposit.value), hex(deposit.gas), "0x" + deposit.data.hex())
    )  # fmt: skip
    answer["to"] = None
    header = dataclasses.replace(
        Header.from_rpc(block),
        transactions_root=trie.ordered_root([deposit.encoded]),
        receipts_root=trie.ordered_root([Receipt.from_rpc(receipt, rollup=True).encode()]),
    )
    return header, {**header.to_rpc(), "transactions": [answer]}


def test_a_deployment_by_deposit_lands_where_its_receipt_s_nonce_says():
    sender = b"\x77" * 20
    deposit = Deposit(b"\x01" * 32, sender, None, 5, 5, 10**6, False, b"\x60\x00")
    _, (receipt,) = facts.canyon_block()
    header, block = block_of(deposit, receipt)
    (mined,) = verify_block(header, block, [receipt], rollup=True)
    assert mined.contract is not None
    assert mined.contract.raw == contract_address(sender, 0x111)


def test_a_nonce_that_no_root_commits_to_is_not_taken_from_the_node():
    deposit = Deposit(b"\x01" * 32, b"\x77" * 20, None, 0, 0, 10**6, False, b"\x60\x00")
    _, (receipt,) = facts.canyon_block()
    receipt["depositReceiptVersion"] = None  # before Canyon
    header, block = block_of(deposit, receipt)
    (mined,) = verify_block(header, block, [receipt], rollup=True)
    assert (mined.nonce, mined.contract) == (NO_NONCE, None)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"difficulty": 1}, "difficulty"),
        ({"uncles_hash": bytes(32)}, "uncles"),
        ({"nonce": b"\x01" * 8}, "header nonce"),
        ({"extra_data": bytes(33)}, "extra data"),
        ({"extra_data": b"\x01" + (50).to_bytes(4, "big") + (6).to_bytes(4, "big")}, "extra data"),
        ({"extra_data": bytes(9)}, "extra data"),
        ({"extra_data": b"\x01" + bytes(16)}, "extra data"),
        ({"requests_hash": bytes(32)}, "requests"),
    ],
)
def test_a_header_that_no_rollup_can_have_is_refused(change, what):
    header, _, _ = isthmus(4)
    with pytest.raises(ProofMismatch) as caught:
        rollup.check_header(dataclasses.replace(header, **change))
    assert caught.value.what == what
    rollup.check_header(dataclasses.replace(header, number=0, **change))


def test_a_jovian_header_names_its_least_base_fee():
    extra = b"\x01" + (250).to_bytes(4, "big") + (6).to_bytes(4, "big") + (10**6).to_bytes(8, "big")
    assert rollup.fee_rule(extra) == rollup.FeeRule(250, 6, 10**6)


def test_a_bloom_has_the_bits_of_a_public_log():
    log = Log(unhex(facts.COUNTER), (unhex(facts.COUNTED),), b"")
    assert bloom.of_logs([log]) == unhex(facts.counted_bloom())
    assert bloom.union([bytes(256), bloom.of_logs([log])]) == unhex(facts.counted_bloom())
