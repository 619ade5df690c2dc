"""Each check finds what it is for, leaves the innocent alone, and says what to do."""

from __future__ import annotations

import random

import pytest

from core.datanets import preflight
from core.datanets.preflight import CHECKS, Check, Context, Earlier, Finding, Item, Report, redact
from core.datanets.text import key
from core.errors import Cancelled
from core.jobs import Progress, silent

LABELS = ("animal", "food", "plant")
BY_NAME = {check.name: check for check in CHECKS}


def item(number: int, text: str, label: str = "food", licence: str = "CC0-1.0", uses: str = "train") -> Item:
    return Item(number, number + 1, text, label, licence, frozenset(filter(None, uses.split(","))), "", "")


def items(*texts: str, label: str = "food") -> list[Item]:
    return [item(number, text, label) for number, text in enumerate(texts)]


def check(name: str, rows: list[Item], context: Context | None = None) -> list[Finding]:
    return preflight.run(rows, context or Context(LABELS), silent(), len(rows), [BY_NAME[name]])[1]


def kinds(name: str, text: str) -> list[tuple[str, str]]:
    found = check(name, items(text))
    return [(each.kind, text[each.start : each.stop]) for each in found]


def against(*earlier: Earlier) -> Context:
    def matches(keys: object) -> dict[bytes, Earlier]:
        return {key(each.text): each for each in earlier if key(each.text) in keys}  # type: ignore[operator]

    return Context(LABELS, matches=matches, texts=lambda: iter(earlier))


def test_exact_duplicates_are_found_in_the_file_and_in_the_datanet() -> None:
    found = check(
        "duplicate", items("one bird", "a soup", "One  BIRD", "one bird."), against(Earlier(4, 7, "food", "A soup"))
    )
    assert [(each.row, each.kind, dict(each.detail)) for each in found] == [
        (1, "same record", {"contribution": 4, "index": 7}),
        (2, "same record", {"of": 1}),
    ]


def test_one_text_under_two_labels_is_a_danger() -> None:
    rows = [item(0, "one bird", "animal"), item(1, "one bird", "food")]
    found = check("duplicate", rows, against(Earlier(1, 0, "plant", "one bird")))
    assert [(each.kind, each.severity, each.detail["label"]) for each in found] == [
        ("other label", "danger", "plant"),
        ("other label", "danger", "animal"),
    ]


def test_near_duplicates_name_what_they_repeat_and_exact_ones_are_not_said_twice() -> None:
    first = "a small brown bird that sings in the garden before the sun comes up"
    rows = items(first, first, f"{first} again", "a soup of beans")
    found = check("near duplicate", rows)
    assert [(each.row, dict(each.detail)) for each in found] == [(2, {"percent": 92, "of": 1})]
    found = check("near duplicate", rows, against(Earlier(9, 3, "food", f"{first} again and again")))
    assert [(each.row, dict(each.detail)) for each in found] == [
        (0, {"percent": 100, "contribution": 9, "index": 3}),
        (2, {"percent": 100, "contribution": 9, "index": 3}),
    ]
    assert check("near duplicate", items(first), against(Earlier(9, 3, "food", first))) == []


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ("write to ada.lovelace+x@mail.example.co.uk today", "email", "ada.lovelace+x@mail.example.co.uk"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "iban", "DE89 3704 0044 0532 0130 00"),
        ("pay GB82WEST12345698765432 now", "iban", "GB82WEST12345698765432"),
        ("card 4111 1111 1111 1111 exp 12/27", "card", "4111 1111 1111 1111"),
        ("card 5500-0000-0000-0004.", "card", "5500-0000-0000-0004"),
        ("SSN 536-90-4399", "national id", "536-90-4399"),
        ("my number is AB 12 34 56 C", "national id", "AB 12 34 56 C"),
        ("DNI 12345678Z", "national id", "12345678Z"),
        ("NIE X1234567L", "national id", "X1234567L"),
        ("codice RSSMRA85T10A562S", "national id", "RSSMRA85T10A562S"),
        ("CPF 529.982.247-25", "national id", "529.982.247-25"),
        ("PESEL 44051401359", "national id", "44051401359"),
        ("NIR 2 55 08 14 168 025 38", "national id", "2 55 08 14 168 025 38"),
        ("server at 93.184.216.34 is down", "ip address", "93.184.216.34"),
        ("server at 2606:2800:220:1:248:1893:25c8:1946 is down", "ip address", "2606:2800:220:1:248:1893:25c8:1946"),
        ("ring +49 (0)30 901820 tonight", "phone", "+49 (0)30 901820"),
        ("ring (415) 555-2671 tonight", "phone", "(415) 555-2671"),
        ("ring 030 901 820 11 tonight", "phone", "030 901 820 11"),
        ("she lives at 221 Baker Street in London", "street", "221 Baker Street"),
        ("er wohnt in der Goethestraße 12 hinten", "street", "Goethestraße 12"),
        ("il habite 12 rue de la Paix, Paris", "street", "12 rue de la Paix"),
        ("vive en Calle Mayor 15 hoy", "street", "Calle Mayor 15"),
    ],
)  # fmt: skip
def test_personal_data_is_found_where_it_stands(text: str, kind: str, span: str) -> None:
    assert kinds("personal data", text) == [(kind, span)]


@pytest.mark.parametrize(
    "text",
    [
        "Swiss physicist who contributed to hydrodynamics (1700-1782)",
        "a period from 1914 to 1918, and again 1939 - 1945",
        "born on 1985-10-26 and on 26.10.1985 and 10/26/1985",
        "about 1 000 000 000 people, or 1,234,567,890 of them",
        "version 1.2.3.4000 of the program, build 20231015",
        "pi is 3.14159265358979 and e is 2.718281828459045",
        "card 4111 1111 1111 1112 fails its check digit",
        "IBAN DE89 3704 0044 0532 0130 01 fails too",
        "SSN 000-12-3456 and 666-12-3456 and 900-12-3456 are never given",
        "DNI 12345678A and PESEL 44051401358 and CPF 111.111.111-11",
        "the ratio is 12:30:45 and the address 127.0.0.1 or 0.0.0.0 or 999.1.1.1",
        "ISBN 978-3-16-148410-0 in the catalogue",
        "set a timer for 10 minutes 30 seconds",
        "user@ and @name and a@b are no addresses",
        "the plant Rosa 15 cm high on Main Street",
    ],
)
def test_what_only_looks_like_personal_data_is_left_alone(text: str) -> None:
    assert kinds("personal data", text) == []


PHRASE = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("key AKIA" + "IOSFODNN7EXAMPLE in the log", "key"),
        ("token ghp_" + "a" * 36, "key"),
        ("sk-" + "proj_abcDEF0123456789abcDEF", "key"),
        ("AIza" + "B" * 35, "key"),
        ("xoxb-" + "123456789012-abcdef", "key"),
        ("eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.abc123", "token"),
        ("postgres://admin:hunter2@db/app", "password"),
        ("password: Tr0ub4dor&3", "password"),
        ('{"api_key": "A1b2C3d4E5f6"}', "password"),
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----", "private key"),
        ("0x" + "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d", "hex key"),
        (f"my words are {PHRASE}", "recovery phrase"),
        ("1. " + PHRASE.replace(" ", "\n2. "), "recovery phrase"),
        ("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo", "phrase words"),
    ],
)
def test_secrets_are_found_by_their_shape(text: str, kind: str) -> None:
    assert [found for found, _ in kinds("secret", text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "forgot my password: please help me",
        "the secret of the old house on the hill",
        "ask-me-anything about risk-taking behaviour in markets",
        "a phrase of abandon ability able about above absent",
        "the quick brown fox jumps over the lazy dog and then abandons the ability to act",
    ],
)
def test_ordinary_words_are_no_secrets(text: str) -> None:
    assert kinds("secret", text) == []


def test_redacting_leaves_nothing_of_what_was_found() -> None:
    text = "ask ada@example.org or +49 30 9018200, never 4111111111111111"
    found = check("personal data", items(text))
    assert redact(text, found) == "ask [email] or [phone], never [card]"


def test_overlapping_findings_are_taken_out_as_one() -> None:
    found = [Finding("a", "x", "danger", 0, 0, 6, "[one]"), Finding("b", "y", "danger", 0, 4, 10, "[two]")]
    assert redact("0123456789 rest", found) == "[one] rest"
    assert redact("0123456789 rest", reversed(found)) == "[one] rest"


def test_labels_outside_the_schema_get_the_closest_one_suggested() -> None:
    rows = [
        item(0, "a", "Animal"),
        item(1, "b", "foods"),
        item(2, "c", "vehicle"),
        item(3, "d", ""),
        item(4, "e", "food"),
    ]
    found = [each for each in check("label", rows) if each.row is not None]
    assert [(each.row, each.kind, each.suggestion) for each in found] == [
        (0, "not in the schema", "animal"),
        (1, "not in the schema", "food"),
        (2, "not in the schema", None),
        (3, "missing", None),
    ]


def test_uneven_labels_are_said_once_about_the_whole() -> None:
    rows = [item(n, f"text {n}", "food") for n in range(400)] + [
        item(1000 + n, f"other {n}", "plant") for n in range(35)
    ]
    found = check("label", rows)
    assert [(each.row, each.kind, each.detail["label"], each.detail["found"]) for each in found] == [
        (None, "few", "animal", 0),
        (None, "uneven", "plant", 35),
    ]


FOREIGN = {
    "Bonjour, je voudrais réserver une table pour deux personnes": "fr",
    "hola, quiero encender la luz de la cocina": "es",
    "Bitte das Licht im Wohnzimmer ausschalten": "de",
    "Привет, как дела сегодня?": "ru",
}
ENGLISH = [
    "turn on the lights", "ok", "a karakul lamb", "liverworts: comprises orders", "shut kitchen lamp", "mynas",
    "set the temp in the living room to 25 degree", "a genus of Piperaceae", "nevermind",
]  # fmt: skip


def test_another_language_is_noticed_and_short_texts_are_not_doubted() -> None:
    rows = items(*FOREIGN, *ENGLISH)
    found = check("language", rows, Context(LABELS, languages=("en",)))
    assert [each.row for each in found] == [0, 1, 2, 3]
    assert [each.detail["language"] for each in found] == list(FOREIGN.values())
    assert check("language", rows, Context(LABELS, languages=("en", "fr", "es", "de", "ru"))) == []
    assert check("language", rows, Context(LABELS, languages=("tlh",))) == []  # a language the identifier never learnt


def test_without_a_stated_language_the_files_own_counts() -> None:
    english = [f"there are many reasons to believe that the number {n} is not very interesting" for n in range(30)]
    found = check("language", items(*english, *FOREIGN))
    assert [each.row for each in found] == [30, 31, 32, 33]
    assert check("language", items(*FOREIGN)) == []  # too few to tell


def test_lengths_are_held_to_what_can_be_used() -> None:
    found = check("length", items("ok", "!", "x" * 20_001, "word " * 500, "just right"))
    assert [(each.row, each.kind, each.severity) for each in found] == [
        (0, "too short", "warning"),
        (1, "too short", "warning"),
        (2, "too long", "danger"),
        (3, "cut", "info"),
    ]


def test_missing_licence_and_consent_are_dangers() -> None:
    rows = [
        item(0, "a", licence=""),
        item(1, "b", licence="mine, all mine"),
        item(2, "c", licence="CC-BY-SA-4.0"),
        item(3, "d", licence="LicenseRef-Unheard-Of"),
        item(4, "e", uses=""),
        item(5, "f", uses="evaluate"),
        item(6, "g", uses="sell"),
        item(7, "h", licence="CC0-1.0"),
        item(8, "i", licence="CC-BY-4.0"),
    ]
    found = check("consent", rows, Context(LABELS, licence="CC-BY-4.0"))
    assert [(each.row, each.kind, each.severity) for each in found] == [
        (0, "no licence", "danger"),
        (1, "licence not understood", "danger"),
        (2, "licence differs", "warning"),
        (3, "licence unknown", "warning"),
        (4, "no uses", "danger"),
        (5, "not for training", "info"),
        (6, "unknown use", "danger"),
    ]


def mixed(count: int) -> list[Item]:
    rng = random.Random(11)
    nouns = ("bird", "river", "stone", "bread", "garden", "winter", "letter", "market", "island", "engine")
    rows = []
    for number in range(count):
        text = " ".join(rng.choices(nouns, k=12))
        if number % 50 == 0:
            text += f" write to user{number}@example.org"
        rows.append(item(number, text, rng.choice(LABELS)))
    return rows


def test_the_same_rows_give_the_same_report() -> None:
    context = Context(LABELS, languages=("en",), licence="CC0-1.0")
    first, findings = preflight.run(mixed(300), context, silent(), 300)
    second, _ = preflight.run(mixed(300), context, silent(), 300)
    assert first == second
    assert first.rows == 300
    assert {name: count for name, *_, count in first.counts}["personal data"] == 6
    assert sum(count for _, count in first.labels) == 300
    assert first.flagged == len({each.row for each in findings if each.row is not None and each.severity != "info"})
    third = preflight.run(mixed(299), context, silent(), 299)[0]
    assert third.digest != first.digest


def test_row_ids_do_not_change_the_digest() -> None:
    rows = mixed(60)
    moved = [Item(row.row + 5_000, row.number, *list(row.__dict__.values())[2:]) for row in rows]
    assert (
        preflight.run(rows, Context(LABELS), silent(), 60)[0] == preflight.run(moved, Context(LABELS), silent(), 60)[0]
    )


def test_a_run_reports_progress_and_stops_when_told() -> None:
    seen: list[str] = []
    progress = Progress(lambda _fraction, words: seen.append(words))
    report = preflight.run(mixed(200), Context(LABELS), progress, 200)[0]
    assert isinstance(report, Report)
    assert "looking" in seen
    progress.cancel()
    with pytest.raises(Cancelled):
        preflight.run(mixed(200), Context(LABELS), progress, 200)


def test_every_check_is_declared_once_with_its_own_name() -> None:
    assert len(BY_NAME) == len(CHECKS)
    assert all(issubclass(each, Check) for each in CHECKS)
