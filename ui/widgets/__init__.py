"""The pieces pages are made of: `from ui.widgets import Card, Text, Button`. Each is imported when first wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.widgets.address import AddressLabel
    from ui.widgets.amount import AmountLabel
    from ui.widgets.buttons import Button, IconButton, LinkButton, Segmented
    from ui.widgets.card import Card
    from ui.widgets.charts import Bar, BarChart, ChartPanel, LineChart
    from ui.widgets.drop import DropZone
    from ui.widgets.empty import EmptyState
    from ui.widgets.field import LabeledField
    from ui.widgets.header import PageHeader
    from ui.widgets.labels import Badge, Icon, KeyHint, Line, Text
    from ui.widgets.layouts import capped, column, grid, row, scrolled
    from ui.widgets.notice import Notice
    from ui.widgets.number import NumberField
    from ui.widgets.passage import PassageText
    from ui.widgets.password import PasswordField, StrengthMeter
    from ui.widgets.progress import ProgressPanel
    from ui.widgets.qr import QrCode
    from ui.widgets.stat import StatTile
    from ui.widgets.steps import StepBar
    from ui.widgets.trust import TrustBadge

_HOMES = {
    "AddressLabel": "ui.widgets.address",
    "AmountLabel": "ui.widgets.amount",
    "Badge": "ui.widgets.labels",
    "Bar": "ui.widgets.charts",
    "BarChart": "ui.widgets.charts",
    "Button": "ui.widgets.buttons",
    "Card": "ui.widgets.card",
    "ChartPanel": "ui.widgets.charts",
    "DropZone": "ui.widgets.drop",
    "EmptyState": "ui.widgets.empty",
    "Icon": "ui.widgets.labels",
    "IconButton": "ui.widgets.buttons",
    "KeyHint": "ui.widgets.labels",
    "LabeledField": "ui.widgets.field",
    "Line": "ui.widgets.labels",
    "LineChart": "ui.widgets.charts",
    "LinkButton": "ui.widgets.buttons",
    "PassageText": "ui.widgets.passage",
    "Notice": "ui.widgets.notice",
    "NumberField": "ui.widgets.number",
    "PageHeader": "ui.widgets.header",
    "PasswordField": "ui.widgets.password",
    "ProgressPanel": "ui.widgets.progress",
    "QrCode": "ui.widgets.qr",
    "Segmented": "ui.widgets.buttons",
    "StatTile": "ui.widgets.stat",
    "StepBar": "ui.widgets.steps",
    "StrengthMeter": "ui.widgets.password",
    "Text": "ui.widgets.labels",
    "TrustBadge": "ui.widgets.trust",
    "capped": "ui.widgets.layouts",
    "column": "ui.widgets.layouts",
    "grid": "ui.widgets.layouts",
    "row": "ui.widgets.layouts",
    "scrolled": "ui.widgets.layouts",
}

__all__ = [
    "AddressLabel",
    "AmountLabel",
    "Badge",
    "Bar",
    "BarChart",
    "Button",
    "Card",
    "ChartPanel",
    "DropZone",
    "EmptyState",
    "Icon",
    "IconButton",
    "KeyHint",
    "LabeledField",
    "Line",
    "LineChart",
    "LinkButton",
    "Notice",
    "NumberField",
    "PageHeader",
    "PassageText",
    "PasswordField",
    "ProgressPanel",
    "QrCode",
    "Segmented",
    "StatTile",
    "StepBar",
    "StrengthMeter",
    "Text",
    "TrustBadge",
    "capped",
    "column",
    "grid",
    "row",
    "scrolled",
]


def __getattr__(name: str) -> object:
    """The first screen needs five of these; importing all would cost its paint 60 ms."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(name)
    return getattr(import_module(home), name)
