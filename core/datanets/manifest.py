"""What a release says: which records, from whom, under which label and terms, and whom the curator trusted.

Canonical JSON, whose Keccak-256 is the contract's `manifestHash`:

    {"v": 1, "datanet": {"chain": id, "contract": "0x...", "number": n}, "version": n,
     "previous": hex of the version before, or null,
     "labels": [...], "terms": [{"licence": "...", "uses": [...]}, ...], "contributors": ["0x...", ...],
     "records": [{"contribution": number, "index": i, "leaf": hex, "contributor": at, "label": at, "terms": at,
                  "trusted": bool}, ...]}

`version` is the one its maker expected; the ledger's number counts. `contributor`, `label` and `terms` are places in
the lists above. Records are ordered by contribution, then index: the
older commitment first. There is no text and no salt in it; those travel with the records themselves.

The records root is a Merkle tree (core/merkle.py) over one payload a record, in that order, 128 bytes:

    abi.encode(uint256 contribution, uint256 index, bytes32 leaf, address contributor)

where `leaf` is the record's leaf in the contribution's own tree: the double Keccak of its salted commitment.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from core.datanets import canonical
from core.datanets.commitment import Place
from core.datanets.consent import Terms
from core.datanets.contribution import Inclusion
from core.errors import BadInput
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.units import Address

MAX_MANIFEST = 128 * 1024 * 1024  # bytes; 100,000 records take 17 MB
MAX_RECORDS = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One record of a release. `label` numbers the manifest's labels."""

    contribution: int
    index: int
    leaf: bytes
    contributor: Address
    label: int
    terms: Terms
    trusted: bool

    @property
    def payload(self) -> bytes:
        """What the release tree is made over: 128 bytes."""
        return (
            self.contribution.to_bytes(32, "big")
            + self.index.to_bytes(32, "big")
            + self.leaf
            + bytes(12)
            + self.contributor.raw
        )


@dataclass(frozen=True)
class Manifest:
    place: Place
    version: int
    previous: bytes | None  # manifest hash of the version before
    labels: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def encoded(self) -> bytes:
        terms, term_places = _numbered([entry.terms for entry in self.entries])
        contributors, people = _numbered([entry.contributor for entry in self.entries])
        return canonical.encode(
            {
                "v": 1,
                "datanet": {
                    "chain": self.place.chain_id,
                    "contract": str(self.place.contract),
                    "number": self.place.number,
                },
                "version": self.version,
                "previous": self.previous.hex() if self.previous is not None else None,
                "labels": list(self.labels),
                "terms": [each.plain() for each in terms],
                "contributors": [str(each) for each in contributors],
                "records": [
                    {
                        "contribution": entry.contribution,
                        "index": entry.index,
                        "leaf": entry.leaf.hex(),
                        "contributor": people[id(entry.contributor)],
                        "label": entry.label,
                        "terms": term_places[id(entry.terms)],
                        "trusted": entry.trusted,
                    }
                    for entry in self.entries
                ],
            }
        )

    @property
    def hash(self) -> bytes:
        return keccak256(self.encoded)

    @property
    def tree(self) -> MerkleTree:
        return MerkleTree.of([entry.payload for entry in self.entries])

    def proof(self, position: int) -> Inclusion:
        """That the record at `position` is in the release."""
        tree = self.tree
        siblings = tuple(tree.proof(position))
        return Inclusion(tree.root, self.entries[position].payload, siblings)

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """From another machine. Raises BadInput(field="manifest") unless it is canonical, whole and in order."""
        value = canonical.read(data, field="manifest", limit=MAX_MANIFEST)
        names = {"v", "datanet", "version", "previous", "labels", "terms", "contributors", "records"}
        _check(isinstance(value, dict) and set(value) == names and value["v"] == 1, "fields")
        place, previous = value["datanet"], value["previous"]
        _check(isinstance(place, dict) and set(place) == {"chain", "contract", "number"}, "datanet")
        _check(_natural(place["chain"]) and _natural(place["number"]), "datanet")
        _check(_natural(value["version"]) and value["version"] > 0, "version")
        labels, terms, people = value["labels"], value["terms"], value["contributors"]
        _check(isinstance(labels, list) and all(isinstance(label, str) for label in labels), "labels")
        _check(isinstance(terms, list) and isinstance(people, list), "fields")
        known = [Terms.parse(each) for each in terms]
        addresses = [Address.parse(each) if isinstance(each, str) else _fail("contributors") for each in people]
        records = value["records"]
        _check(isinstance(records, list) and 0 < len(records) <= MAX_RECORDS, "records")
        entries = tuple(_entry(each, addresses, len(labels), known) for each in records)
        order = [(entry.contribution, entry.index) for entry in entries]
        _check(all(a < b for a, b in itertools.pairwise(order)), "order")
        found = cls(
            Place(place["chain"], Address.parse(str(place["contract"])), place["number"]),
            value["version"],
            _hash(previous) if previous is not None else None,
            tuple(labels),
            entries,
        )
        _check(found.encoded == data, "not canonical")  # also refuses lists with unused or doubled members
        return found


def _numbered(values: Sequence[T]) -> tuple[list[T], dict[int, int]]:
    """Each different one once, in order, and the place of each by `id`: a few objects stand in all entries, and
    comparing them a hundred thousand times takes longer than all the rest.
    """
    objects = {id(each): each for each in values}
    places: dict[T, int] = {}
    found = {one: places.setdefault(each, len(places)) for one, each in objects.items()}
    return list(places), found


def _entry(value: Any, people: Sequence[Address], labels: int, terms: Sequence[Terms]) -> Entry:
    names = {"contribution", "index", "leaf", "contributor", "label", "terms", "trusted"}
    _check(isinstance(value, dict) and set(value) == names, "record")
    numbers = (value["contribution"], value["index"], value["contributor"], value["label"], value["terms"])
    _check(all(_natural(number) for number in numbers) and isinstance(value["trusted"], bool), "record")
    _check(value["contributor"] < len(people) and value["label"] < labels and value["terms"] < len(terms), "record")
    return Entry(
        value["contribution"],
        value["index"],
        _hash(value["leaf"]),
        people[value["contributor"]],
        value["label"],
        terms[value["terms"]],
        value["trusted"],
    )


def _natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _hash(value: Any) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    _check(len(found) == 32, "hash")
    return found


def _check(holds: bool, reason: str) -> None:
    if not holds:
        _fail(reason)


def _fail(reason: str) -> Any:
    raise BadInput(field="manifest", reason=reason)


@dataclass(frozen=True)
class Difference:
    """Between two versions, by (contribution, index)."""

    added: tuple[tuple[int, int], ...]
    removed: tuple[tuple[int, int], ...]
    relabelled: tuple[tuple[int, int], ...]
    terms_changed: tuple[tuple[int, int], ...]
    trust_changed: tuple[tuple[int, int], ...]

    @property
    def empty(self) -> bool:
        return not (self.added or self.removed or self.relabelled or self.terms_changed or self.trust_changed)


def difference(before: Manifest | None, after: Manifest) -> Difference:
    old = {(entry.contribution, entry.index): entry for entry in before.entries} if before is not None else {}
    new = {(entry.contribution, entry.index): entry for entry in after.entries}
    names = before.labels if before is not None else ()
    both = [(which, old[which], entry) for which, entry in new.items() if which in old]
    return Difference(
        tuple(which for which in new if which not in old),
        tuple(which for which in old if which not in new),
        tuple(which for which, a, b in both if names[a.label] != after.labels[b.label]),
        tuple(which for which, a, b in both if a.terms != b.terms),
        tuple(which for which, a, b in both if a.trusted != b.trusted),
    )
