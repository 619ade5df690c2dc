"""Languages of many texts at once are those that the library tells one by one, and checks find what it would find."""

from __future__ import annotations

import itertools
import random

import pytest

from core.datanets import preflight
from core.datanets.preflight import Context, Item, tongues
from core.datanets.preflight.language import Language
from core.datanets.preflight.secrets import Secrets
from core.jobs import silent

SENTENCES = (
    "The harbour lies quiet under a pale winter moon.",
    "Der Hafen liegt still unter einem blassen Wintermond.",
    "Le port dort sous une pâle lune d'hiver, et personne ne parle.",
    "El puerto duerme bajo una luna pálida de invierno.",
    "Гавань спит под бледной зимней луной.",
    "港は淡い冬の月の下で静かに眠っている。",
    "O porto dorme sob uma lua pálida de inverno.",
    "BAKE THE BREAD SLOWLY, THEN LET IT COOL",
    "12 34 56",
    "",
    "a",
)


def texts(count: int, seed: int = 3) -> list[str]:
    """Sentences, beginnings of them, and mixtures of two languages."""
    rng = random.Random(seed)
    made = list(SENTENCES)
    while len(made) < count:
        first, second = rng.choices(SENTENCES, k=2)
        made.append((first[: rng.randrange(60)] + " " + second[rng.randrange(40) :]) * rng.choice([1, 1, 1, 5]))
    return made


def test_many_texts_at_once_are_told_what_each_alone_is() -> None:
    given = texts(150)
    names = tongues.languages()
    found, whole = tongues.shares(given)
    assert found.shape == (150, len(names))
    assert 130 <= whole.sum() < 150  # the longest are left to the library, and said to be
    for row, text in zip(found[whole], itertools.compress(given, whole), strict=True):
        alone = tongues.exact(text)
        assert row == pytest.approx([alone[name] for name in names], abs=1e-4)


def by_definition(given: list[str], wanted: set[str]) -> list[int]:
    """Texts of at least 20 bytes of letters, in another language, with less than 1 % for the wanted ones."""
    found = []
    for row, text in enumerate(given):
        ranked = tongues.exact(text)
        letters = sum(len(c.encode()) for c in text if c.isalpha())
        if letters >= 20 and next(iter(ranked)) not in wanted and sum(ranked[each] for each in wanted) < 0.01:
            found.append(row)
    return found


def items(given: list[str]) -> list[Item]:
    return [Item(row, row + 1, text, "", "CC0-1.0", frozenset({"train"}), "", "") for row, text in enumerate(given)]


@pytest.mark.parametrize("wanted", [("en",), ("fr", "ja")])
def test_what_is_found_is_what_the_definition_says(wanted: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datanets.preflight.language._TOGETHER", 64)
    given = texts(150, seed=8)
    _, findings = preflight.run(items(given), Context(languages=wanted), silent(), len(given), [Language])
    assert [each.row for each in findings] == by_definition(given, set(wanted))
    assert all(each.detail["language"] == next(iter(tongues.exact(given[each.row or 0]))) for each in findings)


def test_a_phrase_is_found_wherever_it_stands_among_other_words() -> None:
    phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    given = [" ".join(["zzz"] * before + [phrase] + ["zzz"] * (before % 5)) for before in range(40)]
    _, findings = preflight.run(items(given), Context(), silent(), len(given), [Secrets])
    assert [(each.row, each.kind, given[each.row or 0][each.start : each.stop]) for each in findings] == [
        (row, "recovery phrase", phrase) for row in range(40)
    ]
