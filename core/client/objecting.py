"""Objections to settlements: announced and challenged; leaves demanded, answered, and missed when nobody answers."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from core.client.actions import Plan
from core.economy import book, challenge, evidence
from core.economy.body import Body
from core.economy.evidence import Ask, Evidence
from core.errors import EconomyError, ModelError
from core.events import Changed
from core.units import Amount
from core.values import Prepared

if TYPE_CHECKING:
    from core.client.client import Client
    from core.client.watching import Watching


# Risks: what is signed makes public for good
FEW = "sums of few calls"
FEW_SCORES = "scores of few calls"  # a product with each sum: whoever guesses a question can check the guess by it
RECORD = "features of a record"
DISCLOSING = frozenset({FEW, FEW_SCORES, RECORD})  # a yes to signing is none to these


def opens(kind: Ask, index: int, blocks: int, few: Collection[int]) -> bool:
    """Whether a leaf tells the sums of a label in `few`, or their image; of a softmax head each is of all labels."""
    return kind in {Ask.SUMS, Ask.U} and (index in few if blocks == 1 else bool(few))


class Objecting:
    """`watching` finds what is false, and computes what an answer shows."""

    def __init__(self, client: Client, watching: Watching) -> None:
        self._client = client
        self._watching = watching
        self._announced: dict[bytes, tuple[Evidence, bytes]] = {}

    # Objecting: announce, and in a later block challenge

    def prepare_announce(self, posting: book.Posting, account: int) -> Prepared:
        """Raises EconomyError ("nothing false found", "already final")."""
        faults = self._watching.faults(posting)
        if not faults:
            raise EconomyError(reason="nothing false found", settlement=posting.id.hex())
        self._still_open(posting)
        fault, salt = min(faults, key=lambda one: len(self._opens(posting, one))), secrets.token_bytes(32)
        contract = self._client.session.contract("Settlement")
        who = self._client.wallet.address(account)
        words = evidence.announcement(who, posting.id, fault, salt)

        def after(_mined: Any) -> str:
            self._announced[posting.id] = (fault, salt)
            return "0x" + posting.id.hex()

        return self._client.actions.prepare(
            Plan(
                "challenge.announce",
                account,
                contract.address,
                data=contract.call("announce", words),
                details=(("settlement", "0x" + posting.id.hex()), ("false", fault.what)),
                risks=self._opens(posting, fault),
                raw={"function": "announce"},
                after=after,
            )
        )

    def prepare_challenge(self, posting: book.Posting, account: int) -> Prepared:
        """The second half. Raises EconomyError ("announce it first", "already final"), Reverted."""
        found = self._announced.get(posting.id)
        if found is None:
            raise EconomyError(reason="announce it first", settlement=posting.id.hex())
        self._still_open(posting)
        fault, salt = found
        contract = self._client.session.contract("Settlement")
        arguments = (*self._name(posting), int(fault.kind), fault.data, salt)

        def after(_mined: Any) -> str:
            self._watching.follow()
            return "0x" + posting.id.hex()

        return self._client.actions.prepare(
            Plan(
                "challenge",
                account,
                contract.address,
                data=contract.call("challenge", *arguments),
                details=(
                    ("settlement", "0x" + posting.id.hex()),
                    ("false", fault.what),
                    ("half of the bond is yours", str(Amount(posting.body.bond.wei // 2))),
                ),
                risks=self._opens(posting, fault),
                raw={"function": "challenge", "kind": int(fault.kind)},
                after=after,
                changed=Changed(earnings=True),
            )
        )

    def _opens(self, posting: book.Posting, fault: Evidence) -> tuple[str, ...]:
        """One fault is enough, so the one is shown that gives least away."""
        few = (fault.sums or fault.scores) and self._few(posting)
        found = ((RECORD, fault.record), (FEW, few and fault.sums), (FEW_SCORES, few and fault.scores))
        return tuple(risk for risk, opened in found if opened)

    def _few(self, posting: book.Posting) -> bool:
        """Whether some label has few calls; where nobody here can say, it may."""
        try:
            return bool(self._watching.few(posting))
        except (EconomyError, ModelError):
            return True

    def _asked(self, posting: book.Posting, kind: int, index: int) -> tuple[str, ...]:
        """What the answer to a demand makes public."""
        if kind == Ask.SCORE:
            return (FEW_SCORES,) if self._few(posting) else ()
        if kind not in {Ask.SUMS, Ask.U}:
            return ()
        try:
            told = opens(Ask(kind), index, self._roots(posting.body).blocks, self._watching.few(posting))
        except (EconomyError, ModelError):
            told = True
        return (FEW,) if told else ()

    def _still_open(self, posting: book.Posting) -> None:
        if posting.state == book.VOID or posting.final(self._client.clock.now()):
            raise EconomyError(reason="already final", settlement=posting.id.hex())

    def _name(self, posting: book.Posting) -> tuple[Any, ...]:
        """Body, payout root and the model's roots, as every objection brings them along."""
        return posting.body.contract_argument, posting.payout_root, self._roots(posting.body).contract_argument

    def _roots(self, body: Body) -> evidence.ModelRoots:
        """From the registration's proven event. Raises EconomyError."""
        session = self._client.session
        contract = session.contract("Models")
        for log in session.light.logs([contract.address], 1).value:
            event = contract.event(log)
            roots = None if event is None else event.arguments.get("roots")
            if roots is not None:
                made = evidence.ModelRoots(*roots.values())
                if made.hash == body.model_roots:
                    return made
        raise EconomyError(reason="roots not found", model=body.model_id)

    # Demands

    def prepare_demand(self, posting: book.Posting, account: int, kind: int, index: int) -> Prepared:
        """Ask the poster for one leaf, within the first window; its fee is his when he answers."""
        contract = self._client.session.contract("Settlement")
        fee = posting.body.demand_fee
        return self._client.actions.prepare(
            Plan(
                "demand",
                account,
                contract.address,
                value=fee,
                data=contract.call("demand", *self._name(posting), kind, index),
                details=(
                    ("settlement", "0x" + posting.id.hex()),
                    ("leaf", f"{Ask(kind).name.lower()} {index}"),
                    ("fee", str(fee)),
                ),
                risks=self._asked(posting, kind, index),
                raw={"function": "demand"},
                after=lambda _mined: self._watching.follow(),
                changed=Changed(earnings=True),
            )
        )

    def asked_of_me(self) -> tuple[book.Demand, ...]:
        """Demands for settlements that accounts here posted, not answered and not too late, the most pressing first."""
        mine, now, where = self._client.wallet.addresses(), self._client.clock.now(), self._watching.where()
        found = []
        for demand in book.demands(*where):
            posting = book.posting(*where, demand.settlement)
            if posting is not None and posting.poster in mine and not demand.answered and now < demand.deadline:
                found.append(demand)
        return tuple(found)

    def prepare_answer(self, demand: book.Demand, account: int) -> Prepared:
        """With the leaf, computed again. Raises EconomyError when the data is not here, BadInput for no such leaf."""
        posting = book.posting(*self._watching.where(), demand.settlement)
        assert posting is not None
        made, _ = self._watching.make(posting)
        leaf = challenge.answer(made, Ask(demand.kind), demand.index)
        contract = self._client.session.contract("Settlement")
        return self._client.actions.prepare(
            Plan(
                "answer",
                account,
                contract.address,
                data=contract.call("answer", *self._name(posting), demand.kind, demand.index, leaf),
                details=(
                    ("settlement", "0x" + posting.id.hex()),
                    ("leaf", f"{Ask(demand.kind).name.lower()} {demand.index}"),
                    ("fee, yours", str(posting.body.demand_fee)),
                ),
                risks=self._asked(posting, demand.kind, demand.index),
                raw={"function": "answer"},
                after=lambda _mined: self._watching.follow(),
                changed=Changed(earnings=True),
            )
        )

    def prepare_expire(self, demand: book.Demand, account: int) -> Prepared:
        """After the deadline of a demand that nobody answered: the settlement falls, the fee comes back."""
        posting = book.posting(*self._watching.where(), demand.settlement)
        assert posting is not None
        contract = self._client.session.contract("Settlement")
        arguments = (posting.body.contract_argument, posting.payout_root, demand.kind, demand.index)
        return self._client.actions.prepare(
            Plan(
                "expire",
                account,
                contract.address,
                data=contract.call("expire", *arguments),
                details=(("settlement", "0x" + posting.id.hex()),),
                raw={"function": "expire"},
                after=lambda _mined: self._watching.follow(),
                changed=Changed(earnings=True),
            )
        )
