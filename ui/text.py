"""Words for people, in one place and without Qt: errors, trust, amounts, times, and the keys that core speaks in."""

from __future__ import annotations

import html
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from ui.vocabulary import KEYS, TRUST, TRUST_REASONS
from ui.words import ERRORS, REASONS, Tone

if TYPE_CHECKING:  # the first screen needs words, not values: 60 ms of the first paint
    from core.units import Amount
    from core.values import OlderView, TrustView

_WEI_DIGITS = 18


@dataclass(frozen=True)
class Words:
    """`title` says what happened, `what_to_do` the next step; `detail` (one click away) may hold foreign text."""

    title: str
    what_to_do: str
    detail: str = ""
    tone: Tone = "danger"


# -- text from outside -----------------------------------------------------------------------------------------------

_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = "\u200c\u200d"  # Persian, Hindi and emoji need them
_DROPPED = {"Cc", "Cf", "Co", "Cs", "Cn"}


def foreign(text: object, limit: int = 300, *, lines: bool = False) -> str:
    """Text of a file, a server or another person, made safe to show as plain text.

    Drops control, bidirectional, private and unassigned characters (joiners inside words stay), joins white space
    unless `lines`, cuts to `limit` characters with an ellipsis.
    """
    kept = []
    for char in str(text)[: limit * 4 + 64]:
        if char in "\n\r\t\u2028\u2029":
            kept.append("\n" if lines and char != "\t" else " ")
        elif char in _JOINERS or (char not in _BIDI and unicodedata.category(char) not in _DROPPED):
            kept.append(char)
    joined = "".join(kept)
    clean = joined.strip() if lines else " ".join(joined.split())
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def plain_tip(text: str) -> str:
    """For setToolTip: Qt guesses markup there and has no switch against it, so what could be markup is escaped."""
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>" if "<" in text or "&" in text else text


# -- errors ----------------------------------------------------------------------------------------------------------


class _Values(dict[str, object]):
    def __missing__(self, name: str) -> object:
        return "?"


def _shown(name: str, value: object) -> object:
    if name in {"needed", "available", "fee", "limit_wei"} and isinstance(value, int):
        return change(value).lstrip("+")
    if isinstance(value, int | float):
        return value
    if name == "field":
        return KEYS["field"].get(str(value), (f"“{foreign(value, 60)}”", ""))[0]
    return foreign(value, 200)


def explain(error: BaseException) -> Words:
    """What happened and what to do about it, for any error. Unknown ones say so and keep their text as detail."""
    for kind in type(error).__mro__:
        found = ERRORS.get(kind.__name__)
        if found is not None:
            break
    else:
        detail = f"{type(error).__name__}: {foreign(error, 600)}"
        return Words(
            "Something unexpected happened",
            "Nothing you entered is lost. Try again; if it comes back, save the diagnostics in Settings and report it.",
            detail,
        )
    values = dict(getattr(error, "values", {}))
    if kind.__name__ == "FeeTooHigh":
        values = {"fee": values.get("fee"), "limit_wei": values.get("limit")}
    if kind.__name__ == "WorkerLimit":
        values["limit"] = _limit_words(values)
    shown = _Values({name: _shown(name, value) for name, value in values.items()})
    title, todo, tone = found
    key = str(values.get("reason", ""))
    todo = next((REASONS[name][key] for name in _names(error) if key in REASONS.get(name, {})), todo)
    return Words(title.format_map(shown), todo.format_map(shown), _detail(error, shown), tone)


def _limit_words(values: dict[str, object]) -> str:
    """Of a child process: bytes or seconds, by what they are of."""
    what, limit = values.get("what"), values.get("limit")
    if not isinstance(limit, int):
        return f"its limit of {what}" if what else "its limit"
    if what == "cpu":
        return f"{limit:,} seconds of processor time"
    return f"{limit / (1 << 20):,.0f} MB" + (" of memory" if what == "memory" else f" ({what})" if what else "")


def _names(error: BaseException) -> list[str]:
    return [kind.__name__ for kind in type(error).__mro__]


def _detail(error: BaseException, values: _Values) -> str:
    if "value" in values:  # what the person typed stands in the field already
        values = _Values({name: value for name, value in values.items() if name != "value"})
    parts = ", ".join(f"{name} {value}" for name, value in values.items() if value not in {None, ""})
    return f"{type(error).__name__}{': ' if parts else ''}{parts}"


# -- trust -----------------------------------------------------------------------------------------------------------


def trust(view: TrustView, now: float | None = None) -> Words:
    """`title` is the badge's word, `what_to_do` the sentence behind it."""
    title, sentence, tone = TRUST[view.state]
    parts = [sentence]
    if view.block is not None:
        parts.append(f"Checked at block {number(view.block)}.")
    if view.since is not None:
        parts.append(f"Last known good {ago(view.since, now)}.")
    if view.reason:
        parts.append(TRUST_REASONS.get(view.reason, f"Reason: {foreign(view.reason, 120)}."))
    return Words(title, " ".join(parts), tone=tone)


# -- keys of core ----------------------------------------------------------------------------------------------------


def word(group: str, key: str) -> str:
    """Words for a key of a group ("tx", "pending"). Unknown keys are shown readable, not hidden."""
    found = KEYS.get(group, {}).get(key)
    if found is not None:
        return found[0]
    plain = foreign(key.replace(".", " ").replace("_", " "), 80)
    return plain[:1].upper() + plain[1:]


def step_words(text: str) -> str:
    """What a job does now: a key of core in words, or core's own words as they are."""
    found = KEYS["step"].get(text)
    return found[0] if found is not None else foreign(text, 160)


def action_words(what: str) -> str:
    """Of Prepared.what: what the person is about to do."""
    return word("what", what)


def detail_words(key: str) -> str:
    return word("label", key)


def risk_words(key: str) -> str:
    return word("risk", key)


def tone(group: str, key: str) -> Tone:
    found = KEYS.get(group, {}).get(key)
    return found[1] if found is not None else ""


# -- figures ---------------------------------------------------------------------------------------------------------


def amount(value: Amount, decimals: int = 4) -> str:
    """OPEN without its unit, cut to `decimals`; something too small to show is never shown as zero."""
    if value and value.wei < 10 ** (_WEI_DIGITS - decimals):
        return f"<{type(value)(10 ** (_WEI_DIGITS - decimals)).text(decimals)}"
    return value.text(decimals)


def open_(value: Amount, decimals: int = 4) -> str:
    return f"{amount(value, decimals)} OPEN"


def change(wei: int, decimals: int = 4) -> str:
    """A signed change, in OPEN with its unit: "+1.2 OPEN", and a true minus sign for what leaves."""
    from core.units import Amount

    sign = "+" if wei > 0 else "\N{MINUS SIGN}" if wei < 0 else ""
    return f"{sign}{open_(Amount(abs(wei)), decimals)}"


def number(value: int) -> str:
    return f"{value:,}"


def percent(share: float, decimals: int = 1) -> str:
    return f"{share * 100:.{decimals}f} %"


def count(value: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 record, 3 records."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def size(octets: int) -> str:
    left = float(octets)
    for unit in ("bytes", "kB", "MB", "GB"):
        if left < 1000 or unit == "GB":
            return f"{left:.0f} {unit}" if unit == "bytes" else f"{left:.1f} {unit}"
        left /= 1000
    raise AssertionError


def duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def ago(then: float, now: float | None = None) -> str:
    """How long since: just now, 5 minutes ago, yesterday, and the date from a week on."""
    passed = (time.time() if now is None else now) - then
    if passed < 45:
        return "just now"
    if passed < 3600:
        return f"{count(max(1, round(passed / 60)), 'minute')} ago"
    if passed < 86400:
        return f"{count(max(1, round(passed / 3600)), 'hour')} ago"
    if passed < 2 * 86400:
        return "yesterday"
    if passed < 7 * 86400:
        return f"{int(passed // 86400)} days ago"
    return day(then)


def day(seconds: float, zone: tzinfo | None = None) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{moment.day} {moment:%b %Y}"


def older_words(found: OlderView) -> tuple[str, str]:
    """What happened and what to do, where the ledger knows more of my accounts than this profile."""
    when = f"on {moment(found.first)}" if found.transactions == 1 else f"up to {moment(found.last)}"
    words = (
        f"The ledger has {count(found.transactions, 'transaction')} of your accounts, {when}, that this profile did "
        "not know. Either an older copy of its files was put back, or the same recovery phrase is used on another "
        "machine. What the ledger shows was put down again, and nothing will be signed twice. Drafts, records, models "
        "and calls of that time are not here: if you have newer files or a backup, lock OpenLedger and put them back."
    )
    return "This profile is older than what it did", words


def moment(seconds: float, zone: tzinfo | None = None) -> str:
    """Date and time where the person is: "22 Nov 2025, 14:05"."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{at.day} {at:%b %Y, %H:%M}"


def until(seconds: float, now: float | None = None, zone: tzinfo | None = None) -> str:
    """A moment to come, as short as it is clear: "14:05" today, else with the day, and the year where it is another."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    today = datetime.fromtimestamp(time.time() if now is None else now, UTC).astimezone(zone)
    if at.date() == today.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b, %H:%M}" if at.year == today.year else moment(seconds, zone)


def short_hash(value: str) -> str:
    """For columns only; where something is decided the whole hash is shown."""
    return value if len(value) <= 18 else f"{value[:10]}…{value[-6:]}"


def grouped(text: str, size_: int = 4) -> str:
    """An address or hash in groups, to be read aloud or compared: "0x 52b6 A1c0 ..."."""
    body = text.removeprefix("0x")
    groups = " ".join(body[i : i + size_] for i in range(0, len(body), size_))
    return f"0x {groups}" if text.startswith("0x") else groups
