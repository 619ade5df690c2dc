"""A contract's state by name, through proven storage slots (Solidity's "layout of state variables in storage")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.chain.light_node import LightNode
from core.chain.proofs import Wish
from core.chain.trust import Trust, Trusted
from core.errors import BadEncoding, BadInput, TooLarge
from core.keccak import keccak256
from core.units import Address

MAX_SLOTS = 8192  # slots for one reading
MAX_BYTES = 64 * 1024  # bytes of one string
MAX_ELEMENTS = 4096  # of one array
_AT_ONCE = 512  # slots in one proof
_ROUNDS = 8  # a length, then what it counts, then their lengths, ...

Path = Sequence[object]  # a variable's name, then mapping keys, array positions and members' names
Type = Mapping[str, Any]


@dataclass(frozen=True)
class _Place:
    """Where a value begins: `slot`, and `offset` bytes from its low-order end."""

    type: str
    slot: int
    offset: int = 0


class StorageReader:
    """Named state of the contract at `address`, by the storage layout of its artefact.

    `reader.read("datanets", 3, "name")`; a struct comes as a dict without its mappings, an array as a tuple.
    """

    def __init__(self, light: LightNode, address: Address, layout: Mapping[str, Any]) -> None:
        self._light = light
        self._address = address
        self._types: Mapping[str, Type] = layout["types"] or {}
        self._variables = {entry["label"]: entry for entry in layout["storage"]}

    def read(self, *path: object) -> Trusted[Any]:
        return self.read_many([path]).map(lambda values: values[0])

    def read_many(self, paths: Sequence[Path]) -> Trusted[tuple[Any, ...]]:
        """Several, all at one block, in as few proofs as their lengths allow.

        Raises BadInput for a path that the layout does not have, TooLarge, ProofMismatch, and what the node raises.
        """
        places = [self._locate(path) for path in paths]
        words: dict[int, int] = {}
        trust: Trust | None = None
        for _ in range(_ROUNDS):
            reading = _Reading(self._types, words)
            values = tuple(reading.value(place) for place in places)
            if not reading.missing and trust is not None:
                return Trusted(values, trust)
            found, now = self._fetch(sorted(reading.missing))
            if trust is not None and now.block != trust.block:
                words.clear()  # the head moved between two proofs: all of it again, at the new one
            words |= found
            trust = now
        raise BadEncoding(what="storage", reason="never rests")

    def prefetch(self, paths: Sequence[Path]) -> None:
        """Prove together what a page is about to read one by one: the words of these places, not what they lead to.

        Raises what `read_many` raises.
        """
        reading = _Reading(self._types, {})
        for path in paths:
            reading.value(self._locate(path))
        if reading.missing:
            self._light.prefetch([Wish(self._address, tuple(sorted(reading.missing)))])

    def _fetch(self, slots: list[int]) -> tuple[dict[int, int], Trust]:
        """The slots in one or more proofs of one block."""
        words: dict[int, int] = {}
        trust: Trust | None = None
        for start in range(0, max(len(slots), 1), _AT_ONCE):
            part = slots[start : start + _AT_ONCE]
            proven = self._light.storage(self._address, part)
            if trust is not None and proven.trust.block != trust.block:
                return self._fetch(slots)
            trust = proven.trust
            words |= zip(part, proven.value, strict=True)
        assert trust is not None
        return words, trust

    def _locate(self, path: Path) -> _Place:
        if not path or path[0] not in self._variables:
            raise BadInput(field="path", reason="no such variable", value=str(path[:1]))
        variable = self._variables[path[0]]
        place = _Place(variable["type"], int(variable["slot"]), variable["offset"])
        for step in path[1:]:
            place = self._step(place, step)
        return place

    def _step(self, place: _Place, step: object) -> _Place:
        kind = self._types[place.type]
        if kind["encoding"] == "mapping":
            key = _key(str(kind["key"]), step)
            return _Place(kind["value"], _number(keccak256(key + place.slot.to_bytes(32, "big"))))
        if "members" in kind:
            for member in kind["members"]:
                if member["label"] == step:
                    return _Place(member["type"], place.slot + int(member["slot"]), member["offset"])
        elif "base" in kind and isinstance(step, int) and step >= 0:
            start = place.slot
            if kind["encoding"] == "dynamic_array":
                start = _number(keccak256(place.slot.to_bytes(32, "big")))
            elif step >= _static_length(place.type):
                raise BadInput(field="path", reason="outside the array", value=step)
            return _element(self._types, str(kind["base"]), start, step)
        raise BadInput(field="path", reason="no such step", value=str(step)[:80])


class _Reading:
    """Values out of the words at hand; `missing` collects the slots that are not."""

    def __init__(self, types: Mapping[str, Type], words: Mapping[int, int]) -> None:
        self._types = types
        self._words = words
        self.missing: set[int] = set()

    def value(self, place: _Place) -> Any:
        kind = self._types[place.type]
        if kind["encoding"] == "mapping":
            raise BadInput(field="path", reason="a mapping has no value", value=kind["label"])
        if kind["encoding"] == "bytes":
            raw = self._bytes(place.slot)
            return raw if kind["label"] == "bytes" else raw.decode("utf-8", "replace")
        if kind["encoding"] == "dynamic_array":
            length = self._word(place.slot)
            start = _number(keccak256(place.slot.to_bytes(32, "big")))
            return self._elements(str(kind["base"]), start, length or 0)
        if "members" in kind:
            return {
                member["label"]: self.value(_Place(member["type"], place.slot + int(member["slot"]), member["offset"]))
                for member in kind["members"]
                if self._types[member["type"]]["encoding"] != "mapping"
            }
        if "base" in kind:
            return self._elements(str(kind["base"]), place.slot, _static_length(place.type))
        return self._plain(place, int(kind["numberOfBytes"]))

    def _word(self, slot: int) -> int | None:
        slot %= 2**256
        word = self._words.get(slot)
        if word is None:
            self.missing.add(slot)
            if len(self.missing) > MAX_SLOTS:
                raise TooLarge(what="storage", found=len(self.missing), limit=MAX_SLOTS)
        return word

    def _plain(self, place: _Place, size: int) -> Any:
        word = self._word(place.slot)
        if word is None:
            return None
        number = (word >> (8 * place.offset)) & ((1 << (8 * size)) - 1)
        return _typed(place.type, number, size)

    def _elements(self, base: str, start: int, length: int) -> tuple[Any, ...]:
        if length > MAX_ELEMENTS:
            raise TooLarge(what="array", found=length, limit=MAX_ELEMENTS)
        return tuple(self.value(_element(self._types, base, start, at)) for at in range(length))

    def _bytes(self, slot: int) -> bytes:
        word = self._word(slot)
        if word is None:
            return b""
        if word % 2 == 0:
            length = (word & 0xFF) // 2
            return word.to_bytes(32, "big")[: min(length, 31)]
        length = (word - 1) // 2
        if length > MAX_BYTES:
            raise TooLarge(what="string", found=length, limit=MAX_BYTES)
        start = _number(keccak256(slot.to_bytes(32, "big")))
        parts = [self._word(start + at) or 0 for at in range((length + 31) // 32)]
        return b"".join(part.to_bytes(32, "big") for part in parts)[:length]


def _number(word: bytes) -> int:
    return int.from_bytes(word, "big")


def _static_length(name: str) -> int:
    """Of a type such as "t_array(t_uint16)4_storage"."""
    return int(name.removesuffix("_storage").rpartition(")")[2])


def _element(types: Mapping[str, Type], base: str, start: int, at: int) -> _Place:
    """Small elements share a slot, as many as fit; larger ones begin a slot each."""
    size = int(types[base]["numberOfBytes"])
    if size <= 16 and "members" not in types[base] and "base" not in types[base]:
        together = 32 // size
        return _Place(base, start + at // together, at % together * size)
    return _Place(base, start + at * ((size + 31) // 32))


def _typed(name: str, number: int, size: int) -> Any:
    if name == "t_bool":
        return number != 0
    if name.startswith(("t_address", "t_contract")):
        return Address(number.to_bytes(20, "big"))
    if name.startswith("t_bytes"):
        return number.to_bytes(size, "big")
    if name.startswith("t_int") and number >> (8 * size - 1):
        return number - (1 << (8 * size))
    return number


def _key(name: str, key: object) -> bytes:
    """A mapping's key as it is hashed: a word, or a string's own bytes."""
    if isinstance(key, Address) and name.startswith(("t_address", "t_contract")):
        return key.raw.rjust(32, b"\0")
    if isinstance(key, str) and name.startswith("t_string"):
        return key.encode()
    if isinstance(key, bytes) and name.startswith("t_bytes"):
        return key if name.startswith("t_bytes_") else key.ljust(32, b"\0")
    if isinstance(key, int) and name.startswith(("t_uint", "t_int", "t_bool", "t_enum")):
        return (key % 2**256).to_bytes(32, "big")
    raise BadInput(field="path", reason="not a key of this mapping", value=str(key)[:80])
