"""A small topic model to test with: three labels, texts written here."""

from __future__ import annotations

import hashlib

from core.attribution.credit import credit_of
from core.models import roots
from core.models.package import Release
from core.models.training import Item, TrainedModel

WORDS = {
    "animal": "dog cat horse cow sheep goat wolf lion tiger bear mouse rabbit",
    "food": "bread cheese soup butter apple rice pasta cake sugar salt honey meat",
    "place": "city river mountain village island harbour valley street desert forest lake bridge",
}
FORMS = ("a kind of {}", "the {} that everybody knows", "one {} and another {}")
HELD_OUT = {"animal": ("a young dog", "the cat of a neighbour"), "food": ("a slice of bread", "sweet cake"),
            "place": ("a city by the sea", "the mountain village")}  # fmt: skip
LABELS = tuple(sorted(WORDS))
USES = frozenset({"train", "evaluate"})


def identity(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def item(text: str, label: str, uses: frozenset[str] = USES, weight: int = 1) -> Item:
    account = bytes([len(text) % 3]) * 20
    return Item(text, label, identity(text), account, uses, weight)


def items() -> list[Item]:
    return [
        item(form.replace("{}", word), label)
        for label, words in WORDS.items()
        for word in words.split()
        for form in FORMS
    ]


def held_out() -> list[Item]:
    return [item(text, label) for label, texts in HELD_OUT.items() for text in texts]


def release_of(trained: TrainedModel) -> Release:
    data = trained.data
    tree = roots.features_tree(bytes(32), data.x, data.y, data.w, data.record_ids, data.accounts)
    credit = credit_of(trained.head, data.x, data.y, data.w)
    return Release(7, 2, bytes([5]) * 32, tree.root, roots.credit_tree(bytes(32), credit.c).root, "CC0-1.0")
