"""Consent as data: which uses each record is given for, hashed with the contribution, obeyed by the trainer.

The consent document of a contribution, canonical JSON:

    {"v": 1, "root": hex of the contribution's root, "order": hex, "count": n, "salt": hex,
     "terms": [{"licence": "...", "uses": ["evaluate", "train"]}, ...], "records": [[term, how many], ...]}

`order` is the Keccak-256 of all leaves in a row: a tree of sorted pairs has the same root when two neighbours change
places, and then each would stand under the other's terms. `terms` in order of first use; `records` are runs over the
contribution's order. The salt comes from the phrase, so the hash on the ledger does not tell which terms were chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from core.datanets import canonical, licences
from core.datanets.record import check_uses
from core.errors import BadInput, DatanetError
from core.keccak import keccak256
from core.merkle import MerkleTree

MAX_DOCUMENT = 16 * 1024 * 1024


@dataclass(frozen=True)
class Terms:
    licence: str
    uses: frozenset[str]

    def plain(self) -> dict[str, object]:
        return {"licence": self.licence, "uses": sorted(self.uses)}

    @classmethod
    def parse(cls, value: Any) -> Terms:
        """Raises BadInput(field="terms")."""
        if not isinstance(value, dict) or set(value) != {"licence", "uses"} or not isinstance(value["licence"], str):
            raise BadInput(field="terms", reason="fields")
        uses = value["uses"]
        if not isinstance(uses, list) or not all(isinstance(use, str) for use in uses) or uses != sorted(set(uses)):
            raise BadInput(field="terms", reason="uses")
        return cls(licences.check(value["licence"]), check_uses(uses))


@dataclass(frozen=True)
class Consent:
    """What a contributor agreed to, record by record. `hash` is what the contract takes as `consentHash`."""

    document: bytes
    terms: tuple[Terms, ...]  # one for each record, in the contribution's order
    order: bytes  # see above, 32 bytes

    @property
    def hash(self) -> bytes:
        return keccak256(self.document)

    @classmethod
    def of(cls, leaves: Sequence[bytes], salt: bytes, terms: Sequence[Terms]) -> Consent:
        known, runs = encode_terms(terms)
        order = order_of(leaves)
        document = {
            "v": 1,
            "root": MerkleTree(leaves).root.hex(),
            "order": order.hex(),
            "count": len(terms),
            "salt": salt.hex(),
            "terms": [each.plain() for each in known],
            "records": runs,
        }
        return cls(canonical.encode(document), tuple(terms), order)

    @classmethod
    def parse(cls, document: bytes, *, root: bytes, consent_hash: bytes) -> Consent:
        """From another machine: must hash to what the ledger says and be about that root. Raises BadInput."""
        if keccak256(document) != consent_hash:
            raise BadInput(field="consent", reason="hash")
        value = canonical.decode(document, field="consent", limit=MAX_DOCUMENT)
        fields = {"v", "root", "order", "count", "salt", "terms", "records"}
        if not isinstance(value, dict) or set(value) != fields or value["v"] != 1 or value["root"] != root.hex():
            raise BadInput(field="consent", reason="fields")
        if not isinstance(value["terms"], list) or not isinstance(value["records"], list):
            raise BadInput(field="consent", reason="fields")
        terms = decode_terms([Terms.parse(each) for each in value["terms"]], value["records"], value["count"])
        return cls(document, tuple(terms), _hash(value["order"]))


def order_of(leaves: Sequence[bytes]) -> bytes:
    return keccak256(b"".join(leaves))


def _hash(text: Any) -> bytes:
    try:
        found = bytes.fromhex(text) if isinstance(text, str) else b""
    except ValueError:
        found = b""
    if len(found) != 32:
        raise BadInput(field="consent", reason="order")
    return found


def encode_terms(terms: Iterable[Terms]) -> tuple[list[Terms], list[list[int]]]:
    """The distinct terms in order of first use, and runs [number, how many]."""
    numbers: dict[Terms, int] = {}
    runs: list[list[int]] = []
    for each in terms:
        number = numbers.setdefault(each, len(numbers))
        if runs and runs[-1][0] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return list(numbers), runs


def decode_terms(known: Sequence[Terms], runs: Sequence[Any], count: Any) -> list[Terms]:
    total = 0
    for run in runs:
        ok = isinstance(run, list) and len(run) == 2 and all(type(part) is int for part in run)
        if not ok or not 0 <= run[0] < len(known) or run[1] < 1:
            raise BadInput(field="consent", reason="runs")
        total += run[1]
    if type(count) is not int or total != count:  # summed before it is spread out: a run of 2^60 costs nothing
        raise BadInput(field="consent", reason="count")
    return [known[number] for number, length in runs for _ in range(length)]


class Usable(Protocol):
    """What a record must tell to be asked for consent."""

    @property
    def uses(self) -> frozenset[str]: ...
    @property
    def withdrawn(self) -> bool: ...


Item = TypeVar("Item", bound=Usable)


def allowed(records: Iterable[Item], use: str) -> list[Item]:
    """The records that may be put to `use` ("train", "evaluate", "share"): consented and not withdrawn."""
    check_uses([use])
    return [record for record in records if use in record.uses and not record.withdrawn]


def require(records: Iterable[Usable], use: str) -> None:
    """The gate before training or sharing. Raises DatanetError(reason="consent") with how many forbid it."""
    found = list(records)
    refused = len(found) - len(allowed(found, use))
    if refused:
        raise DatanetError(reason="consent", use=use, records=refused)
