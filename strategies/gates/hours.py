"""Quiet hours: when no contact is made."""

from __future__ import annotations

from sim.kernel.calendar import DAY, next_minute
from strategies.contact_policy import QuietHours
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground


class Hours:
    """``quiet_hours``."""

    def __init__(self, ground: Ground, row: QuietHours) -> None:
        self.ground = ground
        self.row = row
        self.rule = ground.rule("quiet_hours")

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Hold or drop what falls into the silence."""
        quiet = self.row
        clock = (requests.time + self.ground.zone_seconds(requests.customer, quiet.zone)) % DAY
        if quiet.begin > quiet.end:
            inside = (clock >= quiet.begin) | (clock < quiet.end)
        else:
            inside = (clock >= quiet.begin) & (clock < quiet.end)
        inside &= decisions.open & self.ground.sites.obeys("quiet_hours", requests.site)
        if inside.any():
            until = requests.time + (quiet.end - clock) % DAY
            decisions.block(inside, "quiet_hours", self.rule, quiet.then, next_minute(until))
