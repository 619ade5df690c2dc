"""The other side of settlements: followed on the ledger, checked, kept, handed on as files."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.proving import version_of
from core.client.recovery import Recovery
from core.client.session import set_setting, setting
from core.client.settling import FEW_CALLS, posting_of
from core.economy import book, challenge, settlement, settlement_file, usage, voucher
from core.economy.body import Body
from core.economy.challenge import Shown, Signed, Verdict
from core.economy.channel import Channel
from core.economy.evidence import Ask, Evidence, ModelTrees
from core.economy.settlement import Settlement
from core.economy.split import Split
from core.economy.voucher import Voucher
from core.errors import AttributionError, BadFile, BadInput, EconomyError, OpenLedgerError
from core.events import Changed
from core.files import read_small, write_whole
from core.jobs import Progress, silent
from core.units import Address

if TYPE_CHECKING:
    from core.client.client import Client
    from core.economy.settlement_file import SettlementFile

_SEEN = "settlements.seen"  # the vault's setting: the last block whose events were read


class Watching:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._faults: dict[bytes, tuple[Evidence, ...]] = {}
        self._needed: dict[bytes, tuple[tuple[Ask, int], ...]] = {}

    def where(self) -> tuple[Any, int, Address]:
        """The vault, and which contract of which chain: what the book's rows go by."""
        session = self._client.session
        return session.db, session.network.chain_id, session.contract("Settlement").address

    # Following

    def follow(self) -> None:
        """Put down what the Settlement contract said since the last time; each step may be repeated."""
        session = self._client.session
        if "Settlement" not in session.pinned["contracts"]:
            return
        with self._lock:
            head = session.light.sync().value.number
            first = int(setting(session.db, _SEEN) or 0) + 1
            if first > head:
                return
            found = session.light.logs([session.contract("Settlement").address], first, head).value
            recovery = Recovery(self._client)
            for tx_hash in dict.fromkeys(log.transaction_hash for log in found):
                mined = session.light.receipt(tx_hash).value
                if mined is not None:
                    recovery.apply(mined, ("Settlement",))
            set_setting(session.db, _SEEN, head)

    def concerns(self, body: Body) -> bool:
        """Posted or paid by an account here, or of a model that is here or on a Datanet with records from here."""
        session = self._client.session
        if {body.poster, body.payer} & set(self._client.wallet.addresses()):
            return True
        if session.catalogue.by_chain(session.network.chain_id, body.model_id) is not None:
            return True
        number = session.contract("Models").state.read("models", body.model_id, "datanetId").value
        return any(view.mine and view.number == number for view in self._client.datanets.all())

    # Checking

    def make(self, posting: book.Posting, signed: Signed | None = None) -> tuple[Settlement, ModelTrees]:
        """A settlement computed again from the model and the sums that are here. Raises EconomyError, ModelError."""
        tables, trees, signed, datanet = self._data(posting, signed)
        if signed is None:
            raise EconomyError(reason="data not here", settlement=posting.id.hex())
        return self._compute(posting.body, tables, signed, datanet), trees

    def _data(
        self, posting: book.Posting, signed: Signed | None = None
    ) -> tuple[settlement.Tables, ModelTrees, Signed | None, int]:
        """What a settlement follows from, and the Datanet's number; None for sums that are not here.

        Raises EconomyError, ModelError.
        """
        entry = book.find(*self.where(), posting.id)
        session = self._client.session
        model = session.catalogue.by_chain(session.network.chain_id, posting.body.model_id)
        if signed is None and entry is None and model is not None:
            signed = self._as_payer(posting.body)
        if model is None:
            raise EconomyError(reason="data not here", settlement=posting.id.hex())
        version = version_of(model, posting.body.package_hash)
        tables = self._client.models.building.tables.get(session, version).tables
        release = version.facts["release"]
        trees = ModelTrees(tables, self._client.models.building.features_secret(bytes.fromhex(release["root"])))
        if signed is None and entry is not None:
            signed = Signed(_matrix(book.sums(session.db, entry)), entry.secret)
        return tables, trees, signed, release["datanet"]

    def _as_payer(self, body: Body) -> Signed | None:
        """The sums that an account here signed, from its own calls; None when it signed no such voucher."""
        db, chain_id, contract = self.where()
        channel = Channel(chain_id, contract, body.payer, body.model_id)
        signed = voucher.find(db, channel, body.nonce)
        if signed is None or signed.voucher.sums_root != body.sums_root:
            return None
        model = self._client.session.catalogue.by_chain(chain_id, body.model_id)
        labels = version_of(model, body.package_hash).facts["head"]["K"]
        calls = usage.statements(db, channel, body.first, body.nonce)
        return Signed(usage.label_sums(calls, labels).sums, signed.secret)

    def few_calls(self, posting: book.Posting) -> tuple[tuple[str, int | None], ...]:
        """(label, calls) where some calls, yet fewer than 64 of one fee, count for it: their sum says much of what was
        asked.

        Where the calls are not all here, every label that may have some, with None: nobody here can say that they are
        enough. Raises EconomyError ("data not here"), ModelError.
        """
        labels = self._labels(posting)
        return tuple((labels[k], count) for k, count in sorted(self.few(posting).items()))

    def few(self, posting: book.Posting) -> dict[int, int | None]:
        """The same by the labels' numbers."""
        db, chain_id, contract = self.where()
        body = posting.body
        calls = usage.statements(db, Channel(chain_id, contract, body.payer, body.model_id), body.first, body.nonce)
        if len(calls) == body.nonce - body.first + 1:
            return {k: count for k, count in usage.fewest(calls).items() if count < FEW_CALLS}
        entry = book.find(db, chain_id, contract, posting.id)
        if entry is not None:
            return {k: None for k, row in enumerate(book.sums(db, entry)) if any(row)}
        return dict.fromkeys(range(len(self._labels(posting))))

    def _labels(self, posting: book.Posting) -> list[str]:
        model = self._client.session.catalogue.by_chain(self.where()[1], posting.body.model_id)
        if model is None:
            raise EconomyError(reason="data not here", settlement=posting.id.hex())
        return list(version_of(model, posting.body.package_hash).facts["labels"])

    def _compute(self, body: Body, tables: settlement.Tables, signed: Signed, datanet: int) -> Settlement:
        """What the poster should have posted. The voucher's total is not in the body; nothing here needs it."""
        where = self.where()
        channel = Channel(where[1], where[2], body.payer, body.model_id)
        roots = (body.statements_root, body.sums_root)
        wanted = Voucher(channel, body.package_hash, body.first, body.nonce, body.amount, *roots)
        return settlement.compute(
            wanted,
            signed.secret,
            signed.sums,
            tables,
            self._split(body.model_id),
            previous=body.previous,
            amount=body.amount,
            datanet=datanet,
            staked=bool(body.supporters_part),
        )

    def _split(self, model: int) -> Split:
        found = self._client.session.contract("Models").state.read("models", model).value
        names = ("contributorsBps", "builderBps", "supportersBps", "treasuryBps")
        return Split(*(int(found[name]) for name in names))

    def check(self, posting: book.Posting) -> Verdict:
        """A settlement held against what follows from the data that is here; the outcome is kept."""
        try:
            tables, trees, signed, datanet = self._data(posting)
            given = Shown()
            if signed is not None:
                given = _shown(self._payable(posting.body, tables, signed, datanet), tables, signed)
            verdict = self._hold(posting, tables, trees, signed, given)
        except OpenLedgerError:
            verdict = Verdict(challenge.MISSING)
        return self._judge(posting, verdict)

    def faults(self, posting: book.Posting) -> tuple[Evidence, ...]:
        """What is false in it, as found before or by checking it now."""
        return self._faults.get(posting.id) or self.check(posting).faults

    def _payable(self, body: Body, tables: settlement.Tables, signed: Signed, datanet: int) -> Settlement | None:
        """None where nobody should have posted: there is nobody to pay, or the sums are past all bounds."""
        try:
            return self._compute(body, tables, signed, datanet)
        except (AttributionError, BadInput, EconomyError):
            return None

    def _hold(
        self, posting: book.Posting, tables: settlement.Tables, trees: ModelTrees, signed: Signed | None, given: Shown
    ) -> Verdict:
        return challenge.check(posting.body, posting.payout_root, tables, trees, signed, given)

    def _judge(self, posting: book.Posting, verdict: Verdict) -> Verdict:
        self._faults[posting.id], self._needed[posting.id] = verdict.faults, verdict.needed
        book.judged(*self.where(), posting.id, verdict.state)
        self._client.said(Changed(earnings=True))
        return verdict

    # Files

    def export(self, posting: book.Posting, path: Path, *, disclose: bool) -> None:
        """For contributors: everything to check this settlement and to claim from it.

        Raises EconomyError ("few calls") where sums say too much and nobody agreed (`disclose`).
        """
        session = self._client.session
        if not disclose and self.few(posting):
            raise EconomyError(reason="few calls", settlement=posting.id.hex())
        made, _ = self.make(posting)
        model = session.catalogue.by_chain(session.network.chain_id, posting.body.model_id)
        version = version_of(model, posting.body.package_hash)
        secret = self._client.models.building.features_secret(bytes.fromhex(version.facts["release"]["root"]))
        raw = settlement_file.export(made, posting.body, posting.payout_root, version.manifest, secret)
        write_whole(path, raw)

    def take_in(self, path: Path, progress: Progress | None = None) -> tuple[bytes, Verdict]:
        """Read a settlement file, find its settlement on the ledger, check it and keep what it pays.

        Raises BadFile, TooLarge, ProofMismatch (its parts do not belong together), EconomyError ("unknown settlement"
        when the ledger has none of that name).
        """
        progress = progress or silent()
        progress.step("settlement file")
        raw = read_small(path, settlement_file.LIMIT)
        try:
            found = settlement_file.read(raw)
        except BadFile as error:
            raise BadFile(**(error.values | {"path": str(path)})) from error
        posting = self._on_ledger(found)
        made = self._payable(found.body, found.tables, found.signed, self._datanet(found.body.model_id))
        given = _shown(made, found.tables, found.signed)
        posted = (found.body.u_root, found.body.scores_root, found.payout_root)
        honest = made is not None and (made.roots.u_root, made.roots.scores_root, made.payout_root) == posted
        if not honest and any((found.shown.u, found.shown.scores, found.shown.payouts)):
            given = found.shown
        verdict = self._hold(posting, found.tables, found.trees, found.signed, given)
        known = book.find(*self.where(), posting.id) is not None
        if verdict.state == challenge.FINE and made is not None and honest and not known:
            db, chain_id, contract = self.where()
            with db.transaction():
                book.save(db, made, self._client.clock.now())
                book.posted(db, chain_id, contract, posting)
        return posting.id, self._judge(posting, verdict)

    def _datanet(self, model: int) -> int:
        return int(self._client.session.contract("Models").state.read("models", model, "datanetId").value)

    def _on_ledger(self, found: SettlementFile) -> book.Posting:
        """The posting by its proven event, kept from here on."""
        self.follow()
        known = book.posting(*self.where(), found.id)
        if known is not None:
            return known
        session = self._client.session
        contract = session.contract("Settlement")
        for log in session.light.logs([contract.address], 1).value:
            event = contract.event(log)
            if event is not None and event.name == "Settled" and event.arguments["id"] == found.id:
                mined = session.light.receipt(log.transaction_hash).value
                assert mined is not None
                book.seen(*self.where(), posting_of(event.arguments, mined))
                set_setting(session.db, _SEEN, min(log.block, int(setting(session.db, _SEEN) or 0)))
                self.follow()  # what became of it since
                posting = book.posting(*self.where(), found.id)
                assert posting is not None
                return posting
        raise EconomyError(reason="unknown settlement", settlement=found.id.hex())


def _shown(made: Settlement | None, tables: settlement.Tables, signed: Signed) -> Shown:
    return challenge.of_sums(tables, signed) if made is None else challenge.shown(made)


def _matrix(rows: list[list[int]]) -> Any:
    import numpy as np

    made = np.empty((len(rows), len(rows[0])), object)
    for k, row in enumerate(rows):
        made[k, :] = row
    return made
