"""The whole job, once through, on the bundled sample: from a phrase to a paid contributor and a withdrawal.

Every step works through the same client that the window uses and ends in checks that can fail. The window tells it to
fill a profile for looking around; `openledger demo` tells it with every figure; the tests hold it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.client.session import CONTRACTS
from core.datanets.sample import Sample
from core.economy.split import DEFAULT
from core.errors import EconomyError
from core.jobs import Progress, silent
from core.units import Amount

if TYPE_CHECKING:
    from core.client import Client

CALLS = 600
FEE = Amount.parse("0.01")
SPLIT = DEFAULT.bps  # contributors, builder, supporters (in the pool while nobody stakes), treasury
WITHDRAWN = 12  # records taken back in the last step
POCKET = Amount.parse("5")  # test OPEN each contributor gets for fees
BUILDER, PAYER = 11, 12  # account numbers; 0 is the curator, 1..10 the contributors


@dataclass(frozen=True)
class Check:
    step: str
    name: str
    holds: bool
    detail: str


@dataclass
class Story:
    """`figures` is what the story measured, ready for JSON; `checks` what it promised."""

    client: Client
    sample: Sample
    say: Callable[[str], None] = lambda _words: None
    progress: Progress = field(default_factory=silent)
    figures: dict[str, Any] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    _step: str = ""
    _datanet: int = 0
    _model: int = 0
    _settlement: str = ""
    _answer: Any = None

    @property
    def ok(self) -> bool:
        return bool(self.checks) and all(check.holds for check in self.checks)

    def check(self, name: str, holds: bool, detail: object = "") -> None:
        self.checks.append(Check(self._step, name, bool(holds), str(detail)))
        self.say(f"  {'ok  ' if holds else 'FAIL'} {name}{f': {detail}' if detail != '' else ''}")

    def tell(self, phrase: str, password: str, folder: Path) -> None:
        """All seven steps. `folder` receives the proof file. Raises what a step raises; checks only collect."""
        seconds: dict[str, float] = {}
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("wallet", lambda: self.wallet(phrase, password)),
            ("network", self.network),
            ("datanet", self.datanet),
            ("model", self.model),
            ("calls", self.calls),
            ("settlement", self.settle),
            ("withdrawal", self.withdraw),
            ("audit", lambda: self.audit(folder)),
        )
        for number, (name, step) in enumerate(steps):
            self._step = name
            self.say(f"\n{number + 1}  {name}")
            self.progress.step(name, number, len(steps))
            started = time.monotonic()
            step()
            seconds[name] = round(time.monotonic() - started, 3)
            self.say(f"     {seconds[name]:.1f} s")
        self.progress.step("done", len(steps), len(steps))
        self.figures["seconds"] = seconds
        self.figures["ok"] = self.ok

    # 1 -----------------------------------------------------------------------------------------------------------
    def wallet(self, phrase: str, password: str) -> None:
        client = self.client
        if client.profile.state() == "empty":
            client.profile.create(phrase, password, progress=self.progress)
        names = [*(name_of(n + 1) for n in range(len(self.sample.contributors))), "Builder", "Payer"]
        client.wallet.rename(0, "Curator")
        for index, name in enumerate(names, start=1):
            account = client.wallet.add_account(name)
            self.check(f"account {index} derived", account.index == index, account.address) if index in {
                1,
                12,
            } else None
        client.profile.lock()
        self.check("locked: no key answers", client.profile.state() == "locked")
        client.profile.unlock(password, progress=self.progress)
        accounts = client.wallet.accounts()
        self.check("the vault opens with the password", len(accounts) == 13, f"{len(accounts)} accounts")
        self.figures["accounts"] = [str(account.address) for account in accounts]

    # 2 -----------------------------------------------------------------------------------------------------------
    def network(self) -> None:
        client = self.client
        for account in client.wallet.accounts()[1:]:
            client.sign(client.wallet.prepare_send(0, account.address, POCKET))
        view = client.network.view()
        self.figures["chain_id"] = view.chain_id
        self.figures["contracts"] = {name: address for name, address, _ in view.contracts}
        self.check("the network answers with its own chain id", view.chain_id > 0, view.chain_id)
        self.check(
            "every contract stands with the code this program ships",
            len(view.contracts) == len(CONTRACTS) and all(matches for _, _, matches in view.contracts),
            ", ".join(name for name, _, _ in view.contracts),
        )
        balances = [account.balance for account in client.wallet.accounts()]
        self.check("every balance is proven", all(balance.trust.state == "proven" for balance in balances))
        self.check("each account holds its test OPEN", all(balance.value == POCKET for balance in balances[1:]))
        states: dict[str, int] = {}
        for trust in (view.trust, *(balance.trust for balance in balances)):
            states[trust.state] = states.get(trust.state, 0) + 1
        self.figures["trust_states"] = states

    # 3 -----------------------------------------------------------------------------------------------------------
    def datanet(self) -> None:
        client = self.client
        sample = self.sample
        made = client.sign(
            client.datanets.prepare_create(
                0,
                sample.rules.name,
                sample.rules.description,
                sample.rules.labels,
                sample.rules.licence,
                topic=sample.rules.topic,
                languages=sample.rules.languages,
            )
        )
        self._datanet = int(made.result)  # type: ignore[call-overload]
        counts: dict[str, int] = {}
        for number, who in enumerate(sample.contributors, start=1):
            draft = client.datanets.import_file(
                self._datanet, who.path, number, terms=sample.terms, progress=self.progress
            )
            report = client.datanets.preflight(draft, progress=self.progress)
            for check, kind, _severity, found in report.counts:
                counts[f"{check}: {kind}"] = counts.get(f"{check}: {kind}", 0) + found
            client.sign(client.datanets.prepare_contribute(draft))
        self.say(f"     preflight found {', '.join(f'{number} {name}' for name, number in counts.items() if number)}")
        self.figures["preflight"] = counts
        self._review()
        self._release()

    def _review(self) -> None:
        client = self.client
        contributions = client.datanets.contributions(self._datanet)
        trusted = {name_of(n) for n, who in enumerate(self.sample.contributors, start=1) if who.trusted}
        self.check("ten contributions are on the ledger", len(contributions) == 10)
        for contribution in contributions:
            client.datanets.decide_all(contribution.id, approve=True)
            if contribution.contributor_name in trusted:
                client.datanets.trust_contributor(contribution.id)
            client.sign(client.datanets.prepare_review(contribution.id, 0))

    def _release(self) -> None:
        client = self.client
        client.sign(client.datanets.prepare_release(self._datanet, 0))
        view = client.datanets.get(self._datanet)
        release = view.releases[-1]
        self.figures["records"] = release.records
        self.figures["contributors"] = release.contributors
        self.figures["release"] = {"version": release.version, "root": release.root, "trust": release.trust.state}
        self.check("the release holds every record", release.records == 3600, release.records)
        proof = client.datanets.verify_record(self._datanet, 1234)
        self.check("one record's proof holds against the root on the ledger", proof.ok, f"{len(proof.checks)} checks")

    # 4 -----------------------------------------------------------------------------------------------------------
    def model(self) -> None:
        client = self.client
        model = client.models.train(
            self._datanet,
            name="Topics of definitions",
            held_out=self.sample.heldout,
            progress=self.progress,
        )
        self._model = model.id
        accuracy = model.accuracy
        self.figures["accuracy"] = {
            "ours": round(accuracy.ours, 4),
            "majority": round(accuracy.majority, 4),
            "tfidf": round(accuracy.tfidf, 4),
            "held_out": accuracy.held_out,
        }
        self.check("better than the majority", accuracy.ours > accuracy.majority, f"{accuracy.ours:.3f}")
        self.check("not worse than TF-IDF nearest centroid", accuracy.ours >= accuracy.tfidf, f"{accuracy.tfidf:.3f}")
        client.sign(client.models.prepare_publish(self._model, BUILDER, FEE, SPLIT))
        published = client.models.get(self._model)
        self.figures["package_hash"] = published.package_hash
        self.check("the package hash on the ledger is ours", published.trust.state == "proven", published.package_hash)

    # 5 -----------------------------------------------------------------------------------------------------------
    def calls(self) -> None:
        client = self.client
        client.sign(client.earnings.prepare_deposit(PAYER, Amount(FEE.wei * CALLS), from_account=0))
        texts = [text for text, _ in self.sample.held_out(self.progress)]
        # The file stands by topic; a stride prime to its length visits all topics evenly.
        chosen = [texts[(i * 7) % len(texts)] for i in range(CALLS)]
        latencies = []
        worst, explained, people = 0, 0, self.figures["contributors"]
        for number, text in enumerate(chosen):
            self.progress.step("calls", number, CALLS)
            answer = client.models.run(self._model, text, PAYER)
            explained += len(answer.contributors) == people and bool(answer.supporting)
            worst = max(worst, client.models.difference_from_reference(answer.call))
            latencies.append(answer.latency_ms)
            if number == 0:
                self._answer = answer
        self.figures["calls"] = CALLS
        self.figures["call_ms_median"] = round(statistics.median(latencies), 3)
        self.figures["onnx_max_abs_diff"] = worst
        self.check("onnxruntime equals the reference arithmetic", worst == 0, f"largest difference {worst}")
        top = self._answer
        self.say(f"     “{top.text[:60]}” -> {top.label}")
        for share in top.contributors[:3]:
            self.say(f"       {share.share:+7.2%}  {share.name}")
        self.check("every answer names its contributors and records", explained == CALLS, f"{explained} answers")
        self.check("the answer recomputes on this machine", client.models.verify_answer(top.call).ok)

    # 6 -----------------------------------------------------------------------------------------------------------
    def settle(self) -> None:
        client = self.client
        signed = client.sign(client.earnings.prepare_settle(self._model, PAYER, BUILDER, progress=self.progress))
        self._settlement = str(signed.result)
        settlement = client.earnings.settlement(self._settlement)
        payouts = client.earnings.payouts(self._settlement)
        total = FEE.wei * CALLS
        self.figures["settlement"] = {
            "id": self._settlement,
            "total_wei": str(settlement.total.wei),
            "root": settlement.payout_root,
            "pool_wei": str(settlement.pool.wei),
            "builder_wei": str(settlement.builder.wei),
            "treasury_wei": str(settlement.treasury.wei),
            "supporters_wei": str(settlement.supporters.wei),
            "bond_wei": str(settlement.bond.wei),
            "payouts": [{"account": str(p.account), "wei": str(p.amount.wei)} for p in payouts],
        }
        self.check("the payer's voucher pays exactly its calls", settlement.total.wei == total, settlement.total)
        parts = settlement.pool.wei + settlement.builder.wei + settlement.supporters.wei + settlement.treasury.wei
        self.check("the split adds up to the wei", parts == total)
        self.check("payouts add up to the pool", sum(p.amount.wei for p in payouts) == settlement.pool.wei)
        self._fairness(payouts)
        self._window(settlement)
        self._claims(payouts)
        self._finish(settlement)

    def _window(self, settlement: Any) -> None:
        """Nothing is paid while objections can be raised."""
        client = self.client
        self.check("a bond stands for the settlement", settlement.bond.wei > 0, settlement.bond)
        refused = ""
        try:
            client.earnings.prepare_claim(1)
        except EconomyError as error:
            refused = str(error.values.get("reason"))
        early = client.clock.now() < settlement.claimable_at
        self.check("no claim before the window ends", refused == "not final yet" or not early, refused)
        waited = 0
        while client.clock.now() < settlement.claimable_at:
            left = settlement.claimable_at - client.clock.now()
            self.progress.step("waiting for objections", waited, waited + left)
            time.sleep(min(left, 1))
            waited += 1
        self.figures["window_seconds"] = settlement.claimable_at - settlement.time

    def _finish(self, settlement: Any) -> None:
        client = self.client
        client.sign(client.earnings.prepare_finish(self._settlement, BUILDER))
        found = client.earnings.settlement(self._settlement)
        self.check("the settlement is finished", found.state == "finished", found.state)
        back = settlement.bond.wei + settlement.builder.wei
        self.check("bond and builder's part wait for the builder", client.earnings.earned(BUILDER).wei == back)
        address = client.wallet.address(BUILDER)
        before = client.wallet.balance(address).value.wei
        signed = client.sign(client.earnings.prepare_take(BUILDER))
        after = client.wallet.balance(address).value.wei
        self.check("the builder gets both exactly, less gas", after - before == back - signed.fee.wei, settlement.bond)

    def _fairness(self, payouts: Any) -> None:
        paid = {payout.account_name: payout.amount.wei for payout in payouts}
        roles = dict(enumerate((who.role for who in self.sample.contributors), start=1))
        pay = {role: paid.get(name_of(number), 0) for number, role in roles.items()}
        honest = {number: paid.get(name_of(number), 0) for number, role in roles.items() if role == "honest"}
        mean = statistics.mean(honest.values())
        relative = {number: wei / mean for number, wei in honest.items()}
        farthest = max(relative.values(), key=lambda value: abs(value - 1))
        self.figures["pay_per_record_relative"] = {
            "honest": round(farthest, 4),
            "noise": round(pay["noise"] / mean, 4),
            "copy": round(pay["copy"] / mean, 4),
            "all_honest": {str(number): round(value, 4) for number, value in relative.items()},
        }
        self.check(
            "honest contributors earn .8 to 1.3 of their mean",
            all(0.8 <= v <= 1.3 for v in relative.values()),
            f"farthest {farthest:.3f}",
        )
        self.check("labels at random earn at most .05", pay["noise"] / mean <= 0.05, f"{pay['noise'] / mean:.4f}")
        self.check("a copy earns at most .01", pay["copy"] / mean <= 0.01, f"{pay['copy'] / mean:.4f}")

    def _claims(self, payouts: Any) -> None:
        client = self.client
        claims = []
        for payout in [p for p in payouts if p.amount][:4]:
            account = next(a for a in client.wallet.accounts() if a.address == payout.account)
            before = account.balance.value.wei
            signed = client.sign(client.earnings.prepare_claim(account.index))
            after = client.wallet.balance(account.address).value.wei
            claims.append(
                {
                    "account": str(payout.account),
                    "amount_wei": str(payout.amount.wei),
                    "balance_delta_wei": str(after - before),
                    "gas_wei": str(signed.fee.wei),
                }
            )
            self.check(
                f"{payout.account_name} is paid exactly, less gas",
                after - before == payout.amount.wei - signed.fee.wei,
                payout.amount,
            )
        self.figures["claims"] = claims

    # 7 -----------------------------------------------------------------------------------------------------------
    def withdraw(self) -> None:
        client = self.client
        contribution = client.datanets.contributions(self._datanet)[4]
        client.sign(client.datanets.prepare_withdraw(contribution.id, tuple(range(0, WITHDRAWN * 5, 5))))
        withdrawal, prepared = client.models.prepare_retrain(self._model, BUILDER, progress=self.progress)
        client.sign(prepared)
        self.figures["withdrawal"] = {
            "records": withdrawal.records,
            "old_hash": withdrawal.old_hash,
            "new_hash": withdrawal.new_hash,
            "scratch_hash": withdrawal.scratch_hash,
            "seconds": round(withdrawal.seconds, 3),
            "accuracy_before": withdrawal.accuracy_before,
            "accuracy_after": withdrawal.accuracy_after,
        }
        self.check("the new model is another one", withdrawal.new_hash != withdrawal.old_hash)
        self.check("it equals training from scratch without them", withdrawal.new_hash == withdrawal.scratch_hash)

    # 8 -----------------------------------------------------------------------------------------------------------
    def audit(self, folder: Path) -> None:
        client = self.client
        path = folder / "settlement.proof.json"
        client.earnings.export_proof(self._settlement, path, call=self._answer.call, disclose=True)
        verdict = client.earnings.run_audit(path)
        self.check("the stand-alone audit agrees to the last integer", verdict.ok, f"{len(verdict.checks)} checks")
        tampered = folder / "tampered.proof.json"
        changed = change_one_byte(path, tampered)
        caught = client.earnings.run_audit(tampered)
        failed = [name for name, holds, _ in caught.checks if not holds]
        self.check("one byte changed is caught", not caught.ok, f"{changed}: {failed[:1]}")
        tampered.unlink()
        self.figures["audit"] = {"ok": verdict.ok, "tampered_detected": not caught.ok, "failed_check": failed[:1]}


def name_of(contributor: int) -> str:
    return f"Contributor {contributor:02d}"


def change_one_byte(path: Path, target: Path) -> str:
    """A copy of a proof file in which one digit of the settlement's total fee is another; where it was."""
    content = bytearray(path.read_bytes())
    place = content.index(b'"total_fee":"') + len(b'"total_fee":"')
    content[place] = ord("9") if content[place] != ord("9") else ord("8")
    target.write_bytes(content)
    return f"byte {place}"
