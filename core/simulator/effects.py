"""What one run did, read out of py-evm before anything is written: for showing, before it is signed for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.simulator.machine import Done

MAX_LISTED = 1_000  # of each kind; the rest is counted


def describe(done: Done) -> dict[str, Any]:
    """{"balances", "slots", "logs", "transfers", "created", "cut"}; empty for a run that failed.

    balances: {address: [wei before, wei after]}; fees are not in it. slots: {address: {slot: [before, after]}}.
    transfers: [[from, to, wei]] of every value that was handed on and kept, the message's own first.
    created: addresses. cut: how many entries were left out.
    """
    empty: dict[str, Any] = {"balances": {}, "slots": {}, "logs": [], "transfers": [], "created": [], "cut": 0}
    if done.failure or done.computation is None:
        return empty
    kept = list(_kept(done.computation))
    transfers = [
        [step.msg.sender.hex(), step.msg.storage_address.hex(), hex(step.msg.value)]
        for step in kept
        if step.msg.should_transfer_value and step.msg.value
    ]
    created = [step.msg.storage_address.hex() for step in kept if step.msg.is_create]
    logs = [
        {"address": address.hex(), "topics": [topic.to_bytes(32, "big").hex() for topic in topics], "data": data.hex()}
        for address, topics, data in done.computation.get_log_entries()
    ]
    lists: dict[str, list[Any]] = {"logs": logs, "transfers": transfers, "created": created}
    found = {
        "balances": _balances(done.state),
        "slots": _slots(done.state),
        **{name: entries[:MAX_LISTED] for name, entries in lists.items()},
    }
    return {**found, "cut": sum(max(0, len(entries) - MAX_LISTED) for entries in lists.values())}


def _kept(computation: Any) -> Iterator[Any]:
    """It and every call within it whose effects stayed, outermost first."""
    if not computation.is_error:
        yield computation
        for child in computation.children:
            yield from _kept(child)


def _balances(state: Any) -> dict[str, list[str]]:
    accounts = state._account_db  # noqa: SLF001 - py-evm has no public way to the state before
    changed = {}
    for address in sorted(accounts._accessed_accounts):  # noqa: SLF001
        before = accounts._get_account(address, from_journal=False).balance  # noqa: SLF001
        after = accounts.get_balance(address)
        if before != after:
            changed[address.hex()] = [hex(before), hex(after)]
    return changed


def _slots(state: Any) -> dict[str, dict[str, list[str]]]:
    accounts = state._account_db  # noqa: SLF001
    changed: dict[str, dict[str, list[str]]] = {}
    for address, store in accounts._account_stores.items():  # noqa: SLF001
        for slot in sorted(store.get_accessed_slots()):
            before = accounts.get_storage(address, slot, from_journal=False)
            after = accounts.get_storage(address, slot)
            if before != after:
                changed.setdefault(address.hex(), {})[hex(slot)] = [hex(before), hex(after)]
    return changed
