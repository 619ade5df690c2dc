"""All three contracts with one registered model, a payer with a deposit, and vouchers signed as wallets sign them."""

from __future__ import annotations

from typing import Any

from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from core.keccak import keccak256
from core.merkle import MerkleTree
from tests.contracts.network import OPEN, Network, person

CREATOR, ANN, BEN, BUILDER, PAYER, TREASURY, OUTSIDER = (
    person(name) for name in ("creator", "ann", "ben", "builder", "payer", "treasury", "outsider")
)
HASH, STATEMENTS, SUMS, U, SCORES = (bytes([n]) * 32 for n in range(1, 6))
SPLIT = [6_500, 3_000, 0, 500]
DEPOSIT = 10 * OPEN
TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Voucher": [
        {"name": "payer", "type": "address"},
        {"name": "modelId", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "totalFee", "type": "uint256"},
        {"name": "statementsRoot", "type": "bytes32"},
    ],
}


def payout(*parts: tuple[str, int]) -> tuple[MerkleTree, list[tuple[int, str, int]]]:
    """A tree over (account, wei) in order, and its leaves as (index, account, wei)."""
    leaves = [(index, account, amount) for index, (account, amount) in enumerate(parts)]
    return MerkleTree.of([encode(["uint256", "address", "uint256"], leaf) for leaf in leaves]), leaves


class Market:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.datanets = network.deploy(CREATOR, "Datanets")
        self.models = network.deploy(CREATOR, "Models", ["address"], self.datanets.address)
        self.settlement = network.deploy(
            CREATOR,
            "Settlement",
            ["address", "address", "address"],
            self.models.address,
            self.datanets.address,
            TREASURY.address,
        )
        network.act(CREATOR, self.datanets, "createDatanet", "Topics", HASH, [])
        for who in (ANN, BEN):
            network.act(who, self.datanets, "contribute", 1, HASH, 10, HASH)
        network.act(CREATOR, self.datanets, "review", 1, (1, ANN.address, HASH, 10, HASH), HASH, 10, HASH)
        network.act(CREATOR, self.datanets, "review", 2, (1, BEN.address, HASH, 10, HASH), HASH, 10, HASH)
        network.act(CREATOR, self.datanets, "release", 1, HASH, 20, HASH)
        self.register(SPLIT)
        network.act(PAYER, self.settlement, "deposit", PAYER.address, value=DEPOSIT)

    def register(self, split: list[int]) -> None:
        package = keccak256(bytes(split[:1]) if split[0] < 256 else str(split).encode())
        self.network.act(BUILDER, self.models, "register", 1, 1, package, HASH, HASH, HASH, 1, split)

    def voucher(self, nonce: int, total: int, model: int = 1, payer: str = PAYER.address) -> tuple[Any, ...]:
        return (payer, model, nonce, total, STATEMENTS)

    def domain(self) -> dict[str, Any]:
        return {
            "name": "OpenLedger Settlement",
            "version": "1",
            "chainId": self.network.chain_id,
            "verifyingContract": self.settlement.address,
        }

    def signature(self, voucher: tuple[Any, ...], who: LocalAccount = PAYER, **domain: object) -> bytes:
        names = [field["name"] for field in TYPES["Voucher"]]
        typed = {
            "types": TYPES,
            "primaryType": "Voucher",
            "domain": self.domain() | domain,
            "message": dict(zip(names, voucher, strict=True)),
        }
        return bytes(who.sign_message(encode_typed_data(full_message=typed)).signature)

    def arguments(self, voucher: tuple[Any, ...], root: bytes, amount: int, **signing: Any) -> tuple[Any, ...]:
        return (voucher, self.signature(voucher, **signing), (SUMS, U, SCORES, root), amount)

    def settle(self, nonce: int, total: int, root: bytes, amount: int, model: int = 1) -> bytes:
        arguments = self.arguments(self.voucher(nonce, total, model), root, amount)
        receipt = self.network.act(ANN, self.settlement, "settle", *arguments)
        return dict(self.settlement.events(receipt))["Settled"]["settlementId"]

    def balance(self) -> int:
        return self.network.balance(self.settlement.address)
