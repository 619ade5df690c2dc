"""A second implementation of PoA-1's admission weights, from section 7 of core/attribution/SPEC.md, in fractions.

It imports nothing of the program, and is slow.
"""

from __future__ import annotations

import math
import unicodedata
from fractions import Fraction


def words(text):
    out, word = [], ""
    for c in unicodedata.normalize("NFKC", text).casefold() + " ":
        if c.isalnum():
            word += c
        elif word:
            out.append(word)
            word = ""
    return out


def likeness(texts, trusted, reach=1024):
    """How like and how covered each text is, as fractions; 0 where it is at most one half."""
    sets = [set(words(t)) for t in texts]
    core = [s for s, t in zip(sets, trusted, strict=True) if t]
    rarity = {w: len(core).bit_length() - sum(w in s for s in core).bit_length() for s in sets for w in s}
    mass = lambda s: sum(rarity[w] for w in s)  # noqa: E731
    leading = []
    for s in sets:
        order = sorted(s, key=lambda w: (-rarity[w], w))
        leading.append(next(order[:k] for k in range(len(order) + 1) if 8 * mass(order[k:]) <= mass(s)))
    out = []
    for i, s in enumerate(sets):
        led = {o for w in leading[i] for o in [o for o in range(len(sets)) if w in leading[o]][:reach] if o < i}
        pairs = [(mass(s & sets[o]), *sorted((mass(s), mass(sets[o])))) for o in led if mass(s)]
        like = [Fraction(2 * both, light + heavy) for both, light, heavy in pairs]
        cover = [Fraction(both, light) for both, light, heavy in pairs if 4 * light >= heavy]
        out.append(tuple(max([f for f in one if f > Fraction(1, 2)], default=Fraction(0)) for one in (like, cover)))
    return out


def novelty(texts, who, core):
    """`who` names each record's contributor, `core` the trusted ones. Returns the weights, T, L and kappa."""
    trusted = [c in core for c in who]
    found, alike = [], likeness(texts, trusted)
    for i, text in enumerate(texts):
        own, older = words(text), [words(t) for t in texts[:i]]
        runs = lambda s: {tuple(s[k : k + 3]) for k in range(max(1, len(s) - 2))} if s else set()  # noqa: E731
        union = set().union(*(runs(s) for s in older)) if older else set()
        found.append((len(runs(own) & union), len(runs(own)), own in older, alike[i]))
    counted = [(c, one) for c, one in zip(who, found, strict=True) if one[1] and not one[2]]
    honest = [(c, one) for c, one in counted if c in core]
    over = lambda one, L: 64 * one[3][0] > L or 64 * one[3][1] > min(64, L + 12)  # noqa: E731
    both = lambda one, L, T: over(one, L) or 64 * one[0] > T * one[1]  # noqa: E731
    most = lambda losers: sum(losers) * 100 <= len(honest)  # noqa: E731
    L = T = 64
    kappa = 32
    if honest:
        L = min(t for t in range(32, 65) if most(over(one, t) for _, one in honest))
        T = min(t for t in range(32, 65) if most(both(one, L, t) for _, one in honest))
        first = max(3, math.isqrt(4 * len(counted) // len(honest)))
        lost = lambda k: (both(one, L, T) or often(c, one[3][1], k, counted, core) < 8 for c, one in honest)  # noqa: E731
        kappa = next((k for k in range(first, 32) if most(lost(k))), 32)
    weights = []
    for c, (m, size, copy, near) in zip(who, found, strict=True):
        if copy or not size:
            weights.append(0)
            continue
        each = [8 if 64 * m <= T * size else math.floor(Fraction(8 * 64 * (size - m), size * (64 - T)))]
        for f, t in zip(near, (L, min(64, L + 12)), strict=True):
            each.append(8 if 64 * f <= t else math.floor(8 * (64 + t - 128 * f) / (64 - t)))
        each.append(often(c, near[1], kappa, counted, core))
        weights.append(max(0, min(each)))
    return weights, T, L, kappa


def often(c, covered, kappa, counted, core):
    """The weight by how many of c's records are as covered; `counted`: pairs of contributor and measures."""
    level, one = math.floor(64 * covered), 2**16
    if not level or kappa >= 32:
        return 8
    held = {o: sum(p == o for p, _ in counted) for o, _ in counted}
    at = {o: sum(p == o and math.floor(64 * m[3][1]) >= level for p, m in counted) for o in held}
    share = max(
        Fraction(sum(at[o] for o in held if o in core), sum(held[o] for o in held if o in core)), Fraction(1, 32)
    )
    e = min(one, math.floor(one * kappa * share))
    new = [o for o in held if o not in core and held[o] < 100]
    pool = math.floor(Fraction(one * sum(at[o] for o in new) + 20 * e, sum(held[o] for o in new) + 20))
    own = math.floor(Fraction(one * at[c] + 30 * pool, held[c] + 30))
    return 8 if own <= e else max(0, math.floor(Fraction(8 * (3 * e - 2 * own), e)))


def qualities(counts, core, trusted, C):
    """`counts`: {(c, l): (agreeing, records)}; `core`: {l: (P, N, F)} of C. Returns the weight of each pair."""
    one = 2**16
    clip = lambda v, most: min(most, max(0, v))  # noqa: E731
    known = {k for k, (P, N, F) in core.items() if N >= 30 and Fraction(P, N) - Fraction(F, C) >= Fraction(1, 8)}

    def points(k, a, m):
        P, N, F = core[k]
        return math.floor(one * (a - m * Fraction(F, C)) / (Fraction(P, N) - Fraction(F, C)))

    M, A = {}, {}
    for (c, k), (a, m) in counts.items():
        if k in known:
            M[c], A[c] = M.get(c, 0) + m, A.get(c, 0) + points(k, a, m)
    weight = lambda q: math.floor(Fraction(8999, 1000) * clip((q - Fraction(3, 10)) / Fraction(7, 10), Fraction(1)))  # noqa: E731
    out = {}
    for (c, k), (a, m) in counts.items():
        pool = one // 2
        if k in known:
            new = [v for (o, i), v in counts.items() if i == k and o not in trusted and M.get(o, 0) < 100]
            agree, every = sum(v[0] for v in new), sum(v[1] for v in new)
            pool = clip(math.floor(Fraction(points(k, agree, every) + 10 * one, every + 20)), one)
        standing = clip(math.floor(Fraction(A.get(c, 0) + 20 * pool, M.get(c, 0) + 20)), one)
        own = weight(Fraction(points(k, a, m) + 10 * standing, (m + 10) * one)) if k in known else 4
        own = min(own, weight(Fraction(2 * standing, one)))
        out[c, k] = max(own, 2) if M.get(c, 0) >= 100 and 4 * standing >= 3 * one else own
    return out
