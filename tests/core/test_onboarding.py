"""The first start can be walked forward, back and away, and writes nothing before its last step."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from core.errors import BadFile, BadInput, BadPhrase, Cancelled, WrongPassword
from core.jobs import Progress
from core.onboarding import Onboarding
from core.paths import ProfilePaths
from core.vault.backup import back_up, restore
from core.vault.vault import Vault, exists
from core.wallet.profile import create_profile
from core.wallet.signer import Signer
from tests.doubles.cheap import BOUNDS, COST, PASSWORD

PHRASE = "test " * 11 + "junk"
FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


class RealMaker:
    """The real signer, vault and backup, with a cheap key derivation and no network."""

    def __init__(self, root: Path) -> None:
        self.paths = ProfilePaths(root / "profile")
        self.sample_paths = ProfilePaths(root / "sample")
        self.signer = Signer(self.paths.keys, bounds=BOUNDS)
        self.shared: list[bool] = []
        self.joined: list[Path] = []

    def new_phrase(self, words: int) -> str:
        return self.signer.new_phrase(words)

    def check_phrase(self, phrase: str) -> str:
        return self.signer.check_phrase(phrase)

    def create(self, phrase: str, passphrase: str, password: str, progress: Progress, *, shared: bool = False) -> None:
        self.shared.append(shared)
        create_profile(
            self.paths,
            self.signer,
            phrase,
            password,
            passphrase=passphrase,
            cost=COST,
            bounds=BOUNDS,
            progress=progress,
        ).close()

    restore = create

    def check_invite(self, file: Path) -> None:
        if not file.is_file():
            raise BadFile(path=str(file), reason="not an invite")

    def join(self, file: Path, phrase: str, passphrase: str, password: str, progress: Progress) -> None:
        self.check_invite(file)
        self.joined.append(file)
        self.create(phrase, passphrase, password, progress)

    def restore_backup(self, file: Path, password: str, progress: Progress) -> None:
        restore(file, self.paths, password, bounds=BOUNDS, progress=progress)

    def sample(self, progress: Progress) -> None:
        signer = Signer(self.sample_paths.keys, bounds=BOUNDS)
        try:
            phrase = signer.new_phrase(12)
            create_profile(
                self.sample_paths, signer, phrase, "sample", cost=COST, bounds=BOUNDS, progress=progress
            ).close()
        finally:
            signer.lock()


@pytest.fixture
def maker(tmp_path):
    maker = RealMaker(tmp_path)
    yield maker
    maker.signer.lock()


@pytest.fixture
def start(maker) -> Onboarding:
    return Onboarding(maker, random.Random(7))


def pass_quiz(start: Onboarding, words: tuple[str, ...]):
    return start.answer([words[position - 1] for position in start.view.questions])


def test_creating_a_profile_from_the_first_screen_to_the_last(start, maker):
    assert start.view.step == "welcome"
    view = start.choose("create")
    words = view.words
    assert (view.step, len(words), view.number, view.total) == ("phrase", 12, 1, 4)
    view = start.written_down()
    assert (view.step, view.words) == ("quiz", ())
    assert len(set(view.questions)) == 3
    assert pass_quiz(start, words).step == "password"
    assert start.set_password(PASSWORD, PASSWORD).step == "meaning"
    assert not maker.paths.root.exists(), "nothing is written before the last step"
    assert start.understood().step == "creating"
    assert start.finish().step == "done"
    maker.signer.open(PASSWORD, 5)
    assert maker.signer.reveal(PASSWORD) == (" ".join(words), "")
    Vault.open(maker.paths, PASSWORD, bounds=BOUNDS).close()


def test_restoring_from_a_phrase(start, maker):
    start.choose("restore")
    assert start.enter_phrase(f"  {PHRASE.upper()} \n").step == "password"
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    start.finish()
    maker.signer.open(PASSWORD, 5)
    assert str(maker.signer.addresses([0])[0]) == FIRST


def test_joining_checks_the_invite_first_and_then_goes_the_way_of_a_new_profile(start, maker, tmp_path):
    file = tmp_path / "invite.olinvite"
    assert start.choose("join").step == "invite"
    with pytest.raises(BadFile):
        start.enter_invite(file)
    assert start.view.step == "invite"
    file.touch()
    view = start.enter_invite(file)
    assert (view.step, len(view.words), view.number, view.total) == ("phrase", 12, 2, 5)
    assert start.back().step == "invite"
    assert start.enter_invite(file).words == view.words, "what may be on paper already stays"
    start.written_down()
    pass_quiz(start, view.words)
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    assert maker.joined == []
    assert start.finish().step == "done"
    assert maker.joined == [file]


@pytest.mark.parametrize("shared", [None, False, True])
def test_a_network_is_for_oneself_unless_said(start, maker, shared):
    start.choose("restore")
    start.enter_phrase(PHRASE)
    if shared is not None:
        start.set_shared(shared)
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    start.finish()
    assert maker.shared == [bool(shared)]


def test_restoring_from_a_backup(start, maker, tmp_path):
    other = RealMaker(tmp_path / "other")
    other.create(PHRASE, "", PASSWORD, Progress())
    other.signer.lock()
    with Vault.open(other.paths, PASSWORD, bounds=BOUNDS) as vault:
        back_up(vault, tmp_path / "b.olbackup")
    start.choose("backup")
    with pytest.raises(BadInput):
        start.enter_backup(tmp_path / "nothing", PASSWORD)
    with pytest.raises(BadInput):
        start.enter_backup(tmp_path / "b.olbackup", "")
    start.enter_backup(tmp_path / "b.olbackup", "wrong password")
    with pytest.raises(WrongPassword):
        start.finish()
    assert start.back().step == "backup"
    start.enter_backup(tmp_path / "b.olbackup", PASSWORD)
    assert start.finish().step == "done"
    maker.signer.open(PASSWORD, 5)
    assert str(maker.signer.addresses([0])[0]) == FIRST


def test_looking_around_with_sample_data_asks_nothing_and_touches_no_profile(start, maker):
    view = start.choose("sample")
    assert (view.step, view.total) == ("creating", 0)
    assert start.finish().step == "done"
    assert exists(maker.sample_paths)
    assert not exists(maker.paths)


def test_24_words_when_wanted(start):
    start.choose("create")
    first = start.view.words
    assert len(start.set_words(24).words) == 24
    assert len(start.set_words(12).words) == 12
    assert start.view.words != first
    with pytest.raises(BadInput):
        start.set_words(13)


def test_a_passphrase_goes_with_the_phrase(start, maker):
    start.choose("create")
    words = start.view.words
    start.written_down(passphrase="more")
    pass_quiz(start, words)
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    start.finish()
    assert maker.signer.reveal(PASSWORD) == (" ".join(words), "more")


# --- the quiz ---


def test_a_wrong_answer_is_said_and_asked_anew(start):
    start.choose("create")
    words = start.view.words
    start.written_down()
    asked = start.view.questions
    given = [words[position - 1] for position in asked]
    with pytest.raises(BadInput) as caught:
        start.answer([given[0], "wronger", given[2]])  # "wrong" is a word of the list
    assert caught.value.positions == (asked[1],)
    assert start.view.step == "quiz"
    for answers in ([], given[:2], [*given, "extra"], given[::-1]):
        if answers != [words[position - 1] for position in start.view.questions]:
            with pytest.raises(BadInput):
                start.answer(answers)
    assert pass_quiz(start, words).step == "password"


def test_answers_may_be_typed_carelessly(start):
    start.choose("create")
    words = start.view.words
    start.written_down()
    start.answer([f" {words[position - 1].upper()} " for position in start.view.questions])


def test_from_the_quiz_the_phrase_can_be_looked_at_again(start):
    start.choose("create")
    words = start.view.words
    start.written_down()
    assert start.back().words == words
    assert start.written_down().step == "quiz"


def test_every_word_is_asked_for_sooner_or_later(start):
    start.choose("create")
    asked = set()
    for _ in range(60):
        asked |= set(start.written_down().questions)
        start.back()
    assert asked == set(range(1, 13))


# --- the password ---


@pytest.mark.parametrize(
    ("password", "again", "reason"),
    [
        (PASSWORD, PASSWORD + " ", "differ"),
        ("", "", "short"),
        ("x7#Kp2!", "x7#Kp2!", "short"),
        ("password123", "password123", "weak"),
        ("openledger2024", "openledger2024", "weak"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "weak"),
    ],
)
def test_a_password_that_would_not_help_is_refused_with_its_reason(start, password, again, reason):
    start.choose("restore")
    start.enter_phrase(PHRASE)
    with pytest.raises(BadInput) as caught:
        start.set_password(password, again)
    assert caught.value.reason == reason
    assert password not in repr(caught.value) or password == ""
    assert start.view.step == "password"


def test_strength_is_told_while_it_is_typed(start):
    scores = [start.strength(PASSWORD[:n]).score for n in (4, 12, 28)]
    assert scores == sorted(scores)
    assert scores[-1] == 4


# --- back and away ---


def test_back_walks_the_way_back_to_the_welcome(start):
    start.choose("create")
    words = start.view.words
    start.written_down()
    pass_quiz(start, words)
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    walked = []
    while start.view.step != "welcome":
        assert start.view.can_back
        walked.append(start.back().step)
    assert walked == ["meaning", "password", "quiz", "phrase", "welcome"]
    assert start.choose("create").words != words, "what was left is forgotten"


def test_cancel_forgets_everything(start, maker):
    start.choose("restore")
    start.enter_phrase(PHRASE, "extra")
    start.set_password(PASSWORD, PASSWORD)
    assert start.cancel().step == "welcome"
    kept = repr(vars(start))
    assert not any(secret in kept for secret in (PASSWORD, "junk", "extra"))
    assert not maker.paths.root.exists()


def test_after_the_end_nothing_secret_is_kept_and_nothing_goes_back(start):
    start.choose("restore")
    start.enter_phrase(PHRASE)
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    start.finish()
    kept = repr(vars(start))
    assert PASSWORD not in kept
    assert "junk" not in kept
    assert start.back().step == "done"
    assert start.cancel().step == "done"


def test_a_cancelled_making_can_be_tried_again(start, maker):
    start.choose("restore")
    start.enter_phrase(PHRASE)
    start.set_password(PASSWORD, PASSWORD)
    start.understood()
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        start.finish(progress)
    assert start.view.step == "creating"
    assert not exists(maker.paths)
    assert start.finish().step == "done"


def test_steps_come_in_their_order_only(start):
    for out_of_turn in (
        lambda: start.set_words(12),
        start.written_down,
        lambda: start.answer(["a", "b", "c"]),
        lambda: start.enter_phrase(PHRASE),
        lambda: start.set_password(PASSWORD, PASSWORD),
        start.understood,
        start.finish,
    ):
        with pytest.raises(BadInput) as caught:
            out_of_turn()
        assert caught.value.reason == "step"
    assert start.back().step == "welcome"
    with pytest.raises(BadInput):
        start.choose("somehow")


def test_a_mistyped_phrase_says_where_and_stays(start):
    start.choose("restore")
    with pytest.raises(BadPhrase) as caught:
        start.enter_phrase("test " * 3 + "tset " + "test " * 7 + "junk")
    assert caught.value.position == 4
    assert start.view.step == "restore"


def test_nothing_that_is_shown_or_logged_by_name_holds_a_secret(start):
    start.choose("create")
    words = start.view.words
    shown = repr(start.view)
    assert not any(f"{a}', '{b}" in shown or f"{a} {b}" in shown for a, b in pairwise(words))  # one may name a field
    assert repr(start) == "Onboarding(phrase)"
