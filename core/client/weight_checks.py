"""Admission weights for everybody to work out again: the weights file, and the scripts on one that leaves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client import scripts
from core.datanets import shared
from core.economy import weights_file
from core.errors import DatanetError, EconomyError, ModelError
from core.files import writing
from core.jobs import Progress
from core.values import Verified

if TYPE_CHECKING:
    from core.client.client import Client
    from core.datanets.pictures import Pictures
    from core.models.catalogue import Model, Version


@dataclass(frozen=True)
class _Lineage:
    """The package in use, those before it of the same release (the newest first), and the first of them."""

    newest: Version
    before: tuple[Version, ...]

    @property
    def first(self) -> Version:
        return self.before[-1] if self.before else self.newest


def export(client: Client, model: Model, path: Path, progress: Progress, *, disclose: bool) -> None:
    """Raises EconomyError ("every text": nobody agreed), DatanetError ("not to be shared"), and as `verify`."""
    if not disclose:
        raise EconomyError(reason="every text", model=model.name)
    shared.may_leave(client.session.db, _release_id(client, model))
    found = contents(client, model, progress, client.session.pictures)
    with writing(path) as file:
        weights_file.write(found, file)


def verify(client: Client, model: Model, progress: Progress) -> Verified:
    """Texts to features, and both to weights and reasons, by the scripts; no text leaves this device, none is written.

    Raises ModelError ("no training data", "no reasons"), DatanetError, TooLarge, NodeError, ProofError, WorkerTimeout,
    Cancelled.
    """
    return scripts.of_weights("-", progress, weights_file.made(contents(client, model, progress)))


def contents(
    client: Client, model: Model, progress: Progress, pictures: Pictures | None = None
) -> weights_file.Contents:
    """Of the package in use, whatever may leave this device. With `pictures` their files stand in it as well."""
    session = client.session
    found = _lineage(model)
    facts = found.newest.facts
    digest = (facts["admission"] or {}).get("reasons", "")
    if not digest or not session.artefacts.has(digest):
        raise ModelError(reason="no reasons", model=model.name)
    progress.step("keep")
    data = session.catalogue.training(found.first).data
    left = frozenset(session.catalogue.record_ids(found.newest))
    return weights_file.Contents(
        chain=_on_ledger(client, model, facts),
        package=session.catalogue.package(found.newest),
        release=shared.lines_of(session.db, _release_id(client, model), progress, pictures),
        leaves=client.datanets.release_leaves(model.datanet, facts["release"]["version"]),
        secret=client.models.building.features_secret(bytes.fromhex(facts["release"]["root"])),
        data=data,
        gone=[one for one in data.record_ids if one not in left],
        before=[one.manifest for one in found.before],
        reasons=session.artefacts.get(digest),
    )


def _lineage(model: Model) -> _Lineage:
    known = {one.package_hash: one for one in model.versions}
    chain = [model.newest]
    while lineage := chain[-1].facts["lineage"]:
        older = known.get(bytes.fromhex(lineage["package"]))
        if older is None:
            raise ModelError(reason="no training data", version=model.newest.id)
        chain.append(older)
    return _Lineage(chain[0], tuple(chain[1:]))


def _release_id(client: Client, model: Model) -> int:
    version = model.newest.facts["release"]["version"]
    for one in client.datanets.releases.of(model.datanet):
        if one.version == version and one.block is not None:
            return one.id
    raise DatanetError(reason="no release", datanet=model.datanet)


def _on_ledger(client: Client, model: Model, facts: dict[str, Any]) -> weights_file.OnLedger:
    """By proof, at one block."""
    session, place = client.session, facts["release"]
    head = session.light.sync()
    datanets, models = session.contract("Datanets"), session.contract("Models")
    asked = [("datanets", place["datanet"]), ("releases", place["datanet"], place["version"])]
    datanet, release = datanets.state.read_many(asked).value
    package = model.newest.package_hash
    if model.chain_model is not None:
        package = models.state.read("models", model.chain_model, "packageHash").value
    return weights_file.OnLedger(
        chain_id=str(session.network.chain_id),
        datanets=str(datanets.address).lower(),
        models=str(models.address).lower(),
        block=head.value.number,
        block_hash=head.value.hash.hex(),
        trust=head.trust.state.value,
        datanet=place["datanet"],
        release=place["version"],
        model=model.chain_model or 0,
        package=package.hex(),
        encoder=facts["encoder"]["hash"],
        records_root=release["recordsRoot"].hex(),
        manifest_hash=release["manifestHash"].hex(),
        meta_hash=datanet["metaHash"].hex(),
    )
