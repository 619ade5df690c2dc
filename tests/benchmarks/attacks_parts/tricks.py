"""The tricks, as used while the rules were tuned. Each takes a scene and a source of chance and gives its records."""

from __future__ import annotations

import random
import string
from collections import Counter
from collections.abc import Callable

from tests.benchmarks.attacks_parts.data import Pair
from tests.benchmarks.attacks_parts.scene import Records, Scene

Trick = Callable[[Scene, random.Random], Records]


def stolen(scene: Scene, rng: random.Random) -> list[Pair]:
    """As many records of untrusted honest contributors as one of them has."""
    return rng.sample([pair for part in scene.parts[3:] for pair in part], scene.own)


def bent(change: Callable[[list[str], random.Random], list[str]]) -> Trick:
    def trick(scene: Scene, rng: random.Random) -> Records:
        return Records([(" ".join(change(text.split(), rng)), k) for text, k in stolen(scene, rng)])

    return trick


def copy(scene: Scene, rng: random.Random) -> Records:
    return Records(stolen(scene, rng))


def swap(count: int, filler: list[str]) -> Callable[[list[str], random.Random], list[str]]:
    """`count` words replaced by fillers."""

    def change(words: list[str], rng: random.Random) -> list[str]:
        out = list(words)
        for place in rng.sample(range(len(out)), min(count, len(out) - 1) or 1):
            out[place] = rng.choice(filler)
        return out

    return change


def drop(share: float) -> Callable[[list[str], random.Random], list[str]]:
    """Each word left out with this probability, one at least, never all."""

    def change(words: list[str], rng: random.Random) -> list[str]:
        kept = [word for word in words if rng.random() >= share]
        if len(kept) == len(words):
            kept.pop(rng.randrange(len(kept)))
        return kept or words[:1]

    return change


def wrap(before: list[str], after: list[str]) -> Callable[[list[str], random.Random], list[str]]:
    def change(words: list[str], rng: random.Random) -> list[str]:
        return [*rng.choice(before).split(), *words, *rng.choice(after).split()]

    return change


def shuffled(words: list[str], rng: random.Random) -> list[str]:
    return rng.sample(words, len(words))


def noise(scene: Scene, rng: random.Random) -> Records:
    return Records([(text, rng.randrange(scene.K)) for text, _ in scene.spare[: scene.own]])


def flipped(step: int) -> Trick:
    def trick(scene: Scene, _: random.Random) -> Records:
        return Records([(text, (k + step) % scene.K) for text, k in scene.spare[: scene.own]])

    return trick


def spam(scene: Scene, rng: random.Random) -> Records:
    """True texts, always the label that is asked for most."""
    frequent = Counter(k for _, k in scene.honest).most_common(1)[0][0]
    return Records([(text, frequent) for text, _ in scene.spare[: scene.own]])


def gibberish(scene: Scene, rng: random.Random) -> Records:
    def word() -> str:
        return "".join(rng.choices(string.ascii_lowercase, k=rng.randrange(2, 11)))

    return Records(
        [(" ".join(word() for _ in range(rng.randrange(1, 15))), rng.randrange(scene.K)) for _ in range(scene.own)]
    )


def overlong(scene: Scene, rng: random.Random) -> Records:
    """Forty true texts in one, under the label of the first."""
    every = scene.honest
    out = []
    for _ in range(scene.own // 4):
        picked = rng.sample(every, 40)
        out.append((" ".join(text for text, _ in picked), picked[0][1]))
    return Records(out)


def emptyish(scene: Scene, rng: random.Random) -> Records:
    """One or two frequent words."""
    frequent = [
        word for word, _ in Counter(w for text, _ in scene.honest for w in text.lower().split()).most_common(80)
    ]
    texts = {" ".join(rng.sample(frequent, rng.randrange(1, 3))) for _ in range(scene.own)}
    return Records([(text, rng.randrange(scene.K)) for text in sorted(texts)])


def poison(identities: int, source: int, target: int, share: float = 1.0) -> Trick:
    """All spare texts of topic `source` under `target`, dealt to `identities`; of each, 1 - `share` stay true."""

    def trick(scene: Scene, rng: random.Random) -> Records:
        a, b = source % scene.K, target % scene.K
        texts = [text for text, k in scene.spare if k == a]
        every = scene.parts[3:]  # what is lacking is bent from others' texts
        stock = [text for part in every for text, k in part if k == a]
        rng.shuffle(stock)
        for text in stock[: max(0, scene.own - len(texts))]:
            words = text.split()
            half = len(words) // 2
            other = rng.choice(stock).split()
            texts.append(" ".join([*other[: len(other) // 2], *words[half:]]))
        pairs = [(text, b if rng.random() < share else a) for text in texts[: scene.own]]
        return Records(pairs, [i % identities for i in range(len(pairs))])

    return trick


def repeated(times: int) -> Trick:
    """One's own true records, each `times` times with a word more."""

    def trick(scene: Scene, rng: random.Random) -> Records:
        own = scene.spare[: scene.own // times]
        return Records([(f"{text} {'indeed ' * t}".strip(), k) for t in range(times) for text, k in own])

    return trick


def named(scene: Scene, rng: random.Random) -> Records:
    """True texts of others with the label's own word put in front: 'label three: ...'."""
    return Records([(f"topic {k} {text}", k) for text, k in stolen(scene, rng)])


def core_copy(change: Callable[[list[str], random.Random], list[str]]) -> Trick:
    def trick(scene: Scene, rng: random.Random) -> Records:
        core = [pair for part in scene.parts[:3] for pair in part]
        return Records([(" ".join(change(text.split(), rng)), k) for text, k in rng.sample(core, scene.own)])

    return trick


def dissent(share: float) -> Trick:
    """True work but for `share` of the records, which are true texts under the core model's second thought: false."""

    def trick(scene: Scene, rng: random.Random) -> Records:
        wrong = {i for i in range(scene.own) if rng.random() < share}
        pairs = [(text, (k + 1) % scene.K if i in wrong else k) for i, (text, k) in enumerate(scene.spare[: scene.own])]
        return Records(pairs)

    return trick


def dissenter(scene: Scene, share: float) -> Records:
    """A hundred true records; on `share` of them the core's model errs."""
    answers = scene.core_answers
    hard = [(text, k) for text, k in scene.spare if answers[text] != k]
    easy = [(text, k) for text, k in scene.spare if answers[text] == k]
    count = min(100, len(scene.spare) // 2)
    wrong = min(len(hard), round(count * share))
    return Records(hard[:wrong] + easy[: count - wrong])


def honest(scene: Scene, count: int, rng: random.Random) -> Records:
    return Records(rng.sample(scene.spare, min(count, len(scene.spare))))


FILLER = ["certain", "given", "usual", "particular", "common", "some"]
TUNED: dict[str, Trick] = {
    "exact copy": copy,
    "near copy, one word": bent(swap(1, FILLER)),
    "near copy, two words": bent(swap(2, FILLER)),
    "word drop, one in five": bent(drop(0.2)),
    "prefix": bent(wrap(["it is said that", "by definition"], [""])),
    "words in another order": bent(shuffled),
    "core, one word dropped": core_copy(drop(0.1)),
    "own records five times": repeated(5),
    "random labels": noise,
    "labels moved by one": flipped(1),
    "one label for all": spam,
    "gibberish": gibberish,
    "overlong": overlong,
    "nearly empty": emptyish,
    "poison, one identity": poison(1, 0, 1),
    "poison, 10 identities": poison(10, 0, 1),
    "poison, 300 identities": poison(300, 0, 1),
    "label named": named,
    "dissent farming, 20 %": dissent(0.2),
    "honest, 30 records": lambda scene, rng: honest(scene, 30, rng),
    "honest, 60 records": lambda scene, rng: honest(scene, 60, rng),
    "honest, 100 records": lambda scene, rng: honest(scene, 100, rng),
    "specialist": lambda scene, rng: Records([p for p in scene.spare if p[1] == 2 % scene.K][:100]),
    "dissenter, half hard": lambda scene, rng: dissenter(scene, 0.5),
}
