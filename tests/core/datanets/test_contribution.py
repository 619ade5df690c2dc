"""A frozen draft is salted leaves under one root; nothing of it is lost on its way, and nothing is sent but hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.datanets.commitment import Place, Salts, leaf_of
from core.datanets.contribution import ContributeCall
from core.datanets.datanet import Datanet, Rules
from core.datanets.record import Record
from core.errors import BadInput, Cancelled, DatanetError
from core.jobs import Progress, silent
from core.merkle import MerkleTree
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import CURATOR, DATA_KEY, GIVER, PLACE, ROWS, Desk, StillClock, person, tx

USES = frozenset({"train", "evaluate"})


def test_the_root_can_be_made_again_from_phrase_and_records(desk: Desk, datanet: Datanet) -> None:
    made = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent())
    salts = Salts(DATA_KEY, PLACE, GIVER, 1)
    records = [Record(text, label, "CC-BY-4.0", USES, "", "en") for text, label in ROWS]
    leaves = [leaf_of(record.content_hash, salts.salt(index)) for index, record in enumerate(records)]
    assert made.root == MerkleTree(leaves).root
    assert (made.count, made.sequence, made.state, made.held) == (4, 1, "draft", True)
    consent = desk.contributions.consent(made.id)
    assert (consent.hash, len(consent.terms), consent.terms[0].uses) == (made.consent_hash, 4, USES)
    assert desk.contributions.call(made.id) == ContributeCall(1, made.root, 4, made.consent_hash)


def test_excluded_rows_stay_on_the_device(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    desk.drafts.include(draft, [desk.drafts.rows(draft)[1].id], included=False)
    made = desk.contributions.freeze(draft, DATA_KEY, silent())
    assert made.count == 3
    held = [row[0] for row in desk.db.all("SELECT text FROM records ORDER BY idx")]
    assert held == [text for text, _ in (ROWS[0], ROWS[2], ROWS[3])]


def test_every_record_proves_its_inclusion_and_a_lie_does_not(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    for index in range(made.count):
        proof = desk.contributions.proof(made.id, index)
        assert proof.holds
        assert proof.root == made.root
    lie = desk.contributions.proof(made.id, 0)
    assert not type(lie)(lie.root, lie.payload[:-1] + b"\0", lie.proof).holds
    assert not type(lie)(bytes(32), lie.payload, lie.proof).holds
    assert not type(lie)(lie.root, lie.payload, desk.contributions.proof(made.id, 1).proof).holds
    with pytest.raises(DatanetError):
        desk.contributions.proof(made.id, 4)


def test_the_same_rows_twice_give_other_roots(desk: Desk, datanet: Datanet) -> None:
    roots = {desk.contribute(datanet).root, desk.contribute(datanet).root}
    roots.add(desk.contribute(datanet, account=person(11)).root)
    assert len(roots) == 3


def test_a_sequence_that_the_ledger_knows_is_not_used_again_after_a_restore(desk: Desk, datanet: Datanet) -> None:
    made = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent(), already=3)
    assert made.sequence == 4
    later = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent(), already=3)
    assert later.sequence == 5


def test_a_draft_that_cannot_be_signed_says_which_rows_and_why(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(
        datanet, [("fine text", "food"), ("odd label", "vehicle"), ("x" * 20_001, "food"), ("no label", "")]
    )
    rows = desk.drafts.rows(draft)
    with pytest.raises(DatanetError) as refused:
        desk.contributions.freeze(draft, DATA_KEY, silent())
    assert refused.value.reason == "rows"
    assert refused.value.rows == [(rows[1].id, "label", "not in the schema"), (rows[2].id, "text", "too long")]
    assert desk.contributions.of(datanet.id) == []
    desk.drafts.include(draft, [rows[1].id, rows[2].id], included=False)
    assert desk.contributions.freeze(draft, DATA_KEY, silent()).count == 2  # a curator may label the unlabelled one


def test_freezing_needs_a_datanet_on_a_ledger_an_invitation_and_rows(desk: Desk) -> None:
    local = desk.datanets.create(Rules("Local", ("animal", "food", "plant"), "CC-BY-4.0"), CURATOR)
    draft = desk.draft(local)
    with pytest.raises(DatanetError) as refused:
        desk.contributions.freeze(draft, DATA_KEY, silent())
    assert refused.value.reason == "not on the ledger"
    closed = desk.datanet(Rules("Closed", ("animal", "food", "plant"), "CC-BY-4.0", access="invited"))
    draft = desk.draft(closed)
    with pytest.raises(DatanetError) as refused:
        desk.contributions.freeze(draft, DATA_KEY, silent())
    assert refused.value.reason == "not invited"
    desk.people.set(closed.id, GIVER, invited=True)
    assert desk.contributions.freeze(draft, DATA_KEY, silent()).count == 4
    with pytest.raises(DatanetError) as refused:
        desk.contributions.freeze(desk.drafts.create(closed.id, GIVER).id, DATA_KEY, silent())
    assert refused.value.reason == "empty"
    with pytest.raises(DatanetError) as refused:
        desk.contributions.freeze(draft, DATA_KEY, silent())
    assert refused.value.reason == "signed"


def test_what_was_not_sent_can_be_opened_again(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    made = desk.contributions.freeze(draft, DATA_KEY, silent())
    assert desk.contributions.reopen(made.id) == draft
    assert desk.contributions.of(datanet.id) == []
    desk.drafts.edit(draft, desk.drafts.rows(draft)[0].id, text="a better text")
    again = desk.contributions.freeze(draft, DATA_KEY, silent())
    assert again.root != made.root
    desk.contributions.signed(again.id, tx(5))
    with pytest.raises(DatanetError):
        desk.contributions.reopen(again.id)
    desk.contributions.failed(again.id)
    assert desk.contributions.get(again.id).tx_hash is None
    assert desk.contributions.reopen(again.id) == draft


def test_the_way_over_the_ledger_goes_forward_only(desk: Desk, datanet: Datanet) -> None:
    made = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent())
    desk.contributions.signed(made.id, tx(5))
    done = desk.contributions.committed(made.id, 9, tx(5), 33)
    assert (done.state, done.number, done.tx_hash, done.block) == ("committed", 9, tx(5), 33)
    assert desk.contributions.committed(made.id, 9, tx(5), 33) == done
    assert desk.contributions.numbered(datanet.id, 9) == done
    for refused in (
        lambda: desk.contributions.committed(made.id, 10, tx(5), 33),
        lambda: desk.contributions.signed(made.id, tx(6)),
        lambda: desk.contributions.failed(made.id),
        lambda: desk.contributions.call(made.id),
    ):
        with pytest.raises(DatanetError):
            refused()


def test_a_program_killed_after_sending_finds_its_contribution_on_the_ledger(
    desk: Desk, datanet: Datanet, vault: Path
) -> None:
    made = desk.contributions.freeze(desk.draft(datanet), DATA_KEY, silent())
    desk.contributions.signed(made.id, tx(5))
    call = desk.contributions.call(made.id)
    desk.db.close()
    db = Database(vault, bytes(32), MIGRATIONS)
    again = Desk(db, StillClock())
    seen = again.contributions.seen(datanet.id, 7, GIVER, call, tx(5), 40)
    assert (seen.id, seen.state, seen.number, seen.held) == (made.id, "committed", 7, True)
    assert again.contributions.seen(datanet.id, 7, GIVER, call, tx(5), 40) == seen
    other = again.contributions.seen(datanet.id, 8, person(12), call, tx(6), 41)  # the same root from somebody else
    assert (other.id != made.id, other.held, other.account) == (True, False, person(12))
    db.close()


def test_a_draft_that_changes_while_it_is_hashed_is_not_signed_as_it_was(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    row = desk.drafts.rows(draft)[0].id
    edits = iter(["a text that came in between"])

    def meddle(_fraction: float | None, words: str) -> None:
        if words == "keeping":
            desk.drafts.edit(draft, row, text=next(edits))

    with pytest.raises(DatanetError) as refused:
        desk.contributions.freeze(draft, DATA_KEY, Progress(meddle))
    assert refused.value.reason == "changed"
    assert desk.contributions.of(datanet.id) == []
    assert desk.contributions.freeze(draft, DATA_KEY, silent()).count == 4


def test_a_stopped_freeze_leaves_the_draft_open(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        desk.contributions.freeze(draft, DATA_KEY, progress)
    assert not desk.drafts.get(draft).frozen
    assert desk.contributions.freeze(draft, DATA_KEY, silent()).sequence == 1


def test_a_committed_record_never_changes(desk: Desk, datanet: Datanet) -> None:
    import sqlcipher3.dbapi2 as sqlcipher

    desk.contribute(datanet)
    with pytest.raises(sqlcipher.IntegrityError):
        desk.db.run("UPDATE records SET text = 'something else' WHERE idx = 0")


def test_consent_is_kept_and_checked_against_the_ledger(desk: Desk, datanet: Datanet) -> None:
    made = desk.contribute(datanet)
    forged = "CAST(replace(CAST(consent AS TEXT), 'train', 'share') AS BLOB)"
    desk.db.run(f"UPDATE contributions SET consent = {forged} WHERE id = ?", made.id)
    with pytest.raises(BadInput):
        desk.contributions.consent(made.id)
    call = ContributeCall(1, bytes([9]) * 32, 3, bytes(32))
    noted = desk.contributions.seen(datanet.id, 20, person(12), call, tx(9), 50)
    with pytest.raises(DatanetError):
        desk.contributions.consent(noted.id)


def test_an_account_sees_its_contributions_everywhere(desk: Desk, datanet: Datanet) -> None:
    elsewhere = desk.datanet(Rules("Other", ("animal", "food", "plant"), "CC-BY-4.0"), Place(5, PLACE.contract, 2))
    made = [desk.contribute(datanet), desk.contribute(elsewhere)]
    desk.contribute(datanet, account=person(11))
    assert [each.id for each in desk.contributions.by(GIVER)] == [each.id for each in made]
