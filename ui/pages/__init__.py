"""The list of pages. A page that is not here does not exist for the person."""

from ui.pages.base import Action, Context, Page

__all__ = ["Action", "Context", "Page", "pages"]


def pages() -> list[type[Page]]:
    """Every page, in the order of the rail. Imported after unlocking: the first paint does not wait for them."""
    from ui.pages.settings import SettingsPage

    found: list[type[Page]] = [
        SettingsPage,
    ]
    return sorted(found, key=lambda page: page.order)
