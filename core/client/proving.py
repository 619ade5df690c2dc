"""Proof files: a settlement, an answer and a claim put together for an auditor, and the script that checks them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.client import scripts
from core.economy import book, claims, proof_file, settlement, usage, voucher
from core.economy.split import Split
from core.errors import EconomyError, ModelError
from core.files import write_whole
from core.jobs import Progress, silent
from core.units import Address
from core.values import Verified

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.catalogue import Model, Version


class Proving:
    def __init__(self, client: Client) -> None:
        self._client = client

    def export(
        self,
        entry: book.Entry,
        path: Path,
        call: int | None,
        account: Address | None,
        progress: Progress | None,
        *,
        disclose: bool,
    ) -> None:
        """Raises EconomyError: "every call" (nobody agreed), "voucher not here", "unknown call", "nothing to claim"."""
        if not disclose:
            raise EconomyError(reason="every call", settlement=entry.id.hex())
        progress = progress or silent()
        session = self._client.session
        db = session.db
        model = session.catalogue.by_chain(session.network.chain_id, entry.channel.model)
        if model is None:
            raise ModelError(reason="package not here", package=entry.package.hex())
        version = version_of(model, entry.package)
        tables = self._client.models.building.tables.get(session, version)
        signed = voucher.find(db, entry.channel, entry.nonce)
        if signed is None:
            raise EconomyError(reason="voucher not here", settlement=entry.id.hex())
        statements = usage.statements(db, entry.channel, entry.first, entry.nonce)
        made = settlement.compute(
            signed.voucher,
            entry.secret,
            usage.label_sums(statements, tables.tables.head.K, progress).sums,
            tables.tables,
            Split(*model.split),
            previous=entry.previous,
            amount=entry.amount,
            datanet=entry.datanet,
            staked=bool(entry.parts.supporters),
            progress=progress,
        )
        asked = statements[0] if call is None else next((one for one in statements if one.call == call), None)
        if asked is None:  # another settlement's: a proof of some other answer is not what was wanted
            raise EconomyError(reason="unknown call", call=call)
        who = account or made.paid[0].account
        leaf = next((one for one in made.paid if one.account == who), None)
        if leaf is None:
            raise EconomyError(reason="nothing to claim", settlement=entry.id.hex())
        facts = version.facts
        contents = proof_file.Contents(
            settlement=made,
            voucher=signed,
            statements=statements,
            manifest=version.manifest,
            features_secret=self._client.models.building.features_secret(bytes.fromhex(facts["release"]["root"])),
            release_leaves=self._client.datanets.release_leaves(model.datanet, facts["release"]["version"]),
            chain=self._on_chain(entry, model, version, who),
            answer=asked.nonce,
            claimant=who,
            claim=claims.find(db, entry.row, leaf.index),
        )
        write_whole(path, proof_file.export(contents, progress))

    def _on_chain(self, entry: book.Entry, model: Model, version: Version, who: Address) -> proof_file.OnChain:
        """What the ledger holds, by proof, at one block."""
        session = self._client.session
        head = session.light.sync()
        posting = entry.posting
        assert posting is not None
        body, number = posting.body, entry.channel.model
        state = session.contract("Settlement").state
        posted = state.read("settlements", entry.id).value
        word = state.read("claimed", who, body.serial >> 8).value
        models = session.contract("Models").state
        facts = version.facts["release"]
        release = session.contract("Datanets").state.read("releases", facts["datanet"], facts["version"]).value
        return proof_file.OnChain(
            block=head.value.number,
            block_hash=head.value.hash,
            trust=head.trust.state.value,
            body=body,
            payout_root=posting.payout_root,
            status=int(posted["status"]),
            claimable_at=int(posted["claimableAt"]),
            is_claimed=bool(word >> (body.serial & 0xFF) & 1),
            builder=models.read("models", number, "builder").value,
            package=version.package_hash,
            encoder=bytes.fromhex(version.facts["encoder"]["hash"]),
            roots_hash=models.read("rootsOf", number, version.package_hash).value,
            split=model.split,
            datanet=facts["datanet"],
            release=facts["version"],
            records_root=release["recordsRoot"],
            records=int(release["count"]),
        )

    def audit(self, path: Path, progress: Progress | None = None) -> Verified:
        """A proof file or a weights file, by the scripts."""
        return scripts.check(path, progress or silent())


def version_of(model: Model, package: bytes) -> Version:
    """The version of a model with this package. Raises ModelError."""
    for version in model.versions:
        if version.package_hash == package:
            return version
    raise ModelError(reason="package not here", package=package.hex())
