"""What others do on the ledger, and the files that go with it: contributions to a curator, releases to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.curating import WRITTEN
from core.datanets import exchange, shared
from core.datanets.commitment import Place
from core.datanets.contribution import ContributeCall, Contributions
from core.datanets.release import Release
from core.datanets.seen import Seen, Verdict
from core.errors import DatanetError
from core.jobs import Progress, silent

if TYPE_CHECKING:
    from core.chain.block import VerifiedLog
    from core.client.client import Client


@dataclass(frozen=True)
class Followed:
    """What the ledger had of the Datanets that are known here, up to `block`."""

    block: int
    contributions: int
    reviews: int


class Following:
    def __init__(self, client: Client) -> None:
        self._client = client

    def follow(self, progress: Progress | None = None) -> Followed:
        """Note what others contributed to the Datanets that are known here, and what curators decided; every event
        proven by its block. Raises NodeError, ProofError.
        """
        session = self._client.session
        contract = session.contract("Datanets")
        head = session.light.sync(progress).value.number
        logs = session.light.logs([contract.address], 1, head, progress).value if head else ()
        counts = {"Contributed": 0, "Reviewed": 0}
        for log in logs:
            event = contract.event(log)
            if event is not None and event.name in counts:
                counts[event.name] += self._apply(event.name, event.arguments, log)
        self._client.said(WRITTEN)
        return Followed(head, counts["Contributed"], counts["Reviewed"])

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

    def take(self, datanet: int, path: Path, progress: Progress | None = None) -> int:
        """Records that were handed over, if they are exactly those under the contribution's root on the ledger; the
        contribution. Raises BadFile, BadInput, DatanetError.
        """
        self.follow(progress)
        session = self._client.session
        found = exchange.read_contribution(session.db, datanet, path, progress or silent(), session.pictures)
        self._client.said(WRITTEN)
        return found

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
