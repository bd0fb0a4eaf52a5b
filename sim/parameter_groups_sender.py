"""The numbers of a sender's domain: what providers make of volumes that jump and of domains they do not know."""

from __future__ import annotations

from dataclasses import dataclass

from sim.bounds import AMOUNT, DURATION, MULTIPLE, SHARE
from sim.parameter_groups import parameter

_PRACTICE = "rule of thumb of mailers: volume at most doubles from one day to the next"
_ASSUMED = "assumption"


@dataclass(frozen=True)
class SenderParameters:
    """Volume jumps and new domains; settled daily with the reputation."""

    jump_tolerated: float = parameter(
        2.0, "times", _PRACTICE, "C", 1, 10, "a day's mails against the largest usual day that alarm nobody", MULTIPLE
    )
    jump_loss: float = parameter(
        0.08, "share", _ASSUMED, "D", 0, 0.5, "loss in the inbox per doubling beyond the tolerated", SHARE
    )
    jump_memory: float = parameter(7.0, "day", _ASSUMED, "D", 1, 60, "half-life of the memory of jumps", DURATION)
    usual_memory: float = parameter(60.0, "day", _ASSUMED, "D", 5, 365, "half-life of the largest usual day", DURATION)
    unnoticed: float = parameter(
        0.01, "mails per customer", _ASSUMED, "D", 0.0001, 0.2, "a day's mails that no provider takes notice of", AMOUNT
    )
    new_loss: float = parameter(
        0.15, "share", _ASSUMED, "D", 0, 0.6, "loss in the inbox of a domain nobody knows", SHARE
    )
    new_weight: float = parameter(
        0.5, "mails per customer", _ASSUMED, "D", 0.01, 10, "delivered mails that halve this loss", AMOUNT
    )
