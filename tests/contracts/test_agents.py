"""Agents: a program's key acts within its owner's limits and not a wei beyond."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from core.chain.contracts import load_contract
from tests.contracts.commons import ANN, BEN, BUILDER, DAY, HOUR, OUTSIDER
from tests.contracts.network import OPEN, ZERO, Contract, Network, again

OWNER, KEY, OTHER = ANN, BEN, OUTSIDER
CAP = OPEN // 10
PLAIN = bytes(4)
SETTLEMENT = "0x" + "5e" * 20
VOUCHER = (
    ("payer", "address"), ("modelId", "uint256"), ("packageHash", "bytes32"), ("first", "uint64"), ("nonce", "uint64"),
    ("totalFee", "uint128"), ("statementsRoot", "bytes32"), ("sumsRoot", "bytes32"),
)  # fmt: skip
YES, NO = bytes.fromhex("1626ba7e"), b"\xff" * 4


def selector(contract: Contract, name: str) -> bytes:
    return bytes.fromhex(contract.data(name, *([] if name == "deposit" else [0]))[2:10])


def deployed(network: Network) -> Contract:
    return network.deploy(OTHER, "Agents")


def made(network: Network) -> Contract:
    agents = deployed(network)
    told = agents.events(network.act(OWNER, agents, "create", KEY.address, CAP, DAY, value=OPEN))[0]
    assert told[0] == "AgentCreated"
    return Contract("Agent", told[1]["agent"])


def allowed(network: Network) -> Contract:
    agent = made(network)
    found = network.deploy(OTHER, "WOpen")
    network.act(OWNER, agent, "setAllowed", found.address, [selector(found, "deposit")], True)
    return found


@pytest.fixture
def agents(network: Network) -> Contract:
    return again(deployed, network)


@pytest.fixture
def agent(network: Network, agents: Contract) -> Contract:
    """With one OPEN of its owner's, and a tenth of it to spend each day. The ledger has `agents` as well."""
    return again(made, network)


@pytest.fixture
def wopen(network: Network, agent: Contract) -> Contract:
    """A contract with a method that takes OPEN, which the key may call. The ledger has `agent` as well."""
    return again(allowed, network)


def deposit(network: Network, agent: Contract, wopen: Contract, value: int, who: LocalAccount = KEY) -> None:
    network.act(who, agent, "execute", wopen.address, value, bytes.fromhex(wopen.data("deposit")[2:]))


def refused(network: Network, agent: Contract, who: LocalAccount, to: str, value: int, data: bytes) -> tuple[str, Any]:
    return network.refused(who, agent, "execute", to, value, data)


def test_an_account_is_its_makers_and_known_by_its_code(network: Network, agents: Contract, agent: Contract) -> None:
    assert network.read(agents, "isAgent", agent.address) is True
    assert network.read(agents, "isAgent", agents.address) is False
    assert [network.read(agent, name) for name in ("owner", "key")] == [OWNER.address.lower(), KEY.address.lower()]
    assert network.read(agent, "budget") == (CAP, DAY, CAP)
    assert network.balance(agent.address) == OPEN
    code = bytes.fromhex(network.rpc("eth_getCode", agent.address)[2:])
    assert load_contract("Agent").check_code(code)["owner"][12:] == bytes.fromhex(OWNER.address[2:])


def test_the_key_calls_only_what_the_owner_named(network: Network, agent: Contract, wopen: Contract) -> None:
    call = bytes.fromhex(wopen.data("deposit")[2:])
    deposit(network, agent, wopen, 7)
    assert network.read(wopen, "balanceOf", agent.address) == 7
    assert refused(network, agent, OTHER, wopen.address, 7, call)[0] == "NotAllowed"
    withdraw = bytes.fromhex(wopen.data("withdraw", 7)[2:])
    assert refused(network, agent, KEY, wopen.address, 0, withdraw)[0] == "NotAllowed"
    assert refused(network, agent, KEY, OTHER.address, 1, b"")[0] == "NotAllowed"
    assert refused(network, agent, KEY, wopen.address, 1, b"")[0] == "NotAllowed"
    assert refused(network, agent, KEY, wopen.address, 1, call[:3]) == ("BadCall", (3,))
    network.act(OWNER, agent, "setAllowed", wopen.address, [call[:4]], False)
    assert refused(network, agent, KEY, wopen.address, 7, call)[0] == "NotAllowed"


def test_a_plain_payment_needs_its_own_leave(network: Network, agent: Contract, wopen: Contract) -> None:
    network.act(OWNER, agent, "setAllowed", BUILDER.address, [PLAIN], True)
    before = network.balance(BUILDER.address)
    network.act(KEY, agent, "execute", BUILDER.address, 5, b"")
    assert network.balance(BUILDER.address) == before + 5
    assert refused(network, agent, KEY, BUILDER.address, 5, bytes(4))[0] == "NotAllowed"  # a call, not a payment


def test_the_key_changes_none_of_its_limits_not_even_through_the_account(network: Network, agent: Contract) -> None:
    calls = (
        ("kill", ()), ("setKey", (KEY.address,)), ("setBudget", (OPEN, HOUR)), ("withdraw", (KEY.address, 1)),
        ("setAllowed", (OTHER.address, [PLAIN], True)), ("setVoucherLimit", (SETTLEMENT, 1, OPEN)),
    )  # fmt: skip
    for name, values in calls:
        assert network.refused(KEY, agent, name, *values) == ("NotOwner", (KEY.address.lower(),))
        data = bytes.fromhex(agent.data(name, *values)[2:])
        network.act(OWNER, agent, "setAllowed", agent.address, [data[:4]], True)  # a mistake that changes nothing
        assert refused(network, agent, KEY, agent.address, 0, data)[0] == "NotAllowed"


def test_a_period_has_its_cap_and_the_next_a_new_one(network: Network, agent: Contract, wopen: Contract) -> None:
    call = bytes.fromhex(wopen.data("deposit")[2:])
    deposit(network, agent, wopen, CAP - 10)
    assert refused(network, agent, KEY, wopen.address, 11, call) == ("OverCap", (11, 10))
    deposit(network, agent, wopen, 10)
    assert network.read(agent, "budget")[2] == 0
    network.time += DAY - 10
    assert refused(network, agent, KEY, wopen.address, 1, call) == ("OverCap", (1, 0))
    deposit(network, agent, wopen, 0)  # costs nothing
    network.time += 20
    deposit(network, agent, wopen, CAP)
    assert refused(network, agent, KEY, wopen.address, 1, call) == ("OverCap", (1, 0))


def test_a_call_that_fails_spends_nothing(network: Network, agent: Contract, wopen: Contract) -> None:
    withdraw = bytes.fromhex(wopen.data("withdraw", 1)[2:])
    network.act(OWNER, agent, "setAllowed", wopen.address, [withdraw[:4]], True)
    data = agent.data("execute", wopen.address, CAP, withdraw)
    assert network.send(KEY, to=agent.address, data=data, gas=200_000)["status"] == "0x0"
    assert network.read(agent, "budget")[2] == CAP


def test_a_smaller_cap_counts_what_is_already_spent(network: Network, agent: Contract, wopen: Contract) -> None:
    deposit(network, agent, wopen, CAP // 2)
    network.act(OWNER, agent, "setBudget", CAP // 4, DAY)
    call = bytes.fromhex(wopen.data("deposit")[2:])
    assert refused(network, agent, KEY, wopen.address, 1, call) == ("OverCap", (1, 0))
    assert network.refused(OWNER, agent, "setBudget", 1, 59) == ("BadPeriod", (59,))


def test_killed_at_once_and_only_a_new_key_begins_again(network: Network, agent: Contract, wopen: Contract) -> None:
    call = bytes.fromhex(wopen.data("deposit")[2:])
    deposit(network, agent, wopen, 1)
    assert agent.events(network.act(OWNER, agent, "kill")) == [("Killed", {"key": KEY.address.lower()})]
    assert refused(network, agent, KEY, wopen.address, 1, call)[0] == "NotAllowed"
    assert network.refused(OWNER, agent, "setKey", ZERO)[0] == "ZeroAddress"
    network.act(OWNER, agent, "setKey", OTHER.address)
    deposit(network, agent, wopen, 1, OTHER)
    assert refused(network, agent, KEY, wopen.address, 1, call)[0] == "NotAllowed"


def test_the_owner_takes_out_what_is_there_tokens_too(network: Network, agent: Contract, wopen: Contract) -> None:
    deposit(network, agent, wopen, CAP)
    network.act(OWNER, agent, "kill")
    before = network.balance(OTHER.address)
    network.act(OWNER, agent, "withdraw", OTHER.address, OPEN - CAP)
    assert network.balance(OTHER.address) == before + OPEN - CAP
    moved = bytes.fromhex(wopen.data("transfer", OWNER.address, CAP)[2:])
    network.act(OWNER, agent, "execute", wopen.address, 0, moved)
    assert network.read(wopen, "balanceOf", OWNER.address) == CAP
    assert network.refused(OWNER, agent, "withdraw", ZERO, 0)[0] == "ZeroAddress"


def voucher(agent: Contract, total: int, **changes: object) -> dict[str, Any]:
    zero = {"packageHash": b"\1" * 32, "statementsRoot": b"\2" * 32, "sumsRoot": b"\3" * 32}
    return {"payer": agent.address, "modelId": 4, "first": 1, "nonce": 9, "totalFee": total} | zero | changes


def asked(
    network: Network, agent: Contract, message: dict[str, Any], signer: LocalAccount = KEY, **domain: object
) -> tuple[bytes, bytes]:
    """Digest and signature as a settlement would ask about them."""
    values = [message[name] for name, _ in VOUCHER]
    where = {
        "name": "OpenLedger Settlement", "version": "1", "chainId": network.chain_id, "verifyingContract": SETTLEMENT
    } | domain  # fmt: skip
    types = {"Voucher": [{"name": name, "type": kind} for name, kind in VOUCHER]}
    made = signer.sign_message(encode_typed_data(where, types, message))
    kinds = "(" + ",".join(kind for _, kind in VOUCHER) + ")"
    return bytes(made.message_hash), encode(["address", kinds, "bytes"], [SETTLEMENT, values, bytes(made.signature)])


def test_vouchers_are_signed_up_to_the_owners_total_for_a_model(network: Network, agent: Contract) -> None:
    within, beyond = asked(network, agent, voucher(agent, OPEN)), asked(network, agent, voucher(agent, OPEN + 1))
    assert network.read(agent, "isValidSignature", *within) == NO
    network.act(OWNER, agent, "setVoucherLimit", SETTLEMENT, 4, OPEN)
    assert network.read(agent, "isValidSignature", *within) == YES
    assert network.read(agent, "isValidSignature", *beyond) == NO
    network.act(OWNER, agent, "setVoucherLimit", SETTLEMENT, 4, 0)
    assert network.read(agent, "isValidSignature", *within) == NO


def test_only_this_accounts_vouchers_by_its_key_under_this_domain(network: Network, agent: Contract) -> None:
    network.act(OWNER, agent, "setVoucherLimit", SETTLEMENT, 4, OPEN)
    other = {"payer": OTHER.address}
    wrong = (
        asked(network, agent, voucher(agent, 1), OWNER),
        asked(network, agent, voucher(agent, 1, **other)),
        asked(network, agent, voucher(agent, 1, modelId=5)),
        asked(network, agent, voucher(agent, 1), chainId=1),
        asked(network, agent, voucher(agent, 1), verifyingContract=OTHER.address),
        (b"\7" * 32, asked(network, agent, voucher(agent, 1))[1]),
    )
    for digest, signature in wrong:
        assert network.read(agent, "isValidSignature", digest, signature) == NO
    digest, signature = asked(network, agent, voucher(agent, 1))
    cut = encode(["address", "(" + ",".join(k for _, k in VOUCHER) + ")", "bytes"], [
        SETTLEMENT, [voucher(agent, 1)[name] for name, _ in VOUCHER], signature[-96:-32]
    ])  # fmt: skip
    assert network.read(agent, "isValidSignature", digest, cut) == NO


def test_after_the_kill_no_voucher_counts(network: Network, agent: Contract) -> None:
    network.act(OWNER, agent, "setVoucherLimit", SETTLEMENT, 4, OPEN)
    signed = asked(network, agent, voucher(agent, 1))
    assert network.read(agent, "isValidSignature", *signed) == YES
    network.act(OWNER, agent, "kill")
    assert network.read(agent, "isValidSignature", *signed) == NO
    assert network.read(agent, "isValidSignature", *asked(network, agent, voucher(agent, 1), OWNER)) == NO
