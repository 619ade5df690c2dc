"""One profile opens its node, another joins: what a screen is told, and what is left when the node is away."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.client import Client
from core.errors import BadFile, BadInput, NodeUnreachable, PortInUse
from core.paths import ProfilePaths
from tests.doubles.cheap import BOUNDS, COST, PASSWORD
from tests.doubles.ports import free_port

ANN = "legal winner thank year wave sausage worth useful legal winner thank yellow"
BEN = "test " * 11 + "junk"

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def client(folder: Path) -> Client:
    return Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)


@pytest.fixture
def ann(tmp_path: Path) -> Iterator[Client]:
    made = client(tmp_path / "ann")
    made.profile.create(ANN, PASSWORD)
    yield made
    made.close()


@pytest.fixture
def ben(tmp_path: Path) -> Iterator[Client]:
    made = client(tmp_path / "ben")
    yield made
    made.close()


def test_a_joined_profile_opens_on_what_was_proven_while_the_node_is_away(
    ann: Client, ben: Client, tmp_path: Path
) -> None:
    assert ann.joining.serving().address is None
    address, token = ann.joining.serve(0)
    served = ann.joining.serving()
    assert (served.address, served.token, served.read_only) == (address, token, False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortInUse):
            ann.joining.serve(other.getsockname()[1])
    assert ann.joining.serving().address is None, "the node let go of its port, and says so"
    port = free_port()
    address, _ = ann.joining.serve(port)

    file = tmp_path / "anns.olinvite"
    ann.joining.invite(file, name="Ann's")
    said = ben.joining.look(file)
    assert (said.name, said.endpoint, said.chain_id) == ("Ann's", address, ann.session.network.chain_id)
    with pytest.raises(BadFile):
        ben.joining.look(ann.paths.ledger)
    ben.joining.check(file)
    assert ben.profile.state() == "empty"
    ben.joining.join(file, BEN, PASSWORD)
    view = ben.network.view()
    assert (view.local, view.endpoint, view.trust.state) == (False, address, "proven")
    with pytest.raises(BadInput):
        ben.joining.serving()

    ann.joining.stop_serving()
    with pytest.raises(NodeUnreachable):
        ben.joining.check(file)
    assert (ben.network.view().trust.state, ben.network.view().height) == ("stale", view.height)
    ben.profile.lock()
    ben.profile.unlock(PASSWORD)
    away = ben.network.view()
    assert (away.trust.state, away.height, away.blocks) == ("stale", view.height, ())
    ann.joining.serve(port)
    ben.network.restart_node()
    assert ben.network.view().trust.state == "proven"
