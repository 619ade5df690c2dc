"""The client: its parts, and the session that they share while the profile is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.errors import Locked
from core.events import Changed, Events
from core.jobs import Progress
from core.paths import ProfilePaths
from core.values import HomeView, Prepared, Signed
from core.vault.kdf import BOUNDS, Bounds, Cost

if TYPE_CHECKING:
    from core.client.session import Children, Session


class Client:
    """One profile. `cost` (None measures this machine) and `bounds` of the key derivation are seams for tests."""

    def __init__(
        self,
        paths: ProfilePaths,
        *,
        clock: Clock | None = None,
        cost: Cost | None = None,
        bounds: Bounds = BOUNDS,
    ) -> None:
        from core.client.actions import Actions
        from core.client.datanets import Datanets
        from core.client.earnings import Earnings
        from core.client.explaining import Explaining
        from core.client.following import Following
        from core.client.home import Home
        from core.client.joining import Joining
        from core.client.memorising import Memorising
        from core.client.models import Models
        from core.client.network import Network
        from core.client.networks import Networks
        from core.client.older import Older
        from core.client.profile import Profile
        from core.client.searching import Searching
        from core.client.wallet import Wallet

        self.paths = paths
        self.clock = clock or SystemClock()
        self.events = Events()
        self.kdf = (cost, bounds)
        self.open_session: Session | None = None
        self._children: Children | None = None
        self.profile = Profile(self)
        self.wallet = Wallet(self)
        self.datanets = Datanets(self)
        self.models = Models(self)
        self.searching = Searching(self)
        self.memorising = Memorising(self)
        self.earnings = Earnings(self)
        self.explaining = Explaining(self)
        self.network = Network(self)
        self.networks = Networks(self)
        self.joining = Joining(self)
        self.following = Following(self)
        self.older = Older(self)
        self.actions = Actions(self)
        self._home = Home(self)

    @property
    def session(self) -> Session:
        """Raises Locked."""
        if self.open_session is None:
            raise Locked
        return self.open_session

    @property
    def children(self) -> Children:
        from core.client.session import Children

        if self._children is None:
            self._children = Children(self.paths.keys, self.kdf[1])
        return self._children

    def warm(self) -> None:
        """Start the child processes ahead, while the person types the password."""
        self.children.warm()

    def home(self) -> HomeView:
        return self._home.view()

    def sign(self, prepared: Prepared, progress: Progress | None = None) -> Signed:
        """Sign, send, wait for the proven receipt, and put down what it made. Only what `prepare_*` gave, once."""
        return self.actions.sign(prepared, progress)

    def forget(self, prepared: Prepared) -> None:
        """The person said no."""
        self.actions.forget(prepared)

    def tell_story(self, password: str, folder: Path, progress: Progress) -> None:
        """Fill an empty profile with the bundled sample, by doing the whole job once (look around)."""
        from core.client.story import Story
        from core.datanets import sample
        from resources import ROOT

        Story(self, sample.load(ROOT / "samples" / "wordnet_topics"), progress=progress).tell(
            self.profile.new_phrase(), password, folder
        )

    def said(self, changed: Changed) -> None:
        self.events.say(changed)

    def let_go(self) -> None:
        """What the parts made of an open profile (features, indexes, texts, keys of files) goes with its session.

        An objection that was announced stays: without its salt the second half could not follow.
        """
        for part in (self.datanets, self.models, self.searching, self.memorising, self.explaining):
            part.let_go()

    def close(self) -> None:
        """Lock, and end every child process. Safe to call twice."""
        self.profile.lock(quiet=True)
        if self._children is not None:
            self._children.end()
