"""Home: what happened, and what waits for the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.since import Figures, LastSeen
from core.values import HomeView, Need

if TYPE_CHECKING:
    from core.client.client import Client
    from core.values import DatanetView, EarningsView, ModelView


_DECIDED = {"reviewed", "released"}


class Home:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._seen = LastSeen()

    def view(self) -> HomeView:
        client = self._client
        datanets, models, earnings = client.datanets.all(), client.models.all(), client.earnings.overview()
        states: dict[str, int] = {}
        accepted = refused = 0
        for datanet in datanets:
            for one in client.datanets.contributions(datanet.id):
                if one.mine:
                    if one.state in _DECIDED and one.accepted is not None:
                        accepted, refused = accepted + one.accepted, refused + one.count - one.accepted
                    gone = client.datanets.records.count(
                        client.datanets.wanted(datanet.id, contribution=one.id, withdrawn=True)
                    )
                    states[one.state] = states.get(one.state, 0) + one.count - gone
                    states["withdrawn"] = states.get("withdrawn", 0) + gone
        calls = sum(model.calls for model in models)
        figures = Figures(calls, earnings.total.wei, accepted, refused)
        return HomeView(
            earnings=earnings,
            balance=client.wallet.total(),
            contributions=tuple(sorted((state, many) for state, many in states.items() if many)),
            models=models,
            needs=tuple(self._needs(datanets, models, earnings)),
            datanets=len(datanets),
            calls=calls,
            since=self._seen.tell(client.session, int(client.clock.now()), figures),
            older=client.older.found(),
        )

    def _needs(
        self, datanets: tuple[DatanetView, ...], models: tuple[ModelView, ...], earnings: EarningsView
    ) -> list[Need]:
        """In the order in which they unblock others: withdrawals, review, release, sign, train, publish, pay."""
        client = self._client
        needs: list[Need] = []
        if not datanets:
            needs.append(Need("create a datanet", "datanets", 0))
        trained = {model.datanet for model in models}
        for datanet in datanets:
            drafts = len(client.datanets.drafts.of(datanet.id))
            accepted = any(one.state == "reviewed" for one in client.datanets.contributions(datanet.id))
            if datanet.unnamed:
                gone = sum(one.records for one in datanet.unnamed)
                needs.append(Need("name withdrawals", "datanets", gone, datanet.id))
            if datanet.curator and datanet.waiting:
                needs.append(Need("review", "datanets", datanet.waiting, datanet.id))
            if datanet.curator and accepted:
                needs.append(Need("release", "datanets", 1, datanet.id))
            if drafts:
                needs.append(Need("sign drafts", "datanets", drafts, datanet.id))
            if not datanet.records and not drafts:
                needs.append(Need("contribute", "datanets", 0, datanet.id))
            if datanet.releases and datanet.id not in trained:
                needs.append(Need("train", "models", 1, datanet.id))
        for model in models:
            if model.state == "trained":
                needs.append(Need("publish", "models", 1, model.id))
            if model.state == "outdated":
                needs.append(Need("retrain", "models", 1, model.id))
            if model.unsettled:
                needs.append(Need("settle", "models", model.unsettled, model.id))
        if earnings.claimable:
            needs.append(Need("claim", "earnings", 1))
        return needs
