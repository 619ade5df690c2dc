"""Tricks of several moves: splitting, front-running, dripping, colluding, leaking, withholding; and honest people."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.benchmarks.attacks_parts import held, tricks
from tests.benchmarks.attacks_parts.data import Pair
from tests.benchmarks.attacks_parts.scene import Records, Scene

Figures = dict[str, float]
CONTRIBUTORS = 0.6  # of a fee, by the default split


def _mixed(scene: Scene, rng: random.Random, noise: float = 0.0) -> list[Pair]:
    return [(text, rng.randrange(scene.K) if rng.random() < noise else k) for text, k in scene.spare[: scene.own]]


def splitting(noise: float) -> Callable[[Scene, random.Random], Figures]:
    """The pay of the same records under 2, 5 and 20 accounts, over that under one: the most."""

    def play(scene: Scene, rng: random.Random) -> Figures:
        own = _mixed(scene, rng, noise)
        one = scene.play({"own": Records(own)}).total["own"]
        gains = {
            count: scene.play({"own": Records(own, [i % count for i in range(len(own))])}).total["own"] / one
            for count in (2, 5, 20)
        }
        return {"value": max(gains.values())}

    return play


def front_running(*, seen_before: bool) -> Callable[[Scene, random.Random], Figures]:
    """All records of one contributor, committed again after him, or (`seen_before`) before him."""

    def play(scene: Scene, _: random.Random) -> Figures:
        victim = list(scene.parts[4])
        outcome = scene.play({"thief": Records(victim, first=seen_before)})
        return {"value": outcome.pay["thief"], "victim": outcome.honest[4]}

    return play


def drip(scene: Scene, rng: random.Random) -> Figures:
    """Near copies in four releases, a quarter each, a settlement after each: the pay per record of the last."""
    copies = tricks.bent(tricks.drop(0.25))(scene, rng).pairs
    paid = [scene.play({"thief": Records(copies[: len(copies) * part // 4])}).pay["thief"] for part in (1, 2, 3, 4)]
    return {"value": max(paid)}


def collusion(scene: Scene, rng: random.Random) -> Figures:
    """A payer asks nothing but the texts of his own noise: what of his fees comes back."""
    made = held.likely_noise(scene, rng)
    outcome = scene.play({"own": made}, calls=made.pairs)
    honest = Records(_mixed(scene, rng))
    best = scene.play({"own": honest}, calls=honest.pairs)
    return {"value": CONTRIBUTORS * outcome.back, "true records": CONTRIBUTORS * best.back}


def likely_questions(scene: Scene, rng: random.Random) -> Figures:
    """A hundred of the texts that will be asked, rightly labelled: useful, and paid as such."""
    outcome = scene.play({"own": Records(scene.calls[:100])})
    return {"value": outcome.pay["own"]}


def likely_lies(scene: Scene, rng: random.Random) -> Figures:
    """A hundred of the texts that will be asked, under other labels."""
    wrong = [(text, (k + 1) % scene.K) for text, k in scene.calls[:100]]
    return {"value": scene.play({"own": Records(wrong)}).pay["own"]}


def withheld(scene: Scene, rng: random.Random) -> Figures:
    """Half of one's records brought only for the second of two settlements, over bringing all at once."""
    own = _mixed(scene, rng)
    whole = scene.play({"own": Records(own)}).total["own"]
    half = scene.play({"own": Records(own[: len(own) // 2])}).total["own"]
    return {"value": (half + whole) / (2 * whole)}


def _role(make: Callable[[Scene, random.Random], Records]) -> Callable[[Scene, random.Random], Figures]:
    return lambda scene, rng: {"value": scene.play({"own": make(scene, rng)}).pay["own"]}


def beside_liars(count: int) -> Callable[[Scene, random.Random], Figures]:
    """A newcomer of so many true records while 300 accounts tell one lie."""

    def play(scene: Scene, rng: random.Random) -> Figures:
        cut = min(count, len(scene.spare) // 3)
        lies = [(text, 1) for text, k in scene.spare[cut:] if k != 1]
        roles = {
            "own": Records(scene.spare[:cut]),
            "liars": Records(lies, [i % 300 for i in range(len(lies))]),
        }
        return {"value": scene.play(roles).pay["own"]}

    return play


def unmeasured(scene: Scene, rng: random.Random) -> Figures:
    """A hundred true records under a label that the core does not have, though others do."""
    parts = [[p for p in part if p[1] != 1] if i < 3 else part for i, part in enumerate(scene.parts)]
    mine = Records([p for p in scene.spare if p[1] == 1][:100])
    return {"value": scene.play({"own": mine}, parts=parts).pay["own"]}


def differing(scene: Scene, rng: random.Random) -> Figures:
    """The weight of true records of a kind that the core has not seen under its label, by one in good standing."""
    if scene.K < 3:
        return {}
    label = {1: 0}  # topic 1 is a part of 0, and the core has none of it
    parts = [
        [p for p in part if p[1] != 1] if i < 3 else [(t, label.get(k, k)) for t, k in part]
        for i, part in enumerate(scene.parts)
    ]
    new = [(t, 0) for t, k in scene.spare if k == 1][:60]
    rest = [p for p in scene.spare if p[1] > 1][:300]
    outcome = scene.play({"own": Records(new + rest)}, parts=parts)
    weights = outcome.admission.weights[-len(new) - len(rest) :][: len(new)]
    return {"value": float(weights.mean()) / 64, "pay of all": outcome.pay["own"]}


GAMES: dict[str, tuple[float | None, bool, Callable[[Scene, random.Random], Figures]]] = {
    "gain by splitting, true records": (1.05, True, splitting(0.0)),
    "gain by splitting, 40 % at random": (None, True, splitting(0.4)),
    "front-running, committed after": (0.01, True, front_running(seen_before=False)),
    "front-running, committed before": (None, True, front_running(seen_before=True)),
    "drip of near copies": (0.2, True, drip),
    "collusion with the payer: of his fee comes back": (0.6, True, collusion),
    "likely questions, true labels": (None, True, likely_questions),
    "likely questions, false labels": (0.05, True, likely_lies),
    "withholding half until later": (1.0, True, withheld),
}
HONEST: dict[str, tuple[float | None, Callable[[Scene, random.Random], Figures]]] = {
    "newcomer, 30 records": (0.5, _role(lambda scene, rng: tricks.honest(scene, 30, rng))),
    "newcomer, 60 records": (0.5, _role(lambda scene, rng: tricks.honest(scene, 60, rng))),
    "newcomer, 100 records": (0.5, _role(lambda scene, rng: tricks.honest(scene, 100, rng))),
    "newcomer, 30 records, beside 300 liars": (0.3, beside_liars(30)),
    "newcomer, 100 records, beside 300 liars": (0.3, beside_liars(100)),
    "specialist, 100 records": (0.5, _role(lambda s, _: Records([p for p in s.spare if p[1] == s.K - 1][:100]))),
    "dissenter: the core errs on half of 100": (0.3, _role(lambda scene, _: tricks.dissenter(scene, 0.5))),
    "40 % of 360 at random": (None, _role(lambda scene, rng: Records(_mixed(scene, rng, 0.4)))),
    "100 records, label unknown to the core": (0.1, unmeasured),
    "new kind under a known label: weight": (0.25, differing),
}
