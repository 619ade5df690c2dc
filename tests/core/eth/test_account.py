"""Accounts, slots and receipts of real chains are proven, and not one of them by another's proof."""

from __future__ import annotations

import pytest

from core.errors import BadEncoding, ProofError, ProofMismatch
from core.eth import rlp, trie
from core.eth.account import EMPTY_CODE_HASH, NO_ACCOUNT, Account, verify_account, verify_slot
from core.eth.header import Header
from core.eth.receipt import Log, Receipt
from core.keccak import keccak256
from tests.core.eth.shared_vectors import load, unhex

WHO = b"\x11" * 20


def leaf(key: bytes, value: bytes) -> bytes:
    """A trie of one key is one leaf."""
    return rlp.encode([b"\x20" + key, value])


def test_an_account_alone_in_the_state_is_proven():
    account = Account(3, 10**21, trie.EMPTY_ROOT, EMPTY_CODE_HASH)
    node = leaf(keccak256(WHO), rlp.encode([3, 10**21, trie.EMPTY_ROOT, EMPTY_CODE_HASH]))
    assert verify_account(keccak256(node), WHO, [node]) == account
    assert verify_account(keccak256(node), b"\x22" * 20, [node]) == NO_ACCOUNT
    assert verify_account(trie.EMPTY_ROOT, WHO, []) == NO_ACCOUNT


@pytest.mark.parametrize(
    "fields",
    [
        [3, 4, trie.EMPTY_ROOT],
        [3, 4, trie.EMPTY_ROOT, EMPTY_CODE_HASH, b""],
        [3, 4, b"short", EMPTY_CODE_HASH],
        [b"\x00\x03", 4, trie.EMPTY_ROOT, EMPTY_CODE_HASH],
        [3, b"\x01" * 33, trie.EMPTY_ROOT, EMPTY_CODE_HASH],
        [[3], 4, trie.EMPTY_ROOT, EMPTY_CODE_HASH],
    ],
)
def test_what_is_no_account_is_refused_even_under_its_hash(fields):
    node = leaf(keccak256(WHO), rlp.encode(fields))
    with pytest.raises(BadEncoding):
        verify_account(keccak256(node), WHO, [node])


def test_a_slot_holds_one_canonical_number():
    key = keccak256((5).to_bytes(32, "big"))
    node = leaf(key, rlp.encode(2**200))
    assert verify_slot(keccak256(node), 5, [node]) == 2**200
    assert verify_slot(keccak256(node), 6, [node]) == 0
    for wrong in (b"\x82\x00\x01", rlp.encode([b"1"]), rlp.encode(b"\x01" * 33)):
        bad = leaf(key, wrong)
        with pytest.raises(BadEncoding):
            verify_slot(keccak256(bad), 5, [bad])


def _check(header: Header, answer: dict) -> None:
    address = unhex(answer["address"])
    account = verify_account(header.state_root, address, [unhex(node) for node in answer["accountProof"]])
    code_hash = unhex(answer["codeHash"])
    assert account.balance == int(answer["balance"], 16)
    assert account.nonce == int(answer["nonce"], 16)
    if account != NO_ACCOUNT:
        assert (account.storage_root, account.code_hash) == (unhex(answer["storageHash"]), code_hash)
    for entry in answer["storageProof"]:
        nodes = [unhex(node) for node in entry["proof"]]
        assert verify_slot(account.storage_root, int(entry["key"], 16), nodes) == int(entry["value"], 16)
    if len(answer["accountProof"]) > 1:
        with pytest.raises(ProofError):
            verify_account(header.state_root, WHO, [unhex(node) for node in answer["accountProof"]])


def test_real_proofs_of_mainnet_accounts_hold_against_their_block():
    count = 0
    for name in ("eth_call", "eth_estimateGas_simple_transfer", "eth_estimateGas_contract_call"):
        fixture = load(f"lodestar-prover/mainnet/{name}.json")
        header = Header.from_rpc(fixture["execution"]["block"])
        for exchange in fixture["dependentRequests"]:
            asked, answered = exchange["payload"], exchange["response"]
            if isinstance(asked, list):
                count += _check_batch(header, asked, answered)
    assert count >= 5


def _check_batch(header: Header, asked: list, answered: list) -> int:
    answers = {answer["id"]: answer["result"] for answer in answered}
    codes = {call["params"][0]: unhex(answers[call["id"]]) for call in asked if call["method"] == "eth_getCode"}
    count = 0
    for call in asked:
        if call["method"] == "eth_getProof":
            proof = answers[call["id"]]
            _check(header, proof)
            account = verify_account(header.state_root, unhex(proof["address"]), [*map(unhex, proof["accountProof"])])
            if call["params"][0] in codes:
                assert keccak256(codes[call["params"][0]]) == account.code_hash
            count += 1
    return count


def test_a_real_proof_of_a_storage_slot_holds():
    header = Header.from_rpc(load("nimbus-verified-proxy/proof_block.json"))
    answer = load("nimbus-verified-proxy/storage_proof.json")
    _check(header, answer)
    account = verify_account(
        header.state_root, unhex(answer["address"]), [unhex(node) for node in answer["accountProof"]]
    )
    assert keccak256(unhex(load("nimbus-verified-proxy/code.json"))) == account.code_hash
    slot = answer["storageProof"][0]
    with pytest.raises(ProofMismatch):
        verify_slot(account.storage_root, int(slot["key"], 16) + 1, [unhex(node) for node in slot["proof"]])


def _exchanges(method: str):
    for case in load("execution-apis/rpc_compat.json"):
        if case["name"].startswith(method + "/"):
            for exchange in case["exchanges"]:
                if exchange["response"].get("result") is not None:
                    yield case["name"], exchange["request"]["params"], exchange["response"]["result"]


def _headers() -> dict[int, Header]:
    raw = unhex(load("execution-apis/chain_rlp_hex.json")["chain.rlp"])
    headers = {}
    while raw:
        block, end = rlp._item(raw, 0, len(raw), 8)
        header = Header.decode(rlp.encode(block[0]))
        headers[header.number] = header
        raw = raw[end:]
    return headers


def test_the_proofs_of_the_execution_apis_hold_against_their_chain():
    headers = _headers()
    by_hash = {"0x" + header.hash.hex(): header for header in headers.values()}
    held = 0
    for _, params, answer in _exchanges("eth_getProof"):
        tag = params[2] if len(params) > 2 else "latest"
        header = by_hash.get(tag) or headers.get(int(tag, 16) if tag.startswith("0x") else max(headers))
        if header is not None:
            _check(header, answer)
            held += 1
    assert held >= 2


def test_the_receipts_of_the_execution_apis_rebuild_their_roots():
    headers = _headers()
    kinds = set()
    for _, _, answers in _exchanges("eth_getBlockReceipts"):
        if answers:
            receipts = [Receipt.from_rpc(answer) for answer in answers]
            root = trie.ordered_root([receipt.encode() for receipt in receipts])
            assert root == headers[int(answers[0]["blockNumber"], 16)].receipts_root
            kinds |= {receipt.kind for receipt in receipts}
    assert kinds


def test_a_receipt_is_read_from_an_answer_and_encoded_by_its_type():
    log = Log(WHO, (b"\x01" * 32,), b"data")
    receipt = Receipt(2, 1, 21_000, bytes(256), (log,))
    answer = {
        "type": "0x2",
        "status": "0x1",
        "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256,
        "logs": [{"address": "0x" + WHO.hex(), "topics": ["0x" + "01" * 32], "data": "0x" + b"data".hex()}],
    }
    assert Receipt.from_rpc(answer) == receipt
    body = rlp.encode([1, 21_000, bytes(256), [[WHO, [b"\x01" * 32], b"data"]]])
    assert receipt.encode() == b"\x02" + body
    assert Receipt(0, 1, 21_000, bytes(256), (log,)).encode() == body
    old = Receipt.from_rpc({**answer, "type": "0x0", "status": None, "root": "0x" + "07" * 32})
    assert old.encode() == rlp.encode([b"\x07" * 32, 21_000, bytes(256), [[WHO, [b"\x01" * 32], b"data"]]])


@pytest.mark.parametrize(
    "change",
    [
        {"type": "0x7e"},
        {"status": None},
        {"logsBloom": "0x00"},
        {"logs": 5},
        {"logs": [5]},
        {"logs": [{"address": "0x" + "11" * 20, "topics": ["0x" + "01" * 32] * 5, "data": "0x"}]},
        {"cumulativeGasUsed": "0x00"},
    ],
)
def test_what_is_no_receipt_is_refused(change):
    answer = {"type": "0x2", "status": "0x1", "cumulativeGasUsed": "0x1", "logsBloom": "0x" + "00" * 256, "logs": []}
    with pytest.raises(BadEncoding):
        Receipt.from_rpc({**answer, **change})
