"""Blocks of several transactions: what cannot go in is left out, and what comes out is what any other node accepts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.node.engine import Invalid
from core.node.values import Sealed, Transaction
from tests.contracts.network import OPEN, PEOPLE, Network, person

ANN, BEN = person("ann"), person("ben")
GWEI = 10**9

# Init codes and what they are for
_DEPLOY = "60{size:02x}600c60003960{size:02x}6000f3"  # returns what stands after it
STORES = "600160005401600055"  # slot 0 grows by 1
LOGS = "6001600052600260036004602060 00a3".replace(" ", "")  # a log of three topics
REVERTS = "60aa60005260206000fd"
BURNS = "fe"
CLEARS = "6000600055"  # with STORES before it: a refund
ENDS = "33ff"  # selfdestruct, to the caller
CALLS_BACK = "6000600060006000600033 5af1".replace(" ", "")
HASHES = "436001900340600155"  # BLOCKHASH of the parent, kept in slot 1
TIMES = "42600255"
CODES = [STORES, LOGS, REVERTS, BURNS, CLEARS, ENDS, CALLS_BACK, HASHES, TIMES, STORES + CLEARS]


def init_code(code: str) -> str:
    return "0x" + _DEPLOY.format(size=len(code) // 2) + code


def signed(network: Network, who: LocalAccount, **fields: Any) -> bytes:
    return bytes.fromhex(network.sign(who, **fields)[2:])


def decoded(network: Network, who: LocalAccount = ANN, **fields: Any) -> Transaction:
    to = {} if "data" in fields else {"to": BEN.address}
    return network.ledger.engine.decode(signed(network, who, **to, **fields))


def seal(network: Network, *transactions: Transaction) -> Sealed:
    return network.ledger.engine.seal(network.ledger.head, network.ledger.next_time(), transactions)


def test_what_cannot_go_in_is_left_out_with_its_reason_and_the_rest_goes_in(network: Network) -> None:
    good = decoded(network, nonce=0), decoded(network, BEN, nonce=0)
    bad = (
        decoded(network, nonce=0, value=1),
        decoded(network, nonce=5),
        decoded(network, BEN, nonce=1, value=2_000 * OPEN),
        decoded(network, BEN, nonce=1, maxFeePerGas=1, maxPriorityFeePerGas=1),
        decoded(network, BEN, nonce=1, gas=20_000),
    )
    block = seal(network, good[0], *bad, good[1])
    assert block.transactions == good
    assert len(block.receipts) == 2
    reasons = {one.transaction: one.reason for one in block.skipped}
    for tx, words in zip(
        bad,
        ("nonce too low", "nonce too high", "nonce too high", "nonce too high", "intrinsic gas too low"),
        strict=True,
    ):
        assert words in reasons[tx]
    after = seal(network, *good, *bad[2:4])
    assert ["insufficient funds" in after.skipped[0].reason, "less than block base fee" in after.skipped[1].reason] == [
        True,
        True,
    ]


def test_a_block_takes_no_more_gas_than_its_limit(network: Network) -> None:
    limit = network.ledger.head.gas_limit
    burning = [decoded(network, nonce=nonce, data="0xfe", gas=limit // 3) for nonce in range(3)]
    more = [decoded(network, BEN, nonce=0, gas=21_000), decoded(network, BEN, nonce=1, gas=limit)]
    block = seal(network, *burning, *more)
    assert block.header.gas_used == limit
    assert block.transactions == tuple(burning)
    assert [(one.transaction, one.full) for one in block.skipped] == [(tx, True) for tx in more]
    assert [one.full for one in seal(network, more[0], more[1]).skipped] == [True]


def test_the_same_transactions_make_the_same_block(network: Network, tmp_path: Path) -> None:
    other = Network(tmp_path / "other.db")
    offers = [decoded(network, nonce=0, data=init_code(STORES), gas=200_000), decoded(network, BEN, nonce=0)]
    assert seal(network, *offers).header == seal(other, *offers).header
    assert seal(network, *offers).nodes == seal(other, *offers).nodes
    other.close()


def test_an_empty_block_can_be_made_and_taken(network: Network, tmp_path: Path) -> None:
    other = Network(tmp_path / "other.db")
    block = seal(network)
    other.ledger.import_block(block.block.encode())
    assert other.ledger.head == block.header
    other.close()


# Anything at all


def authorization(network: Network, who: LocalAccount, to: str, nonce: int) -> Any:
    return who.sign_authorization({"chainId": network.chain_id, "address": to, "nonce": nonce})


ACTIONS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(PEOPLE), st.integers(0, 10**18)),
    st.tuples(st.just("data"), st.sampled_from(PEOPLE), st.binary(max_size=80)),
    st.tuples(st.just("deploy"), st.sampled_from(PEOPLE), st.sampled_from(CODES)),
    st.tuples(st.just("call"), st.sampled_from(PEOPLE), st.integers(0, len(CODES) - 1)),
    st.tuples(st.just("call"), st.sampled_from(PEOPLE), st.integers(0, len(CODES) - 1)),
    st.tuples(st.just("listed"), st.sampled_from(PEOPLE), st.integers(0, len(CODES) - 1)),
    st.tuples(st.just("delegate"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
    st.tuples(st.just("old"), st.sampled_from(PEOPLE), st.integers(0, 10**18)),
)


class Maker:
    """Signs what a plan says, with nonces that fit, and sends it so that a whole plan becomes one block."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.contracts: list[str] = []
        self.signers = {person(name).address: person(name) for name in PEOPLE}

    def fields(self, action: tuple[str, str, Any], nonces: dict[str, int]) -> dict[str, Any]:
        kind, name, value = action
        target = self.contracts[value % len(self.contracts)] if kind in {"call", "listed"} and self.contracts else None
        to = target or BEN.address
        if kind == "deploy":
            return {"data": init_code(value), "gas": 300_000}
        if kind == "data":
            return {"to": BEN.address, "data": "0x" + value.hex(), "gas": 60_000}
        if kind == "call":
            return {"to": to, "gas": 150_000, "maxPriorityFeePerGas": 10**6 + value}
        if kind == "listed":
            return {
                "to": to,
                "gas": 150_000,
                "accessList": [{"address": to, "storageKeys": ["0x" + "00" * 32] * value}],
            }
        if kind == "delegate":
            # The authority's nonce is right only now and then: most of these are ignored, as EIP-7702 wants it.
            other = person(value)
            sent = authorization(self.network, other, to, nonces[other.address] + (name == value))
            return {"type": 4, "to": BEN.address, "gas": 150_000, "authorizationList": [sent]}
        if kind == "old":
            return {
                "type": None, "to": BEN.address, "value": value, "gas": 30_000, "gasPrice": 2 * GWEI,
                "maxFeePerGas": None, "maxPriorityFeePerGas": None,
            }  # fmt: skip
        return {"to": BEN.address, "value": value, "gas": 40_000}

    def block(self, plan: list[tuple[str, str, Any]]) -> Sealed:
        ledger = self.network.ledger
        nonces = {
            address: int(self.network.rpc("eth_getTransactionCount", address, "latest"), 16) for address in self.signers
        }
        offers = []
        for action in plan:
            who = person(action[1])
            fields = {"nonce": nonces[who.address], **self.fields(action, nonces)}
            nonces[who.address] += 1
            offers.append(ledger.engine.decode(sign(self.network, who, **fields)))
        block = ledger.engine.seal(ledger.head, ledger.next_time(), offers)
        ledger.import_block(block.block.encode())
        for tx, receipt in zip(block.transactions, block.receipts, strict=True):
            if tx.to is None and receipt.status:
                found = self.network.rpc("eth_getTransactionReceipt", "0x" + tx.hash.hex())
                self.contracts.append(found["contractAddress"])
        return block


def sign(network: Network, who: LocalAccount, **fields: Any) -> bytes:
    tx = {
        "type": 2,
        "chainId": network.chain_id,
        "value": 0,
        "maxFeePerGas": 3 * GWEI,
        "maxPriorityFeePerGas": 10**6,
        **fields,
    }
    if "to" in tx:
        tx["to"] = bytes.fromhex(str(tx["to"])[2:])
    tx = {name: value for name, value in tx.items() if value is not None}
    for entry in tx.get("accessList", ()):
        entry["address"] = bytes.fromhex(entry["address"][2:])
    return bytes(who.sign_transaction(tx).raw_transaction)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(plans=st.lists(st.lists(ACTIONS, min_size=4, max_size=9), min_size=1, max_size=3))
def test_whatever_a_block_of_ours_holds_another_node_comes_to_the_same(
    plans: list[list[tuple[str, str, Any]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        network, other = Network(Path(folder) / "a.db"), Network(Path(folder) / "b.db")
        maker = Maker(network)
        try:
            for plan in [[("deploy", PEOPLE[0], code) for code in CODES], *plans]:
                made = maker.block(plan)
                taken = other.ledger.import_block(made.block.encode())
                assert (taken.header, taken.receipts) == (made.header, made.receipts)
                assert set(taken.nodes) == set(made.nodes)
                assert len(made.transactions) + len(made.skipped) == len(plan)
            assert network.ledger.head == other.ledger.head
        finally:
            network.close()
            other.close()


def test_a_block_that_nobody_could_make_is_not_made(network: Network) -> None:
    with pytest.raises(Invalid):
        network.ledger.engine.seal(network.ledger.head, network.ledger.head.timestamp, [])
