"""A vault that is older than what it did: put back to a copy, together with the file that counts its writes.

Neither shows then; the ledger does. It proves how many transactions each account has sent. More than the vault knows of
came from the time that was lost, or from the same phrase on another machine. What the ledger says of them is put down
again; what only the vault knew (drafts, texts, calls not settled, models of one's own) is gone until a newer copy or a
backup comes back, so nothing that no row names is cleared away meanwhile. Nothing is signed twice: a nonce comes from
the ledger, and a call's number is above all that the ledger settled (`usage.meter`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.client.recovery import Recovery
from core.client.session import set_setting, setting
from core.errors import NodeError, ProofError, TooLarge, WorkerError
from core.events import Changed
from core.jobs import Progress
from core.units import Address
from core.values import OlderView
from core.wallet.history import History

if TYPE_CHECKING:
    from core.chain.block import Mined
    from core.client.client import Client

_NONCES = "nonces"  # the vault's setting: by account, how many transactions it knew to be sent
_OLDER = "older"  # what was found, until the person has read it


class Older:
    def __init__(self, client: Client) -> None:
        self._client = client

    def found(self) -> OlderView | None:
        """What the ledger showed to be missing here; None once it was read, or where nothing is."""
        kept = setting(self._client.session.db, _OLDER)
        return None if kept is None else OlderView(**kept)

    def read(self) -> None:
        """The person knows. From the next unlocking on, files that nothing names are cleared away again."""
        self._client.session.db.run("DELETE FROM settings WHERE name = ?", _OLDER)
        self._client.said(Changed(profile=True, earnings=True))

    def remember(self) -> None:
        """What the ledger proves now is what this vault knows: at its making, or once it was put right."""
        set_setting(self._client.session.db, _NONCES, {str(who): nonce for who, nonce in self._nonces().items()})

    def look(self, progress: Progress) -> bool:
        """At unlocking, once pending transactions were seen to. False where the ledger could not be asked: then nobody
        knows what is missing here, and the next time asks again.
        """
        try:
            self._look(progress)
        except (NodeError, ProofError, TooLarge, WorkerError):
            return False
        return True

    def _look(self, progress: Progress) -> None:
        session = self._client.session
        known: dict[str, int] | None = setting(session.db, _NONCES)
        if known is None:  # a vault from before this was kept: it begins here
            self.remember()
            return
        history = History(session.db, session.clock)
        chain = session.network.chain_id
        behind = [
            who
            for who, nonce in self._nonces().items()
            if nonce > max(known.get(str(who), 0), history.next_nonce(chain, who))
        ]
        if behind:
            progress.step("discover")
            self._client.wallet.discover(progress)
            missing = self._missing(history)
            self._put_down(missing, history)
        self.remember()

    def _nonces(self) -> dict[Address, int]:
        session = self._client.session
        session.light.sync()
        mine = sorted(self._client.wallet.addresses())
        return {who: one.value.nonce for who, one in zip(mine, session.light.accounts(mine), strict=True)}

    def _missing(self, history: History) -> list[Mined]:
        """Sent by my accounts and not known here, oldest first; the contracts' own making apart."""
        session, mine = self._client.session, self._client.wallet.addresses()
        ours = set(session.pinned["contracts"].values())
        sent = session.light.transactions(sorted(mine), 1).value
        return [
            one
            for one in sent
            if one.sender in mine
            and not history.stands(session.network.chain_id, one.hash)
            and (one.contract is None or str(one.contract) not in ours)
        ]

    def _put_down(self, missing: list[Mined], history: History) -> None:
        """What the ledger says they made, area by area; each step may be repeated. That something is missing is kept
        first: once the history has them, nothing else tells.
        """
        session, recovery = self._client.session, Recovery(self._client)
        if not missing:
            return
        times = {one.number: one.timestamp for one in session.light.headers(missing[0].block, missing[-1].block)}
        self._tell(missing, times)
        for one in missing:
            recovery.apply(one)
            history.found(session.network.chain_id, one, times.get(one.block, 0))
        self._client.earnings.watching.follow()

    def _tell(self, missing: list[Mined], times: Mapping[int, int]) -> None:
        """Besides what was found before and is not read yet; some of `missing` may be among that."""
        known = self.found()
        news = [one for one in missing if known is None or one.block > known.block]
        if not news:
            return
        first = times.get(news[0].block, 0) if known is None else known.first
        count, last = len(news) + (0 if known is None else known.transactions), news[-1]
        told = OlderView(transactions=count, first=first, last=times.get(last.block, 0), block=last.block)
        set_setting(self._client.session.db, _OLDER, asdict(told))
