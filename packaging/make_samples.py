"""Make resources/samples/wordnet_topics from WordNet's noun glosses. The same input gives the same bytes.

    python packaging/make_samples.py NOUNS.json NOTICE.txt [FOLDER]

NOUNS.json   a list of {"term", "text", "label"}: gloss and lexicographer file of each noun synset of WordNet 3.0
NOTICE.txt   WordNet's licence as it stands at the head of its data files; copied word for word

Which glosses are taken and who gets them follows from a hash of the text, so it depends neither on the order of the
input nor on a random generator.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.datanets.shingles import near_copies  # noqa: E402
from core.datanets.text import clean, key  # noqa: E402

TOPICS = (
    "animal",
    "artifact",
    "body",
    "cognition",
    "communication",
    "food",
    "location",
    "person",
    "plant",
    "possession",
    "substance",
    "time",
)
CONTRIBUTORS = 10
EACH = 30  # glosses of every topic in one contributor's file
HELD_OUT = 100  # of every topic
NOISE = 9  # labels at random
COPY, COPIED = 10, 5  # gives what another gave
TRUSTED = (1, 2, 3)
CHARACTERS = (30, 200)
WORDS = 5  # at least
LICENCE = "LicenseRef-WordNet-3.0"
Row = tuple[str, str]


def number(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:8], "big")


def glosses(path: Path) -> dict[str, list[str]]:
    """Texts by topic, in hash order: of sensible length, under one topic only, no two near copies of one another."""
    topics: dict[bytes, set[str]] = {}
    texts: dict[bytes, str] = {}
    for noun in json.loads(path.read_text("utf-8")):
        text = clean(noun["text"])
        topics.setdefault(key(text), set()).add(noun["label"])
        texts.setdefault(key(text), text)
    chosen: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    for each, text in sorted(texts.items(), key=lambda item: number("gloss", item[1])):
        found = topics[each]
        fits = CHARACTERS[0] <= len(text) <= CHARACTERS[1] and len(text.split()) >= WORDS
        if len(found) == 1 and found <= set(TOPICS) and fits:
            chosen[next(iter(found))].append(text)
    everything = [(topic, text) for topic in TOPICS for text in chosen[topic]]
    near = near_copies([], [text for _, text in everything])
    kept: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    for (topic, text), copy in zip(everything, near, strict=True):
        if copy is None:
            kept[topic].append(text)
    return kept


def share_out(texts: dict[str, list[str]]) -> tuple[list[list[Row]], list[Row]]:
    """Rows of each contributor, and the held-out ones."""
    files: list[list[Row]] = []
    for person in range(CONTRIBUTORS):
        rows = [(text, topic) for topic in TOPICS for text in texts[topic][person * EACH : (person + 1) * EACH]]
        files.append(sorted(rows, key=lambda row: number("order", person + 1, row[0])))
    files[NOISE - 1] = [(text, TOPICS[number("noise", text) % len(TOPICS)]) for text, _ in files[NOISE - 1]]
    files[COPY - 1] = sorted(files[COPIED - 1], key=lambda row: number("order", COPY, row[0]))
    first = CONTRIBUTORS * EACH
    held_out = [(text, topic) for topic in TOPICS for text in texts[topic][first : first + HELD_OUT]]
    return files, sorted(held_out, key=lambda row: number("order", "held out", row[0]))


def as_csv(rows: list[Row]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("text", "label"))
    writer.writerows(rows)
    return file.getvalue()


def as_jsonl(rows: list[Row]) -> str:
    return "".join(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in rows)


def names() -> list[str]:
    """Every other contributor sends JSON Lines, as people do."""
    return [f"contributor_{n:02}.{'csv' if n % 2 else 'jsonl'}" for n in range(1, CONTRIBUTORS + 1)]


def description() -> dict[str, object]:
    roles = dict.fromkeys(range(1, CONTRIBUTORS + 1), "honest") | {NOISE: "noise", COPY: "copy"}
    contributors = [
        {"file": name, "role": roles[n], "trusted": n in TRUSTED} for n, name in enumerate(names(), start=1)
    ]
    return {
        "name": "WordNet topics",
        "topic": "What a noun's definition is about",
        "description": "Definitions of English nouns from WordNet 3.0, each with the topic it belongs to.",
        "labels": list(TOPICS),
        "languages": ["en"],
        "licence": LICENCE,
        "uses": ["evaluate", "share", "train"],
        "source": "WordNet 3.0, Princeton University",
        "contributors": contributors,
        "heldout": "heldout.csv",
    }


README = """# WordNet topics

Sample data: definitions ("glosses") of English nouns from WordNet 3.0, each labelled with one of 12 topics. A topic is
the lexicographer file that WordNet keeps the noun in. Only the gloss is here, without the noun that it defines.

| file | rows | what it is |
|---|---|---|
| `contributor_01` to `contributor_08` | 360 each | honest contributors, 30 glosses a topic; 01 to 03 are trusted |
| `contributor_09.csv` | 360 | real glosses, every label drawn at random |
| `contributor_10.jsonl` | 360 | the rows of `contributor_05`, in another order |
| `heldout.csv` | 1,200 | 100 glosses of every topic that no contributor gives, for measuring accuracy |

So there are 3,600 rows to contribute, 3,240 of them different. Odd numbers are CSV, even ones JSON Lines. Glosses have
30 to 200 characters and at least five words, stand under one topic only, and none repeats most of another.
`sample.json` names labels, licence, roles and files.

Made by `packaging/make_samples.py`, the same bytes every time. WordNet is copyright Princeton University; its licence
is in `LICENSE.wordnet` and must stay with every copy.
"""


def main(arguments: list[str]) -> int:
    if len(arguments) not in {2, 3}:
        print(__doc__)
        return 2
    folder = Path(arguments[2]) if len(arguments) == 3 else ROOT / "resources" / "samples" / "wordnet_topics"
    folder.mkdir(parents=True, exist_ok=True)
    texts = glosses(Path(arguments[0]))
    needed = CONTRIBUTORS * EACH + HELD_OUT
    for topic, found in texts.items():
        if len(found) < needed:
            print(f"{topic}: {len(found)} glosses, {needed} needed")
            return 1
    files, held_out = share_out(texts)
    for name, rows in zip(names(), files, strict=True):
        content = as_csv(rows) if name.endswith(".csv") else as_jsonl(rows)
        (folder / name).write_text(content, "utf-8", newline="")
    (folder / "heldout.csv").write_text(as_csv(held_out), "utf-8", newline="")
    plain = json.dumps(description(), indent=2, ensure_ascii=False) + "\n"
    (folder / "sample.json").write_text(plain, "utf-8", newline="")
    (folder / "README.md").write_text(README, "utf-8", newline="")
    notice = "\n".join(line.rstrip() for line in Path(arguments[1]).read_text("utf-8").strip().splitlines()) + "\n"
    (folder / "LICENSE.wordnet").write_text(notice, "utf-8", newline="")
    print(f"{folder}: {sum(map(len, files))} rows, {len(held_out)} held out")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
