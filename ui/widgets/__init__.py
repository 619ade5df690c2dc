"""The pieces pages are made of. Import from here: `from ui.widgets import Card, Text, Button`."""

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
from ui.widgets.layouts import column, grid, row, scrolled
from ui.widgets.notice import Notice
from ui.widgets.password import PasswordField, StrengthMeter
from ui.widgets.progress import ProgressPanel
from ui.widgets.qr import QrCode
from ui.widgets.stat import StatTile
from ui.widgets.steps import StepBar
from ui.widgets.trust import TrustBadge

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
    "PageHeader",
    "PasswordField",
    "ProgressPanel",
    "QrCode",
    "Segmented",
    "StatTile",
    "StepBar",
    "StrengthMeter",
    "Text",
    "TrustBadge",
    "column",
    "grid",
    "row",
    "scrolled",
]
