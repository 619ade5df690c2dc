"""All of the public fixtures of real chains are verified, and counted: nothing is left out silently."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from core.chain.block import verify_block
from core.chain.proofs import Wish, check_proof
from core.errors import ProofError, ProofMismatch
from core.eth import rlp, trie
from core.eth.account import EMPTY_CODE_HASH
from core.eth.header import Header
from core.eth.transaction import Transaction
from core.keccak import keccak256
from core.units import Address
from tests.core.eth.shared_vectors import load, unhex

FORKS = ("Frontier", "Homestead", "Berlin", "London", "Paris", "Shanghai", "Cancun", "Prague")
CALLS = ("eth_call", "eth_estimateGas_simple_transfer", "eth_estimateGas_contract_call")

# Block 46,147 of the main network: the first that held a transaction. Public facts.
FIRST = {
    "parentHash": "0x5a41d0e66b4120775176c09fcf39e7c0520517a13d2b57b18d33d342df038bfc",
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0xe6a7a1d47ff21b6321162aea7c6cb457d5476bca",
    "stateRoot": "0x0e0df2706b0a4fb8bd08c9246d472abbe850af446405d9eba1db41db18b4a169",
    "transactionsRoot": "0x4513310fcb9f6f616972a3b948dc5d547f280849a87ebb5af0191f98b87be598",
    "receiptsRoot": "0xfe2bf2a941abf41d72637e5b91750332a30283efd40c424dc522b77e6f0ed8c4",
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x153886c1bbd",
    "number": "0xb443",
    "gasLimit": "0x520b",
    "gasUsed": "0x5208",
    "timestamp": "0x55c42659",
    "extraData": "0x" + b"ethpool.org".hex(),
    "mixHash": "0xb48c515a9dde8d346c3337ea520aa995a4738bb595495506125449c1149d6cf4",
    "nonce": "0xba4f8ecd18aab215",
    "hash": "0x4e3a3754410177e6937ef1f84bba68ea139e8d1a2258c5f85db9f1cd715a1bdd",
}
FIRST_TRANSACTION = {
    "hash": "0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060",
    "type": "0x0",
    "nonce": "0x0",
    "gasPrice": "0x2d79883d2000",
    "gas": "0x5208",
    "to": "0x5df9b87991262f6ba471f09758cde1c0fc1de734",
    "value": "0x7a69",
    "input": "0x",
    "v": "0x1c",
    "r": "0x88ff6cf0fefd94db46111149ae4bfc179e9b94721fffd821d38d16464b3f71d0",
    "s": "0x45e0aff800961cfce805daef7016b9b675c137a6a41a548f7b60a3484c06a33a",
}
FIRST_RECEIPT = {  # before Byzantium a receipt has the state root after its transaction, and no status
    "root": "0x96a8e009d2b88b1483e6941e6812e32263b05683fac202abc622a3e31aed1957",
    "cumulativeGasUsed": "0x5208",
    "logsBloom": "0x" + "00" * 256,
    "logs": [],
}


def test_the_first_block_with_a_transaction_is_believed_whole():
    header = Header.from_rpc(FIRST)
    (mined,) = verify_block(header, {**FIRST, "transactions": [FIRST_TRANSACTION]}, [FIRST_RECEIPT])
    assert mined.sender.raw.hex() == "a1e4380a3b1f749673e270229993ee55f35663b4"
    assert (mined.value, mined.succeeded, mined.fee) == (31337, True, 21_000 * 50 * 10**12)


@pytest.mark.parametrize(
    "change", [{"root": "0x" + "11" * 32}, {"status": "0x1"}, {"cumulativeGasUsed": "0x5209"}, {"type": "0x1"}]
)
def test_its_receipt_with_one_field_changed_has_another_root(change):
    block = {**FIRST, "transactions": [FIRST_TRANSACTION]}
    with pytest.raises(ProofMismatch):
        verify_block(Header.from_rpc(FIRST), block, [{**FIRST_RECEIPT, **change}])


def blocks() -> Iterator[tuple[str, dict[str, Any]]]:
    for fork in FORKS:
        yield fork, load(f"nimbus-verified-proxy/{fork}.json")
    yield "the block of the storage proof", load("nimbus-verified-proxy/proof_block.json")
    yield "the block of the calls", load("lodestar-prover/mainnet/eth_call.json")["execution"]["block"]


def test_blocks_of_every_fork_have_their_hash_and_every_transaction_its_hash_sender_and_root():
    kinds: Counter[int] = Counter()
    withdrawals = 0
    for name, block in blocks():
        header = Header.from_rpc(block)
        assert header.hash == unhex(block["hash"]), name
        assert Header.decode(header.encoded) == header
        transactions = [Transaction.from_rpc(answer) for answer in block["transactions"]]
        for transaction, answer in zip(transactions, block["transactions"], strict=True):
            assert transaction.hash == unhex(answer["hash"])
            assert transaction.sender == unhex(answer["from"])
            assert Transaction.decode(transaction.encoded) == transaction
            kinds[transaction.kind] += 1
        assert trie.ordered_root([transaction.encoded for transaction in transactions]) == header.transactions_root
        if "withdrawals" in block:
            paid = [_withdrawal(entry) for entry in block["withdrawals"]]
            assert trie.ordered_root(paid) == header.withdrawals_root, name
            withdrawals += len(paid)
    assert kinds == {0: 564, 1: 2, 2: 815, 3: 2, 4: 3}, "1,386 transactions of ten blocks"
    assert withdrawals == 64


def _withdrawal(entry: dict[str, str]) -> bytes:
    """EIP-4895: index, validator, address, amount in gwei."""
    index, validator, amount = (int(entry[name], 16) for name in ("index", "validatorIndex", "amount"))
    return rlp.encode([index, validator, unhex(entry["address"]), amount])


def exchanges() -> Iterator[tuple[Header, list[Any], dict[int, Any]]]:
    for name in CALLS:
        fixture = load(f"lodestar-prover/mainnet/{name}.json")
        header = Header.from_rpc(fixture["execution"]["block"])
        for exchange in fixture["dependentRequests"]:
            if isinstance(exchange["payload"], list):
                answers = {answer["id"]: answer["result"] for answer in exchange["response"]}
                yield header, exchange["payload"], answers


def test_all_proofs_of_accounts_and_codes_hold_as_the_light_node_checks_them():
    accounts = codes = 0
    for header, calls, answers in exchanges():
        hashes = {}
        for call in calls:
            who, answer = call["params"][0], answers[call["id"]]
            if call["method"] == "eth_getProof":
                wish = Wish(Address(unhex(who)), tuple(int(slot, 16) for slot in call["params"][1]))
                proven = check_proof(header, wish, answer)
                hashes[who] = proven.account.code_hash
                accounts += 1
                _check_refused(header, wish, answer)
        for call in calls:
            if call["method"] == "eth_getCode":
                assert keccak256(unhex(answers[call["id"]])) == hashes[call["params"][0]]
                codes += hashes[call["params"][0]] != EMPTY_CODE_HASH
    assert (accounts, codes) == (6, 3)


def _check_refused(header: Header, wish: Wish, answer: dict[str, Any]) -> None:
    """Against another root, or without its last node, the same proof is worth nothing."""
    for wrong in ({**answer, "accountProof": answer["accountProof"][:-1]}, {**answer, "balance": "0x1"}):
        with pytest.raises(ProofError):
            check_proof(header, wish, wrong)
    other = Header.from_rpc(load("nimbus-verified-proxy/Prague.json"))
    with pytest.raises(ProofMismatch):
        check_proof(other, wish, answer)


def test_the_storage_proof_and_its_code_hold():
    header = Header.from_rpc(load("nimbus-verified-proxy/proof_block.json"))
    answer = load("nimbus-verified-proxy/storage_proof.json")
    wish = Wish(Address(unhex(answer["address"])), tuple(int(entry["key"], 16) for entry in answer["storageProof"]))
    proven = check_proof(header, wish, answer)
    assert proven.values == tuple(int(entry["value"], 16) for entry in answer["storageProof"])
    assert proven.account.code_hash == keccak256(unhex(load("nimbus-verified-proxy/code.json")))


def test_headers_of_the_chain_of_the_execution_apis_and_of_the_calls_are_one_for_one():
    raw = unhex(load("execution-apis/chain_rlp_hex.json")["chain.rlp"])
    headers = []
    while raw:
        block, end = rlp._item(raw, 0, len(raw), 8)
        headers.append(Header.decode(rlp.encode(block[0])))
        raw = raw[end:]
    assert len(headers) == 54
    assert all(after.parent_hash == before.hash for before, after in itertools.pairwise(headers))
    hashes = set()
    for name in CALLS:
        fixture = load(f"lodestar-prover/mainnet/{name}.json")
        payload, block = fixture["beacon"]["executionPayload"], fixture["execution"]["block"]
        assert Header.from_rpc(block).hash == unhex(payload["block_hash"])
        raws = [unhex(text) for text in payload["transactions"]]
        assert trie.ordered_root(raws) == unhex(block["transactionsRoot"])
        hashes.add(payload["block_hash"])
    assert hashes
