"""The pieces: what they promise by name, key and word."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.errors import BadAmount, DiskFull
from core.jobs import Progress
from core.units import Address, Amount
from core.values import TrustView
from ui import tasks
from ui.widgets import (
    AddressLabel,
    AmountLabel,
    Button,
    DropZone,
    EmptyState,
    LabeledField,
    Notice,
    PasswordField,
    ProgressPanel,
    QrCode,
    Segmented,
    StatTile,
    StepBar,
    StrengthMeter,
    Text,
    TrustBadge,
    column,
)

ADDRESS = Address.parse("0x52908400098527886E0F7030069857D2E4169EE7")


def test_every_label_is_plain_text(qtbot: QtBot) -> None:
    notice = Notice("danger", "<b>bold</b>", '<a href="https://x">pay</a>')
    qtbot.addWidget(notice)
    for label in notice.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText
        assert not label.openExternalLinks()


def test_an_address_is_shown_whole_and_read_back_when_copied(qtbot: QtBot) -> None:
    label = AddressLabel(ADDRESS)
    qtbot.addWidget(label)
    label.show()
    assert label.findChild(Text, "address-text").text() == str(ADDRESS)
    assert label.copy()
    assert QGuiApplication.clipboard().text() == str(ADDRESS)
    label._forget()
    label._back.stop()


def test_a_clipboard_that_holds_something_else_is_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    class Thief:
        def setText(self, _text: str) -> None: ...  # noqa: N802

        def text(self) -> str:
            return "0x8617E340B3D01FA5F11F306F4090FD50E238070D"

    label = AddressLabel(ADDRESS)
    qtbot.addWidget(label)
    monkeypatch.setattr(QGuiApplication, "clipboard", staticmethod(Thief))
    assert not label.copy()
    assert "do not paste" in label._said.text()
    label._back.stop()


def test_an_unknown_amount_is_never_zero(qtbot: QtBot) -> None:
    label = AmountLabel(None)
    qtbot.addWidget(label)
    assert (label.text(), label.accessibleName()) == ("-", "Not known yet")
    label.show_amount(Amount(1))
    assert label.text() == "<0.0001 OPEN"
    assert label.toolTip() == "0.000000000000000001 OPEN"


def test_local_open_says_that_it_has_no_market_value(qtbot: QtBot) -> None:
    label = AmountLabel(Amount.parse("3"), local=True)
    qtbot.addWidget(label)
    assert "no market value" in label.toolTip()


@pytest.mark.parametrize(
    ("state", "word"),
    [("proven", "verified"), ("unverified", "unverified"), ("stale", "stale"), ("failed", "proof failed")],
)
def test_trust_is_said_in_words(qtbot: QtBot, state: str, word: str) -> None:
    badge = TrustBadge(TrustView(state, block=3))  # type: ignore[arg-type]
    qtbot.addWidget(badge)
    assert badge.accessibleName().startswith(word)
    assert badge.toolTip()


def test_a_field_marks_its_error_and_takes_it_back(qtbot: QtBot) -> None:
    field = LabeledField("Amount", QLineEdit(), "In OPEN")
    qtbot.addWidget(field)
    assert field.field.accessibleName() == "Amount"
    field.fail_with(BadAmount(field="amount", reason="not a number", value="x"))
    assert field.error == "This is not an amount. Write a number such as 1.5, with a point before the decimals."
    assert field.field.accessibleDescription() == field.error
    field.clear()
    assert field.error == ""
    assert field.field.accessibleDescription() == "In OPEN"


def test_a_notice_words_an_error_and_hides_its_details(qtbot: QtBot) -> None:
    notice, host = Notice(), QWidget()
    qtbot.addWidget(host)
    column(notice, parent=host)
    host.show()
    assert notice.isHidden()
    notice.say_error(DiskFull(path="/x"))
    assert not notice.isHidden()
    assert notice.findChild(Text, "notice-title").text() == "The disk is full"
    assert notice._detail.isHidden()
    notice.findChild(Button, "notice-details").click()
    assert not notice._detail.isHidden()
    notice.clear()
    assert notice.isHidden()


def test_a_password_can_be_looked_at(qtbot: QtBot) -> None:
    field = PasswordField()
    qtbot.addWidget(field)
    field.edit.setText("secret")
    assert field.edit.echoMode() == QLineEdit.EchoMode.Password
    field.findChild(object, "password-eye").click()
    assert field.edit.echoMode() == QLineEdit.EchoMode.Normal


def test_the_meter_speaks(qtbot: QtBot) -> None:
    meter = StrengthMeter()
    qtbot.addWidget(meter)
    with qtbot.waitSignal(meter.judged) as judged:
        meter.judge("violet tractor seldom breathes")
    assert judged.args == [True]
    assert meter.accessibleName().startswith("Strength: Strong")


def test_dropped_files_are_taken_and_others_refused_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    zone = DropZone("Drop files here", ["csv", "jsonl"])
    qtbot.addWidget(zone)
    zone.show()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.CSV", "b.exe")])
    event = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(zone.chosen) as chosen:
        zone.dropEvent(event)
    assert chosen.args == [[tmp_path / "a.CSV"]]
    assert zone.findChild(Text, "drop-refused").text() == "Left out: b.exe"


def test_a_zone_for_one_file_takes_one(qtbot: QtBot, tmp_path: Path) -> None:
    zone = DropZone("Drop it here", many=False)
    qtbot.addWidget(zone)
    with qtbot.waitSignal(zone.chosen) as chosen:
        zone.take([tmp_path / "a", tmp_path / "b"])
    assert chosen.args == [[tmp_path / "a"]]


def test_a_choice_is_said_once_and_set_silently(qtbot: QtBot) -> None:
    choice = Segmented([("a", "First"), ("b", "Second")], name="pick")
    qtbot.addWidget(choice)
    assert choice.value == "a"
    with qtbot.assertNotEmitted(choice.changed):
        choice.choose("b")
    assert choice.value == "b"
    with qtbot.waitSignal(choice.changed) as changed:
        choice.findChild(Button, "pick-a").click()
    assert changed.args == ["a"]


def test_an_empty_state_leads_on(qtbot: QtBot) -> None:
    went = []
    empty = EmptyState("inbox", "Nothing yet", "Add something.", "Add", lambda: went.append(1))
    qtbot.addWidget(empty)
    empty.findChild(Button, "empty-action").click()
    assert went == [1]


def test_a_stat_is_one_sentence_to_a_screen_reader(qtbot: QtBot) -> None:
    tile = StatTile("Claimable", "3.9", "OPEN", "2 payments", name="claimable")
    qtbot.addWidget(tile)
    assert tile.accessibleName() == "Claimable: 3.9 OPEN. 2 payments"
    tile.show_value("0", "OPEN", "Not settled yet.")
    assert tile.findChild(Text, "claimable-value").text() == "0"


def test_steps_say_where_one_is(qtbot: QtBot) -> None:
    bar = StepBar(["Phrase", "Check", "Ready"])
    qtbot.addWidget(bar)
    bar.show_step(1)
    assert bar.accessibleName() == "Step 2 of 3: Check"


def test_a_progress_panel_follows_its_task_and_stops_it(qtbot: QtBot) -> None:
    panel = ProgressPanel()
    qtbot.addWidget(panel)
    ended = []

    def work(*, progress: Progress) -> None:
        while True:
            progress.step("solve", 1, 4)

    task = tasks.run(panel, work, title="Train", on_error=ended.append)
    panel.follow(task)
    qtbot.waitUntil(lambda: panel._share.text() == "25 %")
    assert panel._words.text() == "Solving exactly"
    panel.findChild(Button, "progress-stop").click()
    qtbot.waitUntil(lambda: bool(ended))
    assert panel.isHidden()


def test_a_qr_code_reads_as_the_standard_says(qtbot: QtBot) -> None:
    import segno

    code = QrCode(str(ADDRESS))
    qtbot.addWidget(code)
    assert code.modules == tuple(bytes(line) for line in segno.make(str(ADDRESS), error="m", micro=False).matrix)
    code.show()
    image = code.grab().toImage()
    assert image.pixelColor(image.width() // 2, 6).lightness() == 255  # the quiet zone
    dark = [image.pixelColor(x, image.height() // 2).lightness() < 40 for x in range(image.width())]
    assert any(dark)
