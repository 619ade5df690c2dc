"""What audit.py asks of a softmax head: its optimum, its inverse and its credits, certified (PoA-1, section 14).

Run by audit.py, beside which it stands. Needs numpy alone; integers of any size for all that is proven, floats only
for where to look. Scales: a W that is not rounded yet 2^(t + 60), probabilities on the way 2^176.
"""
import math
import numpy as np

LIMIT, T, F, P, PLACES, ROWS = 2047, 52, 60, 32, 176, 4096
ERROR = 26  # a probability on the way is off by less than 2^26 units: see `chances`
BITS = 40  # behind the point while the rounding of a credit is proven

def ln2():
    return sum((1 << PLACES + 20) // (k << k) for k in range(1, PLACES + 20)) >> 20
def powers(y):
    """e^-y of integers y >= 0 at scale 2^176: y less its halvings, divided by 256, a series, squared eight times."""
    one, two = 1 << PLACES, ln2()
    halvings = y // two
    r, value = (y - halvings * two) >> 8, one
    for k in range(20, 0, -1): value = one - (r * value >> PLACES) // k
    for _ in range(8): value = value * value >> PLACES  # 40 units at most before, so below 2^16 after
    return value >> np.minimum(halvings, 2 * PLACES)
def chances(logits, places):
    """Softmax of rows of integers at scale 2^places, at scale 2^176, off by less than 2^26 for up to 64 labels."""
    found = powers((logits.max(axis=1)[:, None] - logits) << PLACES - places)
    return (found << PLACES) // found.sum(axis=1)[:, None]
def wholes(values): return np.array([int(v) for v in np.asarray(values).ravel()], object).reshape(np.shape(values))
def real(values, places): return np.ldexp(values.astype(float), -places)
def soft(z):
    e = np.exp(z - z.max(axis=1)[:, None])
    return e / e.sum(axis=1)[:, None]

class Softmax:
    """`audit` has read the records (X, y, w) and the head; the others are its own tools."""
    def __init__(self, audit, times, need): self.of, self.times, self.need = audit, times, need
    def product(self, left, right):
        """left^T right over any number of rows, exactly."""
        parts = [self.times(left[i:i + ROWS].T, right[i:i + ROWS]) for i in range(0, len(left), ROWS)]
        return sum(parts, np.zeros((left.shape[1], right.shape[1]), object))
    def probabilities(self):
        """p [n, K], the nearest integers to 2^32 softmax(x W / 2^t)."""
        one, down = self.of, PLACES - P
        exact = chances(self.times(one.X.astype(np.int64), one.W), T)
        far = np.abs((exact & (1 << down) - 1) - (1 << down - 1))
        self.need((far > 1 << ERROR).all(), "a probability is half way")
        return (exact + (1 << down - 1)) >> down
    def hessian(self):
        """H without lambda [K d, K d]; keeps p for the credits."""
        one = self.of
        K, d, x = one.K, one.d, one.X.astype(object)
        self.need(d * K <= 1300 and one.w.sum() <= 1 << 26, "too wide for softmax, or of too much weight")
        self.p, H = self.probabilities(), np.zeros((K, d, K, d), object)
        for k in range(K):
            for m in range(k):
                a = (self.p[:, k] * self.p[:, m] + (1 << P - 1)) >> P
                part = (self.product(one.X.astype(np.int64), (a * one.w)[:, None] * x) + (1 << P - 1)) >> P
                H[k, :, m] = H[m, :, k] = -part
                H[k, :, k] += part
                H[m, :, m] += part
        return H.reshape(K * d, K * d).astype(np.int64)
    def near(self, x, y, w):
        """Newton's method in floats from the head's own W, its steps halved until they help; the inverse there too."""
        one, W = self.of, real(self.of.W, T)
        K, d = one.K, one.d
        target = (y[:, None] == np.arange(K)) * 1.0
        def loss(at):
            z = x @ at
            top = z.max(axis=1)
            each = top + np.log(np.exp(z - top[:, None]).sum(axis=1)) - (z * target).sum(axis=1)
            return float(w @ each) + one.smallest / 2 * float((at ** 2).sum())
        for _ in range(60):
            p = soft(x @ W)
            slope = x.T @ ((p - target) * w[:, None]) + one.smallest * W
            H = np.zeros((K, d, K, d))
            for k in range(K):
                for m in range(K):
                    H[k, :, m] = (x * (w * p[:, k] * ((k == m) - p[:, m]))[:, None]).T @ x
            inverse = np.linalg.inv(H.reshape(K * d, K * d) + np.eye(K * d) * one.smallest)
            step, length, here = (inverse @ slope.T.ravel()).reshape(K, d).T, 1.0, loss(W)
            if np.abs(step).max() <= 2.0 ** -40 * max(np.abs(W).max(), 2.0 ** -30): break
            while length > 2.0 ** -30 and loss(W - length * step) > here: length /= 2
            if length <= 2.0 ** -30: break  # as near as floats get
            W = W - length * step
        return W, inverse
    def optimum(self, kept):
        """W of some of the records, each rounding proven by the gradient: the nearest integers to 2^t W*."""
        one = self.of
        X, y, w = one.X[kept].astype(np.int64), one.y[kept], one.w[kept]
        start, inverse = self.near(X.astype(float), y, w.astype(float))
        v, last, K, d = wholes(np.ldexp(start, T + F)), math.inf, one.K, one.d
        slack = float(w.sum()) * LIMIT * 2.0 ** (one.b / 2) * math.sqrt(K) * 2.0 ** (ERROR + 1)
        while True:
            rest = chances(self.times(X, v), T + F) if len(X) else np.zeros((0, K), object)
            rest[np.arange(len(X)), y] -= 1 << PLACES
            slope = self.product(X, rest * w.astype(object)[:, None]) + (v * one.smallest << PLACES - T - F)
            norm = float(np.sqrt((slope.astype(float) ** 2).sum()))
            beta = math.ldexp((norm * (1 + 2 ** -20) + slack) / one.smallest, T + F - PLACES)
            if (np.abs((v & (1 << F) - 1) - (1 << F - 1)).astype(float) > beta + 2 ** 10).all():
                return (v + (1 << F - 1)) >> F
            self.need(norm < last / 2, "a rounding of W cannot be proven")
            last, step = norm, (inverse @ slope.astype(float).T.ravel()).reshape(K, d).T
            v = v - wholes(np.rint(np.ldexp(step, T + F - PLACES)))
    def credit(self):
        """c [n, K]: one Newton step without each record, the nearest integers to the solution of N c = r."""
        one, found = self.of, np.zeros((len(self.of.X), self.of.K), object)
        for i in np.flatnonzero(one.w): found[i] = self.solution(*self.system(i))
        return found
    def system(self, i):
        """N [K, K] and r [K] of a record."""
        one, K, d = self.of, self.of.K, self.of.d
        x, p, w = one.X[i].astype(object), self.p[i], int(one.w[i])
        sides = (one.V.reshape(K * d, K, d).astype(np.int64) @ one.X[i].astype(np.int64)).astype(object)  # |V x| < 2^63
        M = (sides.reshape(K, d, K) * x[None, :, None]).sum(axis=1)
        A = -((p[:, None] * p[None, :] + (1 << P - 1)) >> P)
        A[np.arange(K), np.arange(K)] = 0
        A[np.arange(K), np.arange(K)] = -A.sum(axis=1)
        r = -w * p
        r[one.y[i]] += w << P
        return (np.eye(K, dtype=np.int64).astype(object) << P + one.s) - w * (A @ M), r << one.s + 24
    def solution(self, N, r):
        """Floats propose, the exact residual with twice their inverse for a bound proves; else by elimination."""
        one = P + self.of.s
        close = real(N, one)
        R = np.linalg.inv(close)
        size = np.abs(R).sum(axis=1).max()
        far = np.abs(np.eye(len(r)) - R @ close).sum(axis=1).max() + size * np.abs(close).sum(axis=1).max() * 2.0 ** -44
        v, goal = np.zeros(len(r), object), r << BITS
        for _ in range(5): v = v + wholes(np.rint(R @ real(goal - N @ v, one)))
        rest = np.abs(real(goal - N @ v, one)).max()
        gap = np.abs((v & (1 << BITS) - 1) - (1 << BITS - 1)).min()
        if far <= 0.5 and gap > 2 * size * rest * (1 + 2 ** -20) + 1: return (v + (1 << BITS - 1)) >> BITS
        return self.eliminated([[int(v) for v in row] + [int(end)] for row, end in zip(N, r)])
    def eliminated(self, rows):
        """Without fractions (Bareiss): at the end every row has the determinant in its own place."""
        before = 1
        for i in range(len(rows)):
            pivot = next((k for k in range(i, len(rows)) if rows[k][i]), None)
            self.need(pivot is not None, "a record's system has no solution")
            rows[i], rows[pivot] = rows[pivot], rows[i]
            own = rows[i]
            rows = [row if k == i else [(own[i] * a - row[i] * b) // before for a, b in zip(row, own)]
                    for k, row in enumerate(rows)]
            before = own[i]
        signed = [(row[-1], row[i]) if row[i] > 0 else (-row[-1], -row[i]) for i, row in enumerate(rows)]
        return np.array([(2 * p + q) // (2 * q) for p, q in signed], object)

def instead(audit, times, need):
    """What takes the place of audit.py's own, for a softmax head."""
    made = Softmax(audit, times, need)
    return {"statistics": lambda kept: (made.hessian(), None), "credit": made.credit, "m": audit.K,
            "without": lambda own: made.optimum((audit.w > 0) & ~own), "rounded": audit.K * audit.d,
            "name": "PoA1.softmax"}
