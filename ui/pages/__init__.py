"""The list of pages. A page that is not here does not exist for the person."""

from ui.pages.base import Action, Context, Page

__all__ = ["Action", "Context", "Page", "pages"]


def pages() -> list[type[Page]]:
    """Every page, in the order of the rail. Imported after unlocking: the first paint does not wait for them."""
    from ui.pages.datanets import DatanetsPage
    from ui.pages.earnings import EarningsPage
    from ui.pages.home import HomePage
    from ui.pages.models import ModelsPage
    from ui.pages.network import NetworkPage
    from ui.pages.settings import SettingsPage
    from ui.pages.trace import TracePage
    from ui.pages.wallet import WalletPage

    found: list[type[Page]] = [
        HomePage,
        DatanetsPage,
        EarningsPage,
        WalletPage,
        NetworkPage,
        ModelsPage,
        SettingsPage,
        TracePage,
    ]
    return sorted(found, key=lambda page: page.order)
