"""What a card says of people rests on the reasons that are pinned with the model."""

from __future__ import annotations

from types import SimpleNamespace

from core.client.influences import Reasons
from core.client.model_cards import _silent
from core.units import Address


def test_who_was_measured_and_is_not_heard_is_named_the_most_records_first() -> None:
    heard, guesses, lies, few, new = (Address(bytes([n]) * 20) for n in range(1, 6))
    quality = {
        (heard, 0): {"reason": "measured", "count": 50, "weight": 0},
        (heard, 1): {"reason": "measured", "count": 50, "weight": 7},
        (guesses, 0): {"reason": "chance", "count": 20, "weight": 0},
        (guesses, 1): {"reason": "measured", "count": 20, "weight": 0},
        (lies, 1): {"reason": "measured", "count": 90, "weight": 0},
        (few, 1): {"reason": "measured", "count": 29, "weight": 0},
        (new, 2): {"reason": "unknown", "count": 500, "weight": 4},
    }
    client = SimpleNamespace(wallet=SimpleNamespace(name_of=lambda address: address.raw[:1].hex()))
    assert _silent(client, Reasons({}, quality, ())) == (("03", 90), ("02", 40))
    assert _silent(client, Reasons({}, {}, ())) == ()
