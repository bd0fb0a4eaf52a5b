"""Trust, and the lifetimes that it lengthens or shortens.

Trust T lies in [0, 1] and returns to T0 with half-life H.  Kept as the deviation x = T0 − T in
forward-decayed form, X = x·2^(t/H).  A customer leaves for good at the hazard μ·(1 + κ·x(t)); since
∫x dt = (H/ln 2)·(S − x(t)), S the sum of all jumps of x so far, survival needs no stock of its own:
alive at t iff (t − begin) + κ·(H/ln 2)·(S − x(t)) < E/μ, E a unit exponential.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.calendar import DAY
from sim.population import Customers
from sim.setting import Setting

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]

_LIFETIME = luck.purpose("world.lifetime")

_FOREVER = 1e15
"""Seconds of a life of whom nothing makes leave: a number still, so that lives can be compared and added to."""


class Trust:
    """Columns: deviation X, sum of jumps S, and lifetime (all (N,) float64; lifetime in seconds of normal ageing)."""

    def __init__(self, setting: Setting, customers: Customers) -> None:
        self.customers = customers
        self.normal = setting.parameters.trust.normal
        self.begin = setting.begin
        self._per_half_life = 1.0 / (setting.parameters.trust.half_life * DAY)
        ageing = setting.parameters.lifetime.trust
        self._ageing = ageing / (self._per_half_life * np.log(2))
        self._drawn = setting.begin
        self.deviation: Floats = setting.columns.add("trust.deviation", np.float64)
        self.jumps: Floats = setting.columns.add("trust.jumps", np.float64)
        self.lifetime: Floats = setting.columns.add("trust.lifetime", np.float64)

    def missing(self, customer: Int64s, time: Int64s) -> Floats:
        """x = T0 − T."""
        result: Floats = self.deviation.take(customer) * np.exp2(time * -self._per_half_life)
        return result

    def shift(self, customer: Int64s, time: Int64s, change: Floats) -> None:
        """T ← T + change, held within [0, 1]."""
        growth = np.exp2(time * self._per_half_life)
        before = self.deviation.take(customer) / growth
        after = np.clip(before - change, self.normal - 1.0, self.normal)
        self.deviation[customer] = after * growth
        self.jumps[customer] += after - before

    def overdue(self, customer: Int64s, time: Int64s) -> Floats:
        """Seconds of ageing since the customer was lost; negative for the living."""
        age = (time - self.begin) - self.lifetime.take(customer)
        age += self._ageing * (self.jumps.take(customer) - self.missing(customer, time))
        return age

    def alive(self, customer: Int64s, time: Int64s) -> NDArray[np.bool_]:
        """Who is still a customer."""
        return self.overdue(customer, time) < 0

    def begin_life(self, customer: Int64s, time: Int64s) -> None:
        """Newcomers: what was drawn as their remaining life begins only now."""
        self.lifetime[customer] += time - self._drawn

    def draw_lifetimes(self, time: int, unborn: NDArray[np.bool_] | None = None) -> None:
        """Draw what remains of the lives of the living, from ``time`` on (lifetimes are memoryless).

        unborn: (N,) newcomers whose life has yet to begin; they cannot have been lost.
        """
        self._drawn = time
        everybody = np.arange(self.lifetime.size, dtype=np.int64)
        at = np.full(everybody.size, time, np.int64)
        age = self.overdue(everybody, at) + self.lifetime
        living = age < self.lifetime if time > self.begin else np.ones(everybody.size, bool)
        if unborn is not None:
            living |= unborn
        with np.errstate(divide="ignore"):
            drawn = luck.exponential(self.customers.luck_key, _LIFETIME) / self.customers.loss_rate
        remaining = np.minimum(drawn, _FOREVER)
        self.lifetime[living] = (age + remaining)[living]
