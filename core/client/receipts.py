"""What a transaction really did: its receipt, proven by its block, with the events of our contracts decoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from core.client.network import trust_view
from core.errors import BadInput
from core.units import Address, Amount
from core.values import EventView, ReceiptView

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.client.client import Client

_LONGEST = 2_000  # characters of one event's value


def receipt(client: Client, tx_hash: str) -> ReceiptView | None:
    """None when the node says that no block has it, which it cannot prove. Raises BadInput for what is no hash."""
    raw = parse_hash(tx_hash)
    session = client.session
    session.light.sync()
    found = session.light.receipt(raw)
    if found.value is None:
        return None
    mined = found.value
    headers = session.light.headers(mined.block, mined.block)
    return ReceiptView(
        tx_hash="0x" + mined.hash.hex(),
        block=mined.block,
        position=mined.position,
        time=headers[0].timestamp if headers else 0,
        sender=mined.sender,
        to=mined.to,
        created=mined.contract,
        value=Amount(mined.value),
        fee=Amount(mined.fee),
        gas_used=mined.gas_used,
        nonce=mined.nonce,
        succeeded=mined.succeeded,
        events=tuple(_events(client, mined)),
        names=names(client),
        trust=trust_view(found.trust),
    )


def parse_hash(text: str) -> bytes:
    """32 bytes from what a person pastes. Raises BadInput("not a hash")."""
    try:
        raw = bytes.fromhex("".join(text.split()).removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise BadInput(field="transaction hash", reason="not a hash", value=text[:80])
    return raw


def names(client: Client) -> Mapping[Address, str]:
    """Of every address that is known here: contracts, contacts and accounts; a person's own names win."""
    contracts = client.session.pinned["contracts"]
    found = {Address.parse(address): f"{name} contract" for name, address in contracts.items()}
    return found | client.wallet.names()


def _events(client: Client, mined: Mined) -> list[EventView]:
    session = client.session
    ours = {session.contract(name).address: session.contract(name) for name in session.pinned["contracts"]}
    found = []
    for log in mined.logs:
        contract = ours.get(log.address)
        event = None if contract is None else contract.event(log)
        if event is None or contract is None:
            data = (("topics", str(len(log.topics))), ("data", "0x" + log.data.hex()[:_LONGEST]))
            found.append(EventView(str(log.address), "", data))
        else:
            found.append(EventView(contract.name, event.name, tuple(plain_values(event.arguments))))
    return found


def plain_values(arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Name and text of every single value; one inside a structure is named "structure.field"."""
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", text) for inner, text in plain_values(value))
        else:
            yield name, _text(value)[:_LONGEST]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)
