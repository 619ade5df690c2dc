"""Everything a settlement stands on, one registered model, a payer with a deposit, vouchers signed as wallets sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from core.keccak import keccak256
from tests.contracts.commons import ANN, BEN, BUILDER, CREATOR, OUTSIDER, PAYER, TREASURY, Commons
from tests.contracts.game import Game, Release, SumTree, depth_of, payout_leaves, small, sum_root
from tests.contracts.network import OPEN, Contract, Network

__all__ = ["ANN", "BEN", "BUILDER", "CREATOR", "OUTSIDER", "PAYER", "TREASURY", "Market", "Posted", "payout",
           "small_market"]  # fmt: skip

HASH, STATEMENTS, SUMS, U, SCORES, PACKAGE = (bytes([n]) * 32 for n in range(1, 7))
SPLIT = [6_500, 2_000, 1_000, 500]
DEPOSIT = 10 * OPEN
ROOTS = (HASH, HASH, HASH, 20, 5, 2, 2, 30, 1)  # of no real release
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
        {"name": "packageHash", "type": "bytes32"},
        {"name": "first", "type": "uint64"},
        {"name": "nonce", "type": "uint64"},
        {"name": "totalFee", "type": "uint128"},
        {"name": "statementsRoot", "type": "bytes32"},
        {"name": "sumsRoot", "type": "bytes32"},
    ],
}
BODY = (
    "poster", "payer", "modelId", "first", "nonce", "previous", "amount", "pool", "builder", "builderPart",
    "supportersPart", "treasuryPart", "bond", "demandFee", "window", "settledAt", "serial", "packageHash", "modelRoots",
    "statementsRoot", "sumsRoot", "uRoot", "scoresRoot", "payoutDepth", "e", "v", "maxLabel", "maxFeature", "normLabel",
)  # fmt: skip


def payout(*parts: tuple[str, int]) -> tuple[SumTree, list[tuple[int, str, int]]]:
    """A tree over (account, wei) in order, and its leaves as (index, account, wei)."""
    leaves = [(index, account, amount) for index, (account, amount) in enumerate(parts)]
    return SumTree(payout_leaves(parts), depth_of(len(parts))), leaves


@dataclass(frozen=True)
class Posted:
    """What the event of a settlement says."""

    id: bytes
    body: tuple[Any, ...]
    payout_root: bytes

    def __getitem__(self, name: str) -> Any:
        return self.body[BODY.index(name)]

    @property
    def name(self) -> tuple[tuple[Any, ...], bytes]:
        """As every function takes it that acts on a settlement."""
        return self.body, self.payout_root

    @property
    def body_hash(self) -> bytes:
        """Each part a word, in order."""
        return keccak256(b"".join(_word(value) for value in self.body))

    @property
    def end(self) -> int:
        return int(self["settledAt"] + self["window"])


def _word(value: object) -> bytes:
    if isinstance(value, str):
        return bytes(12) + bytes.fromhex(value[2:])
    return value if isinstance(value, bytes) else int(str(value)).to_bytes(32, "big")


class Market(Commons):
    def __init__(self, network: Network, release: Release | None = None) -> None:
        super().__init__(network)
        self.datanets = network.deploy(CREATOR, "Datanets")
        two, five = ["address"] * 2, ["address"] * 5
        self.models = network.deploy(CREATOR, "Models", two, self.datanets.address, self.params.address)
        self.challenges = network.deploy(CREATOR, "Challenges")
        self.settlement = network.deploy(CREATOR, "Settlement", five, *self.parts_of_settlement())
        network.act(CREATOR, self.datanets, "createDatanet", "Topics", HASH, [])
        for number, who in enumerate((ANN, BEN), 1):
            network.act(who, self.datanets, "contribute", 1, HASH, 10, HASH)
            network.act(CREATOR, self.datanets, "review", number, (1, who.address, HASH, 10, HASH), HASH, 10, HASH)
        network.act(CREATOR, self.datanets, "release", 1, HASH, 20, HASH)
        self.release = release
        self.roots = release.roots if release else ROOTS
        self.splits: tuple[list[int], ...] = ()  # of the models, in order
        self.register(SPLIT)
        network.act(PAYER, self.settlement, "deposit", PAYER.address, value=DEPOSIT)

    def parts_of_settlement(self) -> list[str]:
        parts: list[Contract] = [self.models, self.datanets, self.params, self.support, self.challenges]
        return [one.address for one in parts]

    def register(self, split: list[int], package: bytes = PACKAGE) -> None:
        self.network.act(BUILDER, self.models, "register", 1, 1, package, HASH, self.roots, 1, split)
        self.splits = (*self.splits, split)

    # Vouchers

    def voucher(
        self, nonce: int, total: int, model: int = 1, payer: str = PAYER.address, *, first: int = 1, sums: bytes = SUMS
    ) -> tuple[Any, ...]:
        return (payer, model, PACKAGE, first, nonce, total, STATEMENTS, sums)

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

    # Posting

    def arguments(self, voucher: tuple[Any, ...], tree: SumTree, amount: int, **signing: Any) -> tuple[Any, ...]:
        """Of `settle`, with a payout tree and no other data behind the roots."""
        posting = (U, SCORES, tree.top[0], tree.depth, 0, 0, 0, 0, 0, self.pool_now(amount, voucher[1]))
        return (voucher, self.signature(voucher, **signing), posting, amount)

    def bond(self, amount: int) -> int:
        _, least, bps, _ = self.network.read(self.params, "settlementTerms")
        return int(max(least, amount * bps // 10_000))

    def settle(self, nonce: int, total: int, tree: SumTree, amount: int, model: int = 1) -> Posted:
        return self.post(*self.arguments(self.voucher(nonce, total, model), tree, amount))

    def post(self, *arguments: Any, who: LocalAccount = ANN) -> Posted:
        value = self.bond(arguments[3])
        receipt = self.network.act(who, self.settlement, "settle", *arguments, value=value)
        return self.posted(receipt)

    def posted(self, receipt: dict[str, Any]) -> Posted:
        event = dict(self.settlement.events(receipt))["Settled"]
        body = event["body"]
        depth, pool = body[BODY.index("payoutDepth")], body[BODY.index("pool")]
        return Posted(event["id"], body, sum_root(event["payoutHash"], pool, depth))

    def play(self, game: Game, amount: int, nonce: int = 7, total: int = 0, first: int = 1, **how: Any) -> Posted:
        """Post a game as it is; its pool has to be what `pool_of(amount)` says."""
        voucher = self.voucher(nonce, total or amount, first=first, sums=game.sums.root)
        return self.post(voucher, self.signature(voucher), game.posting, amount, **how)

    def pool_now(self, amount: int, model: int) -> int:
        """What the model's contributors get of it, as its supporters stand."""
        split = self.splits[model - 1] if 0 < model <= len(self.splits) else SPLIT
        return self.pool_of(amount, self.network.read(self.support, "backed", model) > 0, split)

    @staticmethod
    def pool_of(amount: int, backed: bool = False, split: list[int] = SPLIT) -> int:
        parts = (split[1], split[3], *([split[2]] if backed else []))
        return amount - sum(amount * part // 10_000 for part in parts)

    # Later

    def claim_of(self, posted: Posted, tree: SumTree, leaf: tuple[int, str, int]) -> tuple[Any, ...]:
        return (posted.body_hash, *leaf, tree.path(leaf[0]))

    def pass_window(self, posted: Posted) -> None:
        self.network.time = max(self.network.time, posted.end)

    def announce(self, who: LocalAccount, posted: Posted, kind: int, shown: bytes, salt: bytes = HASH) -> bytes:
        hash_ = keccak256(
            encode(
                ["address", "bytes32", "uint8", "bytes32", "bytes32"],
                [who.address, posted.id, kind, keccak256(shown), salt],
            )
        )
        self.network.act(who, self.settlement, "announce", hash_)
        return hash_

    def challenge(self, who: LocalAccount, posted: Posted, kind: int, shown: bytes) -> dict[str, Any]:
        self.announce(who, posted, kind, shown)
        return self.network.act(who, self.settlement, "challenge", *posted.name, self.roots, kind, shown, HASH)

    def balance(self) -> int:
        return self.network.balance(self.settlement.address)


def small_market(network: Network) -> Market:
    """Its model is that of the small games."""
    return Market(network, small().release)
