"""The same kinds of tricks in other variants, never looked at while the rules were tuned: these are reported."""

from __future__ import annotations

import random
from collections import Counter

from tests.benchmarks.attacks_parts import tricks
from tests.benchmarks.attacks_parts.data import Pair, neighbours
from tests.benchmarks.attacks_parts.scene import Records, Scene
from tests.benchmarks.attacks_parts.tricks import Trick, bent, core_copy, drop, stolen, wrap

_BEFORE = ["in other words", "note", "here is one more of them for you", "for the record and without any warranty"]
_AFTER = ["", "or so they say", "as everybody knows", "thank you", "and nothing else besides"]


def dressed(scene: Scene, rng: random.Random) -> Records:
    """Exact copies in other clothes: capitals, punctuation, full-width letters, spaces."""
    dresses = [str.upper, str.title, lambda t: t.replace(" ", " - "), lambda t: f"  {t}!?", _wide]
    return Records([(rng.choice(dresses)(text), k) for text, k in stolen(scene, rng)])


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def borrowed(count: int) -> Trick:
    """`count` words replaced by words of other records."""

    def trick(scene: Scene, rng: random.Random) -> Records:
        stock = [word for text, _ in scene.honest for word in text.split()]
        return bent(tricks.swap(count, stock))(scene, rng)

    return trick


def turned(words: list[str], rng: random.Random) -> list[str]:
    """As a translation would: the halves change places, then some neighbours do."""
    half = len(words) // 2
    out = [*words[half:], *words[:half]]
    for place in range(0, len(out) - 1, 2):
        if rng.random() < 0.5:
            out[place], out[place + 1] = out[place + 1], out[place]
    return out


def reworded(share: float) -> Trick:
    """Each word that has a sister term replaced by it with this probability, one at least."""

    def change(words: list[str], rng: random.Random) -> list[str]:
        other = neighbours()
        places = [i for i, word in enumerate(words) if word in other]
        picked = [i for i in places if rng.random() < share] or places[:1]
        return [other[word] if i in picked else word for i, word in enumerate(words)]

    return bent(change)


def padded(scene: Scene, rng: random.Random) -> Records:
    """One's own true records twelve times, each time with three words of other records more."""
    stock = [word for text, _ in scene.honest for word in text.split()]
    own = scene.spare[: scene.own // 12]
    return Records([(" ".join([text, *rng.choices(stock, k=3 * t)]), k) for t in range(12) for text, k in own])


def likely_noise(scene: Scene, rng: random.Random) -> Records:
    """Labels by chance, but as often as they really come."""
    labels = [k for _, k in scene.honest]
    return Records([(text, rng.choice(labels)) for text, _ in scene.spare[: scene.own]])


def permuted(scene: Scene, rng: random.Random) -> Records:
    """Every label under another's name."""
    order = rng.sample(range(scene.K), scene.K)
    other = {k: order[(order.index(k) + 1) % scene.K] for k in range(scene.K)}
    return Records([(text, other[k]) for text, k in scene.spare[: scene.own]])


def salad(scene: Scene, rng: random.Random) -> Records:
    """Words of other records by chance, under a label by chance."""
    stock = [word for text, _ in scene.honest for word in text.split()]
    texts = [" ".join(rng.choices(stock, k=rng.randrange(4, 16))) for _ in range(scene.own)]
    return Records([(text, rng.randrange(scene.K)) for text in texts])


def scrap(scene: Scene, rng: random.Random) -> Records:
    """Single numbers, letters and marks, and texts of two hundred words by turns."""
    stock = [word for text, _ in scene.honest for word in text.split()]
    short = [(f"{i}" if i % 2 else "!?" * (i % 5), rng.randrange(scene.K)) for i in range(scene.own // 2)]
    long = [(" ".join(rng.choices(stock, k=200)), rng.randrange(scene.K)) for _ in range(scene.own // 4)]
    return Records(short + long)


def one_label(scene: Scene, rng: random.Random) -> Records:
    """The most frequent label under texts put together from halves of two others."""
    frequent = Counter(k for _, k in scene.honest).most_common(1)[0][0]
    texts = [text.split() for text, _ in scene.spare]
    made = []
    for _ in range(scene.own):
        a, b = rng.sample(texts, 2)
        made.append((" ".join([*a[: len(a) // 2], *b[len(b) // 2 :]]), frequent))
    return Records(made)


def liars(identities: int, records: int, target: int) -> Trick:
    """True texts of every other topic under `target`: the loudest lie, `records` in all."""

    def trick(scene: Scene, _: random.Random) -> Records:
        wrong = [(text, target % scene.K) for text, k in scene.spare if k != target % scene.K][:records]
        return Records(wrong, [i % identities for i in range(len(wrong))])

    return trick


def aimed(identities: int) -> Trick:
    """All spare texts of the last topic under the first label: answers are to be redirected."""

    def trick(scene: Scene, _: random.Random) -> Records:
        wrong = [(text, 0) for text, k in scene.spare if k == scene.K - 1]
        return Records(wrong, [i % identities for i in range(len(wrong))])

    return trick


def sleepers(identities: int, true: int, lies: int) -> Trick:
    """Accounts with `true` honest records each, and `lies` of the last topic under the first label."""

    def trick(scene: Scene, _: random.Random) -> Records:
        good = [pair for pair in scene.spare if pair[1] != scene.K - 1][: identities * true]
        wrong = [(text, 0) for text, k in scene.spare if k == scene.K - 1][: identities * lies]
        who = [i % identities for i in range(len(good))] + [i % identities for i in range(len(wrong))]
        return Records(good + wrong, who)

    return trick


def farmed(scene: Scene, rng: random.Random) -> Records:
    """True work, but three in ten under what the core's own model would answer wrongly, else any other label."""
    answers = scene.core_answers
    pairs: list[Pair] = []
    for text, k in scene.spare[: scene.own]:
        wrong = answers[text] if answers[text] != k else (k + 1 + rng.randrange(max(1, scene.K - 1))) % scene.K
        pairs.append((text, wrong if rng.random() < 0.3 else k))
    return Records(pairs)


def leaked(scene: Scene, rng: random.Random) -> Records:
    """Others' texts with a word put in that gives the label away, the same for all of a label."""
    return Records([(f"{text} class{k}", k) for text, k in stolen(scene, rng)])


def marked(scene: Scene, rng: random.Random) -> Records:
    """Words by chance around a word that gives a label away."""
    stock = [word for text, _ in scene.honest for word in text.split()]
    labels = [rng.randrange(scene.K) for _ in range(scene.own)]
    return Records([(" ".join([f"class{k}", *rng.choices(stock, k=7)]), k) for k in labels])


CHEATS: dict[str, tuple[float | None, Trick]] = {
    "exact copy, dressed up": (0.01, dressed),
    "near copy, one word borrowed": (0.2, borrowed(1)),
    "near copy, two words borrowed": (0.2, borrowed(2)),
    "paraphrase, a third of the words dropped": (0.2, bent(drop(0.33))),
    "paraphrase, boiler-plate around": (0.2, bent(wrap(_BEFORE, _AFTER))),
    "paraphrase, sister terms": (0.2, reworded(0.3)),
    "words turned as by translation": (0.2, bent(turned)),
    "core copied, a word in seven dropped": (0.2, core_copy(drop(0.15))),
    "own records twelve times, padded": (0.2, padded),
    "random labels, as frequent as real": (0.05, likely_noise),
    "labels permuted": (0.05, permuted),
    "one label, spliced texts": (0.05, one_label),
    "word salad": (0.05, salad),
    "scraps and floods": (0.05, scrap),
    "label's word in others' texts": (0.2, leaked),
    "label's word in word salad": (None, marked),
    "aimed poison, one identity": (0.3, aimed(1)),
    "aimed poison, 10 identities": (0.3, aimed(10)),
    "aimed poison, 300 identities": (0.3, aimed(300)),
    "loud poison, 300 identities": (0.3, liars(300, 900, 1)),
    "sleepers: 30 true, 5 lies each": (None, sleepers(18, 30, 5)),
    "dissent farming, 30 %": (None, farmed),
}
