"""Broken coupons: they never end, end too late, or end for the wrong customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from strategies.coupons import Coupons
from strategies.gates.ground import Ground
from strategies.slot import Slot
from tests.audit.mutants import Patch, mutant, nothing


@mutant("compared", "offer_expired")
def coupons_never_end(patch: Patch) -> None:
    patch.setattr(Coupons, "expiry", lambda self, site, *given: np.full(site.size, np.iinfo(np.int64).max // 4))


@mutant("compared", "offer_expired")
def used_coupons_last(patch: Patch) -> None:
    patch.setattr(Coupons, "note_used", nothing)


@mutant("compared", "in_app_removal", "in_app_visits", "in_app_waiting")
def banners_outlive_coupons(patch: Patch) -> None:
    put = Slot.put

    def forgetful(self: Slot, *given: Any) -> None:
        ground = self.engine.gates.ground
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setattr(Ground, "expiry", lambda _, *contacts: ground.sites.expiry(*contacts, ground.observed))
            put(self, *given)

    patch.setattr(Slot, "put", forgetful)


@mutant("compared", "steps", "due", "waits")
def kept_back_coupons_last(patch: Patch) -> None:
    give = Coupons.give

    def given_only(self: Coupons, offer: str, customer: Any, time: Any, kept_back: bool) -> None:
        if not kept_back:
            give(self, offer, customer, time, kept_back)

    patch.setattr(Coupons, "give", given_only)


@mutant("compared", "offer_expired", "held")
def the_first_coupon_decides(patch: Patch) -> None:
    give = Coupons.give

    def once(self: Coupons, offer: str, customer: Any, time: Any, kept_back: bool) -> None:
        before = self.ends.copy()
        give(self, offer, customer, time, kept_back)
        self.ends = np.where(before < 0, self.ends, before).astype(np.int32)

    patch.setattr(Coupons, "give", once)


@mutant("compared", "enter", "entry", "steps", "due", "waits")
def coupons_are_held_for_ever(patch: Patch) -> None:
    def held(self: Coupons, offer: str, customer: Any, time: Any, ghost: Any = np.False_) -> Any:
        local = customer - self.first_customer
        kept_back = (ghost | self.control.take(local)).astype(np.int64)
        return self.ends[kept_back, self.offers.index(offer), local] >= 0

    patch.setattr(Coupons, "held", held)


@mutant("compared", "enter", "entry", "steps", "due", "waits")
def what_was_kept_back_is_not_held(patch: Patch) -> None:
    held = Coupons.held
    patch.setattr(
        Coupons,
        "held",
        lambda self, *asked: held(self, *asked[:3]) & ~self.control.take(asked[1] - self.first_customer),
    )
