"""What the screens and the terminal talk to: plain values in, plain values out, every write says what it changed.

All methods block and may be called from any thread; the window calls them through `ui/tasks.py`. The parts:

    client.profile    create, restore, unlock, lock, password, backup      core/client/profile.py
    client.wallet     accounts, balances, send, activity                   core/client/wallet.py
    client.datanets   create, import, check, contribute, review, release   core/client/datanets.py
    client.models     train, publish, run, verify, retrain                 core/client/models.py
    client.earnings   deposit, settle, earnings, claim, objections, proofs core/client/earnings.py
    client.network    the node, its trust, contracts, blocks               core/client/network.py
    client.sign       a prepared action, once the person has confirmed it  core/client/actions.py
"""

from core.chain.parameters import SPLIT
from core.client.client import Client

__all__ = ["SPLIT", "Client"]
