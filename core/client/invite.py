"""The invite: one file by which another profile joins a network as a light node.

Canonical JSON, read strictly:

    {"kind": "openledger/invite", "v": 1, "name": "...", "chainId": n, "genesisHash": "0x...",
     "checkpoint": {"number": n, "hash": "0x..."}, "endpoint": "http://127.0.0.1:8545", "token": "...",
     "contracts": {"Datanets": {"address": "0x...", "codeHash": "0x..."}, ...},
     "datanets": [{"number": n, "meta": canonical JSON of the rules}, ...]}

Whoever has it may ask the node and send transactions of their own; it holds no key. The genesis and the checkpoint pin
the chain: what the node shows later must build on both, hash by hash. The rules of the Datanets come along because the
ledger has only their hashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from core.chain.network import CONTRACTS, READ, WALLET, Checkpoint, Network
from core.datanets import canonical
from core.datanets.datanet import MAX_META
from core.errors import BadFile, BadInput
from core.files import read_small, write_whole
from core.units import Address

KIND = "openledger/invite"
MAX_FILE = 16 * 1024 * 1024  # bytes
MAX_DATANETS = 1_000
MAX_NAME = 80
_TOKEN = re.compile(r"[0-9A-Za-z_-]{32,128}")
_FIELDS = {
    "kind", "v", "name", "chainId", "genesisHash", "checkpoint", "endpoint", "token", "contracts", "datanets",
}  # fmt: skip


@dataclass(frozen=True)
class Invite:
    """`contracts` and `codes` (Keccak-256 of the code on the ledger) by name; `datanets`: rules by number."""

    name: str
    chain_id: int
    genesis_hash: bytes
    checkpoint: Checkpoint
    endpoint: str
    token: str
    contracts: Mapping[str, Address]
    codes: Mapping[str, bytes]
    datanets: Mapping[int, bytes]

    @property
    def encoded(self) -> bytes:
        return canonical.encode(
            {
                "kind": KIND,
                "v": 1,
                "name": self.name,
                "chainId": self.chain_id,
                "genesisHash": _hex(self.genesis_hash),
                "checkpoint": {"number": self.checkpoint.number, "hash": _hex(self.checkpoint.hash)},
                "endpoint": self.endpoint,
                "token": self.token,
                "contracts": {
                    name: {"address": str(address), "codeHash": _hex(self.codes[name])}
                    for name, address in self.contracts.items()
                },
                "datanets": [
                    {"number": number, "meta": meta.decode()} for number, meta in sorted(self.datanets.items())
                ],
            }
        )

    @property
    def network(self) -> Network:
        return Network(
            key="joined",
            name=self.name,
            chain_id=self.chain_id,
            genesis_hash=self.genesis_hash,
            test=True,
            endpoints=(self.endpoint,),
            uses=frozenset({READ, WALLET, CONTRACTS}),
            contracts=dict(self.contracts),
            checkpoint=self.checkpoint,
        )

    @property
    def pinned(self) -> dict[str, Any]:
        """What the vault keeps of it, in the form in which it pins every network."""
        return {
            "chainId": self.chain_id,
            "genesisHash": _hex(self.genesis_hash),
            "contracts": {name: str(address) for name, address in self.contracts.items()},
            "joined": {
                "name": self.name,
                "endpoint": self.endpoint,
                "token": self.token,
                "checkpoint": [self.checkpoint.number, _hex(self.checkpoint.hash)],
            },
        }

    @classmethod
    def parse(cls, data: bytes) -> Invite:
        """Raises BadInput(field="invite") naming the part that is wrong."""
        value = canonical.decode(data, field="invite", limit=MAX_FILE)
        if not isinstance(value, dict) or value.get("kind") != KIND or value.get("v") != 1 or set(value) != _FIELDS:
            _refuse("not an invite")
        contracts, checkpoint = value["contracts"], value["checkpoint"]
        _check(isinstance(contracts, dict) and 0 < len(contracts) <= 32, "contracts")
        _check(all(isinstance(one, dict) and set(one) == {"address", "codeHash"} for one in contracts.values()), "code")
        _check(isinstance(checkpoint, dict) and set(checkpoint) == {"number", "hash"}, "checkpoint")
        return cls(
            name=_name(value["name"]),
            chain_id=_number(value["chainId"], "chainId", least=1),
            genesis_hash=_hash(value["genesisHash"], "genesisHash"),
            checkpoint=Checkpoint(_number(checkpoint["number"], "checkpoint"), _hash(checkpoint["hash"], "checkpoint")),
            endpoint=_endpoint(value["endpoint"]),
            token=_token(value["token"]),
            contracts={name: _address(one["address"]) for name, one in contracts.items()},
            codes={name: _hash(one["codeHash"], "codeHash") for name, one in contracts.items()},
            datanets=_datanets(value["datanets"]),
        )


def write(path: Path, invite: Invite) -> None:
    """Readable by its owner only: it holds the token."""
    write_whole(path, invite.encoded + b"\n")


def read(path: Path) -> Invite:
    """Raises BadFile, TooLarge, BadInput(field="invite")."""
    data = read_small(path, MAX_FILE)
    try:
        return Invite.parse(data.removesuffix(b"\n"))
    except BadInput as error:
        if error.values.get("reason") in ("not JSON", "not canonical", "not an invite"):
            raise BadFile(path=str(path), reason="not an invite") from error
        raise


def _datanets(value: object) -> dict[int, bytes]:
    if not isinstance(value, list) or len(value) > MAX_DATANETS:
        _refuse("datanets")
    found: dict[int, bytes] = {}
    for one in value:
        _check(isinstance(one, dict) and set(one) == {"number", "meta"} and isinstance(one["meta"], str), "datanets")
        meta = one["meta"].encode()
        number = _number(one["number"], "datanets", least=1)
        _check(len(meta) <= MAX_META and number > max(found, default=0), "datanets")
        found[number] = meta
    return found


def _name(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME or not value.isprintable():
        _refuse("name")
    return value


def _endpoint(value: object) -> str:
    """HTTP only on loopback; the rest is for the transport to refuse."""
    if not isinstance(value, str) or len(value) > 500 or not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        _refuse("endpoint")
    return value


def _token(value: object) -> str:
    if not isinstance(value, str) or _TOKEN.fullmatch(value) is None:
        _refuse("token")
    return value


def _address(value: object) -> Address:
    if not isinstance(value, str):
        _refuse("address")
    return Address.parse(value)


def _number(value: object, what: str, least: int = 0) -> int:
    if type(value) is not int or not least <= value < 2**63:
        _refuse(what)
    return value


def _hash(value: object, what: str) -> bytes:
    if not isinstance(value, str) or re.fullmatch(r"0x[0-9a-f]{64}", value) is None:
        _refuse(what)
    return bytes.fromhex(value[2:])


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


def _check(holds: bool, reason: str) -> None:
    if not holds:
        _refuse(reason)


def _refuse(reason: str) -> NoReturn:
    raise BadInput(field="invite", reason=reason)
