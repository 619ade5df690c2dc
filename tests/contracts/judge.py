"""Challenges by itself: what it says of a game and a piece of evidence."""

from __future__ import annotations

from typing import Any

from core.errors import RpcError
from tests.contracts.game import Game
from tests.contracts.network import ZERO, Contract, Network, person

HASH = bytes([9]) * 32


def fields(contract: Contract, function: str) -> list[str]:
    """Names of the parts of a function's first argument."""
    return [part["name"] for part in contract.entry("function", function)["inputs"][0]["components"]]


class Judge:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.contract = network.deploy(person("creator"), "Challenges")
        self._fields = fields(self.contract, "proves")

    def body(self, game: Game) -> tuple[Any, ...]:
        names = ("uRoot", "scoresRoot", "", "payoutDepth", "e", "v", "maxLabel", "maxFeature", "normLabel", "pool")
        told = dict(zip(names, game.posting, strict=True)) | {
            "modelRoots": game.release.roots_hash,
            "sumsRoot": game.sums.root,
        }
        return tuple(told.get(name, self._default(name)) for name in self._fields)

    def _default(self, name: str) -> object:
        kinds = {
            part["name"]: part["type"] for part in self.contract.entry("function", "proves")["inputs"][0]["components"]
        }
        return {"address": ZERO, "bytes32": HASH}.get(kinds[name], 7)

    def __call__(self, game: Game, kind: int, evidence: bytes) -> bool | str:
        """Whether it proves the settlement false, or the name of the error."""
        return self._ask("proves", self.body(game), game.payout_root, game.release.roots, kind, evidence)

    def answers(self, game: Game, kind: int, index: int, answer: bytes) -> bool | str:
        return self._ask("answers", self.body(game), game.payout_root, game.release.roots, kind, index, answer)

    def demandable(self, game: Game, kind: int, index: int) -> bool | str:
        return self._ask("demandable", self.body(game), game.release.roots, kind, index)

    def _ask(self, name: str, *values: object) -> bool | str:
        try:
            return bool(self.network.read(self.contract, name, *values))
        except RpcError as error:
            if error.code != 3:
                raise
            data = str(error.data)
            if data in {"0x", "None"}:
                return "reverted"
            return "Panic" if data.startswith("0x4e487b71") else self.contract.error(data)[0]

    def gas(self, game: Game, kind: int, evidence: bytes) -> int:
        data = self.contract.data("proves", self.body(game), game.payout_root, game.release.roots, kind, evidence)
        return int(self.network.rpc("eth_estimateGas", {"to": self.contract.address, "data": data}), 16)
