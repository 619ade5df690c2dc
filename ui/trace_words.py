"""Words for where data mattered: weights and their reasons, effects, pay, and what a contributor does next. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.text import Tone, count, foreign, number, percent, word

if TYPE_CHECKING:
    from core.values import (
        AdmissionView,
        LabelQuality,
        PersonView,
        RecordInModel,
        RecordTrace,
        WeightView,
        WithoutRecord,
    )

INFLUENCE = "Measured influence: how much an answer would change without it. It is not pay."
INFLUENCE_THEM = "Measured influence: how much an answer would change without them. It is not pay."
PAY = (
    "Pay is decided once for each settlement, over all its calls together, and may differ in rounding from what "
    "single answers show. A call that is not settled pays nobody yet."
)
PRIVATE = (
    "The answers named here are your own calls; nobody else's are shown to you, nor yours to them. Of other people's "
    "calls only the signed totals of a whole settlement are known."
)
OTHERS_PAY = (
    "These are the settlements whose data is on this device. Each amount is a leaf of a tree whose root stands on the "
    "ledger: open one to see its proof."
)
_MINUS = "\N{MINUS SIGN}"
_FEW = 20  # records of a label: from there on they outweigh the contributor's others
_WEIGHED = {"measured", "chance"}  # by agreement, not by a lack of it

# state of a call's pay: title, words; `{fee}` is filled in
CALL_PAY: dict[str, tuple[str, str]] = {
    "draft": ("Pays nobody", "The model is a draft of yours: calls cost nothing and nobody earns."),
    "free": ("Pays nobody", "This call was free."),
    "waiting": (
        "Not settled yet: it pays nobody so far",
        "Its fee of {fee} is shared out when your calls are settled.",
    ),
    "open": (
        "Settled, waiting for objections",
        "Its fee of {fee} is part of a settlement that can still be objected to.",
    ),
    "final": ("Settled", "Its fee of {fee} was shared out, together with all other calls of the settlement."),
    "finished": ("Settled", "Its fee of {fee} was shared out, together with all other calls of the settlement."),
}


def signed(share: float, decimals: int = 1) -> str:
    """A percentage with its sign and a true minus; what rounds to nothing has no sign."""
    figure = f"{abs(share) * 100:.{decimals}f}"
    sign = "" if not float(figure) else "+" if share > 0 else _MINUS
    return f"{sign}{figure} %"


def score(value: float, digits: int = 2) -> str:
    """A small signed figure with so many digits that say something: +0.000013."""
    if not value:
        return "0"
    places = digits
    while places < 12 and not round(abs(value), places - digits + 1):
        places += 1
    return f"{'+' if value > 0 else _MINUS}{abs(value):.{places}f}"


def ordinal(value: int) -> str:
    ending = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{number(value)}{ending}"


# -- weights ---------------------------------------------------------------------------------------------------------


def novelty_words(one: WeightView) -> str:
    if one.novelty is None:
        return ""
    if one.novelty_reason == "copy":
        return "It repeats an older record, and copies weigh nothing."
    if one.novelty_reason == "empty":
        return "There is nothing in it to learn from."
    if one.novelty_reason == "near":
        return (
            f"Much of it stands in older records ({number(one.shared)} of its {count(one.shingles, 'run')} of words), "
            f"so it counts {one.novelty} of 8 for being new."
        )
    if one.novelty_reason == "alike":
        return (
            f"It is an older record with words changed, moved or added, so it counts {one.novelty} of 8 for being new."
        )
    if one.novelty_reason == "often":
        return (
            "Most of it stands in one older record, and that is so of far more of this contributor's records than of "
            f"trusted ones, so it counts {one.novelty} of 8 for being new."
        )
    if one.novelty_reason == "new":
        return f"It is new: {one.novelty} of 8."
    return f"For being new it counts {one.novelty} of 8 ({foreign(one.novelty_reason, 60)})."


def quality_words(weight: int | None, reason: str, agree: int, whole: int, core: int, core_whole: int) -> str:
    if weight is None:
        return ""
    if reason == "unknown":
        return (
            f"The trusted core's records of this label ({number(core_whole)}) are too few, or too much like others, to "
            f"judge by, so it counts half: {weight} of 8."
        )
    if reason == "differs":
        return (
            f"Under this label the contributor differs from the trusted core ({number(agree)} of "
            f"{count(whole, 'record')} agree) but agrees elsewhere, so it keeps {weight} of 8 until a person judges."
        )
    if reason == "chance":
        return (
            "All labels of the contributor together are less than half as far above chance as the trusted core's own, "
            f"so this one counts {weight} of 8."
        )
    if reason != "measured":
        return f"For its label it counts {weight} of 8 ({foreign(reason, 60)})."
    own = f"{number(agree)} of the contributor's {count(whole, 'record')} of this label agree with the trusted core"
    theirs = f"of the core's own, {number(core)} of {number(core_whole)} do"
    few = " So few of one label are judged by the contributor's other labels as well." if whole < _FEW else ""
    return f"Its label counts {weight} of 8: {own}; {theirs}. What chance alone would bring is taken off.{few}"


def weight_words(one: WeightView) -> str:
    """Why a record weighs what it weighs."""
    parts = [novelty_words(one)]
    if one.novelty != 0:
        parts.append(
            quality_words(one.quality, one.quality_reason, one.agree, one.count, one.core_agree, one.core_count)
        )
    said = " ".join(part for part in parts if part)
    return said or "The reasons were not kept on this device; the weight itself stands in the model."


def admission_words(one: AdmissionView) -> str:
    """Why a contributor's records weigh what they weigh, in one line."""
    said = []
    if one.copies > one.records / 2:
        return f"{number(one.copies)} of {count(one.records, 'record')} repeat earlier ones, with or without changes"
    if one.copies:
        said.append(f"{count(one.copies, 'copy', 'copies')} left out")
    if one.near:
        said.append(f"{number(one.near)} much like earlier ones")
    if one.quality is not None:
        said.append(_quality(one.quality))
    return "; ".join(said) or "weighed when trained"


def _quality(quality: float) -> str:
    if quality < 1:
        return "labels disagree with the trusted core, so they hardly count"
    if quality < 4:
        return "labels often disagree with the trusted core"
    if quality < 5:
        return "labels agree better than by chance but less than the core, or were too new to judge"
    return "labels agree with the trusted core"


def who(*, mine: bool) -> str:
    return "You" if mine else "They"


def label_figure(one: LabelQuality) -> str:
    if one.reason == "unknown":
        return f"{number(one.count)} given, not measured"
    return f"{number(one.agree)} of {number(one.count)} agree"


def core_figure(one: LabelQuality) -> str:
    if not one.core_count:
        return "the core has none"
    return f"core: {number(one.core_agree)} of {number(one.core_count)}"


# -- one record in one model -----------------------------------------------------------------------------------------


def effect_words(one: RecordInModel) -> str:
    """What it does to answers on records that nobody trained on."""
    if not one.held_out:
        return "No records were held out when this model was made, so this cannot be measured."
    if one.weight.weight == 0:
        return "It weighs nothing in this model, so no answer depends on it."
    does = "makes the right answers clearer" if one.effect > 0 else "makes the right answers less clear"
    if not one.effect:
        does = "changes nothing"
    return (
        f"Over {count(one.held_out, 'held-out record')} it {does}, on average by {score(one.effect)} of a score. "
        f"{ordinal(one.rank)} of {number(one.records)} records, counted from the most helpful."
    )


def doubt_words(one: RecordInModel) -> str:
    """What the model would say to its text without having seen it."""
    if one.doubt is None:
        return ""
    if one.doubt > 0:
        return (
            f"Made without it, the model would give it another label (nearest: “{foreign(one.otherwise, 40)}”): "
            "either a hard case, or a label to look at again."
        )
    return f"Made without it, the model would still give it “{foreign(one.label, 40)}”."


def without_words(one: WithoutRecord) -> tuple[str, str]:
    """Title and words of a model that was really made again without the record."""
    title = f"Made again without it in {one.seconds:.2f} s"
    said = []
    if one.held_out:
        changed = count(one.changed, "answer") if one.changed else "no answer"
        said.append(
            f"Of {count(one.held_out, 'held-out record')}, {changed} changed: {number(one.right_before)} right before, "
            f"{number(one.right_after)} after."
        )
    if one.own_before == one.own_after:
        said.append(f"It answers “{foreign(one.own_after, 40)}” to this record, as before.")
    else:
        before, after = foreign(one.own_before, 40), foreign(one.own_after, 40)
        said.append(f"To this record it now answers “{after}” instead of “{before}”.")
    said.append("Weights and all settings stayed as they were pinned; nothing was kept.")
    return title, " ".join(said)


def calls_words(supports: int, opposes: int, calls: int, whole: int, who: str = "It") -> str:
    """`who`: "It" of a record, "You" or "They" of a contributor."""
    if not whole:
        return "You have not asked this model anything yet."
    if not calls:
        return "None of your calls was answered by a version that is kept here."
    of = f"your newest {number(calls)} of {count(whole, 'call')}" if calls < whole else f"your {count(calls, 'call')}"
    if not supports and not opposes:
        return f"{who} had no say in {of}."
    return f"{who} spoke for {number(supports)} and against {number(opposes)} of {of}."


def long_run(one: RecordTrace) -> str:
    """Why a record's pay of one settlement says little."""
    said = (
        "What one record earns is a long-run figure: over 600 calls, about 40 % of honest records net at or below "
        "zero, and earn nothing there."
    )
    if one.settled_with:
        share = percent(one.worse / one.settled_with, 0)
        said += f" In the newest settlement, {number(one.worse)} of {number(one.settled_with)} records ({share}) did."
    return said


def pay_state(state: str) -> str:
    return word("settlement", state)


# -- a person --------------------------------------------------------------------------------------------------------


def next_step(one: PersonView) -> tuple[str, str, str, Tone]:
    """Key, title, words, tone of what helps this contributor most; the key "" when nothing is to be done."""
    records = sum(given.records for given in one.given)
    accepted = sum(given.accepted for given in one.given)
    you = one.mine
    if not records:
        if you:
            words = "Choose a Datanet, drop in a file, and see what it finds before anything is signed."
            return "contribute", "Give your first records", words, "info"
        return "", "Nothing given yet", "As far as this device knows, this account has given no record.", "info"
    if not accepted:
        return "review", "Waiting for a curator", "Records weigh and earn once a curator has accepted them.", "info"
    if not one.models:
        words = "Their records are in no model that was trained on this device."
        return "build", "No model has learned from them here", words, "info"
    return _better(one, you=you)


def _better(one: PersonView, *, you: bool) -> tuple[str, str, str, Tone]:
    copies = sum(model.admission.copies for model in one.models)
    whole = sum(model.admission.records for model in one.models)
    low = [each for model in one.models for each in model.quality if each.reason in _WEIGHED and each.weight < 4]
    if copies > whole / 4:
        words = f"{number(copies)} of {number(whole)} repeat earlier records. Only texts that nobody gave before weigh."
        return "copies", "Many of these records are copies", words, "warning"
    if low:
        names = ", ".join(foreign(each.label, 30) for each in low[:4])
        whose = "your labels" if you else "their labels"
        words = f"For {names}, {whose} agree with the trusted core far less than its own do, chance taken off."
        return "labels", "Some labels count for little", f"{words} Look at those records again.", "warning"
    known = [each for model in one.models for each in model.quality]
    if known and not any(each.core_count for each in known):
        words = "Until its curator says whose labels are the measure, every label counts half."
        return "trust", "Nobody's labels are trusted yet", words, "info"
    if one.models and not any(model.calls_all for model in one.models):
        return "ask", "Nobody was answered yet", "Ask the model something, and see whose records carry it.", "info"
    return "", "", "", ""
