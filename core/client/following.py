"""What others do on the ledger, and the files that go with it: contributions to a curator, releases to everybody, and
withdrawals to whoever holds the records.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.curating import WRITTEN
from core.client.session import set_setting, setting
from core.datanets import exchange, shared, withdrawn_file
from core.datanets.commitment import Place
from core.datanets.contribution import ContributeCall, Contributions
from core.datanets.release import Release
from core.datanets.seen import Seen, TakenBack, Verdict
from core.datanets.store import contributions as contribution_store
from core.datanets.store import withdrawn
from core.errors import DatanetError, OpenLedgerError
from core.events import Changed
from core.jobs import Progress, silent
from core.units import Address
from core.values import Taken, UnnamedView

if TYPE_CHECKING:
    from core.chain.block import VerifiedLog
    from core.client.client import Client

UNNAMED = "withdrawn, not named"  # a risk: what is signed may hold records that were taken back
_SEEN = "withdrawals.seen"  # the vault's setting: the last block whose withdrawals were read
_NAMED = WRITTEN | Changed(models=True)


@dataclass(frozen=True)
class Followed:
    """What the ledger had of the Datanets that are known here, up to `block`; of withdrawals those that are news."""

    block: int
    contributions: int
    reviews: int
    withdrawals: int = 0


class Following:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()

    def follow(self, progress: Progress | None = None) -> Followed:
        """Note what others contributed to the Datanets that are known here, and what curators decided; every event
        proven by its block. Raises NodeError, ProofError.
        """
        session = self._client.session
        contract = session.contract("Datanets")
        head = session.light.sync(progress).value.number
        logs = session.light.logs([contract.address], 1, head, progress).value if head else ()
        counts = {"Contributed": 0, "Reviewed": 0, "Withdrawn": 0}
        for log in logs:
            event = contract.event(log)
            if event is not None and event.name in counts:
                counts[event.name] += self._apply(event.name, event.arguments, log)
        set_setting(session.db, _SEEN, head)
        self._client.said(_NAMED if counts["Withdrawn"] else WRITTEN)
        return Followed(head, *counts.values())

    def look(self) -> None:
        """Note the withdrawals since the last time, as far as the ledger can be reached: consent that was taken back
        must not wait until somebody asks. Of contributions that are not known here, `follow` tells.
        """
        session = self._client.session
        if "Datanets" not in session.pinned["contracts"]:
            return
        with contextlib.suppress(OpenLedgerError), self._lock:
            contract = session.contract("Datanets")
            head = session.light.sync().value.number
            first = int(setting(session.db, _SEEN) or 0) + 1
            if first > head:
                return
            news = False
            for log in session.light.logs([contract.address], first, head).value:
                event = contract.event(log)
                if event is not None and event.name == "Withdrawn":
                    news |= self._apply(event.name, event.arguments, log)
            set_setting(session.db, _SEEN, head)
            if news:
                self._client.said(_NAMED)

    def _apply(self, name: str, event: Mapping[str, Any], log: VerifiedLog) -> bool:
        session = self._client.session
        place = Place(session.network.chain_id, session.contract("Datanets").address, event["datanetId"])
        datanet = self._client.datanets.catalogue.at(place)
        if datanet is None:
            return False
        if name == "Contributed":
            call = ContributeCall(place.number, event["root"], event["count"], event["consentHash"])
            Contributions(session.db, session.clock).seen(
                datanet.id, event["contributionId"], event["contributor"], call, log.transaction_hash, log.block
            )
            return True
        if name == "Withdrawn":
            said = TakenBack(
                event["contributor"], event["withdrawnRoot"], event["count"], log.transaction_hash, log.block
            )
            return Seen(session.db, session.clock).withdrawn(datanet.id, event["contributionId"], said)
        verdict = Verdict(
            curator=event["curator"],
            accepted_root=event["acceptedRoot"],
            accepted_count=event["acceptedCount"],
            decisions_hash=event["decisionsHash"],
            tx_hash=log.transaction_hash,
            block=log.block,
        )
        return Seen(session.db, session.clock).reviewed(datanet.id, event["contributionId"], verdict) is not None

    # A contribution goes to its curator

    def hand_over(self, contribution: int, path: Path, progress: Progress | None = None) -> int:
        """The records of an own contribution as a file for its curator; how many. Raises DatanetError."""
        session = self._client.session
        return exchange.write_contribution(session.db, contribution, path, progress or silent(), session.pictures)

    def take(self, datanet: int, path: Path, progress: Progress | None = None) -> Taken:
        """A file that was handed over: the records of a contribution, if they are exactly those under its root on the
        ledger; or the names of withdrawn ones, if they make a root that the contributor signed: those leave.

        Raises BadFile, BadInput, DatanetError, NodeError, ProofError.
        """
        progress = progress or silent()
        kind = exchange.kind_of(path)
        self.follow(progress)
        session = self._client.session
        if kind == withdrawn_file.KIND:
            named = withdrawn_file.read_withdrawal(session.db, datanet, path, progress)
            found = Taken("withdrawal", named.contribution, named.records, named.here, named.new)
        else:
            row = exchange.read_contribution(session.db, datanet, path, progress, session.pictures)
            count = contribution_store.get(session.db, row)["count"]
            found = Taken("contribution", row, count, count, count)
        self._client.said(_NAMED)
        return found

    # What was taken back goes to whoever holds it

    def hand_over_withdrawal(self, contribution: int, path: Path, progress: Progress | None = None) -> int:
        """Which records of a contribution are withdrawn, as a file for the curator and all who hold them; how many.
        It holds salted hashes only. Raises DatanetError ("not withdrawn", "not held", "not on the ledger").
        """
        return withdrawn_file.write_withdrawal(self._client.session.db, contribution, path, progress or silent())

    def doubts(self, datanet: int) -> tuple[str, ...]:
        """A risk for whoever is about to sign something with records of a Datanet: nobody named what is withdrawn."""
        self.look()
        return (UNNAMED,) if self.unnamed(datanet) else ()

    def unnamed(self, datanet: int) -> tuple[UnnamedView, ...]:
        """Withdrawals on the ledger whose records nobody named here, of contributions with records on this device."""
        mine = self._client.wallet.addresses()
        found = []
        for row in withdrawn.unnamed(self._client.session.db, datanet):
            if row["held"]:
                who = Address(row["account"])
                name = self._client.wallet.name_of(who)
                found.append(UnnamedView(datanet, row["id"], row["number"], who, name, row["records"], who in mine))
        return tuple(found)

    # A release goes to whom its curator chooses

    def export_release(
        self, datanet: int, path: Path, *, version: int | None = None, progress: Progress | None = None
    ) -> int:
        """A release with its records and their proofs, for others; how many records. Raises DatanetError."""
        session = self._client.session
        found = [one for one in self._client.datanets.releases.of(datanet) if one.block is not None]
        chosen = next((one for one in reversed(found) if version in (None, one.version)), None)
        if chosen is None:
            raise DatanetError(reason="no release", datanet=datanet)
        return shared.write_release(session.db, chosen.id, path, progress or silent(), session.pictures)

    def import_release(self, path: Path, progress: Progress | None = None) -> Release:
        """A release from a file, held against the ledger by proof before anything of it is kept; its Datanet becomes
        known with it. Raises BadFile, BadInput, DatanetError, NodeError, ProofError.
        """
        progress = progress or silent()
        session = self._client.session
        head = shared.read_head(path)
        contract = session.contract("Datanets")
        if (head.place.chain_id, head.place.contract) != (session.network.chain_id, contract.address):
            raise DatanetError(reason="other datanet")
        session.light.sync(progress)
        number = head.place.number
        told = contract.state.read_many([("datanets", number), ("releases", number, head.version)])
        datanet, release = told.value
        if not release["count"]:
            raise DatanetError(reason="no release", datanet=number)
        joined = self._client.datanets.catalogue.join(
            head.rules.meta, head.place, datanet["metaHash"], datanet["creator"]
        )
        self.follow(progress)
        ledger = shared.OnLedger(
            head.version, release["recordsRoot"], release["manifestHash"], release["count"], told.trust.block or 0
        )
        found = shared.read_release(session.db, joined.id, path, ledger, progress, session.clock, session.pictures)
        self._client.said(WRITTEN)
        return found
