"""One table for everything: declared columns over frozen rows, sorted and filtered in the model."""

from ui.tables.model import Column, TableModel
from ui.tables.panel import TablePanel
from ui.tables.view import TableView

__all__ = ["Column", "TableModel", "TablePanel", "TableView"]
