"""Licences that a person is offered, by SPDX identifier, and what they ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import BadInput

_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")


@dataclass(frozen=True)
class Licence:
    id: str
    attribution: bool
    share_alike: bool
    commercial: bool = True


LICENCES: dict[str, Licence] = {
    licence.id: licence
    for licence in (
        Licence("CC0-1.0", attribution=False, share_alike=False),
        Licence("PDDL-1.0", attribution=False, share_alike=False),
        Licence("CC-BY-4.0", attribution=True, share_alike=False),
        Licence("ODC-By-1.0", attribution=True, share_alike=False),
        Licence("CC-BY-SA-4.0", attribution=True, share_alike=True),
        Licence("ODbL-1.0", attribution=True, share_alike=True),
        Licence("CC-BY-NC-4.0", attribution=True, share_alike=False, commercial=False),
        Licence("CC-BY-NC-SA-4.0", attribution=True, share_alike=True, commercial=False),
        Licence("Apache-2.0", attribution=True, share_alike=False),
        Licence("MIT", attribution=True, share_alike=False),
        Licence("BSD-3-Clause", attribution=True, share_alike=False),
        Licence("LicenseRef-WordNet-3.0", attribution=True, share_alike=False),
        Licence("LicenseRef-All-Rights-Reserved", attribution=True, share_alike=False, commercial=False),
    )
}


def check(licence: str) -> str:
    """An identifier that has SPDX's form, known or not. Raises BadInput(field="licence")."""
    if not licence:
        raise BadInput(field="licence", reason="missing", value=licence)
    if not _FORM.fullmatch(licence):
        raise BadInput(field="licence", reason="form", value=licence[:80])
    return licence


def fits(licence: str, wanted: str) -> bool:
    """Whether records under `licence` may stand in a Datanet that is given on under `wanted`.

    The same licence, or one that asks nothing: anything subtler is for people, so the check says "differs".
    """
    known = LICENCES.get(licence)
    return licence == wanted or (known is not None and not known.attribution)
