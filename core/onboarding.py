"""The first start as a state machine without a screen: a window and a terminal walk it alike.

create   welcome -> phrase -> quiz -> password -> meaning -> creating -> done
restore  welcome -> restore -> password -> meaning -> creating -> done
join     welcome -> invite -> phrase -> quiz -> password -> meaning -> creating -> done
backup   welcome -> backup -> creating -> done
sample   welcome -> creating -> done

`back` goes one step back, `cancel` to the beginning; both forget what they leave behind. What is to be done in the end
is the caller's `Maker`; nothing is written before `finish`.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from core.errors import BadInput
from core.jobs import Progress, silent
from core.wallet.strength import Strength, estimate

How = Literal["create", "restore", "join", "backup", "sample"]
Step = Literal["welcome", "invite", "phrase", "quiz", "restore", "backup", "password", "meaning", "creating", "done"]

_WAYS: dict[How, tuple[Step, ...]] = {
    "create": ("welcome", "phrase", "quiz", "password", "meaning", "creating", "done"),
    "restore": ("welcome", "restore", "password", "meaning", "creating", "done"),
    "join": ("welcome", "invite", "phrase", "quiz", "password", "meaning", "creating", "done"),
    "backup": ("welcome", "backup", "creating", "done"),
    "sample": ("welcome", "creating", "done"),
}
_QUESTIONS = 3
_SHORTEST = 8  # characters of a password
_WEAKEST = 1  # score


class Maker(Protocol):
    """What the steps need and what they end in."""

    def new_phrase(self, words: int) -> str: ...
    def check_phrase(self, phrase: str) -> str: ...  # raises BadPhrase
    def check_invite(self, file: Path) -> None: ...  # asks its node; raises what joining would
    def create(self, phrase: str, passphrase: str, password: str, progress: Progress, *, shared: bool) -> None: ...
    def restore(self, phrase: str, passphrase: str, password: str, progress: Progress, *, shared: bool) -> None: ...
    def join(self, file: Path, phrase: str, passphrase: str, password: str, progress: Progress) -> None: ...
    def restore_backup(self, file: Path, password: str, progress: Progress) -> None: ...
    def sample(self, progress: Progress) -> None: ...


@dataclass(frozen=True)
class View:
    """What a screen shows now. `words` only at the step "phrase"; `questions` are positions from 1.

    `number` of `total` counts the steps that ask something; `can_back` whether `back` would go anywhere.
    """

    step: Step
    how: How | None
    number: int
    total: int
    can_back: bool
    words: tuple[str, ...] = field(default=(), repr=False)
    questions: tuple[int, ...] = ()


class Onboarding:
    """Every method checks that its step is the present one (BadInput "step"), changes it and returns the new view."""

    def __init__(self, maker: Maker, randomness: random.Random | None = None) -> None:
        self._maker = maker
        self._random = randomness or secrets.SystemRandom()
        self._forget()

    def __repr__(self) -> str:
        return f"Onboarding({self._step})"

    def _forget(self) -> None:
        self._how: How | None = None
        self._step: Step = "welcome"
        self._phrase = self._passphrase = self._password = ""
        self._file: Path | None = None
        self._shared = False
        self._questions: tuple[int, ...] = ()

    @property
    def view(self) -> View:
        way = _WAYS[self._how] if self._how is not None else _WAYS["create"]
        number = way.index(self._step)
        return View(
            step=self._step,
            how=self._how,
            number=number,
            total=len(way) - 3,  # without the welcome, the making and the end
            can_back=self._step not in {"welcome", "done"},
            words=tuple(self._phrase.split()) if self._step == "phrase" else (),
            questions=self._questions if self._step == "quiz" else (),
        )

    def choose(self, how: How) -> View:
        """At "welcome"."""
        self._expect("welcome")
        if how not in _WAYS:
            raise BadInput(field="how", reason="unknown", value=how)
        self._how = how
        if how == "create":
            self._phrase = self._maker.new_phrase(12)
        return self._forward()

    def set_words(self, words: int) -> View:
        """At "phrase": another phrase, of 12 or 24 words."""
        self._expect("phrase")
        self._phrase = self._maker.new_phrase(words)
        return self.view

    def written_down(self, passphrase: str = "") -> View:
        """At "phrase": on to the quiz. `passphrase` is BIP-39's extra word, for those who know what it is."""
        self._expect("phrase")
        self._passphrase = passphrase
        self._ask()
        return self._forward()

    def answer(self, words: Sequence[str]) -> View:
        """At "quiz", in the order of `view.questions`. Raises BadInput("quiz", "wrong", positions) and asks anew."""
        self._expect("quiz")
        right = self._phrase.split()
        given = [word.strip().lower() for word in words]
        wrong = [
            position
            for number, position in enumerate(self._questions)
            if number >= len(given) or given[number] != right[position - 1]
        ]
        if wrong or len(given) != len(self._questions):
            self._ask()
            raise BadInput(field="quiz", reason="wrong", positions=tuple(wrong))
        return self._forward()

    def enter_phrase(self, text: str, passphrase: str = "") -> View:
        """At "restore". Raises BadPhrase(reason, position)."""
        self._expect("restore")
        self._phrase = self._maker.check_phrase(text)
        self._passphrase = passphrase
        return self._forward()

    def enter_invite(self, file: Path) -> View:
        """At "invite": it is held against its ledger before anything is asked or made. Raises what joining would."""
        self._expect("invite")
        self._maker.check_invite(file)
        self._file = file
        self._phrase = self._phrase or self._maker.new_phrase(12)
        return self._forward()

    def enter_backup(self, file: Path, password: str) -> View:
        """At "backup"; `password` is that of the day of the backup."""
        self._expect("backup")
        if not password:
            raise BadInput(field="password", reason="empty")
        if not file.is_file():
            raise BadInput(field="file", reason="missing", value=str(file))
        self._file, self._password = file, password
        return self._forward()

    @staticmethod
    def strength(password: str) -> Strength:
        """While it is typed; a few hundred microseconds."""
        return estimate(password, avoid=("openledger",))

    def set_password(self, password: str, again: str) -> View:
        """At "password". Raises BadInput: "differ", "short", "weak"."""
        self._expect("password")
        if password != again:
            raise BadInput(field="password", reason="differ")
        if len(password) < _SHORTEST:
            raise BadInput(field="password", reason="short", limit=_SHORTEST)
        if self.strength(password).score < _WEAKEST:
            raise BadInput(field="password", reason="weak")
        self._password = password
        return self._forward()

    def set_shared(self, shared: bool) -> View:
        """At "password" or "meaning" of one's own network: whether others will join it. They will not unless said."""
        if self._step != "meaning":
            self._expect("password")
        self._shared = shared
        return self.view

    def understood(self) -> View:
        """At "meaning": a forgotten password cannot be reset; the phrase is the only way back, and a backup needs the
        password of its day.
        """
        self._expect("meaning")
        return self._forward()

    def finish(self, progress: Progress | None = None) -> View:
        """At "creating": do it. Takes seconds. What it raises leaves the step as it is, so it can be tried again."""
        self._expect("creating")
        progress = progress or silent()
        if self._how == "create":
            self._maker.create(self._phrase, self._passphrase, self._password, progress, shared=self._shared)
        elif self._how == "restore":
            self._maker.restore(self._phrase, self._passphrase, self._password, progress, shared=self._shared)
        elif self._how == "join":
            assert self._file is not None
            self._maker.join(self._file, self._phrase, self._passphrase, self._password, progress)
        elif self._how == "backup":
            assert self._file is not None
            self._maker.restore_backup(self._file, self._password, progress)
        else:
            self._maker.sample(progress)
        how = self._how
        self._forget()
        self._how, self._step = how, "done"
        return self.view

    def back(self) -> View:
        """One step back. From the quiz the phrase is shown again; from the first step everything is forgotten."""
        if self._how is None or self._step in {"welcome", "done"}:
            return self.view
        way = _WAYS[self._how]
        self._step = way[way.index(self._step) - 1]
        if self._step == "welcome":
            self._forget()
        elif self._step in {"password", "backup"}:
            self._password = ""
        elif self._step == "quiz":
            self._ask()
        return self.view

    def cancel(self) -> View:
        """To the beginning; nothing was written."""
        if self._step != "done":
            self._forget()
        return self.view

    def _ask(self) -> None:
        self._questions = tuple(sorted(self._random.sample(range(1, len(self._phrase.split()) + 1), _QUESTIONS)))

    def _forward(self) -> View:
        assert self._how is not None
        way = _WAYS[self._how]
        self._step = way[way.index(self._step) + 1]
        return self.view

    def _expect(self, step: Step) -> None:
        if self._step != step:
            raise BadInput(field="step", reason="step", expected=step, found=self._step)
