"""The coupons of one customer as the auditor reads them: until when a message that tells of one means something."""

from __future__ import annotations

from typing import Any

from tests.audit.words import FOREVER, Raw, whole_minute


def coupon_of(chain: Raw) -> str:
    """The offer of which a chain gives a coupon, '' where it gives none; rows of gifts do not say what was given."""
    found: set[str] = set()
    parts: list[Any] = [chain["steps"]]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += part
        elif isinstance(part, dict):
            found |= {part["give"].get("coupon", "")} if "give" in part else set()
            parts += part.values()
    assert len(found) < 2, "a chain that the slot is read of gives one thing"
    return found.pop() if found else ""


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

    def held(self, offer: str, time: int, kept_back: bool) -> bool:
        """Whether a coupon can be used now."""
        return time < self._ends[kept_back].get(offer, time)

    def good_until(self, offer: str, kept_back: bool) -> int:
        """When messages about it stop to mean something; never for who never had one."""
        ends = self._ends[kept_back].get(offer)
        return FOREVER if ends is None else whole_minute(ends)
