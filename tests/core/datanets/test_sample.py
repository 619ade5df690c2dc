"""The bundled sample is what its README says, byte for byte what its script makes, and carries its licence."""

from __future__ import annotations

import importlib.util
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from core.datanets import importers
from core.datanets.importers import Options
from core.datanets.sample import load
from core.datanets.shingles import near_copies
from core.errors import BadFile
from core.jobs import silent
from resources import ROOT

FOLDER = ROOT / "samples" / "wordnet_topics"
SAMPLE = load(FOLDER)


def rows(path: Path) -> list[tuple[str, str]]:
    found = importers.inspect(path, Options(), silent(), SAMPLE.rules.labels)
    assert found.malformed == ()
    return [(row.text, row.label) for row in importers.read(path, found.options, silent())]


FILES = [rows(each.path) for each in SAMPLE.contributors]
HELD_OUT = SAMPLE.held_out()


def test_ten_contributors_give_360_rows_each_in_two_formats() -> None:
    assert [len(each) for each in FILES] == [360] * 10
    assert Counter(each.path.suffix for each in SAMPLE.contributors) == {".csv": 5, ".jsonl": 5}
    assert [each.trusted for each in SAMPLE.contributors] == [True] * 3 + [False] * 7
    assert [each.role for each in SAMPLE.contributors] == ["honest"] * 8 + ["noise", "copy"]
    assert {label for each in FILES for _, label in each} == set(SAMPLE.rules.labels)


def test_honest_contributors_give_thirty_of_every_topic() -> None:
    for each in FILES[:8]:
        assert set(Counter(label for _, label in each).values()) == {30}


def test_one_labels_at_random_and_one_copies_another() -> None:
    assert sorted(FILES[9]) == sorted(FILES[4])
    assert FILES[9] != FILES[4]
    noise = Counter(label for _, label in FILES[8])
    assert min(noise.values()) >= 15
    assert set(noise.values()) != {30}


def test_no_text_is_given_twice_but_by_the_copy_and_none_is_held_out_too() -> None:
    given = [text for each in FILES[:9] for text, _ in each]
    held = [text for text, _ in HELD_OUT]
    assert len(set(given)) == len(given) == 3_240
    assert len(set(held)) == len(held) == 1_200
    assert not set(given) & set(held)
    assert set(Counter(label for _, label in HELD_OUT).values()) == {100}
    assert not any(near_copies(given, held))


def test_lengths_are_sensible() -> None:
    for text, _ in [row for each in FILES for row in each] + HELD_OUT:
        assert 30 <= len(text) <= 200
        assert len(text.split()) >= 5


def test_the_licence_is_wordnets_own_and_named_everywhere() -> None:
    notice = " ".join((FOLDER / "LICENSE.wordnet").read_text().split())
    assert notice.startswith(
        "This software and database is being provided to you, the LICENSEE, by Princeton University"
    )
    assert "that the same appear on ALL copies of the software, database and documentation" in notice
    assert "WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved." in notice
    assert notice.endswith("Princeton University and LICENSEE agrees to preserve same.")
    assert SAMPLE.rules.licence == SAMPLE.terms.licence == "LicenseRef-WordNet-3.0"
    assert "LICENSE.wordnet" in (FOLDER / "README.md").read_text()


def test_the_same_input_makes_the_same_bytes(tmp_path: Path) -> None:
    """The whole noun list is not part of the project; OPENLEDGER_WORDNET_NOUNS may name it. Without it, a small one."""
    script = Path(__file__).resolve().parents[3] / "packaging" / "make_samples.py"
    spec = importlib.util.spec_from_file_location("make_samples", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    nouns = os.environ.get("OPENLEDGER_WORDNET_NOUNS")
    if nouns:
        assert module.main([nouns, str(FOLDER / "LICENSE.wordnet"), str(tmp_path)]) == 0
        for made in tmp_path.iterdir():
            assert made.read_bytes() == (FOLDER / made.name).read_bytes(), made.name
    given = [row for each in FILES[:8] for row in each] + HELD_OUT
    small = tmp_path / "nouns.json"
    made = []
    for order in (given, given[::-1]):
        small.write_text(json.dumps([{"term": "", "text": text, "label": label} for text, label in order]))
        made.append(module.glosses(small))
    assert made[0] == made[1]
    assert {topic: len(found) for topic, found in made[0].items()} == dict.fromkeys(SAMPLE.rules.labels, 340)
    assert module.main([str(small), str(FOLDER / "LICENSE.wordnet"), str(tmp_path / "too few")]) == 1


def test_a_folder_that_is_no_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile):
        load(tmp_path)
    for content in ("{", "[]", '{"name": "x"}'):
        (tmp_path / "sample.json").write_text(content)
        with pytest.raises(BadFile):
            load(tmp_path)
