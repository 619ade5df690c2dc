"""What goes into a block, and what is refused, with words, before anything changes."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_keys import keys
from eth_keys.constants import SECPK1_N

from core.errors import RpcError
from core.keccak import keccak256
from tests.contracts.network import OPEN, Network, person

ANN, BEN, POOR = person("ann"), person("ben"), person("nobody")


def test_transactions_of_types_0_1_2_and_4_are_mined_and_shown_with_all_they_have(network: Network) -> None:
    slot = "0x" + "07".rjust(64, "0")
    access = [{"address": BEN.address, "storageKeys": [slot]}]
    authorization = BEN.sign_authorization({"chainId": network.chain_id, "address": "0x" + "42" * 20, "nonce": 0})
    price = {"gasPrice": 10**9, "maxFeePerGas": None, "maxPriorityFeePerGas": None}
    kinds: list[dict[str, Any]] = [
        {"type": None, **price},
        {"type": 1, **price, "accessList": access},
        {"type": 2, "accessList": access},
        {"type": 4, "authorizationList": [authorization]},
    ]
    shown = []
    for fields in kinds:
        raw = sign(network, to=BEN.address, value=1, gas=80_000, **fields)
        digest = network.rpc("eth_sendRawTransaction", raw)
        assert digest == "0x" + keccak256(bytes.fromhex(raw[2:])).hex()
        tx = network.rpc("eth_getTransactionByHash", digest)
        receipt = network.rpc("eth_getTransactionReceipt", digest)
        assert (tx["hash"], tx["from"], tx["to"]) == (digest, ANN.address.lower(), BEN.address.lower())
        assert (receipt["status"], receipt["type"]) == ("0x1", tx["type"])
        assert receipt["effectiveGasPrice"] == tx["gasPrice"]
        shown.append(tx)
    assert [tx["type"] for tx in shown] == ["0x0", "0x1", "0x2", "0x4"]
    assert shown[0]["v"] in (hex(network.chain_id * 2 + 35), hex(network.chain_id * 2 + 36))
    assert all(tx["chainId"] == hex(network.chain_id) for tx in shown)
    assert shown[1]["accessList"] == [{"address": BEN.address.lower(), "storageKeys": [slot]}]
    assert [tx["yParity"] == tx["v"] for tx in shown[1:]] == [True] * 3
    assert shown[3]["authorizationList"][0]["address"] == "0x" + "42" * 20
    assert network.rpc("eth_getCode", BEN.address, "latest") == "0xef0100" + "42" * 20
    assert network.balance(BEN.address) == 1_000 * OPEN + 4


def test_a_delegated_account_still_sends(network: Network) -> None:
    """EIP-3607 refuses senders with code; EIP-7702's delegation is not code of that sort."""
    authorization = BEN.sign_authorization({"chainId": network.chain_id, "address": "0x" + "42" * 20, "nonce": 0})
    network.rpc(
        "eth_sendRawTransaction", sign(network, type=4, gas=80_000, to=BEN.address, authorizationList=[authorization])
    )
    assert network.send(BEN, to=ANN.address, value=1)["status"] == "0x1"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"nonce": 0, "value": 9}, "nonce too low"),
        ({"nonce": 65}, "nonce too high"),
        ({"value": 1_001 * OPEN}, "insufficient funds for gas \\* price \\+ value"),
        ({"gas": 10_000_000, "maxFeePerGas": 10**15}, "insufficient funds"),
        ({"chainId": 1}, "invalid chain id for signer: have 1 want"),
        ({"gas": 20_999}, "intrinsic gas too low: have 20999 want 21000"),
        ({"gas": 21_000, "data": "0xff"}, "intrinsic gas too low: have 21000 want 21016"),
        ({"gas": 22_000, "data": "0x" + "ff" * 50}, "insufficient gas for floor data gas cost: have 22000 want 23000"),
        ({"to": None, "gas": 30_000_000, "data": "0x" + "00" * 49_153}, "max initcode size exceeded"),
        ({"gas": 30_000_001}, "exceeds block gas limit"),
        ({"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "max fee per gas less than block base fee"),
        ({"maxPriorityFeePerGas": 3 * 10**9}, "max priority fee per gas higher than max fee per gas"),
        (
            {"chainId": None, "type": None, "maxFeePerGas": None, "maxPriorityFeePerGas": None, "gasPrice": 10**9},
            "replay",
        ),
    ],
)
def test_a_transaction_that_cannot_be_in_the_next_block_is_refused_and_nothing_changes(
    network: Network, fields: dict[str, Any], words: str
) -> None:
    network.send(ANN, to=BEN.address)
    raw = sign(network, **{"to": BEN.address, **fields})
    head, balance = network.rpc("eth_blockNumber"), network.balance(ANN.address)
    with pytest.raises(RpcError, match=words) as caught:
        network.rpc("eth_sendRawTransaction", raw)
    assert (caught.value.code, caught.value.method) == (-32000, "eth_sendRawTransaction")
    assert (network.rpc("eth_blockNumber"), network.balance(ANN.address)) == (head, balance)


def test_funds_must_cover_the_highest_price_offered_not_the_one_paid(network: Network) -> None:
    network.send(ANN, to=POOR.address, value=21_000 * 10**9 * 2)
    with pytest.raises(RpcError, match="insufficient funds"):
        network.rpc("eth_sendRawTransaction", sign(network, POOR, to=ANN.address, maxFeePerGas=2 * 10**9 + 1))
    assert network.send(POOR, to=ANN.address)["status"] == "0x1"


def test_the_same_transaction_twice_is_already_known(network: Network) -> None:
    raw = sign(network, to=BEN.address)
    network.rpc("eth_sendRawTransaction", raw)
    with pytest.raises(RpcError, match="already known"):
        network.rpc("eth_sendRawTransaction", raw)


@pytest.mark.parametrize(
    "raw",
    [
        "0x",
        "0x00",
        "0x02",
        "0xc0",
        "0x02c0",
        "0x03c0",
        "0x7fc0",
        "0xff",
        "0xf8",
        "0x02f80102",
        "0x" + "ab" * 200,
        "0x80",
    ],
)
def test_bytes_that_are_no_transaction_are_refused(network: Network, raw: str) -> None:
    with pytest.raises(RpcError) as caught:
        network.rpc("eth_sendRawTransaction", raw)
    assert caught.value.code == -32000


def test_every_truncated_or_lengthened_transaction_is_refused(network: Network) -> None:
    raw = sign(network, to=BEN.address, value=1)
    for cut in range(4, len(raw), 14):
        with pytest.raises(RpcError):
            network.rpc("eth_sendRawTransaction", raw[: cut - cut % 2])
    with pytest.raises(RpcError):
        network.rpc("eth_sendRawTransaction", raw + "00")
    assert network.rpc("eth_blockNumber") == "0x0"


def test_the_other_signature_of_the_same_content_is_refused(network: Network) -> None:
    """EIP-2: of s and n - s only the lower one counts, so nobody else can change a transaction's hash."""
    import rlp

    parts = rlp.decode(bytes.fromhex(sign(network, to=BEN.address)[4:]))
    parity, s = int.from_bytes(parts[-3], "big"), int.from_bytes(parts[-1], "big")
    parts[-3], parts[-1] = (b"" if parity else b"\x01"), (SECPK1_N - s).to_bytes(32, "big")
    assert keys.Signature(vrs=(1 - parity, int.from_bytes(parts[-2], "big"), SECPK1_N - s))
    with pytest.raises(RpcError):
        network.rpc("eth_sendRawTransaction", "0x02" + rlp.encode(parts).hex())


def test_a_failing_transaction_is_mined_and_pays_for_its_gas(network: Network) -> None:
    receipt = network.send(ANN, data="0xfe", gas=100_000)
    assert (receipt["status"], receipt["gasUsed"]) == ("0x0", hex(100_000))
    assert network.rpc("eth_getTransactionCount", ANN.address, "latest") == "0x1"


def test_long_data_pays_at_least_the_floor(network: Network) -> None:
    """EIP-7623: 10 gas a zero byte, 40 any other, on top of 21,000."""
    receipt = network.send(ANN, to=BEN.address, data="0x" + "ff" * 100 + "00" * 10, gas=50_000)
    assert int(receipt["gasUsed"], 16) == 21_000 + 100 * 40 + 10 * 10


def test_unknown_transactions_are_null(network: Network) -> None:
    assert network.rpc("eth_getTransactionByHash", "0x" + "11" * 32) is None
    assert network.rpc("eth_getTransactionReceipt", "0x" + "11" * 32) is None


def test_a_new_head_is_told_of_before_the_answer(network: Network) -> None:
    digest = network.rpc("eth_sendRawTransaction", sign(network, to=BEN.address))
    receipt = network.rpc("eth_getTransactionReceipt", digest)
    assert [head["hash"] for head in network.heads] == [receipt["blockHash"]]


def sign(network: Network, who: Any = ANN, **fields: Any) -> str:
    """Like Network.sign; a field of None is left out."""
    fields.setdefault("nonce", int(network.rpc("eth_getTransactionCount", who.address, "latest"), 16))
    tx = {
        "type": 2,
        "chainId": network.chain_id,
        "gas": 21_000,
        "value": 0,
        "maxFeePerGas": 2 * 10**9,
        "maxPriorityFeePerGas": 10**6,
        **fields,
    }
    signed = Account.sign_transaction({name: value for name, value in tx.items() if value is not None}, who.key)
    return "0x" + bytes(signed.raw_transaction).hex()
