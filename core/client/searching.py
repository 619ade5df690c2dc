"""Models that find passages: built from a release, asked, credited, verified. They stay on this device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.events import Changed
from core.jobs import Progress, silent
from core.values import SearchAnswer, SearchAsked, SearchModelView, Verified

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.passages import Passages

K = 5  # documents of an answer, unless told otherwise
ENCODERS = ("static-256", "minilm-w4")  # those whose closeness means likeness: words alone find worse than word search


class Searching:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._passages: Passages | None = None

    @property
    def _work(self) -> Passages:
        from core.client.passages import Passages  # numpy and the encoders: not before they are needed

        if self._passages is None:
            self._passages = Passages(self._client)
        return self._passages

    def let_go(self) -> None:
        """Of the indexes in memory, as the profile is locked."""
        self._passages = None

    def all(self) -> tuple[SearchModelView, ...]:
        """Newest first."""
        return self._work.all()

    def get(self, model: int) -> SearchModelView:
        """Raises ModelError when there is none."""
        return self._work.get(model)

    def encoders(self) -> tuple[str, ...]:
        """Those worth a choice, the default one first; `build` takes any."""
        return ENCODERS

    def build(
        self,
        datanet: int,
        *,
        name: str = "",
        encoder: str = "static-256",
        k: int = K,
        progress: Progress | None = None,
    ) -> SearchModelView:
        """From the newest release: the records whose terms allow training. `k` documents, 1 to 8, make an answer.

        Raises DatanetError (no release), ModelError (no documents, the very same is here), BadInput, Cancelled.
        """
        made = self._work.build(datanet, name, encoder, k, progress or silent())
        self._client.said(Changed(models=True))
        return made

    def ask(self, model: int, query: str, progress: Progress | None = None) -> SearchAnswer:
        """The documents that fit best, with their passages and what carried the answer. Records that were withdrawn
        since are left out first, as a new version.

        Raises BadInput (no text), TooLarge, ModelError (all were withdrawn), WorkerError, Cancelled.
        """
        before = self._work.state(model)
        found = self._work.ask(model, query, progress or silent())
        if before == "outdated":
            self._client.said(Changed(models=True))
        return found

    def answer(self, search: int) -> SearchAnswer:
        """An earlier answer as it was given. Raises ModelError."""
        return self._work.answer(search)

    def verify(self, search: int, progress: Progress | None = None) -> Verified:
        """Recompute an answer with plain integers, and each credit by really leaving the documents out."""
        return self._work.verify(search, progress or silent())

    def history(self, model: int, limit: int = 100) -> tuple[SearchAsked, ...]:
        """Newest first."""
        return self._work.history(model, limit)

    def renew(self, model: int, progress: Progress | None = None) -> SearchModelView:
        """A version without the records withdrawn since, where there are any. Raises ModelError (all were)."""
        found = self._work.renew(model, progress or silent())
        self._client.said(Changed(models=True))
        return found

    def rename(self, model: int, name: str) -> SearchModelView:
        """Raises BadInput."""
        found = self._work.rename(model, name)
        self._client.said(Changed(models=True))
        return found

    def remove(self, model: int) -> None:
        """With its index and everything asked of it."""
        self._work.remove(model)
        self._client.said(Changed(models=True))
