"""The coupons of one customer as the auditor reads them: until when a message that tells of one means something."""

from __future__ import annotations

from tests.audit.words import FOREVER, whole_minute


class Coupons:
    """One at a time, from the giving until its time is over, it is used, or another takes its place.

    valid: offer → seconds.
    """

    def __init__(self, valid: dict[str, int]) -> None:
        self.valid = valid
        self._ends: dict[bool, dict[str, int]] = {False: {}, True: {}}
        """Kept back from a ghost or the control group, or really given → offer → when its last coupon ended."""

    def give(self, offer: str, time: int, kept_back: bool) -> None:
        """A coupon is given, or would have been."""
        ends = self._ends[kept_back]
        for other in ends:
            ends[other] = min(ends[other], time)
        ends[offer] = time + self.valid[offer]

    def use(self, offer: str, time: int) -> None:
        """An offer was used."""
        ends = self._ends[False]
        if offer in ends:
            ends[offer] = min(ends[offer], time)

    def good_until(self, offer: str, kept_back: bool) -> int:
        """When messages about it stop to mean something; never for who never had one."""
        ends = self._ends[kept_back].get(offer)
        return FOREVER if ends is None else whole_minute(ends)
