"""One rival's influences of every record on every query:  python -m … METHOD IN.npz OUT.npz

All explain the same head: a linear layer without a bias of its own, squared error to the one-hot label, weight decay
`decay`. IN holds X float [n, d], Y float [n, K], queries float [m, d], labels int [m], W float [d, K], decay.
OUT holds influence float [n, m] and what it cost: `prepare`, `query` (seconds for all queries), `memory` (bytes, peak).

What is asked of each is how much leaving a record out lowers `score_k - mean score`. Tools that explain the test
point's loss get a target whose gradient is exactly that: xW less (onehot - 1/K).
"""

import importlib
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from tests.benchmarks.attribution_parts.peak import most_held

warnings.filterwarnings("ignore")
torch.manual_seed(0)
torch.set_num_threads(1)


@dataclass
class Task:
    X: torch.Tensor
    Y: torch.Tensor
    queries: torch.Tensor
    labels: torch.Tensor
    W: torch.Tensor
    decay: float

    @property
    def targets(self):
        """Labels of the queries as vectors, such that the gradient of the loss is -x (onehot - 1/K)."""
        wanted = torch.nn.functional.one_hot(self.labels, self.Y.shape[1]).to(self.X.dtype)
        return self.queries @ self.W + wanted - 1 / self.Y.shape[1]

    def model(self):
        layer = torch.nn.Linear(*self.W.shape, bias=False).to(self.X.dtype)
        with torch.no_grad():
            layer.weight.copy_(self.W.T)
        return torch.nn.Sequential(layer)


def halves(answer, target):
    return 0.5 * ((answer - target) ** 2).sum()


def means(answer, target):
    return 0.5 * ((answer - target) ** 2).sum(dim=-1).mean()


def dattri(task, kind):
    from dattri.algorithm import influence_function
    from dattri.task import AttributionTask

    model = task.model()

    def loss(params, data):
        x, y = data
        return halves(torch.func.functional_call(model, params, x), y)

    attribution = AttributionTask(loss, model, model.state_dict())
    decay = task.decay if kind == "Explicit" else task.decay / len(task.X)  # its Fisher matrix is a mean
    made = getattr(influence_function, f"IFAttributor{kind}")(attribution, regularization=decay)
    train = TensorDataset(task.X, task.Y)
    whole = DataLoader(train, batch_size=len(train) if kind == "Explicit" else 1)  # DataInf: a gradient a record
    with torch.set_grad_enabled(kind == "Explicit"):  # DataInf would keep a graph of every step: gigabytes
        made.cache(whole)
    test = TensorDataset(task.queries, task.targets)
    start = time.perf_counter()
    with torch.set_grad_enabled(kind == "Explicit"):
        each = len(test) if kind == "Explicit" else 20
        found = made.attribute(DataLoader(train, batch_size=256), DataLoader(test, batch_size=each))
    return found.detach(), time.perf_counter() - start


def explicit(task):
    return dattri(task, "Explicit")


def datainf(task):
    return dattri(task, "DataInf")


def trak(task):
    from trak import TRAKer
    from trak.modelout_functions import AbstractModelOutput
    from trak.projectors import NoOpProjector

    class Margin(AbstractModelOutput):
        """The score of a label over the mean of all; the loss is the square of what it lacks."""

        def __init__(self):
            super().__init__()

        @staticmethod
        def get_output(model, weights, buffers, x, label):
            scores = torch.func.functional_call(model, (weights, buffers), x.unsqueeze(0))[0]
            wanted = torch.arange(len(scores)) == label  # an index is refused inside vmap
            return (scores * wanted).sum() - scores.mean()

        def get_out_to_loss_grad(self, model, weights, buffers, batch):
            x, label = batch
            scores = torch.func.functional_call(model, (weights, buffers), x)
            answered = scores[torch.arange(len(x)), label] - scores.mean(dim=1)
            return (1 - 1 / scores.shape[1] - answered).clone().detach().unsqueeze(-1)

    model = task.model().float()
    own = task.Y.argmax(dim=1)
    size = task.W.numel()
    width = min(2048, size)
    whole = NoOpProjector(size, size, device="cpu") if size == width else None  # so few need no projection
    with tempfile.TemporaryDirectory() as folder:
        made = TRAKer(
            model, Margin(), train_set_size=len(task.X), save_dir=folder, device="cpu", projector=whole,
            proj_dim=width, lambda_reg=task.decay * width / size, use_half_precision=False, logging_level=50,
        )  # fmt: skip
        made.load_checkpoint(model.state_dict(), model_id=0)
        for part in torch.arange(len(task.X)).split(512):
            made.featurize((task.X[part].float(), own[part]), num_samples=len(part))
        made.finalize_features()
        start = time.perf_counter()
        made.start_scoring_checkpoint("queries", model.state_dict(), 0, num_targets=len(task.queries))
        made.score((task.queries.float(), task.labels), num_samples=len(task.queries))
        found = torch.as_tensor(np.array(made.finalize_scores("queries")))
        return found, time.perf_counter() - start


def pydvl_direct(task):
    from pydvl.influence.torch import DirectInfluence

    n = len(task.X)
    made = DirectInfluence(task.model(), means, regularization=task.decay / n)
    made = made.fit(DataLoader(TensorDataset(task.X, task.Y), batch_size=n))
    start = time.perf_counter()
    found = made.influences(task.queries, task.targets, task.X, task.Y).T
    return found.detach() / n, time.perf_counter() - start


def knn_shapley(task):
    from pydvl.valuation import Dataset, KNNShapleyValuation
    from sklearn.neighbors import KNeighborsClassifier

    own, found = task.Y.argmax(dim=1).numpy(), []
    train = Dataset(task.X.numpy(), own)
    start = time.perf_counter()
    for x, label in zip(task.queries.numpy(), task.labels.numpy(), strict=True):
        one = Dataset(x[None, :], np.array([label]))
        made = KNNShapleyValuation(KNeighborsClassifier(5), one, progress=False)
        result = made.fit(train).result
        found.append(result.values[np.argsort(result.indices)])
    return torch.as_tensor(np.stack(found, axis=1)), time.perf_counter() - start


def captum_checkpoint(task, make):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/head.pt"
        model = task.model()
        torch.save(model.state_dict(), path)

        def load(model, checkpoint):
            model.load_state_dict(torch.load(checkpoint))
            return 1.0

        made = make(model, TensorDataset(task.X, task.Y), path, load)
        start = time.perf_counter()
        found = made.influence((task.queries, task.targets), show_progress=False)
        return found.T.detach(), time.perf_counter() - start


def captum_tracin(task):
    from captum.influence import TracInCPFast

    return captum_checkpoint(
        task,
        lambda model, train, path, load: TracInCPFast(
            model, model[0], train, [path], load, loss_fn=torch.nn.MSELoss(reduction="sum"), batch_size=256
        ),
    )


def captum_naive(task):
    from captum.influence._core.influence_function import NaiveInfluenceFunction

    return captum_checkpoint(
        task,
        lambda model, train, path, load: NaiveInfluenceFunction(
            model, train, path, load, loss_fn=torch.nn.MSELoss(reduction="none"), batch_size=256,
            projection_dim=min(500, task.W.numel()), hessian_reg=task.decay,
        ),
    )  # fmt: skip


METHODS = {  # and what to import before the clock starts
    "dattri IF explicit": (explicit, "dattri.algorithm.influence_function"),
    "dattri DataInf": (datainf, "dattri.algorithm.influence_function"),
    "TRAK": (trak, "trak"),
    "pyDVL direct": (pydvl_direct, "pydvl.influence.torch"),
    "pyDVL kNN-Shapley": (knn_shapley, "pydvl.valuation"),
    "captum TracInCPFast": (captum_tracin, "captum.influence"),
    "captum naive IF": (captum_naive, "captum.influence"),
}


def main():
    name, source, target = sys.argv[1:]
    data = np.load(source)
    double = {key: torch.as_tensor(data[key], dtype=torch.float64) for key in ("X", "Y", "queries", "W")}
    if name == "dattri DataInf":  # makes its own float32
        double = {key: value.float() for key, value in double.items()}
    task = Task(**double, labels=torch.as_tensor(data["labels"]), decay=float(data["decay"]))
    method, package = METHODS[name]
    importlib.import_module(package)
    start = time.perf_counter()
    found, spent = method(task)
    whole = time.perf_counter() - start
    np.savez(target, influence=found.double().numpy(), prepare=whole - spent, query=spent, memory=most_held())


if __name__ == "__main__":
    main()
