"""Which screen stands before the profile. The steps are core/onboarding.py's; here they only get their faces."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget

from core.errors import BadInput, BadPhrase, Cancelled, WrongPassword
from core.jobs import Progress
from ui import tasks
from ui.doors import Doors
from ui.onboarding.step import Step
from ui.onboarding.unlock import Unlock
from ui.onboarding.welcome import Welcome

if TYPE_CHECKING:
    from core.onboarding import How, Onboarding, View
    from core.values import InviteView, ProfileState
    from ui.onboarding.join import EnterInvite
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
_JOINED = (
    "You have joined",
    "Your account has no OPEN here yet: give the address on your Wallet page to whoever invited you.",
)
_READY = {"create": _MADE, "join": _JOINED, "restore": _RESTORED, "backup": _RESTORED}
_WORK = {
    "create": ("Making your profile", "Your keys are sealed with your password, then the ledger starts here."),
    "restore": ("Bringing your profile back", "Your keys are sealed with your password, then your accounts are found."),
    "join": ("Joining the network", "The invite is checked once more, then your keys are sealed with your password."),
    "backup": ("Restoring your backup", "It is decrypted and checked before it takes its place."),
    "sample": (
        "Filling a profile with sample data",
        "Ten people contribute, a model is trained and used, all are paid.",
    ),
}


class Gate(QStackedWidget):
    """`opened(client)` when a profile is open: the person's own, or the sample."""

    opened = Signal(object)

    def __init__(self, doors: Doors, state: ProfileState) -> None:
        super().__init__()
        self.setObjectName("gate")
        self._doors = doors
        self._state = state
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self._escape)
        self._show(self.home)

    # -- the screens, each made when it is first wanted: the first paint pays for one ---------------------------------

    @property
    def home(self) -> Step:
        return self.unlock if self._state == "locked" else self.welcome

    def _add(self, step: S) -> S:
        self.addWidget(step)
        step.back.connect(self.go_back)
        return step

    @cached_property
    def welcome(self) -> Welcome:
        step = self._add(Welcome(sample=self._doors.has_sample))
        step.create.connect(lambda: self._choose("create"))
        step.restore.connect(lambda: self._choose("restore"))
        step.join.connect(lambda: self._choose("join"))
        step.backup.connect(lambda: self._choose("backup"))
        step.look_around.connect(lambda: self._choose("sample"))
        return step

    @cached_property
    def unlock(self) -> Unlock:
        step = self._add(Unlock())
        step.unlock.connect(self._unlock)
        step.forgotten.connect(lambda: self._instead("restore"))
        step.backup.connect(lambda: self._instead("backup"))
        return step

    @cached_property
    def show_phrase(self) -> ShowPhrase:
        from ui.onboarding.phrase import ShowPhrase

        step = self._add(ShowPhrase())
        step.wanted.connect(lambda words: self._do(step, self.flow.set_words, words))
        step.written.connect(lambda: self._do(step, self.flow.written_down))
        return step

    @cached_property
    def quiz(self) -> Quiz:
        from ui.onboarding.phrase import Quiz

        step = self._add(Quiz())
        step.answered.connect(self._answer)
        return step

    @cached_property
    def password(self) -> NewPassword:
        from ui.onboarding.password import NewPassword

        step = self._add(NewPassword())
        step.chosen.connect(self._set_password)
        return step

    @cached_property
    def enter_phrase(self) -> EnterPhrase:
        from ui.onboarding.restore import EnterPhrase

        step = self._add(EnterPhrase())
        step.entered_phrase.connect(self._enter_phrase)
        return step

    @cached_property
    def enter_invite(self) -> EnterInvite:
        from ui.onboarding.join import EnterInvite

        step = self._add(EnterInvite())
        step.picked.connect(self._read_invite)
        step.entered_invite.connect(lambda path: self._do(step, self.flow.enter_invite, path))
        return step

    @cached_property
    def enter_backup(self) -> EnterBackup:
        from ui.onboarding.restore import EnterBackup

        step = self._add(EnterBackup())
        step.entered_backup.connect(self._enter_backup)
        return step

    @cached_property
    def working(self) -> Working:
        from ui.onboarding.working import Working

        step = self._add(Working())
        step.again.connect(self._make)
        return step

    @cached_property
    def ready(self) -> Ready:
        from ui.onboarding.working import Ready

        step = self._add(Ready())
        step.go.connect(self._enter)
        return step

    # -- moving ------------------------------------------------------------------------------------------------------

    @cached_property
    def flow(self) -> Onboarding:
        """The steps themselves, imported at the first press: they bring the password's judge along."""
        from core.onboarding import Onboarding

        return Onboarding(self._doors)

    @property
    def step(self) -> Step:
        step = self.currentWidget()
        assert isinstance(step, Step)
        return step

    def _show(self, step: Step) -> None:
        self.setCurrentWidget(step)
        step.entered()

    def _escape(self) -> None:
        if self.step.objectName() not in {"working", "ready"}:
            self.go_back()

    def go_back(self) -> None:
        """One step back in the flow, as the Back button and Escape do."""
        if self.step not in (self.home, self.welcome):
            self._face(self.flow.back())

    def _face(self, view: View) -> None:
        """Shows the screen of the flow's present step. One with secrets forgets them as soon as it is left for good."""
        if view.step == "welcome":
            self._forget()
            self._show(self.home)
        elif view.step == "phrase":
            self.show_phrase.show_phrase(view.words)
            self._show(self.show_phrase)
        elif view.step == "quiz":
            self.quiz.ask(view.questions)
            self._show(self.quiz)
        elif view.step in {"password", "meaning"}:
            self.password.ask_sharing(view.how in {"create", "restore"})
            self._show(self.password)
        elif view.step == "invite":
            self._show(self.enter_invite)
        elif view.step == "restore":
            self._show(self.enter_phrase)
        elif view.step == "backup":
            self._show(self.enter_backup)
        elif view.step == "creating":
            self._make()
        elif view.how == "sample":
            self._enter()
        else:
            self._forget()
            self.ready.set_words(*_READY[view.how or "create"])
            self._show(self.ready)

    def _do(self, step: Step, work: Callable[..., View], *args: object) -> None:
        """One step of the flow on the pool; what goes wrong stands on the screen it came from."""
        step.notice.clear()
        tasks.run(self, work, *args, on_done=self._face, on_error=step.failed)

    def _forget(self) -> None:
        """What was typed or shown goes. Python cannot wipe memory, but nothing here keeps it."""
        for number in range(self.count()):
            step = self.widget(number)
            if isinstance(step, Step):
                step.forget()

    # -- the ways ----------------------------------------------------------------------------------------------------

    def _choose(self, how: How) -> None:
        self._do(self.home, self.flow.choose, how)

    def _instead(self, how: How) -> None:
        """From the locked door: another profile in the place of the one whose password is forgotten."""
        from ui import ask

        def answer(sure: bool) -> None:
            self._doors.may_put_aside = sure
            if sure:
                self._choose(how)

        words = (
            "The locked profile is not deleted: it is moved into a folder beside, and opens again there with its "
            "password. It happens at the end, so you can still turn back."
        )
        ask.question(self, "Put the locked profile aside?", words, yes="Go on", name="put-aside").then(answer)

    def _answer(self, words: list[str]) -> None:
        def wrong(error: BaseException) -> None:
            if isinstance(error, BadInput):
                self.quiz.ask(self.flow.view.questions)
            self.quiz.failed(error)

        self.quiz.notice.clear()
        tasks.run(self, self.flow.answer, words, on_done=self._face, on_error=wrong)

    def _read_invite(self, path: Path) -> None:
        def read(said: InviteView) -> None:
            self.enter_invite.show_invite(path, said)

        tasks.run(self, self._doors.read_invite, path, on_done=read, on_error=self.enter_invite.refused)

    def _enter_phrase(self, phrase: str) -> None:
        def wrong(error: BaseException) -> None:
            if isinstance(error, BadPhrase):
                self.enter_phrase.field.fail_with(error)
            else:
                self.enter_phrase.failed(error)

        tasks.run(self, self.flow.enter_phrase, phrase, on_done=self._face, on_error=wrong)

    def _set_password(self, password: str) -> None:
        shared = self.password.shared

        def work() -> View:
            self.flow.set_shared(shared)
            if self.flow.view.step == "password":  # "meaning" when a failed try came back here
                self.flow.set_password(password, password)
            return self.flow.understood()

        self._do(self.password, work)

    def _enter_backup(self, path: Path, password: str) -> None:
        self._do(self.enter_backup, self.flow.enter_backup, path, password)

    def _make(self) -> None:
        how = self.flow.view.how or "create"
        self.working.begin(*_WORK[how], steps=how in {"create", "restore", "join"})
        self._show(self.working)
        task = tasks.run(
            self, self._finish, on_done=self._face, on_error=self._not_made, on_progress=self.working.report
        )
        self.working.stoppable(task if how == "sample" else None)

    def _finish(self, *, progress: Progress) -> View:
        return self.flow.finish(progress)

    def _not_made(self, error: BaseException) -> None:
        if isinstance(error, Cancelled):
            self._face(self.flow.cancel())
        elif isinstance(error, WrongPassword) and self.flow.view.how == "backup":
            self._face(self.flow.back())
            self.enter_backup.field.fail_with(error)
        else:
            self.working.failed(error)

    # -- in ----------------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        self._forget()
        self.opened.emit(self._doors.opened)

    def _unlock(self, password: str) -> None:
        def work(*, progress: Progress) -> None:
            self._doors.unlock(password, progress)

        def arrived(_answer: None) -> None:
            self.unlock.busy(False)
            self._enter()

        self.unlock.busy(True)
        tasks.run(self, work, on_done=arrived, on_error=self.unlock.failed, on_progress=self.unlock.report)
