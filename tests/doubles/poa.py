"""A second implementation of PoA-1, written from core/attribution/SPEC.md in Python's own integers and fractions.

It imports nothing of the program, shares no trick with it, and is slow: for a handful of features only.
Admission weights (section 7) stand in `resources/audit/weights.py`, which is a second implementation as well.
"""

from __future__ import annotations

import math
import random
from decimal import Decimal, localcontext
from fractions import Fraction

LIMIT = 2047
T = 52


def up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def shift(value: int, e: int) -> int:
    return up(Fraction(value, 2**e))


def even(value: Fraction) -> int:
    return round(value)  # Python rounds fractions half to even


def static_features(isum: list[int]) -> list[int]:
    q = math.isqrt(sum(v * v for v in isum))
    return [even(Fraction(LIMIT * v, q)) if q else 0 for v in isum] + [LIMIT]


def word_features(tokens: list[int]) -> list[int]:
    places = [(2654435761 * token % 2**32) // 2**22 for token in tokens if token >= 104]
    q = max(1, len(places))
    return [math.isqrt(LIMIT**2 * places.count(place) // q) for place in range(1024)] + [LIMIT]


def statistics(X, y, w, K):
    d = len(X[0])
    G = [[sum(wi * x[a] * x[b] for x, wi in zip(X, w, strict=True)) for b in range(d)] for a in range(d)]
    B = [[sum(wi * x[a] for x, yi, wi in zip(X, y, w, strict=True) if yi == k) for k in range(K)] for a in range(d)]
    return G, B


def solve(H, C, kind=Fraction):
    """Gauss-Jordan in fractions, or decimals."""
    d = len(H)
    rows = [[kind(v) for v in (*h, *c)] for h, c in zip(H, C, strict=True)]
    for i in range(d):
        pivot = next(r for r in range(i, d) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        head = rows[i][i]
        rows[i] = [v / head for v in rows[i]]
        for r in range(d):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [v - factor * p for v, p in zip(rows[r], rows[i], strict=True)]
    return [row[d:] for row in rows]


def nearest(rows, scale):
    for value in (v * 2**scale for row in rows for v in row):
        assert (value - Fraction(1, 2)).denominator != 1, "half way"
    return [[up(v * 2**scale) for v in row] for row in rows]


def head(X, y, w, K, j, b):
    d = len(X[0])
    G, B = statistics(X, y, w, K)
    H = [[G[r][c] + (LIMIT**2 * 2**j if r == c else 0) for c in range(d)] for r in range(d)]
    eye = [[int(r == c) for c in range(d)] for r in range(d)]
    return nearest(solve(H, eye), 62 - b + j), nearest(solve(H, B), T)


def dot(a, b):
    return sum(p * q for p, q in zip(a, b, strict=True))


def column(M, k):
    return [row[k] for row in M]


def credit(V, W, X, y, w, j, b):
    """Returns h, g, R, p, c by record, and z."""
    s, K = 62 - b + j, len(W[0])
    out = {"h": [], "g": [], "R": [], "p": [], "c": []}
    for x, yi, wi in zip(X, y, w, strict=True):
        h = sum(x[a] * V[a][c] * x[c] for a in range(len(x)) for c in range(len(x)))
        g = up(Fraction(wi * 2 ** (s + 24), 2**s - wi * h))
        R = [shift((2**T if yi == k else 0) - dot(x, column(W, k)), T - 24) for k in range(K)]
        p = [up(Fraction(K * R[k] - sum(R), K)) for k in range(K)]
        c = [shift(v * g, 24) if wi else 0 for v in p]
        for name, value in zip("hgRpc", (h, g, R, p, c), strict=True):
            out[name].append(value)
    out["z"] = max(sum(abs(v) for v in c) for c in out["c"]).bit_length()
    return out


def influence(V, X, S, c, z, b):
    """Returns U, e, u, a, M, v, terms, q, maxLabel, maxFeature, normLabel."""
    U = [[dot(V[j], S[k]) for j in range(len(V))] for k in range(len(S))]
    return scores(U, X, c, z, b)


def scores(U, X, c, z, b):
    K, d = len(U), len(U[0])
    e = max(0, max(abs(v) for row in U for v in row).bit_length() - 30)
    u = [[shift(v, e) for v in row] for row in U]
    M = math.isqrt(2**b * LIMIT**2 * max(dot(row, row) for row in u)) + 1
    v = max(0, M.bit_length() + z - 62)
    a = [[dot(x, u[k]) for k in range(K)] for x in X]
    terms = [[shift(one, v) for one in row] for row in a]
    q = [dot(terms[i], c[i]) for i in range(len(X))]
    places = [(k, j) for k in range(K) for j in range(d)]
    label, feature = max(places, key=lambda place: abs(U[place[0]][place[1]]))  # the first of equals
    longest = max(range(K), key=lambda k: dot(u[k], u[k]))
    scale = {"maxLabel": label, "maxFeature": feature, "normLabel": longest}
    return {"U": U, "e": e, "u": u, "M": M, "v": v, "a": a, "terms": terms, "q": q, **scale}


def contributor_influence(X, y, w, who, K, j, b, x, label):
    _, W = head(X, y, w, K, j, b)
    out = []
    for c in range(max(who) + 1):
        _, Wc = head(X, y, [0 if o == c else wi for wi, o in zip(w, who, strict=True)], K, j, b)
        D = [dot(x, column(W, k)) - dot(x, column(Wc, k)) for k in range(K)]
        out.append(K * D[label] - sum(D))
    return out


# The softmax head (section 14), in decimals of many places


def exp_softmax(logits):
    powers = [(v - max(logits)).exp() for v in logits]
    return [v / sum(powers) for v in powers]


def softmax_optimum(X, y, w, K, j):
    """W* as decimals [d][K], by Newton's method from nought with halved steps."""
    d, rows, ridge = len(X[0]), [[Decimal(v) / LIMIT for v in x] for x in X], Decimal(2**j)
    theta = [[Decimal(0)] * K for _ in range(d)]

    def loss(at):
        total = ridge / 2 * sum(v * v for row in at for v in row)
        for x, yi, wi in zip(rows, y, w, strict=True):
            total -= wi * exp_softmax([dot(x, column(at, k)) for k in range(K)])[yi].ln()
        return total

    for _ in range(200):
        p = [exp_softmax([dot(x, column(theta, k)) for k in range(K)]) for x in rows]
        each = list(zip(rows, y, w, p, strict=True))
        slope = [
            ridge * theta[a][k] + sum(wi * (pi[k] - (yi == k)) * x[a] for x, yi, wi, pi in each)
            for k in range(K)
            for a in range(d)
        ]
        H = [
            [
                sum(wi * pi[k] * ((k == m) - pi[m]) * x[a] * x[c] for x, _, wi, pi in each) + ridge * ((k, a) == (m, c))
                for m in range(K)
                for c in range(d)
            ]
            for k in range(K)
            for a in range(d)
        ]
        step = [row[0] for row in solve(H, [[v] for v in slope], Decimal)]
        if max(abs(v) for v in step) < Decimal(10) ** -45:
            return [[v / LIMIT for v in row] for row in theta]
        length, here = Decimal(1), loss(theta)
        while True:
            new = [[theta[a][k] - length * step[k * d + a] for k in range(K)] for a in range(d)]
            if loss(new) <= here + Decimal(10) ** -60:
                break
            length /= 2
        theta = new
    raise AssertionError("does not settle")


def softmax_head(X, y, w, K, j, b):
    """Returns W, p (integers at 2^32), H and V."""
    d = len(X[0])
    with localcontext() as context:
        context.prec = 90
        W = [[math.floor(v * 2**T + Decimal("0.5")) for v in row] for row in softmax_optimum(X, y, w, K, j)]
        scores = [[Decimal(dot(x, column(W, k))) / 2**T for k in range(K)] for x in X]
        p = [[math.floor(v * 2**32 + Decimal("0.5")) for v in exp_softmax(row)] for row in scores]
    B = {}
    for k in range(K):
        for m in range(k + 1, K):
            parts = [(wi * shift(pi[k] * pi[m], 32), x) for x, wi, pi in zip(X, w, p, strict=True)]
            block = [[shift(sum(v * x[a] * x[c] for v, x in parts), 32) for c in range(d)] for a in range(d)]
            B[k, m] = B[m, k] = block
    H = [[0] * (K * d) for _ in range(K * d)]
    for k in range(K):
        for a in range(d):
            for m in range(K):
                for c in range(d):
                    own = sum(B[k, o][a][c] for o in range(K) if o != k) if m == k else -B[k, m][a][c]
                    H[k * d + a][m * d + c] = own + (LIMIT**2 * 2**j if (k, a) == (m, c) else 0)
    eye = [[int(r == c) for c in range(K * d)] for r in range(K * d)]
    return W, p, H, nearest(solve(H, eye), 62 - b + j)


def softmax_credit(V, p, X, y, w, j, b):
    """Returns blocks (the M_i) and c by record, and z."""
    s, K, d = 62 - b + j, len(p[0]), len(X[0])
    out = {"blocks": [], "c": []}
    for x, yi, wi, pi in zip(X, y, w, p, strict=True):
        a = [[shift(pi[k] * pi[m], 32) if k != m else 0 for m in range(K)] for k in range(K)]
        A = [[sum(a[k]) if k == m else -a[k][m] for m in range(K)] for k in range(K)]
        own = lambda k, m: sum(x[f] * V[k * d + f][m * d + g] * x[g] for f in range(d) for g in range(d))  # noqa: B023, E731
        M = [[own(k, m) for m in range(K)] for k in range(K)]
        N = [[2 ** (32 + s) * (k == m) - wi * dot(A[k], column(M, m)) for m in range(K)] for k in range(K)]
        r = [[wi * (2**32 * (yi == k) - pi[k]) * 2 ** (s + 24)] for k in range(K)]
        out["blocks"].append(M)
        out["c"].append([up(row[0]) for row in solve(N, r)])
    out["z"] = max(sum(abs(v) for v in c) for c in out["c"]).bit_length()
    return out


def softmax_influence(V, X, S, c, z, b):
    """As `influence`, with U = V S over all labels at once."""
    K, d = len(S), len(X[0])
    flat = [v for row in S for v in row]
    U = [[dot(V[k * d + a], flat) for a in range(d)] for k in range(K)]
    return scores(U, X, c, z, b)


def sums_rows(S, blocks):
    """The sums as their leaves have them: a row a label, or `blocks` labels in one (section 14)."""
    return [[v for row in S[k : k + blocks] for v in row] for k in range(0, len(S), blocks)]


def softmax_contributor_influence(X, y, w, who, K, j, b, x, label):
    W = softmax_head(X, y, w, K, j, b)[0]
    out = []
    for c in range(max(who) + 1):
        Wc = softmax_head(X, y, [0 if o == c else wi for wi, o in zip(w, who, strict=True)], K, j, b)[0]
        D = [dot(x, column(W, k)) - dot(x, column(Wc, k)) for k in range(K)]
        out.append(K * D[label] - sum(D))
    return out


def apportion(total, claims):
    """Largest remainder, the earlier on a tie; all zero where nobody claims."""
    if not any(claims):
        return [0] * len(claims)
    exact = [Fraction(total * claim, sum(claims)) for claim in claims]
    amounts = [math.floor(v) for v in exact]
    while sum(amounts) < total:
        best = max(range(len(claims)), key=lambda i: (exact[i] - amounts[i] if amounts[i] <= exact[i] else -1, -i))
        amounts[best] += 1
    return amounts


def payout(pool, q, who, count):
    points = [sum(max(0, v) for v, o in zip(q, who, strict=True) if o == c) for c in range(count)]
    return points, apportion(pool, points)


def records(n, d, K, seed, spread=600):
    """Made-up records of norm class 2: K clouds; Python lists X, y."""
    rng = random.Random(seed)
    centres = [[rng.gauss(0, spread) for _ in range(d - 1)] for _ in range(K)]
    X, y = [], []
    for i in range(n):
        k = i % K if i < K else rng.randrange(K)
        raw = [v + rng.gauss(0, spread) for v in centres[k]]
        scale = LIMIT / max(1.0, math.sqrt(dot(raw, raw)))
        X.append([int(v * scale) for v in raw] + [LIMIT])
        y.append(k)
    return X, y


def columns_row(numbers, products):
    """Section 1, `columns`: `numbers` as (v or None, centre, spread); those standardised, then products if wanted."""
    found = []
    for v, centre, spread in numbers:
        d = 0 if v is None else min(4 * spread, max(-4 * spread, v - centre))
        found.append(min(2047, max(-2047, (1024 * d + spread) // (2 * spread))))
    pairs = [(i, j) for i in range(len(found)) for j in range(i, len(found))] if products else []
    return found + [min(2047, max(-2047, found[i] * found[j] // 1024)) for i, j in pairs]


# -- documents (section 11) ------------------------------------------------------------------------------------------


def document_score(x: list[int], y: list[int]) -> int:
    """The score of a document: the bias, last of both, is left out."""
    return dot(x[:-1], y[:-1])


def ranked(scores: dict[int, int]) -> list[int]:
    return sorted((place for place, score in scores.items() if score > 0), key=lambda place: (-scores[place], place))


def answer_score(scores: dict[int, int], k: int) -> int:
    return sum(scores[place] for place in ranked(scores)[:k])


def carried(scores: list[int], owner: list[int], k: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(document, credit) by rank and (contributor, credit) by size, each by taking it out and answering again."""
    whole = dict(enumerate(scores))
    score = answer_score(whole, k)

    def without(gone: list[int]) -> int:
        return score - answer_score({at: one for at, one in whole.items() if at not in gone}, k)

    documents = [(place, without([place])) for place in ranked(whole)[:k]]
    credit = {who: without([at for at, one in enumerate(owner) if one == who]) for who in set(owner)}
    people = sorted(((who, one) for who, one in credit.items() if one > 0), key=lambda pair: (-pair[1], pair[0]))
    return documents, people


# -- verbatim spans (section 12) -------------------------------------------------------------------------------------


def verbatim(records: list[str], text: str, least: int) -> list[tuple[int, int, int, int]]:
    """(start, end, oldest record, places), by looking for every part of the text in every record."""

    def inside(at: int) -> bool:
        return 0 < at < len(text) and all(c.isalnum() and ord(c) < 0xE00 for c in text[at - 1 : at + 1])

    starts = [at for at in range(len(text)) if text[at].isalnum() and not inside(at)]
    ends = [at for at in range(1, len(text) + 1) if text[at - 1].isalnum() and not inside(at)]
    pairs = [(a, b) for a in starts for b in ends if b - a >= least]
    found = [(a, b) for a, b in pairs if any(text[a:b] in record for record in records)]
    kept = [one for one in found if not any(o != one and o[0] <= one[0] and one[1] <= o[1] for o in found)]
    return [(a, b, *_places(records, text[a:b])) for a, b in kept]


def _places(records: list[str], part: str) -> tuple[int, int]:
    times = [sum(record.startswith(part, at) for at in range(len(record))) for record in records]
    return next(number for number, count in enumerate(times) if count), sum(times)


def credited_to(spans: list[tuple[int, int, int, int]], length: int) -> list[int]:
    def over(at: int) -> list[tuple[int, int]]:
        return [(start - end, record) for start, end, record, _ in spans if start <= at < end]

    return [min(over(at), default=(0, -1))[1] for at in range(length)]
