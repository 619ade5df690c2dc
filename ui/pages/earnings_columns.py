"""The columns of the earnings page's two lists: payments and settlements."""

from __future__ import annotations

from core.values import PayoutView, SettlementView
from ui.earning_words import payout_words, settlement_words
from ui.tables import Column
from ui.text import amount, day, moment, number, tone, trust

_STATE_ICONS = {
    "waiting": "hourglass",
    "claimable": "hand-coins",
    "claimed": "check",
    "computed": "hourglass",
    "refused": "circle-alert",
    "nothing": "circle-slash",
    "void": "circle-slash",
}

PAYOUTS: tuple[Column[PayoutView], ...] = (
    Column("When", lambda one: moment(one.time) if one.time else "-", lambda one: one.time, width=164),
    Column("Account", lambda one: one.account_name, width=110, grow=1),
    Column("Model", lambda one: one.model_name, width=110, grow=1),
    Column(
        "State",
        payout_words,
        tone=lambda one: tone("payout", one.state),
        icon=lambda one: _STATE_ICONS.get(one.state, ""),
        width=180,
        grow=3,
    ),
    Column("Amount (OPEN)", lambda one: amount(one.amount, 6), lambda one: one.amount, align="right", width=130),
)

SETTLEMENTS: tuple[Column[SettlementView], ...] = (
    Column("When", lambda one: day(one.time), lambda one: one.time, tip=lambda one: moment(one.time), width=116),
    Column("Model", lambda one: one.model_name, width=88, grow=1),
    Column("Calls", lambda one: number(one.calls), lambda one: one.calls, align="right", width=56),
    Column("Total (OPEN)", lambda one: amount(one.total), lambda one: one.total, align="right", width=108),
    Column("Pool (OPEN)", lambda one: amount(one.pool), lambda one: one.pool, align="right", width=108),
    Column("State", settlement_words, tone=lambda one: tone("settlement", one.state), width=120, grow=3),
    Column(
        "Ledger",
        lambda one: trust(one.trust).title,
        tone=lambda one: trust(one.trust).tone,
        icon=lambda one: "shield-check" if one.trust.state in {"local", "proven"} else "shield-alert",
        width=102,
    ),
)
