"""The Datanets that a profile knows: drafts of its own, those it opened, and those it joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from core.clock import Clock, SystemClock
from core.datanets.commitment import Place
from core.datanets.datanet import Datanet, Rules
from core.datanets.store import datanets as store
from core.errors import BadInput, DatanetError
from core.storage import Database
from core.units import Address


@dataclass(frozen=True)
class CreateCall:
    """What `Datanets.createDatanet(name, metaHash, curators)` takes."""

    name: str
    meta_hash: bytes
    curators: tuple[Address, ...]


@dataclass(frozen=True)
class Overview:
    """Records on the ledger whose text is here. `waiting` have no signed review, `mine` are of the given accounts."""

    records: int
    waiting: int
    accepted: int
    rejected: int
    withdrawn: int
    contributors: int
    mine: int
    labels: tuple[tuple[str, int], ...]  # accepted, by final label


class Datanets:
    """Safe to share between threads, as all classes of this area are: every call stands in one transaction."""

    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self._db = db
        self._clock = clock or SystemClock()

    def create(self, rules: Rules, creator: Address) -> Datanet:
        """A local draft; its creator curates it and may contribute."""
        now = self._clock.now()
        with self._db.transaction():
            datanet = store.add(self._db, rules, creator, now)
            store.set_person(self._db, datanet, creator, "", curator=True, invited=True, trusted=False, now=now)
            return store.get(self._db, datanet)

    def call(self, datanet_id: int) -> CreateCall:
        """Further curators stand in the call; the creator is one anyway."""
        datanet = store.get(self._db, datanet_id)
        others = [Address(row["address"]) for row in store.people(self._db, datanet_id) if row["curator"]]
        curators = tuple(address for address in others if address != datanet.creator)
        return CreateCall(datanet.rules.name, datanet.rules.meta_hash, curators)

    def committed(self, datanet_id: int, place: Place, tx_hash: bytes, block: int) -> Datanet:
        """The ledger gave it a number. Saying it twice is harmless."""
        with self._db.transaction():
            found = store.get(self._db, datanet_id)
            if found.place not in {None, place}:
                raise DatanetError(reason="already on the ledger", datanet=datanet_id)
            store.place(self._db, datanet_id, place, tx_hash, block)
            return store.get(self._db, datanet_id)

    def join(self, meta: bytes, place: Place, meta_hash: bytes, creator: Address) -> Datanet:
        """Somebody else's Datanet: its description must hash to what the ledger says. Known ones stay."""
        rules = Rules.parse(meta)
        if rules.meta_hash != meta_hash:
            raise BadInput(field="meta", reason="hash")
        with self._db.transaction():
            known = store.at(self._db, place)
            if known is not None:
                return known
            datanet = store.add(self._db, rules, creator, self._clock.now())
            store.place(self._db, datanet, place, None, None)
            now = self._clock.now()
            store.set_person(self._db, datanet, creator, "", curator=True, invited=True, trusted=False, now=now)
            return store.get(self._db, datanet)

    def change(self, datanet_id: int, rules: Rules) -> Datanet:
        """Other rules, while it is a local draft."""
        with self._db.transaction():
            if store.get(self._db, datanet_id).place is not None:
                raise DatanetError(reason="already on the ledger", datanet=datanet_id)
            store.replace_rules(self._db, datanet_id, rules)
            return store.get(self._db, datanet_id)

    def discard(self, datanet_id: int) -> None:
        """A local draft goes, with the drafts in it."""
        with self._db.transaction():
            if store.get(self._db, datanet_id).place is not None:
                raise DatanetError(reason="already on the ledger", datanet=datanet_id)
            store.remove(self._db, datanet_id)

    def get(self, datanet_id: int) -> Datanet:
        return store.get(self._db, datanet_id)

    def at(self, place: Place) -> Datanet | None:
        return store.at(self._db, place)

    def all(self) -> list[Datanet]:
        return store.everything(self._db)

    def overview(self, datanet_id: int, mine: Collection[Address] = ()) -> Overview:
        """Counted by SQL: 100,000 records take some tens of milliseconds."""
        own = {address.raw for address in mine}
        counts: Counter[str] = Counter()
        contributors = set()
        for row in store.overview(self._db, datanet_id):
            contributors.add(row["account"])
            counts["records"] += row["count"]
            counts["mine"] += row["count"] if row["account"] in own else 0
            if row["withdrawn"]:
                counts["withdrawn"] += row["count"]
            elif row["state"] == "committed":
                counts["waiting"] += row["count"]
            else:
                counts["accepted" if row["decision"] in {"approve", "relabel"} else "rejected"] += row["count"]
        return Overview(
            counts["records"],
            counts["waiting"],
            counts["accepted"],
            counts["rejected"],
            counts["withdrawn"],
            len(contributors),
            counts["mine"],
            tuple(sorted(store.label_counts(self._db, datanet_id))),
        )
