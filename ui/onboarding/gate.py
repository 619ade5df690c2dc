"""Which screen stands before the profile, and what leads to the next. Secrets are dropped as soon as they are used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget

from core.errors import BadPhrase, Cancelled, WrongPassword
from core.jobs import Progress
from ui import tasks
from ui.doors import Doors
from ui.onboarding.step import Step
from ui.onboarding.unlock import Unlock
from ui.onboarding.welcome import Welcome

if TYPE_CHECKING:
    from core.client import Client
    from core.values import ProfileState
    from ui.onboarding.password import NewPassword
    from ui.onboarding.phrase import Quiz, ShowPhrase
    from ui.onboarding.restore import EnterBackup, EnterPhrase
    from ui.onboarding.working import Ready, Working

S = TypeVar("S", bound=Step)

_MADE = (
    "Your profile is ready",
    "The ledger runs on this machine and your account holds test OPEN to try everything with. It has no market value.",
)
_RESTORED = ("Your profile is back", "Your accounts were found again. What they own is read from the ledger.")
_MAKING = ("Making your profile", "Your keys are sealed with your password, then the ledger starts on this machine.")
_FINDING = ("Bringing your profile back", "Your keys are sealed with your password, then your accounts are looked for.")
_RESTORING = ("Restoring your backup", "It is decrypted and checked before it takes its place.")
_FILLING = (
    "Filling a profile with sample data",
    "Ten people contribute, a model is trained and used, everyone is paid. This takes minutes, once.",
)


class Gate(QStackedWidget):
    """`opened(client)` when a profile is open: the person's own, or the sample."""

    opened = Signal(object)

    def __init__(self, doors: Doors, state: ProfileState) -> None:
        super().__init__()
        self.setObjectName("gate")
        self._doors = doors
        self._state = state
        self._phrase = ""
        self._made = True  # a new phrase, not a restored one
        self._client: Client | None = None
        self._work: Callable[[], None] | None = None
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._escape)
        self._show(self._home)

    # -- the screens, each made when it is first wanted: the first paint pays for one ---------------------------------

    @property
    def _home(self) -> Step:
        return self.unlock if self._state == "locked" else self.welcome

    def _add(self, step: S, back: Callable[[], None] | None = None) -> S:
        self.addWidget(step)
        if back is not None:
            step.back.connect(back)
        return step

    @cached_property
    def welcome(self) -> Welcome:
        step = self._add(Welcome(sample=self._doors.look_around is not None))
        step.create.connect(self._create)
        step.restore.connect(lambda: self._show(self.enter_phrase))
        step.backup.connect(lambda: self._show(self.enter_backup))
        step.look_around.connect(self._look_around)
        return step

    @cached_property
    def unlock(self) -> Unlock:
        step = self._add(Unlock())
        step.unlock.connect(self._unlock)
        step.forgotten.connect(lambda: self._show(self.enter_phrase))
        step.backup.connect(lambda: self._show(self.enter_backup))
        return step

    @cached_property
    def show_phrase(self) -> ShowPhrase:
        from ui.onboarding.phrase import ShowPhrase

        step = self._add(ShowPhrase(), self._start_over)
        step.wanted.connect(self._new_phrase)
        step.written.connect(self._ask_words)
        return step

    @cached_property
    def quiz(self) -> Quiz:
        from ui.onboarding.phrase import Quiz

        step = self._add(Quiz(), lambda: self._show(self.show_phrase))
        step.passed.connect(lambda: self._show(self.password))
        return step

    @cached_property
    def password(self) -> NewPassword:
        from ui.onboarding.password import NewPassword

        step = self._add(NewPassword(), lambda: self._show(self.quiz if self._made else self.enter_phrase))
        step.chosen.connect(self._with_password)
        return step

    @cached_property
    def enter_phrase(self) -> EnterPhrase:
        from ui.onboarding.restore import EnterPhrase

        step = self._add(EnterPhrase(), self._start_over)
        step.entered_phrase.connect(self._check_phrase)
        return step

    @cached_property
    def enter_backup(self) -> EnterBackup:
        from ui.onboarding.restore import EnterBackup

        step = self._add(EnterBackup(), self._start_over)
        step.entered_backup.connect(self._restore_backup)
        return step

    @cached_property
    def working(self) -> Working:
        from ui.onboarding.working import Working

        step = self._add(Working(), self._start_over)
        step.again.connect(self._try_again)
        return step

    @cached_property
    def ready(self) -> Ready:
        from ui.onboarding.working import Ready

        step = self._add(Ready())
        step.go.connect(self._done)
        return step

    # -- moving ------------------------------------------------------------------------------------------------------

    @property
    def step(self) -> Step:
        step = self.currentWidget()
        assert isinstance(step, Step)
        return step

    def _show(self, step: Step) -> None:
        self.setCurrentWidget(step)
        step.entered()

    def _escape(self) -> None:
        if self.step.objectName() != "working":
            self.step.back.emit()

    def _start_over(self) -> None:
        self._forget()
        self._show(self._home)

    def _forget(self) -> None:
        """What was typed or shown goes. Python cannot wipe memory, but nothing here keeps it."""
        self._phrase = ""
        self._work = None
        for number in range(self.count()):
            step = self.widget(number)
            if isinstance(step, Step):
                step.forget()

    # -- create ------------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        self._made = True
        self._show(self.show_phrase)
        self._new_phrase(12)

    def _new_phrase(self, words: int) -> None:
        tasks.run(self, self._doors.new_phrase, words, on_done=self._got_phrase, on_error=self._phrase_failed)

    def _got_phrase(self, phrase: str) -> None:
        self._phrase = phrase
        self.show_phrase.show_phrase(phrase)

    def _phrase_failed(self, error: BaseException) -> None:
        self.show_phrase.notice.say_error(error)

    def _ask_words(self) -> None:
        self.quiz.ask(self._phrase)
        self._show(self.quiz)

    # -- restore -----------------------------------------------------------------------------------------------------

    def _check_phrase(self, phrase: str) -> None:
        def right(_answer: object) -> None:
            self._phrase, self._made = phrase, False
            self._show(self.password)

        def wrong(error: BaseException) -> None:
            if isinstance(error, BadPhrase):
                self.enter_phrase.field.fail_with(error)
            else:
                self.enter_phrase.notice.say_error(error)

        tasks.run(self, self._doors.check_phrase, phrase, on_done=right, on_error=wrong)

    def _restore_backup(self, path: Path, password: str) -> None:
        def work(*, progress: Progress) -> Client:
            return self._doors.restore_backup(path, password, progress)

        def wrong(error: BaseException) -> None:
            self._show(self.enter_backup)
            if isinstance(error, WrongPassword):
                self.enter_backup.field.fail_with(error)
            else:
                self.enter_backup.notice.say_error(error)

        self._begin(_RESTORING, work, lambda: self._finished(_RESTORED), wrong)

    # -- the work ----------------------------------------------------------------------------------------------------

    def _with_password(self, password: str) -> None:
        phrase, made = self._phrase, self._made

        def work(*, progress: Progress) -> Client:
            return self._doors.make(phrase, password, made, progress)

        self._begin(_MAKING if made else _FINDING, work, lambda: self._finished(_MADE if made else _RESTORED))

    def _look_around(self) -> None:
        door = self._doors.look_around
        assert door is not None

        def work(*, progress: Progress) -> Client:
            return door(progress)

        self._begin(_FILLING, work, self._done, stoppable=True)

    def _begin(
        self,
        said: tuple[str, str],
        work: Callable[..., Client],
        done: Callable[[], None],
        failed: Callable[[BaseException], None] | None = None,
        *,
        stoppable: bool = False,
    ) -> None:
        def arrived(client: Client) -> None:
            self._client = client
            done()

        def begin() -> None:
            self.working.begin(*said)
            self._show(self.working)
            task = tasks.run(
                self, work, on_done=arrived, on_error=failed or self._failed, on_progress=self.working.report
            )
            self.working.stoppable(task if stoppable else None)

        self._work = begin
        begin()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._start_over()
        else:
            self.working.failed(error)

    def _try_again(self) -> None:
        if self._work is not None:
            self._work()

    def _finished(self, said: tuple[str, str]) -> None:
        self._forget()
        self.ready.set_words(*said)
        self._show(self.ready)

    def _done(self) -> None:
        self._forget()
        self.opened.emit(self._client)

    # -- unlock ------------------------------------------------------------------------------------------------------

    def _unlock(self, password: str) -> None:
        def work(*, progress: Progress) -> Client:
            return self._doors.unlock(password, progress)

        def arrived(client: Client) -> None:
            self._client = client
            self.unlock.busy(False)
            self._done()

        self.unlock.busy(True)
        tasks.run(self, work, on_done=arrived, on_error=self.unlock.failed, on_progress=self.unlock.report)
