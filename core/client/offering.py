"""What a builder may change of a model that stands on the ledger: its fee, and whether it takes calls at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.client.actions import Plan
from core.errors import BadInput, ModelError
from core.events import Changed
from core.units import Address, Amount
from core.values import Prepared

if TYPE_CHECKING:
    from core.client.client import Client
    from core.models.catalogue import Model

FOR_GOOD = "cannot be undone"  # a risk


class Offering:
    def __init__(self, client: Client) -> None:
        self._client = client

    def prepare_fee(self, number: int, fee: Amount) -> Prepared:
        """Of later calls; what was metered keeps its fee.

        Raises ModelError ("not published", "retired"), BadInput (not the builder's account here, the same fee).
        """
        found, builder = self._mine(number)
        if fee.wei == found.fee:
            raise BadInput(field="fee", reason="the same", value=str(fee))
        session = self._client.session
        return self._client.actions.prepare(
            Plan(
                "model.fee",
                builder,
                session.contract("Models").address,
                data=session.contract("Models").call("setFee", found.chain_model, fee.wei),
                details=(
                    ("model", found.name),
                    ("fee a call until now", str(Amount(found.fee))),
                    ("fee a call", str(fee)),
                ),
                raw={"function": "setFee", "arguments": [found.chain_model, fee.wei]},
                after=lambda _mined: session.catalogue.set_fee(number, fee.wei).id,
                changed=Changed(models=True),
            )
        )

    def prepare_retire(self, number: int) -> Prepared:
        """No more calls, for good; what was metered is settled as before. Raises as `prepare_fee`."""
        found, builder = self._mine(number)
        session = self._client.session
        return self._client.actions.prepare(
            Plan(
                "model.retire",
                builder,
                session.contract("Models").address,
                data=session.contract("Models").call("retire", found.chain_model),
                details=(("model", found.name),),
                risks=(FOR_GOOD,),
                raw={"function": "retire", "arguments": [found.chain_model]},
                after=lambda _mined: session.catalogue.retire(number).id,
                changed=Changed(models=True),
            )
        )

    def _mine(self, number: int) -> tuple[Model, int]:
        """The model and its builder's account here."""
        found: Model = self._client.session.catalogue.get(number)
        if found.chain_model is None or found.builder is None:
            raise ModelError(reason="not published", model=found.name)
        if found.state == "retired":
            raise ModelError(reason="retired", model=found.name)
        return found, self._client.wallet.index_of(Address(found.builder))
