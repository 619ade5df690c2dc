"""Cheating does not pay, and honest work is not starved: the attack suite in little, on the bundled sample.

The whole of it is `./run bench attacks`; what each trick earns stands in core/attribution/ATTACKS.md.
"""

from __future__ import annotations

import random

import pytest

from tests.benchmarks.attacks_parts import data, games, held, tricks
from tests.benchmarks.attacks_parts.scene import Records, Scene
from tests.benchmarks.attacks_parts.tricks import Trick


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(data.small(5), 5)


def paid(scene: Scene, trick: Trick) -> float:
    outcome = scene.play({"own": trick(scene, random.Random(5))})
    assert outcome.accuracy >= scene.before.accuracy - 0.02
    return outcome.pay["own"]


def test_honest_contributors_earn_alike(scene: Scene) -> None:
    assert min(scene.before.honest) >= 0.75
    assert max(scene.before.honest) <= 1.3


@pytest.mark.parametrize(
    ("trick", "most"),
    [
        (held.dressed, 0.01),
        (held.borrowed(1), 0.2),
        (held.bent(held.turned), 0.2),
        (held.bent(tricks.drop(0.2)), 0.2),
        (held.likely_noise, 0.05),
        (held.permuted, 0.05),
        (held.liars(300, 400, 1), 0.05),
    ],
    ids=["copy", "near copy", "turned", "word drop", "noise", "permuted", "300 liars"],
)
def test_a_trick_does_not_pay(scene: Scene, trick: Trick, most: float) -> None:
    assert paid(scene, trick) <= most


def test_a_newcomer_earns_at_once_also_beside_300_liars(scene: Scene) -> None:
    lies = [(text, 1) for text, k in scene.spare[60:] if k != 1]
    roles = {"own": Records(scene.spare[:60]), "liars": Records(lies, [i % 300 for i in range(len(lies))])}
    outcome = scene.play(roles)
    assert outcome.weight["own"] >= 0.5
    assert outcome.pay["own"] >= 0.4
    assert outcome.weight["liars"] <= 0.02


def test_a_copy_of_a_committed_record_earns_nothing_and_takes_nothing(scene: Scene) -> None:
    found = games.front_running(seen_before=False)(scene, random.Random(5))
    assert found["value"] == 0
    assert found["victim"] >= 0.7
