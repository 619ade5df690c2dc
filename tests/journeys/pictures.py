"""Pictures of every page, light and dark, at one and two pixels a point: 1180 x 760 points, as a person sees them.

    python -m tests.journeys.pictures [FOLDER]

fills a profile with the sample data as the first screen offers it (about a minute), walks through every page and saves
what stands there to FOLDER (out/pictures). The journey through the window takes the same walk on its own small profile.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.start import Clients, make_application, make_window
from core.paths import ProfilePaths
from core.settings import SettingsFile
from tests.journeys.person import Person, wait
from tests.ui.pictures import DENSITIES, draw
from ui import tasks
from ui.theme import theme

ROOT = Path(__file__).resolve().parents[2]
SIZE = (1180, 760)
TALL = (1180, 1000)  # for pages that go on below
_QUESTION_MS = 400


def folder() -> Path:
    """Where pictures go: OPENLEDGER_PICTURES, else out/pictures, which git ignores."""
    return Path(os.environ.get("OPENLEDGER_PICTURES") or ROOT / "out" / "pictures")


class Album:
    """Takes pictures of what stands in front: the window, or the question over it. `with` waits for the files."""

    def __init__(self, person: Person, where: Path) -> None:
        self.person, self.where = person, where
        self._saving = ThreadPoolExecutor(1)  # packing a picture takes longer than drawing it
        self._files: list[Future[bool]] = []
        where.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._saving.shutdown()

    @property
    def taken(self) -> int:
        """How many files were written."""
        return sum(file.result() for file in self._files)

    def take(self, name: str) -> None:
        """In the theme that is chosen; once nothing runs any more, or the picture shows a page that still reads."""
        self.be_still()
        self._draw(name)

    def take_both(self, name: str) -> None:
        """Dark and light, for what is seen only once on the way."""
        self.be_still()
        for mode in ("dark", "light"):
            theme().set_mode(mode)
            wait(1)
            self._draw(name)

    def take_small(self, name: str) -> None:
        """One file of few bytes, at two pixels a point."""
        self.be_still()
        self._save(few_colours(draw(self.person.front, 2)), f"{name}.png")

    def _draw(self, name: str) -> None:

        mode = "dark" if theme().dark else "light"
        for density in DENSITIES:
            self._save(draw(self.person.front, density), f"{name}-{mode}-{density}x.png")

    def _save(self, image: QImage, name: str) -> None:
        self._files.append(self._saving.submit(image.save, str(self.where / name)))

    def be_still(self) -> None:
        """Until nothing runs any more."""
        person = self.person
        if person.front is not person.window:
            wait(_QUESTION_MS)  # who asks is waiting for the answer: that is a task, too
            return
        if person.seen("said-close") is not None:  # the short message at the foot is not part of a page
            person.click("said-close")
        still = 0
        while still < 3:  # what ends may say a change, which is read again
            person.until("the page to be still", lambda: not tasks.engine().running)
            wait(20)
            still = 0 if tasks.engine().running else still + 1


def walk(person: Person, album: Album) -> None:
    """Every page and its parts in both themes, on a profile in which the whole job was done."""
    for mode in ("dark", "light"):
        person.click("rail-settings")
        person.click(f"theme-{mode}")
        album.take("settings")
        for pages in (home_and_frame, datanets, models, earnings, wallet, network):
            pages(person, album.take)


def home_and_frame(person: Person, take: Callable[[str], None]) -> None:
    person.click("rail-home")
    take("home")
    person.click("open-palette")
    person.until("the palette", lambda: person.front is not person.window)
    take("palette")
    person.escape()


def datanets(person: Person, take: Callable[[str], None]) -> None:
    person.click("rail-datanets")
    if person.seen("datanet-back") is not None:
        person.click("datanet-back")
    take("datanets")
    person.click("datanet-create")
    person.see("create-name")
    take("datanet-create")
    person.escape()
    person.click("datanet-card-1")
    for words in ("Overview", "Contribute", "Review", "Records", "Releases", "People"):
        person.tab("datanet-tabs", words)
        take(f"datanet-{words.lower()}")
    check_a_text(person, take)
    person.tab("datanet-tabs", "Releases")
    person.click("releases-withdraw")
    person.see("withdraw")
    take("datanet-withdraw")
    person.escape()


def check_a_text(person: Person, take: Callable[[str], None]) -> None:
    """With parts of a record in it, so that something is found."""
    person.tab("datanet-tabs", "Records")
    record = person.row("records", "Approved").partition(" | ")[0]
    person.tab("datanet-tabs", "Check a text")
    take("datanet-check-a-text")
    person.write("verbatim-text", f"Somebody wrote that {record}, and left out by whom.")
    person.click("verbatim-check")
    person.read("of the text stands in these records")
    person.scroll("verbatim-copy")
    take("datanet-checked")


def models(person: Person, take: Callable[[str], None]) -> None:
    person.click("rail-models")
    if person.seen("model-view") is not None:
        person.click("back")
    take("models")
    person.click("models-build")
    take("model-release")
    person.click("release-next")
    take("model-options")
    person.click("back")
    person.click("back")
    person.click("model-1")
    take("model-about")
    person.click("model-tab-report")
    person.see("report-names")
    take("model-report")
    for part in ("calibration", "labels-card", "limits", "names"):
        person.scroll(f"report-{part}")
        take(f"model-card-{part.removesuffix('-card')}")
    person.click("model-tab-use")
    person.row("calls", twice=True)
    person.read("Records that speak for it")
    take("playground")
    person.scroll("influence-supporting")
    take("playground-records")
    person.click("answer-verify")
    person.read("Everything agrees, bit for bit")
    take("playground-checked")
    where_it_mattered(person, take)
    passages(person, take)


def where_it_mattered(person: Person, take: Callable[[str], None]) -> None:
    """A record of the answer, and who gave it; back leads to the answer."""
    person.click("supporting-0")
    person.see("trace-record")
    person.see("trace-pay-card")
    take("record")
    person.scroll("trace-pay-card")
    take("record-pay")
    person.click("trace-contributor")
    person.see("person-pay-card")
    take("contributor")
    person.scroll("person-pay-card")
    take("contributor-pay")
    person.click("back")
    person.click("back")
    person.see("model-view")


def passages(person: Person, take: Callable[[str], None]) -> None:
    """A model that finds passages: built the first time, then asked, and its answer checked."""
    person.click("back")
    person.until("the list of models", lambda: person.seen("models-build"))
    if person.seen("finder-1-ask") is None:
        person.click("models-build")
        person.click("release-next")
        person.click("kind-passages")
        take("search-options")
        person.click("options-train")
    else:
        person.click("finder-1-ask")
    person.see("search-query", seconds=240)
    person.write("search-query", "a wild animal of the forest")
    person.key(Qt.Key.Key_Return)
    person.see("search-hits")
    take("search")
    person.click("search-verify")
    person.read("Everything agrees, bit for bit")
    take("search-checked")
    person.click("search-tab-about")
    take("search-about")
    person.click("back")


def earnings(person: Person, take: Callable[[str], None]) -> None:
    person.click("rail-earnings")
    if person.seen("payment") is not None:
        person.click("back")
    take("earnings")
    person.click("earnings-list-payments")
    person.row("payments", "Paid", twice=True)
    person.see("payment-step-5")
    take("payment")
    person.scroll("payment-step-5")
    take("payment-proof")
    person.click("back")
    person.click("earnings-list-settlements")
    take("earnings-settlements")
    person.row("settlements", twice=True)
    person.see("settlement-facts")
    take("settlement")
    person.click("back")


def wallet(person: Person, take: Callable[[str], None]) -> None:
    person.click("rail-wallet")
    take("wallet")
    person.click("wallet-tab-activity")
    take("wallet-activity")
    person.row("activity", twice=True)
    take("transaction")
    person.click("back")
    person.click("wallet-tab-contacts")
    take("wallet-contacts")
    person.click("wallet-tab-accounts")
    person.click("wallet-receive")
    person.until("the code", lambda: person.front is not person.window)
    take("wallet-receive")
    person.escape()
    person.click("wallet-send")
    person.see("send-to")
    take("wallet-send")
    person.click("back")


def network(person: Person, take: Callable[[str], None]) -> None:
    person.click("rail-network")
    take("network")
    person.scroll("blocks")
    take("network-blocks")


def for_the_readme(person: Person, where: Path) -> None:
    """The three that the README shows: what was earned, an answer with its sources, a payment down to its proof."""
    person.click("rail-settings")
    person.click("theme-light")
    with Album(person, where) as album:
        person.key("Ctrl+1")
        album.take_small("home")
        person.window.resize(*TALL)
        person.key("Ctrl+3")
        person.click("model-1-use")
        person.write("calls-search", "almond")
        person.row("calls", "almond paste", twice=True)
        person.read("Records that speak for it")
        album.be_still()
        person.scroll("page-title")
        album.take_small("playground")
        person.window.resize(SIZE[0], 930)
        person.key("Ctrl+4")
        person.row("payments", "Paid", twice=True)
        person.see("payment-step-5")
        album.be_still()
        person.scroll("payment-step-5")
        album.take_small("payment")
    person.window.resize(*SIZE)


def few_colours(image: QImage) -> QImage:
    """With the 256 commonest colours alone, each other one replaced by the nearest: a third of the bytes."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    wide, high = plain.width(), plain.height()
    pixels = np.frombuffer(plain.constBits(), np.uint32).reshape(high, wide) & 0xFFFFFF
    colours, places, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    kept = colours[np.argsort(-counts)[:256]]

    def parts(of: np.ndarray) -> np.ndarray:
        return np.stack([of >> shift & 0xFF for shift in (16, 8, 0)], axis=-1).astype(np.int32)

    far = ((parts(colours)[:, None, :] - parts(kept)[None, :, :]) ** 2).sum(axis=-1)
    told = np.zeros((high, -(-wide // 4) * 4), np.uint8)  # lines of an image begin at every fourth byte
    told[:, :wide] = far.argmin(axis=1).astype(np.uint8)[places].reshape(high, wide)
    made = QImage(told.tobytes(), wide, high, told.shape[1], QImage.Format.Format_Indexed8).copy()
    made.setColorTable([int(colour) | 0xFF000000 for colour in kept])
    return made


def main(where: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        paths = ProfilePaths(Path(name) / "profile")
        paths.prepare()
        settings = SettingsFile(paths.settings)
        settings.change(theme="light")
        make_application(settings)
        clients = Clients(paths)
        clients.fetch()
        window = make_window(clients, settings)
        window.resize(*SIZE)
        window.show()
        try:
            person = Person(window, where)
            person.click("look-around")
            person.until("the sample", lambda: person.seen("frame"), seconds=600)
            for_the_readme(person, where / "readme")
            with Album(person, where) as album:
                walk(person, album)
                print(f"{album.taken} pictures in {where}")
        finally:
            window.close()
            clients.close()


if __name__ == "__main__":
    os.environ.setdefault("QT_SCALE_FACTOR", "2")
    os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={ROOT / 'tests' / 'ui' / 'screen.json'}")
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else folder()
    chosen.mkdir(parents=True, exist_ok=True)
    main(chosen)
