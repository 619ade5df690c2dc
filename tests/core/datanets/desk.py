"""Everything of the area over one vault, a clock that stands still, and the steps that tests take again and again."""

from __future__ import annotations

from dataclasses import dataclass

from core.datanets.catalogue import Datanets
from core.datanets.commitment import Place
from core.datanets.contribution import Contribution, Contributions
from core.datanets.datanet import Datanet, Rules
from core.datanets.drafts import Drafts, Terms
from core.datanets.people import People
from core.datanets.preflights import Preflights
from core.datanets.records import Filter, Records
from core.datanets.release import Release, Releases
from core.datanets.review import Review
from core.datanets.withdrawal import Withdrawal, Withdrawals
from core.jobs import Progress
from core.storage import Database
from core.units import Address

DATA_KEY = bytes(range(32))
CURATOR = Address(bytes([1]) * 20)
PLACE = Place(161_200_001, Address(bytes([7]) * 20), 1)
RULES = Rules("Topics", ("animal", "food", "plant"), "CC-BY-4.0", languages=("en",))
ROWS = (
    ("a small bird that sings before the sun comes up", "animal"),
    ("a soup of beans and cabbage eaten with dark bread", "food"),
    ("a tall tree whose needles stay green in winter", "plant"),
    ("a fish that swims up the river where it was born", "animal"),
)


class StillClock:
    def __init__(self) -> None:
        self.time = 1_700_000_000

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        return float(self.time)

    def sleep(self, seconds: float) -> None:
        self.time += int(seconds)


def person(number: int) -> Address:
    return Address(bytes([number]) * 20)


def tx(number: int) -> bytes:
    return number.to_bytes(32, "big")


GIVER = person(10)


@dataclass
class Desk:
    db: Database
    clock: StillClock

    def __post_init__(self) -> None:
        self.datanets = Datanets(self.db, self.clock)
        self.people = People(self.db, self.clock)
        self.drafts = Drafts(self.db, self.clock)
        self.preflights = Preflights(self.db, self.clock)
        self.contributions = Contributions(self.db, self.clock)
        self.reviews = Review(self.db, self.clock)
        self.releases = Releases(self.db, self.clock)
        self.withdrawals = Withdrawals(self.db, self.clock)
        self.records = Records(self.db)
        self._number = 0

    def datanet(self, rules: Rules = RULES, place: Place = PLACE) -> Datanet:
        made = self.datanets.create(rules, CURATOR)
        return self.datanets.committed(made.id, place, tx(1), 1)

    def draft(self, datanet: Datanet, rows: object = ROWS, account: Address = GIVER) -> int:
        draft = self.drafts.create(datanet.id, account)
        self.drafts.add_rows(draft.id, rows, Terms("CC-BY-4.0", language="en"))
        return draft.id

    def contribute(self, datanet: Datanet, rows: object = ROWS, account: Address = GIVER) -> Contribution:
        """A contribution that stands on the ledger."""
        made = self.contributions.freeze(self.draft(datanet, rows, account), DATA_KEY, Progress())
        self._number += 1
        self.contributions.signed(made.id, tx(100 + self._number))
        return self.contributions.committed(made.id, self._number, tx(100 + self._number), 10 + self._number)

    def ids(self, contribution: Contribution) -> list[int]:
        return self.records.ids(Filter(contribution.datanet_id, contribution=contribution.id))

    def accept(self, contribution: Contribution) -> None:
        """Every record approved, signed and in a block."""
        self.reviews.decide_rest(contribution.id, "approve", CURATOR)
        review = self.reviews.prepare(contribution.id, CURATOR)
        self.reviews.signed(review.id, tx(200 + contribution.id))
        self.reviews.committed(review.id, tx(200 + contribution.id), 50)

    def release(self, datanet: Datanet) -> Release:
        made = self.releases.prepare(datanet.id, CURATOR, Progress())
        self.releases.signed(made.id, tx(300 + made.id))
        return self.releases.committed(made.id, made.version, tx(300 + made.id), 90)

    def withdraw(self, contribution: Contribution, indices: tuple[int, ...]) -> Withdrawal:
        made = self.withdrawals.prepare(contribution.id, indices)
        self.withdrawals.signed(made.id, tx(400 + made.id))
        return self.withdrawals.committed(made.id, tx(400 + made.id), 120)
