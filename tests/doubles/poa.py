"""A second implementation of PoA-1, written from core/attribution/SPEC.md in Python's own integers and fractions.

It imports nothing of the program, shares no trick with it, and is slow: for a handful of features only.
"""

from __future__ import annotations

import math
import random
import unicodedata
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


def statistics(X, y, w, K):
    d = len(X[0])
    G = [[sum(wi * x[a] * x[b] for x, wi in zip(X, w, strict=True)) for b in range(d)] for a in range(d)]
    B = [[sum(wi * x[a] for x, yi, wi in zip(X, y, w, strict=True) if yi == k) for k in range(K)] for a in range(d)]
    return G, B


def solve(H, C):
    """Gauss-Jordan in fractions."""
    d = len(H)
    rows = [[Fraction(v) for v in (*h, *c)] for h, c in zip(H, C, strict=True)]
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
    K, d = len(S), len(X[0])
    U = [[dot(V[j], S[k]) for j in range(d)] for k in range(K)]
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


def words(text):
    out, word = [], ""
    for c in unicodedata.normalize("NFKC", text).casefold() + " ":
        if c.isalnum():
            word += c
        elif word:
            out.append(word)
            word = ""
    return out


def novelty(texts, trusted):
    """`trusted` is a flag per record. Returns the weights and T."""
    found = []
    for i, text in enumerate(texts):
        own, older = words(text), [words(t) for t in texts[:i]]
        runs = lambda s: {tuple(s[k : k + 3]) for k in range(max(1, len(s) - 2))} if s else set()  # noqa: E731
        union = set().union(*(runs(s) for s in older)) if older else set()
        found.append((len(runs(own) & union), len(runs(own)), own in older))
    honest = [(m, size) for (m, size, copy), t in zip(found, trusted, strict=True) if t and size and not copy]
    fits = [t for t in range(32, 65) if sum(64 * m > t * size for m, size in honest) * 100 <= len(honest)]
    limit = min(fits) if honest else 64
    weights = []
    for m, size, copy in found:
        if copy or not size:
            weights.append(0)
        elif 64 * m <= limit * size:
            weights.append(8)
        else:
            weights.append(8 * 64 * (size - m) // (size * (64 - limit)))
    return weights, limit


def quality(a, m, P, N):
    if N < 30 or P == 0:
        return 4
    q = Fraction(a * N + 10 * P, P * (m + 20))
    return math.floor(
        Fraction(8999, 1000) * min(Fraction(1), max(Fraction(0), (q - Fraction(3, 10)) / Fraction(7, 10)))
    )


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
