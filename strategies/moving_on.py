"""``on_capped: next``: where a contact goes instead that the policy keeps from going out.

Among the channels of ``first_of`` it takes the next that may send now.  In a cascade a row that drops leads to the next
rung at once.  A row that holds (``then: wait``) leads there only where that helps: some later rung may be sent now, or,
if the contact is capped (a cap, gap, pause or wish and not merely the hour), some later rung waits for nothing but
the hours.  What binds all rungs alike is waited for where the contact stands, so the night exhausts no cascade and
puts no louder channel before a quieter one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel.short import some
from strategies.after_drop import CAPPED, HOURS, way_on
from strategies.alternatives import Alternatives
from strategies.decisions import DROP, HOLD, SEND, Decisions, Requests
from strategies.runs import NO_TIME
from strategies.vocabulary import REASONS

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


def _table(told: list[bool]) -> Bools:
    return np.array(told, bool)


_IS_CAPPED = _table([reason in CAPPED for reason in REASONS])
_IS_HOURS = _table([reason in HOURS for reason in REASONS])
_IS_UNREACHABLE = _table([way_on(reason) == "unreachable" for reason in REASONS])
_COUNTS_AS_SENT = _table([way_on(reason) == "sent" for reason in REASONS])
_IS_PASSED_BY = _table([way_on(reason) == "dropped" for reason in REASONS])


class MovingOn:
    """Takes contacts of one arm to their next channels and rungs."""

    def __init__(self, engine: Engine, alternatives: Alternatives) -> None:
        self.engine = engine
        self.alternatives = alternatives

    def move(self, requests: Requests, decisions: Decisions) -> None:
        """Change the sites and verdicts of what is capped and leads on; a held rung that leads on is then dropped."""
        capped = _IS_CAPPED.take(decisions.reason)
        if not some(capped):
            return
        self._try_channels(requests, decisions, capped)
        leads_on = self.engine.sites.leads_on.take(requests.site)
        held = (capped & leads_on & (decisions.verdict == HOLD)).nonzero()[0]
        if held.size:
            gains = self._gains(requests.take(held), _IS_HOURS.take(decisions.reason.take(held)))
            decisions.verdict[held[gains]] = DROP

    def _try_channels(self, requests: Requests, decisions: Decisions, capped: Bools) -> None:
        """To the next channel of ``first_of`` that may send; where none may, the first stays."""
        sites = self.engine.sites
        index = (capped & sites.tries_next.take(requests.site)).nonzero()[0]
        offset = 0
        while index.size:
            offset += 1
            index = index[sites.group.take(requests.site.take(index)) > offset]
            part = requests.take(index)
            part.site += offset
            may = self.engine.gates.decide(part).verdict == SEND
            decisions.allow(index[may])
            requests.site[index[may]] += offset
            index = index[~may]

    def _gains(self, requests: Requests, hours: Bools) -> Bools:
        """(n,) whether held contacts gain by moving on.  hours: they wait for nothing but the hours."""
        sites = self.engine.sites
        gains = np.zeros(requests.size, bool)
        looking, rung = np.arange(requests.size), sites.next_rung.take(requests.site)
        while looking.size:
            ahead = self._asked_afresh(requests.take(looking), rung)
            answer = self.engine.gates.decide(ahead)
            self._try_channels(ahead, answer, _IS_CAPPED.take(answer.reason))
            held, dropped = answer.verdict == HOLD, answer.verdict == DROP
            freer = (answer.verdict == SEND) | dropped & _COUNTS_AS_SENT.take(answer.reason)
            freer |= held & _IS_HOURS.take(answer.reason) & ~hours.take(looking)
            gains[looking[freer]] = True
            passed = held & _IS_CAPPED.take(answer.reason) | dropped & _IS_PASSED_BY.take(answer.reason)
            passed = passed & sites.leads_on.take(ahead.site) | dropped & _IS_UNREACHABLE.take(answer.reason)
            behind = sites.next_rung.take(ahead.site)
            further = (passed & ~freer & (behind >= 0)).nonzero()[0]
            looking, rung = looking.take(further), behind.take(further)
        return gains

    def _asked_afresh(self, requests: Requests, rung: Int64s) -> Requests:
        """What the runs would ask for at the rungs whose first sites are ``rung``, now and for the first time."""
        requests.site = self.alternatives.chosen(requests.customer, requests.time, rung)
        requests.due_first = requests.time
        requests.held_since = np.full(requests.size, NO_TIME, np.int64)
        return requests
