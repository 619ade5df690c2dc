"""The state, its proofs, and what calls would do (execution-apis: eth)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.node import overrides, params, views
from core.node.lookups import Lookups, output
from core.node.params import BadParams
from core.node.rules import AUTHORIZATION_GAS
from core.node.values import AccessList, Header, Message
from core.node.views import Json, number, octets

MAX_SLOTS = 1_024  # storage slots in one answer
MAX_RUNS = 8  # of one call, until its access list is whole
PRECOMPILES = frozenset(which.to_bytes(20, "big") for which in range(1, 0x12))  # always warm (EIP-2929, EIP-2537)


class State:
    """`gas_cap` bounds what one call may use, below the block's limit; None for no bound of its own."""

    def __init__(self, lookups: Lookups) -> None:
        self._look = lookups
        self._engine = lookups.engine

    def balance(self, address: object, tag: object = "latest") -> str:
        account = self._engine.account(self._look.at(tag).state_root, params.address(address))
        return number(account.balance if account else 0)

    def code(self, address: object, tag: object = "latest") -> str:
        return octets(self._engine.code(self._look.at(tag).state_root, params.address(address)))

    def storage_at(self, address: object, slot: object, tag: object = "latest") -> str:
        where, wanted = params.address(address), params.slot(slot)
        return views.word(self._engine.storage(self._look.at(tag).state_root, where, wanted))

    def storage_values(self, wish: object, tag: object = "latest") -> Json:
        """Many slots of many accounts: {address: [slot, ...]} -> {address: [word, ...]}."""
        if not isinstance(wish, Mapping):
            raise BadParams("storage values: object expected")
        if not wish:
            raise BadParams("empty request")
        if not all(isinstance(slots, list) for slots in wish.values()):
            raise BadParams("storage slots: list expected")
        if sum(map(len, wish.values())) > MAX_SLOTS:
            raise BadParams(f"storage slots: at most {MAX_SLOTS} expected")
        wanted = [(name, params.address(name), [params.slot(one) for one in slots]) for name, slots in wish.items()]
        root = self._look.at(tag).state_root
        return {
            name: [views.word(self._engine.storage(root, address, slot)) for slot in slots]
            for name, address, slots in wanted
        }

    def proof(self, address: object, slots: object, tag: object = "latest") -> Json:
        """EIP-1186. A key is shown as it was asked for: as a number, or as 32 bytes."""
        if not isinstance(slots, list) or len(slots) > MAX_SLOTS:
            raise BadParams(f"storage slots: list of at most {MAX_SLOTS} expected")
        where = params.address(address)
        wanted = [params.slot(slot) for slot in slots]
        shown = views.proof(where, self._engine.prove(self._look.at(tag).state_root, where, wanted))
        for one, asked in zip(shown["storageProof"], slots, strict=True):
            one["key"] = one["key"] if len(asked) == 66 else number(int(asked, 16))
        return shown

    def call(self, call: object, tag: object = "latest", state: object = None, block: object = None) -> str:
        """`state` and `block` suppose other things than there are (core.node.overrides)."""
        header = overrides.read_block(self._look.at(tag), block)
        message, _ = params.message(call, header.gas_limit)
        return octets(output(self._look.ledger.execute(header, message, overrides.read(state))))

    def estimate_gas(self, call: object, tag: object = "latest", state: object = None) -> str:
        """On the state after the block named; for the newest, at the time of the next block. Authorizations (EIP-7702)
        are counted, and not applied to the run.
        """
        header, supposed = self._next(tag), overrides.read(state)
        message, priced = params.message(call, header.gas_limit)
        if priced:
            message = self._within_funds(header, message, supposed)
        outcome = self._look.ledger.estimate(header, message, supposed)
        output(outcome)
        return number(outcome.gas_used + AUTHORIZATION_GAS * params.authorizations(call))

    def create_access_list(self, call: object, tag: object = "latest", state: object = None) -> Json:
        """What the call touches beyond its own accounts, as an EIP-2930 list, and its gas with that list. A list can
        change what a contract does, so the call is run again until nothing is added.
        """
        header, supposed = self._next(tag), overrides.read(state)
        message, _ = params.message(call, header.gas_limit)
        account = self._engine.account(header.state_root, message.sender)
        target = message.to or views.created_address_of(message.sender, account.nonce if account else 0)
        known = {message.sender, target, header.coinbase, *PRECOMPILES}
        found: AccessList = message.access_list
        for _ in range(MAX_RUNS):
            message = replace(message, access_list=found)
            outcome = self._look.ledger.execute(header, message, supposed, watch=True)
            seen = {address: set(slots) for address, slots in found}
            for address, slots in outcome.touched:
                if slots or address not in known:
                    seen[address] = seen.get(address, set()) | set(slots)
            wanted = tuple((address, tuple(sorted(slots))) for address, slots in sorted(seen.items()))
            if wanted == found:
                break
            found = wanted
        answer: Json = {"accessList": views.access_list(found), "gasUsed": number(outcome.gas_used)}
        return answer if outcome.error is None else {**answer, "error": outcome.error}

    def _next(self, tag: object) -> Header:
        header = self._look.at(tag)
        return self._look.ledger.pending() if header.hash == self._look.ledger.head.hash else header

    def _within_funds(self, header: Header, message: Message, supposed: overrides.Overrides) -> Message:
        """A call that offers a price cannot use more gas than its sender can pay."""
        funds = self._look.ledger.balance(header, message.sender, supposed) - message.value
        return replace(message, gas=min(message.gas, max(funds, 0) // message.gas_price))

    def methods(self) -> dict[str, Any]:
        return {
            "eth_getBalance": self.balance,
            "eth_getCode": self.code,
            "eth_getStorageAt": self.storage_at,
            "eth_getStorageValues": self.storage_values,
            "eth_getProof": self.proof,
            "eth_call": self.call,
            "eth_estimateGas": self.estimate_gas,
            "eth_createAccessList": self.create_access_list,
        }
