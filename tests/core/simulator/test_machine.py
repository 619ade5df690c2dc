"""The simulator runs on what it hashed itself, and names what it lacks instead of guessing a result."""

from __future__ import annotations

import pytest
import rlp
from trie import HexaryTrie

from core.eth.header import Header
from core.keccak import keccak256
from core.simulator.effects import describe
from core.simulator.machine import Incomplete, Machine, Message
from core.simulator.state import Enough, Nodes
from core.simulator.worker import handlers

EMPTY = keccak256(b"\x80")
CALLER, TARGET, OTHER = (bytes([at]) * 20 for at in (1, 2, 3))


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def summing(count: int) -> str:
    """Reads slots 0 to count - 1, adds them up and returns the sum."""
    reads = "".join(f"60{slot:02x}5401" for slot in range(count))
    return "6000" + reads + "60005260206000f3"


class World:
    """A state of py-trie's making: code and slots by address."""

    def __init__(self, contracts: dict[bytes, tuple[str, dict[int, int]]], balance: int = 10**18) -> None:
        self.parts: list[bytes] = []
        accounts = HexaryTrie({}, prune=True)
        accounts[keccak256(CALLER)] = self._account(balance, "", {})
        for address, (code, slots) in contracts.items():
            accounts[keccak256(address)] = self._account(0, code, slots)
        self.parts += accounts.db.values()
        self.header = Header(
            parent_hash=b"\x11" * 32, uncles_hash=bytes(32), coinbase=bytes(20), state_root=accounts.root_hash,
            transactions_root=EMPTY, receipts_root=EMPTY, bloom=bytes(256), difficulty=0, number=1000,
            gas_limit=30_000_000, gas_used=0, timestamp=1_800_000_000, extra_data=b"", mix_hash=bytes(32),
            nonce=bytes(8), base_fee=7, withdrawals_root=EMPTY, blob_gas_used=0, excess_blob_gas=0,
            parent_beacon_root=bytes(32), requests_hash=bytes(32),
        )  # fmt: skip

    def _account(self, balance: int, code: str, slots: dict[int, int]) -> bytes:
        storage = HexaryTrie({}, prune=True)
        for slot, value in slots.items():
            storage[keccak256(slot.to_bytes(32, "big"))] = rlp.encode(number(value))
        raw = bytes.fromhex(code)
        self.parts += [*storage.db.values(), raw]
        return rlp.encode([b"", number(balance), storage.root_hash, keccak256(raw)])

    def machine(self, parts: list[bytes] | None = None, **how: object) -> Machine:
        nodes = Nodes()
        nodes.add(self.parts if parts is None else parts)
        return Machine(nodes, 5, self.header, None, 7, how.get("hashes", {}))


def message(to: bytes | None = TARGET, data: bytes = b"", value: int = 0, gas: int = 5_000_000) -> Message:
    return Message(CALLER, to, value, data, gas)


def test_with_all_of_the_state_it_runs():
    world = World({TARGET: (summing(9), {slot: slot + 1 for slot in range(9)})})
    done = world.machine().run(message())
    assert (done.failure, int.from_bytes(done.output, "big")) == ("", 45)
    assert done.gas_used == 21_000 + 9 * 2_100 + 9 * 6 + 3 + 3 + 3 + 3 + 3 + 3


def test_with_nothing_it_names_whom_it_needs_first():
    machine = World({TARGET: (summing(2), {0: 1})}).machine([])
    with pytest.raises(Incomplete):
        machine.run(message())
    assert machine.missing.accounts == {CALLER, TARGET}


def test_all_slots_that_a_run_reaches_are_named_at_once():
    world = World({TARGET: (summing(200), {slot: slot + 1 for slot in range(200)})})
    accounts = HexaryTrie(dict(zip(map(keccak256, world.parts), world.parts, strict=True)), world.header.state_root)
    above = [rlp.encode(node) for who in (CALLER, TARGET) for node in accounts.get_proof(keccak256(who))]
    machine = world.machine([*above, bytes.fromhex(summing(200))])
    with pytest.raises(Incomplete):
        machine.run(message())
    assert machine.missing.slots == {TARGET: set(range(200))}


def test_a_node_that_was_changed_is_not_the_node():
    world = World({TARGET: (summing(1), {0: 1})})
    for at, part in enumerate(world.parts):
        if len(part) > 40:
            changed = [*world.parts[:at], part[:-1] + bytes([part[-1] ^ 1]), *world.parts[at + 1 :]]
            machine = world.machine(changed)
            with pytest.raises(Incomplete):
                machine.run(message())


def test_a_code_that_is_missing_is_named_by_its_hash():
    world = World({TARGET: (summing(1), {})})
    code = bytes.fromhex(summing(1))
    machine = world.machine([part for part in world.parts if part != code])
    with pytest.raises(Incomplete):
        machine.run(message())
    assert machine.missing.codes == {TARGET: keccak256(code)}


def test_a_run_that_its_guesses_led_astray_is_given_up():
    # reads slot after slot until one is not zero: with guesses, for ever
    world = World({TARGET: ("60005b600101805415600257", {50: 1})})
    accounts = HexaryTrie(dict(zip(map(keccak256, world.parts), world.parts, strict=True)), world.header.state_root)
    above = [rlp.encode(node) for who in (CALLER, TARGET) for node in accounts.get_proof(keccak256(who))]
    machine = world.machine([*above, bytes.fromhex("60005b600101805415600257")])
    with pytest.raises((Enough, Incomplete)):
        machine.run(message(gas=30_000_000))
    assert len(machine.missing.slots[TARGET]) > 50
    assert world.machine().run(message(gas=30_000_000)).failure == ""


def test_hashes_of_earlier_blocks_are_asked_for_and_those_out_of_reach_are_not():
    code = "6103e7406000526102e74060205260406000f3"  # BLOCKHASH of 999 and of 743
    world = World({TARGET: (code, {})})
    machine = world.machine()
    with pytest.raises(Incomplete):
        machine.run(message())
    assert machine.missing.hashes == {999}
    done = world.machine(hashes={999: b"\x22" * 32}).run(message())
    assert done.output == b"\x22" * 32 + bytes(32)


def test_effects_of_a_failed_run_are_none():
    world = World({TARGET: ("600160005560006000fd", {})})
    done = world.machine().run(message(value=5))
    assert done.failure == "reverted"
    assert describe(done) == {"balances": {}, "slots": {}, "logs": [], "transfers": [], "created": [], "cut": 0}


def test_a_slot_that_ends_where_it_began_did_not_change():
    world = World({TARGET: ("60056000556001600055600760015500", {0: 1})})
    effects = describe(world.machine().run(message()))
    assert effects["slots"] == {TARGET.hex(): {"0x1": ["0x0", "0x7"]}}


def test_a_contract_that_ends_itself_hands_on_what_it_holds():
    world = World({TARGET: (f"73{OTHER.hex()}ff", {})})
    effects = describe(world.machine().run(message(value=9)))
    assert effects["balances"] == {
        CALLER.hex(): [hex(10**18), hex(10**18 - 9)],
        OTHER.hex(): ["0x0", "0x9"],
    }


class TestGas:
    @pytest.mark.parametrize(
        ("data", "needed"),
        [(b"", 21_000), (bytes(100), 22_000), (b"\x01" * 100, 25_000)],
    )
    def test_data_that_nothing_is_done_with_pays_the_floor(self, data, needed):
        machine = World({}).machine()
        full = machine.run(message(OTHER, data))
        assert full.gas_used == needed
        assert machine.enough(message(OTHER, data), full) == needed
        assert machine.run(message(OTHER, data, gas=needed - 1)).failure.startswith("intrinsic gas too low")

    def test_more_value_than_there_is_is_refused_before_it_runs(self):
        assert World({}, balance=5).machine().run(message(OTHER, value=6)).failure == "insufficient funds"


class TestTheProcess:
    def run(self, world, run, **more):
        fields = {"sender": CALLER.hex(), "to": TARGET.hex(), "value": 0, "data": "", "gas": 5_000_000}
        return run(chain_id=5, header=world.header.encoded.hex(), message=fields, base_fee=7, **more)

    def test_what_was_brought_once_is_kept(self):
        world = World({TARGET: (summing(1), {0: 3})})
        run = handlers(lambda _event, _data: None)["run"]
        assert set(self.run(world, run)["missing"]) == {"accounts", "slots", "codes", "hashes"}
        first = self.run(world, run, nodes=[part.hex() for part in world.parts])
        assert self.run(world, run) == first
        assert int(first["output"], 16) == 3

    def test_effects_come_with_the_gas_that_is_enough(self):
        world = World({TARGET: ("600760005500", {})})
        run = handlers(lambda _event, _data: None)["run"]
        found = self.run(world, run, nodes=[part.hex() for part in world.parts], purpose="effects")
        assert found["gas"] == found["gasUsed"] == 21_000 + 22_100 + 6
        assert found["effects"]["slots"] == {TARGET.hex(): {"0x0": ["0x0", "0x7"]}}
