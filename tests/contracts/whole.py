"""Every contract at once, with a model that is registered and people who have everything to do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eth_account.messages import encode_typed_data

from tests.contracts.commons import ANN, BEN, BUILDER, CREATOR, PAYER, Commons
from tests.contracts.network import OPEN, Contract, Network, again

HASH, PACKAGE = b"\1" * 32, b"\2" * 32
SPLIT = [6_000, 2_500, 1_000, 500]
ROOTS = (b"\3" * 32, b"\4" * 32, b"\5" * 32, 3, 4, 2, 2, 8, 1)
MODEL, DAY = 1, 86_400
CAP = OPEN // 10
VOUCHER = (
    ("payer", "address"), ("modelId", "uint256"), ("packageHash", "bytes32"), ("first", "uint64"), ("nonce", "uint64"),
    ("totalFee", "uint128"), ("statementsRoot", "bytes32"), ("sumsRoot", "bytes32"),
)  # fmt: skip


class Whole(Commons):
    """ANN and BEN are accepted contributors, BUILDER registered MODEL, BEN's key works for ANN's agent."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        deploy, act = network.deploy, network.act
        self.datanets = deploy(CREATOR, "Datanets")
        self.models = deploy(CREATOR, "Models", ["address"] * 2, self.datanets.address, self.params.address)
        self.challenges = deploy(CREATOR, "Challenges")
        others = (self.models, self.datanets, self.params, self.support, self.challenges)
        self.settlement = deploy(CREATOR, "Settlement", ["address"] * 5, *(one.address for one in others))
        self.wopen = deploy(CREATOR, "WOpen")
        self.agents = deploy(CREATOR, "Agents")
        told = self.agents.events(act(ANN, self.agents, "create", BEN.address, CAP, DAY))
        self.agent = Contract("Agent", told[0][1]["agent"])
        selector = bytes.fromhex(self.settlement.data("deposit", self.agent.address)[2:10])
        act(ANN, self.agent, "setAllowed", self.settlement.address, [selector], True)
        act(CREATOR, self.datanets, "createDatanet", "Topics", HASH, [])
        for number, who in enumerate((ANN, BEN), start=1):
            act(who, self.datanets, "contribute", 1, HASH, 10, HASH)
            given = (1, who.address, HASH, 10, HASH)
            act(CREATOR, self.datanets, "review", number, given, HASH, 10, HASH)
        act(CREATOR, self.datanets, "release", 1, HASH, 20, HASH)
        act(BUILDER, self.models, "register", 1, 1, PACKAGE, HASH, ROOTS, 1, SPLIT)

    def voucher(self, first: int, nonce: int, total: int) -> tuple[tuple[Any, ...], bytes]:
        """The payer's, and the signature."""
        values = (PAYER.address, MODEL, PACKAGE, first, nonce, total, HASH, HASH)
        domain = {
            "name": "OpenLedger Settlement",
            "version": "1",
            "chainId": self.network.chain_id,
            "verifyingContract": self.settlement.address,
        }
        types = {"Voucher": [{"name": name, "type": kind} for name, kind in VOUCHER]}
        message = dict(zip([name for name, _ in VOUCHER], values, strict=True))
        return values, bytes(PAYER.sign_message(encode_typed_data(domain, types, message)).signature)


def another(folder: Path) -> Whole:
    """In a file of its own there."""
    return again(Whole, Network(folder / "ledger.db", lazy=True))
