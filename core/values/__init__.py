"""Plain values that cross from core to the screens: frozen, without behaviour, safe on any thread.

Keys ("pending", "datanet.create") are never shown: `ui/text.py` words them. Text that came from a file, a server or
another person is marked "foreign" in its comment and must be painted as plain text.
"""

from core.values.datanets import ContributionView, DatanetView, ReleaseView
from core.values.earnings import (
    DemandView,
    EarningsView,
    PaymentDetail,
    PayoutView,
    RecordEarning,
    SettlementView,
)
from core.values.explaining import (
    CalibrationBin,
    CallPay,
    GivenView,
    HardRecord,
    InfluencedAnswer,
    LabelCard,
    LabelQuality,
    ModelCard,
    PersonInModel,
    PersonView,
    RecordInModel,
    RecordPay,
    RecordTrace,
    WeightView,
    WithoutRecord,
)
from core.values.home import HomeView, Need
from core.values.models import Accuracy, AdmissionView, Answer, ContributorShare, ModelView, RecordShare, WithdrawalView
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
    "CalibrationBin",
    "CallPay",
    "ContactView",
    "ContributionView",
    "ContributorShare",
    "DatanetView",
    "DemandView",
    "EarningsView",
    "Effect",
    "EndpointView",
    "EventView",
    "GivenView",
    "HardRecord",
    "HomeView",
    "InfluencedAnswer",
    "InviteView",
    "Known",
    "LabelCard",
    "LabelQuality",
    "LookAlikeView",
    "ModelCard",
    "ModelView",
    "Need",
    "NetworkLook",
    "NetworkView",
    "OtherNetwork",
    "PaymentDetail",
    "PayoutView",
    "PersonInModel",
    "PersonView",
    "Prepared",
    "ProfileState",
    "ReceiptView",
    "RecordEarning",
    "RecordInModel",
    "RecordPay",
    "RecordShare",
    "RecordTrace",
    "ReleaseView",
    "ServingView",
    "SettlementView",
    "Signed",
    "TrustState",
    "TrustView",
    "TxView",
    "Verified",
    "WeightView",
    "WithdrawalView",
    "WithoutRecord",
]
