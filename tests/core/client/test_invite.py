"""An invite is read strictly: what is not exactly one is refused, and says which part is wrong."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from core.chain.network import Checkpoint
from core.client import invite
from core.client.invite import Invite
from core.client.joining import network_of
from core.errors import BadFile, BadInput
from core.units import Address

DATANETS = Address(bytes([7]) * 20)
INVITE = Invite(
    name="Ann's ledger",
    chain_id=24_149_591,
    genesis_hash=b"\x11" * 32,
    checkpoint=Checkpoint(12, b"\x22" * 32),
    endpoint="http://127.0.0.1:8545",
    token="t" * 43,
    contracts={"Datanets": DATANETS},
    codes={"Datanets": b"\x33" * 32},
    datanets={1: b'{"v":1}', 4: b'{"v":2}'},
)


def changed(**change: Any) -> bytes:
    value = {name: part for name, part in (json.loads(INVITE.encoded) | change).items() if part != "left out"}
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_what_is_written_is_read_and_only_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "invite"
    invite.write(path, INVITE)
    assert invite.read(path) == INVITE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_vault_pins_the_network_of_the_invite() -> None:
    pinned = json.loads(json.dumps(INVITE.pinned))
    assert network_of(pinned) == INVITE.network
    assert not INVITE.network.local


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "openledger/release"}, "not an invite"),
        ({"v": 2}, "not an invite"),
        ({"more": 1}, "not an invite"),
        ({"token": "left out"}, "not an invite"),
        ({"name": ""}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "a" * 81}, "name"),
        ({"chainId": 0}, "chainId"),
        ({"chainId": True}, "chainId"),
        ({"chainId": "77"}, "chainId"),
        ({"genesisHash": "0x11"}, "genesisHash"),
        ({"genesisHash": "0x" + "AA" * 32}, "genesisHash"),
        ({"checkpoint": {"number": 1}}, "checkpoint"),
        ({"checkpoint": {"number": -1, "hash": "0x" + "11" * 32}}, "checkpoint"),
        ({"endpoint": "ftp://127.0.0.1"}, "endpoint"),
        ({"endpoint": "http://user@127.0.0.1:8545"}, "endpoint"),
        ({"endpoint": "http://127.0.0.1:8545/?a"}, "endpoint"),
        ({"endpoint": 7}, "endpoint"),
        ({"token": "short"}, "token"),
        ({"token": "a b" * 20}, "token"),
        ({"contracts": {}}, "contracts"),
        ({"contracts": {"Datanets": {"address": str(DATANETS)}}}, "code"),
        ({"contracts": {"Datanets": {"address": str(DATANETS), "codeHash": "0x"}}}, "codeHash"),
        ({"datanets": {}}, "datanets"),
        ({"datanets": [{"number": 0, "meta": "{}"}]}, "datanets"),
        ({"datanets": [{"number": 2, "meta": "{}"}, {"number": 1, "meta": "{}"}]}, "datanets"),
        ({"datanets": [{"number": 1, "meta": "{}"}] * 2}, "datanets"),
        ({"datanets": [{"number": 1, "meta": 7}]}, "datanets"),
    ],
)
def test_what_is_not_an_invite_is_refused_with_the_part_that_is_wrong(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        Invite.parse(changed(**change))
    assert refused.value.reason == reason


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"[" * 10_000, INVITE.encoded.replace(b",", b", ", 1)])
def test_a_file_of_another_sort_is_said_to_be_no_invite(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "invite"
    path.write_bytes(data)
    with pytest.raises(BadFile) as refused:
        invite.read(path)
    assert refused.value.reason == "not an invite"
