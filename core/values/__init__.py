"""Plain values that cross from core to the screens: frozen, without behaviour, safe on any thread.

Keys ("pending", "datanet.create") are never shown: `ui/text.py` words them. Text that came from a file, a server or
another person is marked "foreign" in its comment and must be painted as plain text.
"""

from core.values.datanets import ContributionView, DatanetView, PictureView, ReleaseView
from core.values.earnings import (
    DemandView,
    EarningsView,
    PaymentDetail,
    PayoutView,
    RecordEarning,
    SettlementView,
)
from core.values.home import HomeView, Need
from core.values.models import (
    Accuracy,
    AdmissionView,
    Answer,
    ContributorShare,
    FormField,
    ModelView,
    RecordShare,
    WithdrawalView,
)
from core.values.network import (
    BlockView,
    EndpointView,
    EventView,
    InviteView,
    NetworkLook,
    NetworkView,
    OtherNetwork,
    ReceiptView,
    ServingView,
)
from core.values.shared import Effect, Known, Prepared, ProfileState, Signed, TrustState, TrustView, Verified
from core.values.wallet import AccountView, ContactView, LookAlikeView, TxView

__all__ = [
    "AccountView",
    "Accuracy",
    "AdmissionView",
    "Answer",
    "BlockView",
    "ContactView",
    "ContributionView",
    "ContributorShare",
    "DatanetView",
    "DemandView",
    "EarningsView",
    "Effect",
    "EndpointView",
    "EventView",
    "FormField",
    "HomeView",
    "InviteView",
    "Known",
    "LookAlikeView",
    "ModelView",
    "Need",
    "NetworkLook",
    "NetworkView",
    "OtherNetwork",
    "PaymentDetail",
    "PayoutView",
    "PictureView",
    "Prepared",
    "ProfileState",
    "ReceiptView",
    "RecordEarning",
    "RecordShare",
    "ReleaseView",
    "ServingView",
    "SettlementView",
    "Signed",
    "TrustState",
    "TrustView",
    "TxView",
    "Verified",
    "WithdrawalView",
]
