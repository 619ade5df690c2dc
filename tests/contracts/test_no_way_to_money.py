"""No role has a way to money that others put in or earned: each of them calls every function with everything at hand.

The governor here is a plain account, so that it can try more than a vote could.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from eth_abi import encode
from eth_account.signers.local import LocalAccount

from core.chain import parameters
from core.errors import RpcError
from core.keccak import keccak256
from tests.contracts import game
from tests.contracts.commons import ANN, BEN, BUILDER, CREATOR, OUTSIDER, PAYER, TREASURY, deploy_params
from tests.contracts.network import OPEN, Contract, Network, _type, again, person
from tests.contracts.whole import DAY, HASH, MODEL, PACKAGE, ROOTS, SPLIT, Whole

GOVERNOR = person("curator")
ROLES = {"deployer": CREATOR, "governor": GOVERNOR, "treasury": TREASURY, "stranger": OUTSIDER}
CONTRACTS = (
    "settlement", "support", "wopen", "gopen", "agent", "params", "models", "datanets", "governor", "timelock",
    "challenges", "agents",
)  # fmt: skip


class Rich(Whole):
    """Everybody has something everywhere: a deposit, a settlement open and one to be claimed, stakes, tokens."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        act = network.act
        act(PAYER, self.settlement, "deposit", PAYER.address, value=20 * OPEN)
        act(ANN, self.support, "stake", MODEL, value=2 * OPEN)
        act(BEN, self.support, "stake", MODEL, value=OPEN)
        act(BEN, self.support, "unstake", MODEL, OPEN)
        act(PAYER, self.support, "reward", MODEL, value=OPEN)
        for token in (self.wopen, self.gopen):
            act(ANN, token, "deposit", value=3 * OPEN)
        network.send(ANN, to=self.agent.address, value=OPEN, gas=100_000)
        self.done = self.post(0, 4 * OPEN)
        network.time = network.ledger.head.timestamp + parameters.WINDOW + 1
        act(BUILDER, self.settlement, "finish", self.done[0], self.done[1])
        network.time += 8 * DAY
        self.open = self.post(1, 2 * OPEN)

    def post(self, nth: int, amount: int) -> tuple[Any, bytes, game.SumTree, list[tuple[int, str, int]]]:
        """Body, payout root, payout tree and leaves."""
        parts = [amount * bps // 10_000 for bps in SPLIT[1:]]
        pool = amount - sum(parts)
        people = sorted((ANN.address.lower(), BEN.address.lower()))
        leaves = [(0, people[0], pool // 3), (1, people[1], pool - pool // 3)]
        payloads = [(encode(["uint256", "address", "uint256"], leaf), leaf[2]) for leaf in leaves]
        tree = game.SumTree(payloads, 1)
        voucher, signature = self.voucher(5 * nth + 1, 5 * nth + 5, 4 * OPEN * nth + amount)
        posting = (HASH, HASH, tree.top[0], 1, 1, 1, 0, 0, 0, pool)
        bond = max(parameters.BOND, amount * parameters.BOND_BPS // 10_000)
        receipt = self.network.act(BUILDER, self.settlement, "settle", voucher, signature, posting, amount, value=bond)
        body = dict(self.settlement.events(receipt))["Settled"]["body"]
        return body, game.sum_root(tree.top[0], pool, 1), tree, leaves


class Ruled(Rich):
    """With a plain account in the place of the Timelock."""

    def __init__(self, network: Network) -> None:
        deployed = Network.deploy

        def deploy(who: LocalAccount, name: str, types: list[str] | None = None, *values: Any) -> Contract:
            if name == "Params" and values[0] != GOVERNOR.address:
                return deploy_params(network, GOVERNOR.address)
            return deployed(network, who, name, types, *values)

        network.deploy = deploy  # type: ignore[method-assign]
        super().__init__(network)
        del network.deploy


def body_hash(whole: Whole, body: Any) -> bytes:
    inputs = whole.settlement.entry("event", "Settled")["inputs"]
    return keccak256(encode([next(_type(part) for part in inputs if part["name"] == "body")], [body]))


def wealth(network: Network, whole: Rich, role: LocalAccount) -> dict[str, Any]:
    """What everybody but `role` has, in every contract, and what is held for settlements."""
    found: dict[str, Any] = {}
    for who in (ANN, BEN, BUILDER, PAYER, CREATOR, GOVERNOR, TREASURY, OUTSIDER):
        if who is role:
            continue
        at = who.address
        found[at] = (
            network.read(whole.settlement, "deposits", at)[0],
            network.read(whole.settlement, "earned", at),
            network.read(whole.support, "positions", MODEL, at)[0],
            network.read(whole.support, "positions", MODEL, at)[3],
            network.read(whole.support, "claimable", MODEL, at),
            network.read(whole.wopen, "balanceOf", at),
            network.read(whole.gopen, "balanceOf", at),
            network.balance(at),
        )
    found["agent"] = network.balance(whole.agent.address)
    for one in (whole.open, whole.done):
        name = keccak256(encode(["bytes32"] * 2, [body_hash(whole, one[0]), one[1]]))
        found[name.hex()] = network.read(whole.settlement, "settlements", name)
    return found


def no_less(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Nobody lost anything. Others may gain: a gift is no theft."""
    for name, had in before.items():
        has = after[name]
        if isinstance(had, tuple) and len(had) == 8:
            if sum(has) < sum(had) or has[2] + has[3] < had[2] + had[3]:
                return False
        elif isinstance(had, int):
            if has < had:
                return False
        elif has != had:
            return False
    return True


def values_for(kind: Any, whole: Rich, role: LocalAccount) -> list[Any]:
    """What an attacker would try for a parameter, most telling first."""
    people = [role.address, ANN.address, whole.settlement.address]
    body, root, tree, _ = whole.open
    name = _type(kind)
    known: dict[str, list[Any]] = {
        "address": people, "bool": [True], "string": ["x"], "bytes": [b"", bytes(65)], "bytes4[]": [[bytes(4)]],
        "address[]": [[role.address]], "uint256[]": [[0]], "bytes[]": [[b""]], "uint16[4]": [[10_000, 0, 0, 0], SPLIT],
    }  # fmt: skip
    if name in known:
        return known[name]
    if name == "bytes32":
        return [root, PACKAGE]
    if name.startswith("bytes"):
        return [bytes(int(name[5:]))]
    if name.startswith("uint"):
        most = 2 ** int(name[4:]) - 1
        return [one for one in (MODEL, OPEN, 0) if one <= most]
    if kind.get("internalType") == "struct Body":
        return [body, whole.done[0]]
    if kind.get("internalType") == "struct ModelRoots":
        return [ROOTS]
    if kind.get("internalType") == "struct Node[]":
        return [tree.path(0), []]
    if str(kind.get("internalType", "")).endswith("Contribution"):
        return [(1, ANN.address, HASH, 10, HASH)]
    if kind.get("internalType") == "struct Voucher" or str(kind.get("internalType", "")).endswith(".Voucher"):
        return [whole.voucher(11, 15, 8 * OPEN)[0]]
    if kind["type"] == "tuple":
        return [tuple(values_for(part, whole, role)[0] for part in kind["components"])]
    if kind["type"] == "tuple[]":
        return [[tuple(values_for(part, whole, role)[0] for part in kind["components"])]]
    raise AssertionError(f"no value for {name}")


def calls(contract: Contract, whole: Rich, role: LocalAccount) -> Iterator[tuple[str, str, int]]:
    """(function, data, value) of everything that changes state, at most six sets of arguments each."""
    for entry in contract.abi:
        if entry["type"] != "function" or entry["stateMutability"] in {"view", "pure"}:
            continue
        choices = [values_for(part, whole, role) for part in entry["inputs"]]
        kinds = [_type(part) for part in entry["inputs"]]
        selector = keccak256(f"{entry['name']}({','.join(kinds)})".encode())[:4]
        for values in itertools.islice(itertools.product(*choices), 6):
            data = "0x" + (selector + encode(kinds, values)).hex()
            yield entry["name"], data, 0
        if entry["stateMutability"] == "payable":
            yield entry["name"], data, 1


def passes(network: Network, who: LocalAccount, contract: Contract, data: str, value: int) -> bool:
    """Only what does not revert can change anything; a call is twenty times cheaper than a block."""
    call = {"from": who.address, "to": contract.address, "data": data, "value": hex(value), "gas": hex(2_000_000)}
    try:
        network.rpc("eth_call", call, "latest")
    except RpcError:
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
def test_nobody_loses_a_wei_by_anything_that_another_role_calls(role: str, network: Network) -> None:
    whole = again(Ruled, network)
    who = ROLES[role]
    before = wealth(network, whole, who)
    tried: dict[str, int] = {}
    for place in CONTRACTS:
        contract = getattr(whole, place)
        for name, data, value in calls(contract, whole, who):
            tried[f"{place}.{name}"] = tried.get(f"{place}.{name}", 0)
            if passes(network, who, contract, data, value):
                receipt = network.send(who, to=contract.address, data=data, value=value, gas=2_000_000)
                tried[f"{place}.{name}"] += int(receipt["status"], 16)
        assert no_less(before, wealth(network, whole, who)), place
    assert len(tried) > 60
    assert sum(1 for times in tried.values() if times) > 10, "what anyone may do was done"
    # and afterwards everybody still gets what is theirs
    body, _, tree, leaves = whole.done
    hashed = body_hash(whole, body)
    for index, account, amount in leaves:
        had = network.balance(account)
        network.act(PAYER, whole.settlement, "claim", hashed, index, account, amount, tree.path(index))
        assert network.balance(account) == had + amount
    for one, contract, function, values in (
        (BUILDER, whole.settlement, "withdrawEarned", ()),
        (BEN, whole.support, "withdraw", (MODEL,)),
        (ANN, whole.support, "claim", (MODEL,)),
        (ANN, whole.wopen, "withdraw", (3 * OPEN,)),
        (ANN, whole.gopen, "withdraw", (3 * OPEN,)),
        (ANN, whole.agent, "withdraw", (ANN.address, OPEN)),
    ):
        network.act(one, contract, function, *values)
