"""Models with the real client: built, published, used, checked, settled and retrained by the page's own buttons."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.client import Client
from core.paths import ProfilePaths
from core.settings import SettingsFile
from core.units import Amount
from tests.doubles import cheap
from ui import tasks
from ui.bridge import Bridge
from ui.pages.base import Context
from ui.pages.models import ModelsPage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

SHAPES = {
    "bird": ("a small bird that {} in the {}", "feathered animal which {} near the {}"),
    "tool": ("a tool used to {} the {}", "an instrument made to {} a {}"),
}
VERBS = {
    "bird": ("sings", "nests", "dives", "wades", "migrates", "hunts", "feeds", "sleeps"),
    "tool": ("cut", "measure", "lift", "polish", "drill", "hammer", "saw", "weld"),
}
PLACES = ("forest", "river", "field", "shore", "garden")


def rows() -> list[tuple[str, str]]:
    return [
        (shape.format(verb, place), label)
        for place in PLACES
        for at in range(2)
        for number in range(8)
        for label in SHAPES
        for shape, verb in ((SHAPES[label][at], VERBS[label][number]),)
    ]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """With a Datanet of one contributor and its first release."""
    made = Client(ProfilePaths(tmp_path / "profile"), cost=cheap.COST, bounds=cheap.BOUNDS)
    try:
        made.profile.create(made.profile.new_phrase(), cheap.PASSWORD)
        file = tmp_path / "rows.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([("text", "label"), *rows()])
        labels = tuple(SHAPES)
        created = made.sign(made.datanets.prepare_create(0, "Birds and tools", "Which is it?", labels, "CC-BY-4.0"))
        datanet = int(str(created.result))
        draft = made.datanets.import_file(datanet, file, 0)
        made.datanets.preflight(draft)
        made.sign(made.datanets.prepare_contribute(draft))
        (given,) = made.datanets.contributions(datanet)
        made.datanets.decide_all(given.id, approve=True)
        made.sign(made.datanets.prepare_review(given.id, 0))
        made.sign(made.datanets.prepare_release(datanet, 0))
        yield made
    finally:
        made.close()


class Hand:
    """A person at the page."""

    def __init__(self, qtbot: QtBot, page: ModelsPage) -> None:
        self.qtbot, self.page = qtbot, page

    def find(self, name: str) -> QWidget:
        found = [one for one in self.page.findChildren(QWidget, name) if one.isVisible()]
        assert found, name
        return found[0]

    def click(self, name: str) -> None:
        self.qtbot.waitUntil(lambda: any(o.isVisible() for o in self.page.findChildren(QWidget, name)))
        button = self.find(name)
        assert button.isEnabled(), name
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def sign(self) -> None:
        self.click("confirm-yes")
        self.still()

    def still(self) -> None:
        self.qtbot.waitUntil(lambda: not tasks.engine().running, timeout=60_000)
        self.qtbot.wait(20)
        self.qtbot.waitUntil(lambda: not tasks.engine().running, timeout=60_000)

    def words(self, name: str) -> str:
        label = self.find(name)
        return str(label.property("text"))


@pytest.fixture
def hand(qtbot: QtBot, client: Client, tmp_path: Path) -> Iterator[Hand]:
    settings = SettingsFile(tmp_path / "settings.json")
    context = Context(client, settings, lambda *_: None, lambda *_: None, lambda: None)
    page = ModelsPage(context)
    qtbot.addWidget(page)
    bridge = Bridge(client.events)
    bridge.changed.connect(page.heard)
    page.resize(972, 704)
    page.show()
    made = Hand(qtbot, page)
    made.still()
    yield made
    made.still()
    bridge.close()
    bridge.deleteLater()


def test_a_model_from_release_to_receipt(hand: Hand, client: Client) -> None:
    # built and published
    hand.click("models-empty-action")
    hand.click("release-next")
    hand.click("options-train")
    hand.still()
    (model,) = client.models.all()
    assert model.accuracy.held_out > 0
    assert hand.find("report-accuracy-value").property("text").endswith("%")
    (weighed,) = client.models.admission(model.id)
    assert weighed.records == model.records
    assert weighed.copies == 0
    assert weighed.weight == pytest.approx(0.5, abs=0.1)  # no trusted core: quality is unknown and counts one half
    hand.click("report-publish")
    hand.still()
    hand.click("publish-sign")
    hand.sign()
    published = client.models.get(model.id)
    assert published.state == "published"
    assert published.fee == Amount.parse("0.01")
    assert published.split == (6000, 2500, 1000, 500)

    # used: first OPEN is set aside, then the answer comes
    text = hand.find("playground-text")
    text.setPlainText("a bird that sings")  # type: ignore[attr-defined]
    hand.click("playground-run")
    hand.still()
    hand.click("deposit-sign")
    hand.sign()
    hand.click("playground-run")
    hand.still()
    assert hand.words("answer-label") == "bird"
    assert "0.99 OPEN left" in hand.words("playground-money")

    # checked by computing it again
    hand.click("answer-verify")
    hand.still()
    assert hand.words("verify-said-title") == "Everything agrees, bit for bit"

    # corrected, then settled
    hand.click("answer-correct")
    hand.still()
    assert hand.words("answer-label") == "tool"
    hand.page.show_model(model.id, "about")
    hand.still()
    assert client.earnings.waiting(model.id) == ((0, 1, Amount.parse("0.01")),)
    hand.click("settle-go")
    hand.sign()
    assert client.earnings.waiting(model.id) == ()
    assert "settled" in hand.words("settle-words")

    # records are taken back (some may only measure, not train); the model follows, with a receipt
    (given,) = client.datanets.contributions(model.datanet)
    client.sign(client.datanets.prepare_withdraw(given.id, list(range(12))))
    hand.page.refresh()
    hand.still()
    hand.click("retrain-go")
    hand.qtbot.waitUntil(lambda: bool(hand.page.findChildren(QWidget, "confirm")), timeout=60_000)
    assert hand.words("retrain-equal") == "Equal to training from scratch, bit for bit."
    hand.sign()
    after = client.models.get(model.id)
    assert after.state == "published"
    assert after.package_hash != published.package_hash
    assert after.trust.state == "proven"
