"""A Datanet: what it collects, under which terms, from whom, and how it is reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from core.datanets import canonical, licences
from core.datanets.commitment import Place
from core.datanets.content import KINDS, TASKS, Column, Kind, Text, check_columns, parse_columns, plain_columns
from core.datanets.record import MAX_LABEL, check_language
from core.datanets.text import clean, clean_line
from core.errors import BadInput
from core.keccak import keccak256
from core.units import Address

MAX_NAME = 100  # bytes of UTF-8: the contract's limit
MAX_TOPIC = 100
MAX_DESCRIPTION = 5_000
MAX_LABELS = 64  # a head has at most 64 classes
MAX_META = 64 * 1024

Access = Literal["anyone", "invited"]
ReviewRule = Literal["every record", "flagged records"]


@dataclass(frozen=True)
class Rules:
    """What everybody in a Datanet agrees on; its hash stands on the ledger. Raises BadInput naming the field.

    labels     2 to 64, distinct, in the order in which models number them; a record has one of them
    kind       what a record holds: "text", "table" (a row of `columns`) or "image"
    languages  BCP 47; empty means any
    licence    under which releases are given on
    access     "anyone", or only "invited" people may contribute
    review     "every record" waits for a decision, or only "flagged records" do and clean ones pass
    """

    name: str
    labels: tuple[str, ...]
    licence: str
    topic: str = ""
    description: str = ""
    languages: tuple[str, ...] = ()
    access: Access = "anyone"
    review: ReviewRule = "every record"
    kind: Kind = "text"
    columns: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        _line("name", self.name, needed=True)
        if len(self.name.encode()) > MAX_NAME:
            raise BadInput(field="name", reason="too long", value=self.name)
        _line("topic", self.topic)
        if len(self.topic) > MAX_TOPIC:
            raise BadInput(field="topic", reason="too long", value=self.topic)
        if len(self.description) > MAX_DESCRIPTION:
            raise BadInput(field="description", reason="too long", value=len(self.description))
        if clean(self.description) != self.description:
            raise BadInput(field="description", reason="not clean", value=self.description[:80])
        _labels(self.labels)
        check_columns(self.kind, self.columns)
        for language in self.languages:
            if not check_language(language):
                raise BadInput(field="languages", reason="missing", value="")
        licences.check(self.licence)
        if self.access not in get_args(Access):
            raise BadInput(field="access", reason="unknown", value=self.access)
        if self.review not in get_args(ReviewRule):
            raise BadInput(field="review", reason="unknown", value=self.review)

    @property
    def content(self) -> Text:
        """The rules of what a record holds."""
        return KINDS[self.kind]

    @property
    def meta(self) -> bytes:
        """Canonical JSON; public."""
        schema: dict[str, object] = {
            "task": self.content.task,
            "labels": list(self.labels),
            "languages": list(self.languages),
        }
        if self.columns:
            schema["columns"] = plain_columns(self.columns)
        return canonical.encode(
            {
                "v": 1,
                "name": self.name,
                "topic": self.topic,
                "description": self.description,
                "schema": schema,
                "licence": self.licence,
                "access": self.access,
                "review": self.review,
            }
        )

    @property
    def meta_hash(self) -> bytes:
        """Keccak-256 of `meta`: the contract's `metaHash`."""
        return keccak256(self.meta)

    @classmethod
    def parse(cls, meta: bytes) -> Rules:
        """From canonical JSON, as `meta` makes it. Raises BadInput."""
        value = canonical.decode(meta, field="meta", limit=MAX_META)
        names = {"v", "name", "topic", "description", "schema", "licence", "access", "review"}
        schema = value.get("schema") if isinstance(value, dict) else None
        if not isinstance(schema, dict) or set(value) != names or type(value["v"]) is not int or value["v"] != 1:
            raise BadInput(field="meta", reason="fields")
        kind = TASKS.get(str(schema.get("task")))
        if kind is None or set(schema) != {"task", "labels", "languages"} | ({"columns"} if kind == "table" else set()):
            raise BadInput(field="schema", reason="unknown task")
        plain = [value[name] for name in ("name", "topic", "description", "licence", "access", "review")]
        if not all(isinstance(text, str) for text in plain):
            raise BadInput(field="meta", reason="fields")
        return cls(
            name=value["name"],
            labels=_strings("labels", schema["labels"]),
            licence=value["licence"],
            topic=value["topic"],
            description=value["description"],
            languages=_strings("languages", schema["languages"]),
            access=cast("Access", value["access"]),
            review=cast("ReviewRule", value["review"]),
            kind=kind,
            columns=parse_columns(schema.get("columns", [])),
        )


@dataclass(frozen=True)
class Datanet:
    """A Datanet as this profile knows it. `id` is the profile's row; `place` is None while it is a local draft."""

    id: int
    rules: Rules
    creator: Address
    created: int
    place: Place | None = None
    tx_hash: bytes | None = None
    block: int | None = None


def _line(field: str, text: str, *, needed: bool = False) -> None:
    if clean_line(text) != text:
        raise BadInput(field=field, reason="not clean", value=text[:80])
    if needed and not text:
        raise BadInput(field=field, reason="missing", value="")


def _labels(labels: tuple[str, ...]) -> None:
    if not 2 <= len(labels) <= MAX_LABELS:
        raise BadInput(field="labels", reason="count", value=len(labels))
    for label in labels:
        _line("labels", label, needed=True)
        if len(label) > MAX_LABEL:
            raise BadInput(field="labels", reason="too long", value=label[:MAX_LABEL])
    if len({label.casefold() for label in labels}) != len(labels):
        raise BadInput(field="labels", reason="twice", value="")


def _strings(field: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadInput(field=field, reason="form")
    return tuple(value)
