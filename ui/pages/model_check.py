"""Trust in one answer: whether anybody was paid for it yet, one click that recomputes it, and the way to the proof."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.values import Answer, CallPay
from ui import ask, tasks
from ui.disclosing import ANSWER
from ui.pages.base import Page
from ui.pages.model_parts import cost
from ui.pages.verifying import VerifyPart
from ui.text import foreign, word
from ui.theme.tokens import M, S
from ui.trace_words import CALL_PAY, PAY
from ui.widgets import Button, Line, LinkButton, Notice, Text, column, row


class CheckPart(QWidget):
    """Pay and proof of the answer that is shown; belongs below it. `paid(CallPay)` once it is known."""

    paid = Signal(object)

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page, self._client = page, page.client
        self._answer: Answer | None = None
        self._pay: CallPay | None = None
        self._written: Path | None = None
        column(self._pay_part(), Line(), self._check_part(), space=M, parent=self)

    def _pay_part(self) -> QWidget:
        self._pay_title = Text("", "strong", wrap=True)
        self._pay_title.setObjectName("answer-pay")
        self._pay_words = Text("", "small", "muted", wrap=True)
        self._pay_words.setToolTip(PAY)
        self._settlement = LinkButton("See its settlement", name="answer-settlement", on=self._open_settlement)
        part = QWidget()
        column(self._pay_title, self._pay_words, row(self._settlement, None), space=2, parent=part)
        return part

    def _check_part(self) -> QWidget:
        words = "Recomputes it on this machine and makes the model again without each contributor, then compares."
        self.checking = VerifyPart(self._client.models.verify_answer, words, name="verify", button="answer-verify")
        self._prove = Button("Export a proof of it…", name="answer-prove", icon="file-check", on=self._ask_proof)
        self._audit = Button("Check the file", name="answer-audit", icon="file-check", on=self._open_audit)
        self._prove_words = Text("", "small", "muted", wrap=True)
        self._prove_said = Notice(name="answer-proof-said")
        part = QWidget()
        proof = row(self._prove, self._audit, None, space=S)
        column(self.checking, self._prove_words, proof, self._prove_said, parent=part)
        return part

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_answer(self, answer: Answer) -> None:
        new = self._answer is None or self._answer.call != answer.call
        self._answer = answer
        self.checking.show_answer(answer.call)
        if new:
            self._prove_said.clear()
            self._written = None
            self._audit.hide()
            self._show_pay(None)
        tasks.run(self, self._read_pay, answer.call, on_done=self._pay_read, on_error=lambda _error: None)

    def _read_pay(self, call: int) -> tuple[int, CallPay]:
        return call, self._client.explaining.pay_of(call)

    def _pay_read(self, found: tuple[int, CallPay]) -> None:
        call, pay = found
        if self._answer is not None and self._answer.call == call:
            self._show_pay(pay)
            self.paid.emit(pay)

    def _show_pay(self, pay: CallPay | None) -> None:
        self._pay = pay
        title, words = ("Pay", "") if pay is None else CALL_PAY.get(pay.state, (word("settlement", pay.state), ""))
        self._pay_title.setText(title)
        self._pay_words.setText("" if pay is None else words.format(fee=cost(pay.fee)))
        self._pay_words.setVisible(bool(self._pay_words.text()))
        self._settlement.setVisible(pay is not None and bool(pay.settlement))
        provable = pay is not None and pay.provable
        self._prove.setVisible(provable)
        waits = pay is not None and pay.state == "waiting"
        why = "Once it is settled, a proof file lets anybody check it without this program." if waits else ""
        self._prove_words.setText(why)
        self._prove_words.setVisible(bool(why))

    def _open_settlement(self) -> None:
        if self._pay is not None:
            self._page.go("earnings", self._pay.settlement)

    # -- the proof ---------------------------------------------------------------------------------------------------

    def _ask_proof(self) -> None:
        if self._answer is not None and self._pay is not None:
            steps = self._proving(self._answer.call, self._pay.settlement)
            tasks.start(self, steps, on_error=self._prove_said.say_error)

    async def _proving(self, call: int, settlement: str) -> None:
        self._prove_said.clear()
        where = "Choose where to save"
        if not await ask.question(self, "Export a proof of this answer?", ANSWER, yes=where, name="export-answer"):
            return
        path = await ask.save_file(self, "Export a proof of this answer", f"answer-{call}.proof.json", "*.json")
        if path is not None:
            self.prove_to(path, call, settlement)

    def prove_to(self, path: Path, call: int, settlement: str) -> None:
        """As after choosing the file."""
        task = tasks.run(
            self,
            self._export,
            path,
            call,
            settlement,
            title="Export a proof of an answer",
            on_done=self._proved,
            on_error=self._prove_said.say_error,
        )
        if task.running:
            self.checking.running.follow(task)

    def _export(self, path: Path, call: int, settlement: str, progress: object = None) -> Path:
        self._client.earnings.export_proof(settlement, path, call=call, disclose=True, progress=progress)  # type: ignore[arg-type]
        return path

    def _proved(self, path: Path) -> None:
        self._written = path
        self._audit.show()
        words = f"{foreign(path, 200)}. Check it here, or with the script on any other machine."
        self._prove_said.say("The proof file is written", words, "success")

    def _open_audit(self) -> None:
        if self._written is not None:
            self._page.go("earnings", ("check", self._written))
