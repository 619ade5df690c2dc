"""A release is what was accepted and not taken back: one manifest, one root, a proof for every record."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from core.datanets import canonical
from core.datanets.consent import Terms
from core.datanets.contribution import Inclusion
from core.datanets.datanet import Datanet
from core.datanets.manifest import Entry, Manifest, difference
from core.errors import BadInput, DatanetError
from core.jobs import silent
from core.keccak import keccak256
from core.merkle import MerkleTree
from core.units import Address
from tests.core.datanets.desk import CURATOR, DATA_KEY, GIVER, PLACE, ROWS, RULES, Desk, person, tx

OTHER = person(11)
MORE = (("an insect with six legs that lives in the wood", "animal"), ("a cake of nuts and honey", "food"))


def test_a_release_holds_what_was_accepted_in_the_order_of_commitment(desk: Desk, datanet: Datanet) -> None:
    first, second = desk.contribute(datanet), desk.contribute(datanet, MORE, OTHER)
    waiting = desk.contribute(datanet, MORE, person(12))
    desk.people.set(datanet.id, GIVER, trusted=True)
    desk.reviews.decide(desk.ids(first)[1:2], "reject", CURATOR)
    desk.reviews.decide(desk.ids(second)[:1], "relabel", CURATOR, label="plant")
    desk.accept(second)
    desk.accept(first)
    release = desk.release(datanet)
    manifest = desk.releases.manifest(release.id)
    assert [(each.contribution, each.index) for each in manifest.entries] == [(1, 0), (1, 2), (1, 3), (2, 0), (2, 1)]
    assert [RULES.labels[each.label] for each in manifest.entries] == ["animal", "plant", "animal", "plant", "food"]
    assert [each.trusted for each in manifest.entries] == [True, True, True, False, False]
    assert [each.contributor for each in manifest.entries] == [GIVER] * 3 + [OTHER] * 2
    assert (manifest.version, manifest.previous, manifest.place) == (1, None, PLACE)
    assert release.manifest_hash == keccak256(desk.releases.manifest_bytes(release.id)) == manifest.hash
    assert release.records_root == MerkleTree.of([each.payload for each in manifest.entries]).root
    states = [desk.contributions.get(each.id).state for each in (first, second, waiting)]
    assert states == ["released", "released", "committed"]
    call = desk.releases.call(release.id)
    assert (call.datanet, call.count, call.records_root) == (1, 5, release.records_root)


def test_the_leaf_payload_binds_contribution_index_commitment_and_contributor() -> None:
    entry = Entry(
        5, 7, bytes([9]) * 32, Address(bytes([0xAB]) * 20), 0, Terms("CC0-1.0", frozenset({"train"})), trusted=False
    )
    assert entry.payload.hex() == f"{5:064x}{7:064x}{'09' * 32}{'00' * 12}{'ab' * 20}"
    changed = [
        dataclasses.replace(entry, contribution=6),
        dataclasses.replace(entry, index=8),
        dataclasses.replace(entry, leaf=bytes(32)),
        dataclasses.replace(entry, contributor=person(1)),
    ]
    assert len({each.payload for each in [entry, *changed]}) == 5


def test_every_record_of_a_release_can_be_proven_and_lies_cannot(desk: Desk, datanet: Datanet) -> None:
    desk.accept(desk.contribute(datanet))
    desk.accept(desk.contribute(datanet, MORE, OTHER))
    release = desk.release(datanet)
    proofs = [desk.releases.proof(release.id, position) for position in range(release.count)]
    assert all(proof.holds and proof.root == release.records_root for proof in proofs)
    swapped = Inclusion(proofs[0].root, proofs[1].payload, proofs[0].proof)
    shorter = Inclusion(proofs[0].root, proofs[0].payload, proofs[0].proof[:-1])
    odd = Inclusion(proofs[0].root, proofs[0].payload, (*proofs[0].proof, b"short"))
    assert not any(lie.holds for lie in (swapped, shorter, odd))
    with pytest.raises(BadInput):
        desk.releases.proof(release.id, release.count)


def test_a_text_changed_in_the_vault_does_not_pass_for_the_released_one(desk: Desk, datanet: Datanet) -> None:
    desk.accept(desk.contribute(datanet))
    release = desk.release(datanet)
    desk.db.run("DROP TRIGGER records_text_stays")
    desk.db.run("UPDATE records SET text = 'something else' WHERE idx = 2")
    assert desk.releases.proof(release.id, 1).holds
    with pytest.raises(DatanetError) as refused:
        desk.releases.proof(release.id, 2)
    assert refused.value.reason == "changed"


def test_a_trainer_reads_only_what_it_may_use(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    rows = [row.id for row in desk.drafts.rows(draft)]
    desk.drafts.set_terms(draft, "CC0-1.0", {"evaluate"}, rows[:1])
    made = desk.contributions.freeze(draft, DATA_KEY, silent())
    desk.contributions.committed(made.id, 1, tx(1), 2)
    desk.accept(desk.contributions.get(made.id))
    release = desk.release(datanet)
    desk.withdraw(desk.contributions.get(made.id), (3,))
    everything = desk.releases.records(release.id)
    assert [each.position for each in everything] == [0, 1, 2, 3]
    assert [each.text for each in everything] == [text for text, _ in ROWS]
    assert [each.withdrawn for each in everything] == [False, False, False, True]
    assert [each.position for each in desk.releases.records(release.id, "train")] == [1, 2]
    assert [each.position for each in desk.releases.records(release.id, "evaluate")] == [0, 1, 2]
    assert everything[0].licence == "CC0-1.0"


def test_versions_follow_one_another_and_say_what_changed(desk: Desk, datanet: Datanet) -> None:
    first = desk.contribute(datanet)
    desk.accept(first)
    one = desk.release(datanet)
    with pytest.raises(DatanetError) as refused:
        desk.releases.prepare(datanet.id, CURATOR, silent())
    assert refused.value.reason == "nothing new"
    assert desk.releases.pending(datanet.id).empty
    desk.accept(desk.contribute(datanet, MORE, OTHER))
    desk.withdraw(first, (0, 2))
    desk.people.set(datanet.id, GIVER, trusted=True)
    assert desk.releases.pending(datanet.id).removed == ((1, 0), (1, 2))
    two = desk.release(datanet)
    assert (two.version, desk.releases.manifest(two.id).previous) == (2, one.manifest_hash)
    change = desk.releases.difference(one.id, two.id)
    assert (change.added, change.removed) == (((2, 0), (2, 1)), ((1, 0), (1, 2)))
    assert change.trust_changed == ((1, 1), (1, 3))
    assert (change.relabelled, change.terms_changed) == ((), ())
    assert desk.releases.difference(None, one.id).added == ((1, 0), (1, 1), (1, 2), (1, 3))
    assert [each.version for each in desk.releases.of(datanet.id)] == [1, 2]
    latest = desk.releases.latest(datanet.id)
    assert latest is not None
    assert latest.id == two.id
    ids = desk.ids(first)
    assert desk.releases.positions(two.id, ids) == {ids[1]: 0, ids[3]: 1}


def test_a_release_waits_for_its_block_and_can_be_given_up_before_it_is_signed(desk: Desk, datanet: Datanet) -> None:
    with pytest.raises(DatanetError) as refused:
        desk.releases.prepare(datanet.id, CURATOR, silent())
    assert refused.value.reason == "nothing accepted"
    desk.accept(desk.contribute(datanet))
    with pytest.raises(DatanetError):
        desk.releases.prepare(datanet.id, OTHER, silent())
    draft = desk.releases.prepare(datanet.id, CURATOR, silent())
    again = desk.releases.prepare(datanet.id, CURATOR, silent())
    assert [each.id for each in desk.releases.of(datanet.id)] == [again.id]
    assert again.records_root == draft.records_root
    desk.releases.signed(again.id, tx(1))
    with pytest.raises(DatanetError) as refused:
        desk.releases.prepare(datanet.id, CURATOR, silent())
    assert refused.value.reason == "release pending"
    with pytest.raises(DatanetError):
        desk.releases.discard(again.id)
    desk.releases.failed(again.id)
    desk.releases.discard(again.id)
    assert desk.releases.of(datanet.id) == []
    assert desk.releases.latest(datanet.id) is None


def test_only_the_release_that_was_prepared_is_signed(desk: Desk, datanet: Datanet) -> None:
    desk.accept(desk.contribute(datanet))
    first = desk.releases.prepare(datanet.id, CURATOR, silent())
    desk.accept(desk.contribute(datanet, MORE, OTHER))
    again = desk.releases.prepare(datanet.id, CURATOR, silent())
    assert again.id == first.id  # the vault gives numbers again
    with pytest.raises(DatanetError) as refused:
        desk.releases.signed(first.id, tx(1), first.records_root)
    assert refused.value.reason == "changed"
    desk.releases.signed(again.id, tx(1), again.records_root)


def test_another_curators_release_in_between_moves_the_number(desk: Desk, datanet: Datanet) -> None:
    desk.accept(desk.contribute(datanet))
    made = desk.releases.prepare(datanet.id, CURATOR, silent())
    desk.releases.signed(made.id, tx(1))
    assert desk.releases.committed(made.id, 4, tx(1), 80).version == 4
    desk.accept(desk.contribute(datanet, MORE, OTHER))
    assert desk.releases.prepare(datanet.id, CURATOR, silent()).version == 5


def manifest() -> Manifest:
    terms = Terms("CC0-1.0", frozenset({"train"}))
    entries = tuple(Entry(1, n, bytes([n]) * 32, person(n % 2), n % 3, terms, trusted=n == 0) for n in range(5))
    return Manifest(PLACE, 2, bytes([3]) * 32, ("a", "b", "c"), entries)


def test_a_manifest_reads_back_and_its_proofs_hold() -> None:
    made = manifest()
    assert Manifest.parse(made.encoded) == made
    assert all(made.proof(position).holds for position in range(5))
    assert difference(made, made).empty


def renumber(plain: dict[str, Any]) -> None:
    """The same release with its people listed in another order than that of first use."""
    plain["contributors"].reverse()
    for record in plain["records"]:
        record["contributor"] = 1 - record["contributor"]


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.update(v=2),
        lambda plain: plain.update(extra=1),
        lambda plain: plain.update(version=0),
        lambda plain: plain.update(version=2.0),
        lambda plain: plain.update(previous="00"),
        lambda plain: plain.update(records=[]),
        lambda plain: plain.update(records={}),
        lambda plain: plain["datanet"].update(chain=-1),
        lambda plain: plain["datanet"].update(contract="0x00"),
        lambda plain: plain["contributors"].append("0x" + "00" * 20),
        renumber,
        lambda plain: plain["terms"].append(plain["terms"][0]),
        lambda plain: plain["terms"][0].update(uses=["sell"]),
        lambda plain: plain["records"][0].update(contributor=2),
        lambda plain: plain["records"][0].update(contributor=-1),
        lambda plain: plain["records"][0].update(label=3),
        lambda plain: plain["records"][0].update(label=True),
        lambda plain: plain["records"][0].update(terms=1),
        lambda plain: plain["records"][0].update(trusted=1),
        lambda plain: plain["records"][0].update(leaf="zz" * 32),
        lambda plain: plain["records"][0].update(leaf="AB" * 32),
        lambda plain: plain["records"][0].update(index=2**63),
        lambda plain: plain["records"][0].update(index=9),
        lambda plain: plain["records"].append(plain["records"][4]),
        lambda plain: plain["records"].insert(0, dict(plain["records"][4])),
        lambda plain: plain["records"][0].pop("leaf"),
    ],
)
def test_a_manifest_from_elsewhere_that_breaks_a_rule_is_refused(change: object) -> None:
    plain = json.loads(manifest().encoded)
    change(plain)  # type: ignore[operator]
    with pytest.raises(BadInput):
        Manifest.parse(canonical.encode(plain))


def test_a_manifest_in_another_byte_form_is_refused() -> None:
    encoded = manifest().encoded
    for changed in (
        encoded + b" ",
        encoded.replace(b":", b": ", 1),
        b"",
        b"[]",
        encoded[:-1],
        encoded.replace(b'"a"', b'"\\u0061"'),
    ):
        assert changed != encoded
        with pytest.raises(BadInput):
            Manifest.parse(changed)
