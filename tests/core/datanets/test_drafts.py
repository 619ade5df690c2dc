"""A draft keeps everything that was done to it, gives every step back, and survives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.datanets.datanet import Datanet
from core.datanets.drafts import DraftRow, Terms
from core.datanets.importers import Options
from core.errors import BadFile, BadInput, Cancelled, DatanetError, TooLarge
from core.jobs import Progress, silent
from core.storage import Database
from core.vault.migrations import MIGRATIONS
from tests.core.datanets.desk import DATA_KEY, GIVER, ROWS, Desk, StillClock

TERMS = Terms("CC-BY-4.0", language="en")


def state(desk: Desk, draft: int) -> list[DraftRow]:
    return desk.drafts.rows(draft, limit=1_000)


def test_a_file_comes_in_whole_with_its_terms(desk: Desk, datanet: Datanet, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a bird", "label": "animal", "lang": "de", "license": "CC0-1.0"}\n{"text": "soup"}\n')
    draft = desk.drafts.create(datanet.id, GIVER, "first")
    done = desk.drafts.add_file(draft.id, path, Options(), Terms("CC-BY-4.0", source="my notes"), silent())
    assert (done.rows, done.skipped) == (2, ())
    first, second = state(desk, draft.id)
    assert (first.text, first.label, first.language, first.licence) == ("a bird", "animal", "de", "CC0-1.0")
    assert (second.text, second.label, second.source, second.licence) == ("soup", "", "my notes", "CC-BY-4.0")
    assert first.uses == frozenset({"train", "evaluate"})


def test_a_bad_file_brings_nothing_unless_its_bad_rows_are_let_go(desk: Desk, datanet: Datanet, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\ngood,food\na,b,c\nfine,plant\n")
    draft = desk.drafts.create(datanet.id, GIVER)
    with pytest.raises(BadFile) as refused:
        desk.drafts.add_file(draft.id, path, Options(), TERMS, silent())
    assert refused.value.line == 3
    assert state(desk, draft.id) == []
    assert desk.drafts.get(draft.id).undoable is None
    done = desk.drafts.add_file(draft.id, path, Options(skip_malformed=True), TERMS, silent())
    assert (done.rows, [fault.line for fault in done.skipped]) == (2, [3])


def test_a_stopped_import_brings_nothing(desk: Desk, datanet: Datanet, tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("a line\n" * 2_000)
    draft = desk.drafts.create(datanet.id, GIVER)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        desk.drafts.add_file(draft.id, path, Options(), TERMS, progress)
    assert desk.drafts.count(draft.id) == 0


def test_every_step_can_be_taken_back_in_order(desk: Desk, datanet: Datanet) -> None:
    draft = desk.drafts.create(datanet.id, GIVER).id
    history = [state(desk, draft)]

    def step(changed: int) -> None:
        assert changed > 0
        history.append(state(desk, draft))
        assert history[-1] != history[-2]

    step(desk.drafts.add_rows(draft, ROWS, TERMS))
    ids = [row.id for row in state(desk, draft)]
    step(desk.drafts.include(draft, ids[:3], included=False))
    step(desk.drafts.edit(draft, ids[1], text="a thick soup", label="plant"))
    step(desk.drafts.edit(draft, ids[1], text="a thin soup"))
    step(desk.drafts.set_terms(draft, "CC0-1.0", {"train"}))
    step(desk.drafts.include(draft, ids))
    step(desk.drafts.add_rows(draft, [("one more text", "food")], TERMS))
    kinds = []
    while len(history) > 1:
        assert state(desk, draft) == history.pop()
        kinds.append(desk.drafts.undo(draft))
    assert state(desk, draft) == history[0] == []
    assert kinds == ["add", "include", "terms", "edit", "edit", "exclude", "add"]
    assert desk.drafts.undo(draft) is None


def test_a_step_that_changes_nothing_is_no_step(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    first = state(desk, draft)[0]
    assert desk.drafts.include(draft, [first.id]) == 0
    assert desk.drafts.edit(draft, first.id, text=f"  {first.text} ") == 0
    assert desk.drafts.set_terms(draft, "CC-BY-4.0", {"evaluate", "train"}) == 0
    assert desk.drafts.get(draft).undoable == "add"


def test_pages_filter_and_search(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet, [(f"text number {n} about 100% of_it", "food") for n in range(30)])
    rows = state(desk, draft)
    desk.drafts.include(draft, [row.id for row in rows[::3]], included=False)
    assert [row.position for row in desk.drafts.rows(draft, offset=10, limit=3)] == [10, 11, 12]
    assert desk.drafts.count(draft, included=False) == 10
    assert desk.drafts.count(draft, search="NUMBER 2") == 11
    assert desk.drafts.count(draft, search="100%") == 30
    assert desk.drafts.count(draft, search="1%0") == 0
    assert desk.drafts.count(draft, search="of_it") == 30
    assert desk.drafts.count(draft, search="ofXit") == 0


def test_preflight_is_kept_with_the_draft_and_knows_when_it_is_old(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet, [*ROWS, (ROWS[0][0], "animal"), ("mail me at ada@example.org about plants", "plants")])
    assert desk.preflights.draft(draft) is None
    report = desk.preflights.run_draft(draft, silent())
    kept = desk.preflights.draft(draft)
    assert kept is not None
    assert (kept.report, kept.stale) == (report, False)
    counts = {(check, kind): count for check, kind, _, count in kept.counts}
    assert counts[("duplicate", "same record")] == 1
    assert counts[("personal data", "email")] == 1
    assert counts[("label", "not in the schema")] == 1
    assert [row.worst for row in state(desk, draft)] == [None, None, None, None, "warning", "danger"]
    assert [row.position for row in desk.drafts.rows(draft, check="")] == [4, 5]
    assert [row.position for row in desk.drafts.rows(draft, check="duplicate")] == [4]
    found = desk.preflights.findings(draft=draft, check="personal data")
    assert [(each.kind, each.suggestion) for each in found] == [("email", "[email]")]

    assert desk.drafts.exclude_found(draft, "duplicate") == 1
    kept = desk.preflights.draft(draft)
    assert kept is not None
    assert kept.stale
    assert ("duplicate", "same record") not in {(check, kind) for check, kind, _, _ in kept.counts}
    desk.drafts.undo(draft)
    kept = desk.preflights.draft(draft)
    assert kept is not None
    assert not kept.stale


def test_redacting_puts_the_suggestions_in_place_and_can_be_taken_back(desk: Desk, datanet: Datanet) -> None:
    rows = [("mail ada@example.org or bob@example.org", "plants"), ("nothing to see in this one", "food")]
    draft = desk.draft(datanet, rows)
    assert desk.drafts.redact(draft) == 0
    desk.preflights.run_draft(draft, silent())
    before = state(desk, draft)
    assert desk.drafts.redact(draft, check="personal data") == 1
    assert (state(desk, draft)[0].text, state(desk, draft)[0].label) == ("mail [email] or [email]", "plants")
    assert desk.drafts.redact(draft, check="personal data") == 0  # spans of the old text are never used again
    assert desk.drafts.redact(draft) == 1
    assert state(desk, draft)[0].label == "plant"
    desk.drafts.undo(draft)
    desk.drafts.undo(draft)
    assert [row.text for row in state(desk, draft)] == [row.text for row in before]
    kept = desk.preflights.draft(draft)
    assert kept is not None
    assert kept.stale  # what was found in the text that came back must be looked for again
    assert desk.drafts.redact(draft, check="personal data") == 0
    desk.preflights.run_draft(draft, silent())
    assert desk.drafts.redact(draft) == 1
    assert state(desk, draft)[0].text == "mail [email] or [email]"


def test_a_stopped_preflight_leaves_the_one_before(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    report = desk.preflights.run_draft(draft, silent())
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        desk.preflights.run_draft(draft, progress)
    kept = desk.preflights.draft(draft)
    assert kept is not None
    assert kept.report == report


def test_what_a_person_types_is_checked(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    row = state(desk, draft)[0]
    other = state(desk, desk.draft(datanet))[0]
    for refused in (
        lambda: desk.drafts.edit(draft, row.id, text=" \u200b "),
        lambda: desk.drafts.edit(draft, row.id, label="x" * 101),
        lambda: desk.drafts.set_terms(draft, "", {"train"}),
        lambda: desk.drafts.set_terms(draft, "CC0-1.0", set()),
        lambda: desk.drafts.add_rows(draft, [("a", "b")], Terms("")),
    ):
        with pytest.raises(BadInput):
            refused()
    with pytest.raises(DatanetError):
        desk.drafts.edit(draft, other.id, text="not of this draft")
    assert desk.drafts.include(draft, [other.id], included=False) == 0
    desk.drafts.edit(draft, row.id, text="plain\u202e text", label=" two \n words ")
    assert (state(desk, draft)[0].text, state(desk, draft)[0].label) == ("plain text", "two words")


def test_more_rows_than_a_draft_holds_are_refused(
    desk: Desk, datanet: Datanet, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = desk.draft(datanet)
    monkeypatch.setattr("core.datanets.drafts.MAX_ROWS", 5)
    with pytest.raises(TooLarge):
        desk.drafts.add_rows(draft, ROWS, TERMS)
    assert desk.drafts.count(draft) == 4


def test_a_signed_draft_is_closed_to_every_change(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    row = state(desk, draft)[0].id
    desk.contributions.freeze(draft, DATA_KEY, silent())
    assert desk.drafts.of(datanet.id) == []
    for refused in (
        lambda: desk.drafts.edit(draft, row, text="other"),
        lambda: desk.drafts.include(draft, [row], included=False),
        lambda: desk.drafts.undo(draft),
        lambda: desk.drafts.discard(draft),
        lambda: desk.drafts.add_rows(draft, ROWS, TERMS),
    ):
        with pytest.raises(DatanetError) as error:
            refused()
        assert error.value.reason == "signed"
    assert [row.text for row in state(desk, draft)] == [text for text, _ in ROWS]


def test_a_draft_and_its_undo_survive_a_restart(desk: Desk, datanet: Datanet, vault: Path) -> None:
    draft = desk.draft(datanet)
    desk.drafts.edit(draft, state(desk, draft)[0].id, text="changed before the end")
    desk.preflights.run_draft(draft, silent())
    desk.db.close()
    db = Database(vault, bytes(32), MIGRATIONS)
    again = Desk(db, StillClock())
    assert state(again, draft)[0].text == "changed before the end"
    assert again.preflights.draft(draft) is not None
    assert again.drafts.undo(draft) == "edit"
    assert state(again, draft)[0].text == ROWS[0][0]
    db.close()


def test_a_discarded_draft_is_gone_for_good(desk: Desk, datanet: Datanet) -> None:
    draft = desk.draft(datanet)
    desk.preflights.run_draft(draft, silent())
    desk.drafts.discard(draft)
    for table in ("drafts", "draft_rows", "draft_steps", "preflights", "findings"):
        assert desk.db.one(f"SELECT count(*) FROM {table}")[0] == 0
