"""Network: the node's state in words, how far it is believed and why, contracts, blocks, and any transaction proven."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from core.errors import BadInput
from core.events import Changed
from core.values import BlockView, NetworkView, ReceiptView
from ui.pages.base import Action, Context, Page
from ui.pages.datanet_tab import Reader
from ui.pages.network_invite import YourInvite
from ui.pages.network_others import OtherNetworks
from ui.pages.network_serve import OpenToOthers
from ui.pages.panels import panel
from ui.pages.receipt import receipt_facts, show_events
from ui.tables import Column, TablePanel
from ui.text import ago, foreign, moment, number, size, trust
from ui.theme import fonts
from ui.theme.tokens import CONTROL_HEIGHT, L, M, S
from ui.widgets import (
    AddressLabel,
    Button,
    Card,
    EmptyState,
    LabeledField,
    Line,
    Notice,
    PageHeader,
    ProgressPanel,
    Text,
    column,
    row,
)
from ui.widgets.facts import Facts
from ui.widgets.labels import Icon

_GWEI = 10**9
_BELIEVED = {"local", "proven", "quorum"}
_BLOCKS_HEIGHT = 400

# what keeps the node from being believed: title, what it means and the way out
_FAULTS: dict[str, tuple[str, str]] = {
    "NodeUnreachable": (
        "The ledger node has stopped",
        "Nothing can be read or sent until it runs again. Your ledger is on the disk and safe: start the node again.",
    ),
    "WrongChain": (
        "This is another ledger than the one of this profile",
        "Nothing is shown from it and nothing is signed for it. Restore the latest backup to get your ledger back.",
    ),
    "HeadLost": (
        "The ledger went back behind what was seen here before",
        "An old copy of its file may have been put in place. Restore the latest backup; nothing is signed until then.",
    ),
    "ProofMismatch": (
        "The node's answer does not match its own blocks",
        "It was thrown away. Restart the node; if that does not help, restore the latest backup.",
    ),
}
_UNKNOWN = ("The ledger cannot be verified now", "Restart the node. If it stays like this, restore the latest backup.")

# the same of a node that belongs to somebody else
_AWAY: dict[str, tuple[str, str]] = {
    "NodeUnreachable": (
        "The node of this network does not answer",
        "Ask whoever invited you whether it is open now. If its token or address changed, take their new invite below.",
    ),
    "WrongChain": (
        "This is another ledger than the one you joined",
        "Nothing is shown from it and nothing is signed for it. Ask whoever invited you what happened to theirs.",
    ),
    "HeadLost": (
        "The ledger went back behind what was seen here before",
        "Its owner may have put an old copy in place: ask them. Nothing is signed until it has caught up.",
    ),
    "ProofMismatch": (
        "The node's answer does not match its own blocks",
        "It was thrown away. Ask it again; if that does not help, tell its owner and sign nothing.",
    ),
}
_DOUBT = ("The ledger cannot be verified now", "Ask the node again. If it stays like this, tell its owner.")
_STALE = (
    "The node of this network does not answer",
    (
        "You see what was proven up to block {block}{when}. Ask whoever invited you whether it is open, and take a new "
        "invite below if it has another token or address."
    ),
)

_BLOCKS: tuple[Column[BlockView], ...] = (
    Column("Block", lambda one: number(one.number), lambda one: one.number, align="right", width=76),
    Column("When", lambda one: moment(one.time), lambda one: one.time, width=176),
    Column(
        "Transactions", lambda one: number(one.transactions), lambda one: one.transactions, align="right", width=116
    ),
    Column("Gas", lambda one: number(one.gas_used), lambda one: one.gas_used, align="right", width=110),
    Column("Hash", lambda one: one.hash, mono=True, width=160, grow=1),
)


def state_words(view: NetworkView) -> str:
    """The state in one line: "Local network · block 42 · verified"."""
    name = foreign(view.name, 40)
    if view.height is None:
        away = view.trust.reason == "NodeUnreachable" and not view.local
        stopped = view.local and not view.node_running
        return f"{name} · {'no answer' if away else 'node stopped' if stopped else 'cannot be verified'}"
    return f"{name} · block {number(view.height)} · {trust(view.trust).title}"


class NetworkPage(Page):
    name, title, icon, order, shortcut = "network", "Network", "server", 80, "Ctrl+8"
    reads = Changed(network=True)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._reader = Reader(self)
        self._restart = Button("Restart the node", name="network-restart", icon="refresh-cw", on=self.restart)
        self._said = Notice(name="network-said")
        self._reader.failed = self._said.say_error
        self._progress = ProgressPanel(name="network-progress")
        self._others = OtherNetworks(self)
        self._serve = OpenToOthers(self)
        self._serve.hide()  # until it is known that the node is one's own
        self._invite = YourInvite(self)
        self._invite.hide()
        self._local = True
        header = PageHeader("Network", "Where your ledger stands, and how it is checked.", None, self._restart)
        panel(
            header,
            self._said,
            self._progress,
            self._state_card(),
            self._serve,
            self._invite,
            self._verify_card(),
            self._contracts_card(),
            self._blocks_table(),
            self._others,
            parent=self,
        )

    # -- parts -------------------------------------------------------------------------------------------------------

    def _state_card(self) -> Card:
        self._state_icon = Icon("shield", "muted", 28)
        self._state = Text("Reading…", "heading", selectable=True)
        self._state.setObjectName("network-state")
        self._why = Text("", tone="muted", wrap=True, selectable=True)
        self._why.setObjectName("network-why")
        self._facts = Facts(labels=130, name="network-facts")
        top = row(self._state_icon, column(self._state, self._why, space=2), space=M)
        top.setStretch(1, 1)
        return Card(top, Line(), self._facts, name="network-card")

    def _verify_card(self) -> Card:
        self._hash = QLineEdit()
        self._hash.setObjectName("verify-hash")
        self._hash.setFont(fonts.font("mono"))
        self._hash.setPlaceholderText("0x…  the hash of a transaction")
        self._hash.setMinimumHeight(CONTROL_HEIGHT)
        self._hash.setMaxLength(200)
        self._hash.returnPressed.connect(self._verify)
        self._hash.textChanged.connect(lambda _text: self._hash_field.clear())
        self._hash_field = LabeledField("Transaction", self._hash)
        self._go = Button("Verify", name="verify", icon="shield-check", on=self._verify)
        self._verdict = Notice(name="verify-said")
        self._receipt = Facts(name="verify-facts")
        self._receipt.hide()
        self._events = column(space=M)
        top = self._hash_field.findChildren(QWidget)[0].sizeHint().height() + S - 2
        line = row(self._hash_field, column(top, self._go, None, space=0), space=S)
        line.setStretch(0, 1)
        words = "Paste a hash: its block's roots are rebuilt on this machine from everything the block holds."
        return Card(
            line, self._verdict, self._receipt, self._events, title="Verify anything", hint=words, name="verify-card"
        )

    def _contracts_card(self) -> Card:
        self._contracts = Facts(labels=130, name="network-contracts")
        words = "Their code on the ledger, compared byte by byte with the code this program ships."
        return Card(self._contracts, title="Contracts", hint=words)

    def _blocks_table(self) -> QWidget:
        self._blocks: TablePanel[BlockView] = TablePanel(
            _BLOCKS,
            noun="block",
            empty=EmptyState("box", "No block to show", "Blocks appear here once the ledger can be verified."),
            name="blocks",
        )
        self._blocks.setFixedHeight(_BLOCKS_HEIGHT)
        holder = QWidget()
        column(Text("Latest blocks", "strong"), self._blocks, space=S, parent=holder)
        return holder

    # -- the page's interface ----------------------------------------------------------------------------------------

    def open(self, target: object) -> None:
        """A transaction's hash is verified at once."""
        if isinstance(target, str):
            self._hash.setText(target)
            self._verify()

    def actions(self) -> list[Action]:
        return [
            Action("Restart the node" if self._local else "Ask the node again", "refresh-cw", self._restart_there),
            Action("Verify a transaction", "shield-check", self._verify_there),
        ]

    def _restart_there(self) -> None:
        self.go("network")
        self.restart()

    def _verify_there(self) -> None:
        self.go("network")
        self._hash.setFocus()

    # -- what is shown -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        self._reader.read(self.client.network.view, on_done=self._show)
        self._others.load()

    def _show(self, view: NetworkView) -> None:
        believed = view.trust.state in _BELIEVED and view.height is not None
        said = trust(view.trust)
        self._state.setText(state_words(view))
        self._whose(view.local)
        if believed:
            self._said.clear()
            self._why.setText(said.what_to_do)
            self._state_icon.show_icon("shield-check", said.tone or "success")
        else:
            self._show_fault(view)
        self._facts.show_facts(self._network_facts(view))
        self._show_contracts(view, believed)
        self._blocks.set_rows(view.blocks)

    def _whose(self, local: bool) -> None:
        self._local = local
        self._restart.setText("Restart the node" if local else "Ask the node again")
        self._serve.setVisible(local)
        self._invite.setVisible(not local)
        if local:
            self._serve.load()

    def _show_fault(self, view: NetworkView) -> None:
        title, words = (_FAULTS if view.local else _AWAY).get(view.trust.reason, _UNKNOWN if view.local else _DOUBT)
        if view.trust.state == "stale":
            since = f" since {ago(view.trust.since)}" if view.trust.since is not None else ""
            title, words = "What is shown may be out of date", f"{trust(view.trust).what_to_do}{since}"
            if not view.local:
                when = f", {ago(view.trust.since)}" if view.trust.since is not None else ""
                title, words = _STALE[0], _STALE[1].format(block=number(view.height or 0), when=when)
        self._said.say(title, words, "warning" if view.trust.state == "stale" else "danger")
        self._why.setText(
            "No balance, proof or signature relies on this node until it can be verified again."
            if view.height is None
            else f"Proven up to block {number(view.height)}; nothing newer is known, and nothing can be sent now."
        )
        self._state_icon.show_icon("shield-alert", "warning" if view.trust.state == "stale" else "danger")

    def _network_facts(self, view: NetworkView) -> Sequence[tuple[str, str | QWidget]]:
        if not view.local:
            return self._joined_facts(view)
        where = "On this machine only; its test OPEN has no market value"
        node = "Running in a process of its own" if view.node_running else "Stopped"
        base = "Not known" if view.base_fee is None else f"{view.base_fee / _GWEI:,.6g} gwei a unit of gas"
        return [
            ("Network", where),
            ("Chain id", AddressLabel(str(view.chain_id), "mono_small", name="network-chain-id")),
            ("Genesis", AddressLabel(view.genesis_hash, "mono_small", name="network-genesis")),
            ("Node", node),
            ("Base fee", base),
            ("Ledger", f"{size(view.ledger_bytes)}, encrypted on disk"),
        ]

    def _joined_facts(self, view: NetworkView) -> Sequence[tuple[str, str | QWidget]]:
        """Whose it is, where it is asked, and what of its answers is proven here."""
        pinned = "" if view.checkpoint is None else f" and block {number(view.checkpoint)}"
        proven = (
            f"Balances, contracts, events and receipts, by block hashes that begin at the genesis{pinned} of your "
            "invite. That no other chain does, and that nothing newer is held back, is this node's word."
        )
        return [
            (
                "Network",
                f"{foreign(view.name, 80)}: another profile's, joined by its invite. Its test OPEN has no value",
            ),
            ("Asked at", AddressLabel(foreign(view.endpoint or "-", 300), "mono_small", name="network-endpoint")),
            ("Node", "This profile has none of its own: it follows that one as a light node"),
            ("Proven here", proven),
            ("Chain id", AddressLabel(str(view.chain_id), "mono_small", name="network-chain-id")),
            ("Genesis", AddressLabel(view.genesis_hash, "mono_small", name="network-genesis")),
        ]

    def _show_contracts(self, view: NetworkView, believed: bool) -> None:
        if not view.contracts:
            self._contracts.show_facts([("", "None is on the ledger yet.")])
            return
        self._contracts.show_facts(
            [(foreign(name, 40), _contract(address, matches, believed)) for name, address, matches in view.contracts]
        )

    # -- doing -------------------------------------------------------------------------------------------------------

    def restart(self) -> None:
        if not self._restart.isEnabled():
            return
        self._restart.setEnabled(False)
        task = self.run(
            self.client.network.restart_node,
            title="Restart the node" if self._local else "Ask the node again",
            on_done=self._restarted,
            on_error=self._not_restarted,
        )
        if task.running:
            self._progress.follow(task)

    def _restarted(self, _none: object) -> None:
        self._restart.setEnabled(True)
        if self._local:
            self.say("The node runs again", "Its ledger was opened and followed to the newest block.")
        else:
            self.say("The node answers", "It was followed to its newest block.")
        self.load()

    def _not_restarted(self, error: BaseException) -> None:
        self._restart.setEnabled(True)
        self._said.say_error(error)
        self.load()

    def _verify(self) -> None:
        self._verdict.clear()
        self._receipt.hide()
        if not self._hash.text().strip():
            self._hash_field.fail("Paste the hash of a transaction first.")
            return
        self._go.setEnabled(False)
        self.run(self.client.network.receipt, self._hash.text(), on_done=self._verified, on_error=self._not_verified)

    def _verified(self, found: ReceiptView | None) -> None:
        self._go.setEnabled(True)
        if found is None:
            words = "The node says so, and an absence cannot be proven. Check the hash, and the network it is of."
            self._verdict.say("No block here holds this transaction", words, "warning")
            return
        self._receipt.show_facts(receipt_facts(found))
        self._receipt.show()
        show_events(self._events, found, cards=False)

    def _not_verified(self, error: BaseException) -> None:
        self._go.setEnabled(True)
        if isinstance(error, BadInput):
            self._hash_field.fail_with(error)
        else:
            self._verdict.say_error(error)


def _contract(address: str, matches: bool, believed: bool) -> QWidget:
    holder = QWidget()
    if not believed:
        icon, hue, words, tone = "shield-question-mark", "muted", "not checked now", "muted"
    elif matches:
        icon, hue, words, tone = "circle-check", "success", "code matches", "success"
    else:
        icon, hue, words, tone = "circle-x", "danger", "code differs: do not use it", "danger"
    label = AddressLabel(address, "mono_small", name="contract-address")
    said = row(Icon(icon, hue, 16), Text(words, "small_strong", tone), space=6)  # type: ignore[arg-type]
    row(label, None, said, space=L, parent=holder)
    holder.setAccessibleName(f"{address}, {words}")
    return holder
