"""The heavy half of earnings: computing a settlement, posting it, claiming from it, proving it to an auditor."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan
from core.economy import book, claims, proof_file, settlement, usage, voucher
from core.economy.channel import Channel
from core.economy.settlement import ClaimData, Settlement
from core.economy.split import Split
from core.errors import BadFile, EconomyError, ModelError, WorkerTimeout
from core.events import Changed
from core.files import write_whole
from core.jobs import Progress, silent
from core.units import Address, Amount
from core.values import Effect, Prepared, Verified

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.catalogue import Model, Version

_SETTLE_GAS = 400_000  # a ceiling to quote: the voucher that the data needs is signed only after the person's yes
_AUDIT_SECONDS = 120


class Settling:
    def __init__(self, client: Client) -> None:
        self._client = client

    def prepare(self, model: int, payer: int, poster: int, progress: Progress | None) -> Prepared:
        progress = progress or silent()
        session = self._client.session
        found = session.catalogue.get(model)
        if found.chain_model is None:
            raise ModelError(reason="not published", model=found.name)
        who = self._client.wallet.address(payer)
        channel = self._client.earnings.channel(found, who)
        contract = session.contract("Settlement")
        session.light.sync()
        nonce, settled = self._settled(channel)
        wanted = usage.next_voucher(session.db, channel, settled_nonce=nonce, settled=settled, progress=progress)
        self._before_signing(channel, wanted, nonce, settled)
        made = self._compute(found, channel, wanted, nonce, progress)

        def data() -> bytes:
            signature = session.signer.sign_typed_data(payer, voucher.typed_data(wanted), session.network.chain_id)
            signed = voucher.SignedVoucher(wanted, signature, self._client.clock.now())
            self._keep(signed)
            return contract.call("settle", *settlement.settle_arguments(made, signed))

        def after(mined: Any) -> str:
            self._posted(made, mined)
            return "0x" + made.id.hex()

        return self._client.actions.prepare(
            Plan(
                "settle",
                poster,
                contract.address,
                data=data,
                gas=_SETTLE_GAS,
                details=(
                    ("model", found.name),
                    ("payer", self._client.wallet.name_of(who)),
                    ("calls", f"{made.nonce - made.after:,}"),
                    ("amount", str(made.amount)),
                    ("for contributors", str(made.parts.pool)),
                    ("payout root", "0x" + made.commitment.payout_root.hex()),
                ),
                raw={"function": "settle", "voucher": voucher.typed_data(wanted)["message"]},
                before=lambda _tx: book.save(session.db, made, self._client.clock.now()),
                after=after,
                changed=Changed(earnings=True, models=True),
            )
        )

    def _settled(self, channel: Channel) -> tuple[int, Amount]:
        """Nonce and total that the contract has settled between payer and model, by proof."""
        state = self._client.session.contract("Settlement").state
        found = state.read("channels", channel.payer, channel.model).value
        return int(found["nonce"]), Amount(found["settled"])

    def _before_signing(self, channel: Channel, wanted: voucher.Voucher, nonce: int, settled: Amount) -> None:
        earnings = self._client.earnings
        last = voucher.latest(self._client.session.db, channel)
        again = last is not None and last.voucher == wanted  # signed once already, its posting did not get through
        voucher.before_signing(
            wanted,
            deposit=earnings.deposit_of(channel.payer).value,
            settled=settled,
            settled_nonce=nonce,
            last=None if again or last is None else last.voucher,
        )

    def _keep(self, signed: voucher.SignedVoucher) -> None:
        last = voucher.latest(self._client.session.db, signed.voucher.channel)
        if last is None or last.voucher != signed.voucher:
            voucher.store(self._client.session.db, signed)

    def _version(self, model: Model, package: bytes) -> Version:
        for version in model.versions:
            if version.package_hash == package:
                return version
        raise ModelError(reason="package not here", package=package.hex())

    def _compute(
        self, model: Model, channel: Channel, wanted: voucher.Voucher, after: int, progress: Progress
    ) -> Settlement:
        db = self._client.session.db
        statements = usage.statements(db, channel, after + 1, wanted.nonce)
        version = self._version(model, statements[0].package)
        tables = self._client.models.building.tables.get(self._client.session, version)
        sums = usage.label_sums(statements, tables.tables.head.K, progress)
        return settlement.compute(
            channel,
            sums,
            tables.tables,
            Split(*model.split),
            after=after,
            nonce=wanted.nonce,
            statements_root=wanted.statements_root,
            datanet=version.facts["release"]["datanet"],
            progress=progress,
        )

    def _posted(self, made: Settlement, mined: Any) -> None:
        """Put down the posting only as the ledger proves it: its commitment and its pool, read back."""
        session = self._client.session
        state = session.contract("Settlement").state.read("settlements", made.id).value
        posting = book.Posting(mined.sender, mined.hash, mined.block, int(state["settledAt"]))
        book.posted(
            session.db,
            session.network.chain_id,
            made.channel.contract,
            made.id,
            posting,
            commitment=state["commitment"],
            pool=Amount(state["pool"]),
        )

    # Claims

    def prepare_claim(self, sender: int, who: Address, leaves: Sequence[ClaimData]) -> Prepared:
        session = self._client.session
        contract = session.contract("Settlement")
        total = sum((leaf.amount for leaf in leaves), Amount(0))
        if len(leaves) == 1:
            data = contract.call("claim", *leaves[0].contract_argument)
        else:
            data = contract.call("claimMany", [leaf.contract_argument for leaf in leaves])
        session.light.sync()
        before = session.light.account(who).value.balance

        def after(mined: Any) -> str:
            balance = Amount(session.light.account(who).value.balance)
            one = claims.Claim(
                mined.hash,
                mined.block,
                mined.sender,
                Amount(mined.fee),
                Amount(before),
                balance,
                self._client.clock.now(),
            )
            for leaf in leaves:
                claims.record(
                    session.db,
                    session.network.chain_id,
                    contract.address,
                    leaf.settlement_id,
                    leaf.index,
                    one,
                    also=total - leaf.amount,
                )
            return str(total)

        return self._client.actions.prepare(
            Plan(
                "claim",
                sender,
                contract.address,
                data=data,
                details=(("amount", str(total)), ("settlements", str(len(leaves)))),
                effects=(Effect(who, self._client.wallet.name_of(who), total.wei),),
                raw={"function": "claim" if len(leaves) == 1 else "claimMany"},
                after=after,
                changed=Changed(earnings=True),
            )
        )

    # Proof files

    def export(
        self, entry: book.Entry, path: Path, call: int | None, account: Address | None, progress: Progress | None
    ) -> None:
        progress = progress or silent()
        session = self._client.session
        db = session.db
        model = session.catalogue.by_chain(session.network.chain_id, entry.channel.model)
        if model is None:
            raise ModelError(reason="package not here", package=entry.package.hex())
        version = self._version(model, entry.package)
        tables = self._client.models.building.tables.get(session, version)
        signed = voucher.find(db, entry.channel, entry.nonce)
        if signed is None:
            raise EconomyError(reason="voucher not here", settlement=entry.id.hex())
        covered = usage.statements(db, entry.channel, signed.voucher.first, entry.nonce)
        statements = [one for one in covered if one.nonce > entry.after]
        made = settlement.compute(
            entry.channel,
            usage.label_sums(statements, tables.tables.head.K, progress),
            tables.tables,
            Split(*model.split),
            after=entry.after,
            nonce=entry.nonce,
            statements_root=entry.commitment.statements_root,
            datanet=entry.datanet,
            secret=entry.secret,
            progress=progress,
        )
        answer = next((one.nonce for one in statements if one.call == call), statements[0].nonce)
        who = account or made.paid[0].account
        leaf = next(one for one in made.paid if one.account == who)
        facts = version.facts
        contents = proof_file.Contents(
            settlement=made,
            voucher=signed,
            statements=covered,
            manifest=version.manifest,
            features_secret=self._client.models.building.features_secret(bytes.fromhex(facts["release"]["root"])),
            release_leaves=self._client.datanets.release_leaves(model.datanet, facts["release"]["version"]),
            chain=self._on_chain(entry, model, version, leaf.index or 0),
            answer=answer,
            claimant=who,
            claim=claims.find(db, entry.row, leaf.index),
        )
        write_whole(path, proof_file.export(contents, progress))

    def _on_chain(self, entry: book.Entry, model: Model, version: Version, index: int) -> proof_file.OnChain:
        """What the ledger holds, by proof, at one block."""
        session = self._client.session
        head = session.light.sync()
        posted = session.contract("Settlement").state.read("settlements", entry.id).value
        bitmap = session.contract("Settlement").state.read("_claimed", entry.id, "_data", index >> 8).value
        chain_model = session.contract("Models").state.read("models", entry.channel.model).value
        facts = version.facts["release"]
        place = (facts["datanet"], facts["version"])
        release = session.contract("Datanets").state.read("releases", *place).value
        manifest = version.facts
        return proof_file.OnChain(
            block=head.value.number,
            block_hash=head.value.hash,
            trust=head.trust.state.value,
            poster=posted["poster"],
            settled_at=int(posted["settledAt"]),
            pool=Amount(posted["pool"]),
            claimed_sum=Amount(posted["claimed"]),
            payout_root=posted["payoutRoot"],
            commitment=posted["commitment"],
            is_claimed=bool(bitmap >> (index & 0xFF) & 1),
            builder=chain_model["builder"],
            package=version.package_hash,
            encoder=bytes.fromhex(manifest["encoder"]["hash"]),
            features_root=bytes.fromhex(facts["features"]),
            inverse_root=bytes.fromhex(manifest["inverseRoot"]),
            split=model.split,
            datanet=facts["datanet"],
            release=facts["version"],
            records_root=release["recordsRoot"],
            records=int(release["count"]),
        )

    def audit(self, path: Path, progress: Progress | None = None) -> Verified:
        """Its own process and its own code; nothing of this program is imported there."""
        from resources import ROOT

        if not path.exists():
            raise BadFile(path=str(path), reason="missing")
        command = [sys.executable, "-I", str(ROOT / "audit" / "audit.py"), str(path), "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as script:
            try:
                out, errors = _outcome(script, progress or silent())
            except BaseException:
                script.kill()
                raise
        try:
            found = json.loads(out)
            checks = tuple((str(c["check"]), bool(c["ok"]), str(c.get("detail", ""))) for c in found["checks"])
        except (ValueError, KeyError, TypeError):
            return Verified(ok=False, checks=(("the file can be read", False, (errors or out)[-300:]),))
        return Verified(ok=script.returncode == 0 and bool(found["ok"]), checks=checks)


def _outcome(script: subprocess.Popen[str], progress: Progress) -> tuple[str, str]:
    """Output and errors of a process that ends by itself; a stop is looked for while it runs."""
    deadline = time.monotonic() + _AUDIT_SECONDS
    progress.step("audit script")
    while True:
        try:
            return script.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            progress.check()
            if time.monotonic() > deadline:
                raise WorkerTimeout(name="audit script", seconds=_AUDIT_SECONDS) from None
