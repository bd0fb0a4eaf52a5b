"""Buy-till-you-die: when a customer will order again, and whether at all, from the days of past orders.

BG/NBD (Fader, Hardie, Lee 2005): while alive a customer orders as a Poisson process whose rate is
Gamma(r, α) over the base, and after every repeat order leaves for good with a probability that is
Beta(a, b) over the base.  MBG/NBD (Batislam, Denizel, Filiztekin 2007): also at the beginning, so that
those who bought once, or have an account and never bought, may be gone.  With x orders since a beginning,
which is the first order or the account, the last of them t_x after it, T since it, and c chances to leave
so far (x, in MBG/NBD x + 1),

    L = Γ(r+x) α^r / Γ(r) · B(a, b+c) / B(a, b) · [ (α+T)^−(r+x) + (c>0) · a/(b+c−1) · (α+t_x)^−(r+x) ].

A fit depends on how many customers have which (x, t_x, T), not on their order: rows are made unique and
sorted, and their counts are whole numbers.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Model = Literal["bg_nbd", "mbg_nbd"]

_START = np.log(np.array([0.5, 1.0, 0.5, 2.0]))
_BOUNDS = [(-7.0, 7.0)] * 4
"""Of the logarithms of r, α (in mean times since the beginning), a, b: beyond them the base is homogeneous."""
NAMES = ("r", "alpha", "a", "b")
_TINY = 1e-300


class Histories(NamedTuple):
    """Purchase histories, each once: (n,) orders x, t_x and T in units of time, and customers with them."""

    x: Floats
    last: Floats
    age: Floats
    customers: Floats


def histories(x: Int64s, last: Int64s, age: Int64s) -> Histories:
    """Unique, sorted histories of customers; whole numbers below 2²⁰ each."""
    packed, count = np.unique(x << 40 | last << 20 | age, return_counts=True)
    low = (1 << 20) - 1
    columns = (packed >> 40, packed >> 20 & low, packed & low, count)
    return Histories(*(column.astype(np.float64) for column in columns))


def log_likelihood(parameters: Floats, data: Histories, model: Model) -> tuple[float, Floats]:
    """Σ ln L over the customers, and its gradient by the parameters; parameters: (4,) r, α, a, b."""
    r, alpha, a, b = parameters
    chances, orders = _chances(data.x, model), r + data.x
    left = np.maximum(b + chances - 1, _TINY)
    gone = np.where(chances > 0, np.log(a) - np.log(left), -np.inf) - orders * np.log(alpha + data.last)
    both = np.logaddexp(-orders * np.log(alpha + data.age), gone)
    each = gammaln(orders) - gammaln(r) + r * np.log(alpha) + betaln(a, b + chances) - betaln(a, b) + both
    share = np.exp(gone - both)
    more = digamma(a + b) - digamma(a + b + chances)
    slopes = (
        digamma(orders)
        - digamma(r)
        + np.log(alpha)
        - (1 - share) * np.log(alpha + data.age)
        - share * np.log(alpha + data.last),
        r / alpha - orders * ((1 - share) / (alpha + data.age) + share / (alpha + data.last)),
        more + share / a,
        more + digamma(b + chances) - digamma(b) - share / left,
    )
    return float((data.customers * each).sum()), np.array([(data.customers * slope).sum() for slope in slopes])


def _unit(data: Histories) -> float:
    """Mean time since the beginning."""
    return float((data.customers * data.age).sum() / data.customers.sum())


def fit(data: Histories, model: Model) -> Floats:
    """(4,) maximum-likelihood r, α, a, b; times in the unit of the data."""
    unit = _unit(data)
    scaled = Histories(data.x, data.last / unit, data.age / unit, data.customers)
    customers = float(data.customers.sum())

    def loss(logarithms: Floats) -> tuple[float, Floats]:
        parameters = np.exp(logarithms)
        value, slope = log_likelihood(parameters, scaled, model)
        return -value / customers, -slope * parameters / customers

    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
    from scipy.optimize import minimize  # takes an eighth of a command's start, and few scenarios fit anything

    found: Floats = np.exp(minimize(loss, _START, method="L-BFGS-B", jac=True, bounds=_BOUNDS, options=options).x)
    found[1] *= unit
    return found


def at_bounds(parameters: Floats, data: Histories) -> int:
    """Bits, in the order of :data:`NAMES`, of the parameters whose fit to the data stopped at a bound.

    Such a parameter says that the likelihood has no top within reach: nobody seems to leave (b, or a), or
    customers do not differ in how often they order (r, α).
    """
    logarithms = np.log(parameters / np.array([1.0, _unit(data), 1.0, 1.0]))
    stopped = [low + 1e-6 >= at or at >= high - 1e-6 for at, (low, high) in zip(logarithms, _BOUNDS, strict=True)]
    return sum(1 << number for number, stops in enumerate(stopped) if stops)


def _chances(x: Floats, model: Model) -> Floats:
    """Chances to leave so far."""
    return x + 1.0 if model == "mbg_nbd" else x


def alive(parameters: Floats, x: Floats, last: Floats, age: Floats, model: Model) -> Floats:
    """(n,) probability that each customer has not left for good."""
    r, alpha, a, b = parameters
    chances = _chances(x, model)
    gone = np.where(chances > 0, a / np.maximum(b + chances - 1, _TINY), 0.0)
    odds = gone * np.exp((r + x) * (np.log(alpha + age) - np.log(alpha + last)))
    return np.asarray(1.0 / (1.0 + odds))


def orders_within(parameters: Floats, x: Floats, last: Floats, age: Floats, horizon: float, model: Model) -> Floats:
    """(n,) probability of an order within ``horizon`` from now: alive, and the next order comes in time."""
    r, alpha, _, _ = parameters
    waits = np.exp((r + x) * (np.log(alpha + age) - np.log(alpha + age + horizon)))
    return np.asarray(alive(parameters, x, last, age, model) * (1.0 - waits))
