"""One profile opens its node, another joins: what a screen is told, what is left when the node is away, how consent
that is taken back reaches the other one, and how a new invite is taken.

Ann has the node and curates; Ben joins by an invite. The tests go on from one to the next, for profiles take seconds to
make; each can stand alone, too.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.client import SPLIT, Client
from core.client.building import FEW_LEAVE
from core.client.following import UNNAMED
from core.errors import BadFile, BadInput, DatanetError, NodeUnreachable, PortInUse
from core.paths import ProfilePaths
from core.units import Amount
from tests.doubles.cheap import BOUNDS, COST, PASSWORD
from tests.doubles.ports import free_port

ANN = "legal winner thank year wave sausage worth useful legal winner thank yellow"
BEN = "test " * 11 + "junk"
MANY = 40  # records of each label

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def client(folder: Path) -> Client:
    return Client(ProfilePaths(folder), cost=COST, bounds=BOUNDS)


@pytest.fixture(scope="module")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    made = client(tmp_path_factory.mktemp("ann"))
    made.profile.create(ANN, PASSWORD)
    yield made
    made.close()


@pytest.fixture(scope="module")
def ben(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    made = client(tmp_path_factory.mktemp("ben"))
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


def join(ann: Client, ben: Client, folder: Path) -> int:
    """Ben on Ann's network, with money; the Datanet that both know, as hers."""
    if ben.profile.state() == "empty":
        ann.joining.serve(0)
        ann.joining.invite(folder / "ben.olinvite")
        ben.joining.join(folder / "ben.olinvite", BEN, PASSWORD)
    created = ann.sign(ann.datanets.prepare_create(0, "Birds and tools", "", ("bird", "tool"), "CC0-1.0")).result
    assert isinstance(created, int)
    ann.joining.serve(ann.joining.serving().port, new_token=True)
    ann.joining.invite(folder / "both.olinvite")
    ben.joining.renew(folder / "both.olinvite")
    if not ben.wallet.accounts()[0].balance.value.wei:
        ann.sign(ann.wallet.prepare_send(0, ben.wallet.address(0), Amount.parse("1")))
    return created


def model_of_bens_records(ann: Client, ben: Client, datanet: int, folder: Path) -> tuple[int, int]:
    """Ann's model, measured on one record in ten; and Ben's contribution, as his profile numbers it."""
    rows = folder / "rows.csv"
    kinds = {"bird": "a small bird that sings {} times", "tool": "a heavy tool to cut {} boards"}
    lines = [f"{words.format(n)},{label}" for label, words in kinds.items() for n in range(MANY)]
    rows.write_text("text,label\n" + "\n".join(lines) + "\n")
    number = ann.datanets.get(datanet).number
    theirs = next(one for one in ben.datanets.all() if one.number == number)
    given = ben.sign(ben.datanets.prepare_contribute(ben.datanets.import_file(theirs.id, rows, 0))).result
    assert isinstance(given, int)
    ben.following.hand_over(given, folder / "ben.olgiven")
    taken = ann.following.take(datanet, folder / "ben.olgiven")
    assert (taken.what, taken.records) == ("contribution", 2 * MANY)
    ann.datanets.decide_all(taken.contribution, approve=True)
    ann.sign(ann.datanets.prepare_review(taken.contribution, 0))
    ann.sign(ann.datanets.prepare_release(datanet, 0))
    model = ann.models.train(datanet, family="ridge")
    ann.sign(ann.models.prepare_publish(model.id, 0, Amount(0), SPLIT))
    return model.id, given


def places_of(ann: Client, datanet: int, model: int) -> tuple[list[int], list[int]]:
    """Of Ben's records, by their place in his contribution: some that were trained on, and some held out."""
    session = ann.session
    version = session.catalogue.get(model).newest
    learned = session.catalogue.record_ids(version)
    measured = set(session.catalogue.record_ids(version, held_out=True)) - set(learned)
    index = ann.datanets.index.of(datanet)
    place = {one: ann.datanets.records.get(index[one]).index for one in (*learned, *measured)}
    return [place[one] for one in learned[:2]], [place[one] for one in sorted(measured)[:1]]


def test_what_a_joined_profile_takes_back_leaves_the_curators_models(ann: Client, ben: Client, tmp_path: Path) -> None:
    datanet = join(ann, ben, tmp_path)
    model, given = model_of_bens_records(ann, ben, datanet, tmp_path)
    learned, measured = places_of(ann, datanet, model)
    ben.sign(ben.datanets.prepare_withdraw(given, [*learned, *measured]))
    count = len(learned) + len(measured)

    # Known at once, though not which ones; and said wherever the records would be used.
    (need,) = [one for one in ann.home().needs if one.what == "name withdrawals"]
    assert (need.number, need.target) == (count, datanet)
    (unnamed,) = ann.datanets.get(datanet).unnamed
    assert (unnamed.records, unnamed.contributor) == (count, ben.wallet.address(0))
    assert ann.models.get(model).state == "published"
    assert UNNAMED in ann.following.doubts(datanet)

    # The file names them, to whom the ledger bears it out; then nothing is in doubt.
    file = tmp_path / "ben.olwithdrawn"
    assert ben.following.hand_over_withdrawal(given, file) == count
    whole = file.read_text()
    file.write_text(whole.replace(json.loads(whole.splitlines()[1])["leaf"], "11" * 32))
    with pytest.raises(DatanetError) as refused:
        ann.following.take(datanet, file)
    assert refused.value.reason == "other withdrawal"
    file.write_text(whole)
    for new in (count, 0):
        taken = ann.following.take(datanet, file)
        assert (taken.what, taken.records, taken.here, taken.new) == ("withdrawal", count, count, new)
    assert (ann.datanets.get(datanet).unnamed, ann.following.doubts(datanet)) == ((), ())
    before = ann.models.get(model)
    assert before.state == "outdated"

    # Out of the model and out of what measures it, to the bit.
    view, prepared = ann.models.prepare_retrain(model, 0)
    assert (view.records, view.new_hash) == (count, view.scratch_hash)
    assert prepared.risks == ((FEW_LEAVE,) if learned else ())
    ann.sign(prepared)
    after = ann.models.get(model)
    assert (after.state, after.records) == ("published", before.records - len(learned))
    assert after.accuracy.held_out == before.accuracy.held_out - len(measured)


def test_a_new_invite_of_the_same_network_loses_nothing(ann: Client, ben: Client, tmp_path: Path) -> None:
    join(ann, ben, tmp_path)
    held, height = ben.wallet.accounts(), ben.network.view().height
    old, new = tmp_path / "both.olinvite", tmp_path / "new.olinvite"
    ann.joining.serve(ann.joining.serving().port, new_token=True)
    ann.sign(ann.datanets.prepare_create(0, "Clouds", "", ("flat", "high"), "CC0-1.0"))
    ann.joining.invite(new, name="Moved")
    ben.profile.lock()
    ben.profile.unlock(PASSWORD)
    assert ben.network.view().trust.state == "stale"  # his invite has ended

    other = json.loads(new.read_text()) | {"chainId": 77}
    (tmp_path / "other.olinvite").write_text(json.dumps(other, sort_keys=True, separators=(",", ":")))
    with pytest.raises(BadInput) as refused:
        ben.joining.renew(tmp_path / "other.olinvite")
    assert refused.value.reason == "other network"
    with pytest.raises(NodeUnreachable):
        ben.joining.renew(old)
    with pytest.raises(BadInput) as refused:
        ann.joining.renew(new)
    assert refused.value.reason == "own network"
    assert ben.network.view().trust.state == "stale"

    ben.joining.renew(new)
    for again in (False, True):
        if again:  # it is kept
            ben.profile.lock()
            ben.profile.unlock(PASSWORD)
        view = ben.network.view()
        assert (view.name, view.trust.state, (view.height or 0) > (height or 0)) == ("Moved", "proven", True)
        now = ben.wallet.accounts()
        assert [(one.address, one.balance.value) for one in now] == [(one.address, one.balance.value) for one in held]
        assert {"Birds and tools", "Clouds"} <= {one.name for one in ben.datanets.all()}
