"""One Datanet under one trick: who contributed what, what training made of it, and who was paid."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.attribution import influence, payout
from core.attribution.credit import credit_of
from core.attribution.weights import Admission, admit
from core.models import encoders
from core.models.ridge import Head, train
from tests.benchmarks.attacks_parts.data import Data, Pair

TRUSTED = 3
POOL = 10**18
_rows: dict[str, NDArray[np.int16]] = {}


def encode(texts: Sequence[str]) -> NDArray[np.int16]:
    missing = [text for text in dict.fromkeys(texts) if text not in _rows]
    if missing:
        _rows.update(zip(missing, encoders.get("static-256").features(missing), strict=True))
    return np.stack([_rows[text] for text in texts])


@dataclass(frozen=True)
class Records:
    """Of one role. `who` names the identity of each record, from 0; `first`: committed before everybody else."""

    pairs: list[Pair]
    who: list[int] = field(default_factory=list)
    first: bool = False

    @property
    def owners(self) -> list[int]:
        return self.who or [0] * len(self.pairs)


@dataclass(frozen=True)
class Outcome:
    """`pay` of each role per record and `total` per role, in mean honest records; `answers` on the test records."""

    pay: dict[str, float]
    total: dict[str, float]
    honest: list[float]
    weight: dict[str, float]
    answers: NDArray[np.int64]
    accuracy: float
    admission: Admission
    back: float  # the share of the pool that the first role took


class Scene:
    """Seven honest contributors, spare true records, test records and the calls, drawn by `seed`."""

    def __init__(self, data: Data, seed: int) -> None:
        rng = random.Random(seed)
        pairs, shape = list(data.pairs), data.shape
        rng.shuffle(pairs)
        cut = shape.people * shape.own
        self.data, self.K, self.seed = data, data.K, seed
        self.parts = [pairs[shape.own * c : shape.own * (c + 1)] for c in range(shape.people)]
        self.spare = pairs[cut : cut + shape.spare]
        self.test = pairs[cut + shape.spare :]
        self.calls = rng.sample(self.test, min(shape.calls, len(self.test)))

    @property
    def own(self) -> int:
        return self.data.shape.own

    @property
    def honest(self) -> list[Pair]:
        return [pair for part in self.parts for pair in part]

    @cached_property
    def before(self) -> Outcome:
        return self.play({})

    @cached_property
    def core_answers(self) -> dict[str, int]:
        """What a model of the trusted records alone makes of each spare text."""
        core = [pair for part in self.parts[:TRUSTED] for pair in part]
        head, _ = train(encode([t for t, _ in core]), np.array([k for _, k in core]), self.K, np.ones(len(core), int))
        texts = [text for text, _ in self.spare]
        return dict(zip(texts, head.answers(encode(texts)).tolist(), strict=True))

    def play(
        self, roles: dict[str, Records], calls: list[Pair] | None = None, parts: list[list[Pair]] | None = None
    ) -> Outcome:
        """Train on everybody's records and settle the calls. `parts` stands in for the honest contributors' records."""
        parts = self.parts if parts is None else parts
        pairs: list[Pair] = []
        who: list[int] = []
        role_of: list[str | int] = []
        names: dict[tuple[str, int], int] = {}

        def add(role: str, records: Records) -> None:
            for pair, owner in zip(records.pairs, records.owners, strict=True):
                place = names.setdefault((role, owner), len(parts) + len(names))
                pairs.append(pair)
                who.append(place)
                role_of.append(role)

        for role, records in roles.items():
            if records.first:
                add(role, records)
        for place, part in enumerate(parts):
            pairs += part
            who += [place] * len(part)
            role_of += [place] * len(part)
        for role, records in roles.items():
            if not records.first:
                add(role, records)
        return self._settle(pairs, np.array(who), role_of, list(roles), len(parts), calls or self.calls)

    def _settle(
        self,
        pairs: list[Pair],
        who: NDArray[np.int64],
        role_of: list[str | int],
        roles: list[str],
        people: int,
        calls: list[Pair],
    ) -> Outcome:
        texts, y = [text for text, _ in pairs], np.array([k for _, k in pairs])
        X = encode(texts)
        admission = admit(texts, X, y, self.K, who, set(range(TRUSTED)))
        w = admission.weights
        head, _ = train(X, y, self.K, w)
        amounts = self._paid(head, X, y, w, who, calls)
        honest = np.array([amounts[c] / max(1, (who == c).sum()) for c in range(people)])
        unit = amounts[:people].sum() / (who < people).sum()
        places = {role: np.array([one == role for one in role_of]) for role in roles}
        total = {role: float(amounts[np.unique(who[at])].sum() / unit) for role, at in places.items()}
        answers = head.answers(encode([text for text, _ in self.test]))
        truth = np.array([k for _, k in self.test])
        return Outcome(
            pay={role: total[role] / max(1, int(at.sum())) for role, at in places.items()},
            total=total,
            honest=[float(one / unit) for one in honest],
            weight={role: float(w[at].mean()) / 64 if at.any() else 0.0 for role, at in places.items()},
            answers=answers,
            accuracy=float((answers == truth).mean()),
            admission=admission,
            back=float(amounts[np.unique(who[places[roles[0]]])].sum() / POOL) if roles else 0.0,
        )

    def _paid(
        self,
        head: Head,
        X: NDArray[np.int16],
        y: NDArray[np.int64],
        w: NDArray[np.int64],
        who: NDArray[np.int64],
        calls: list[Pair],
    ) -> NDArray[np.float64]:
        queries = encode([text for text, _ in calls])
        sums = np.zeros((self.K, head.d), np.int64)
        np.add.at(sums, head.answers(queries), queries.astype(np.int64))
        found = influence.of_sums(head, credit_of(head, X, y, w), X, sums)
        return np.array(payout.pay(POOL, found.q, who, int(who.max()) + 1).amounts, float)
