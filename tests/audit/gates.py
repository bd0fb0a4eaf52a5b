"""The contact policy as the auditor reads it: what must happen to one contact at one moment.

The order is the language's: address, consent and templates, topics switched off, control and holdout, sunset,
the chain's ``while`` and validity, main chain, chosen frequency, caps, gaps and pauses, quiet hours and send
windows, budget.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.audit.asks import CAPPED, DROP, HOLD, HOURS, SEND, Ask, Ruling, blocked
from tests.audit.conditions import holds
from tests.audit.contents import best_of
from tests.audit.facts import Facts
from tests.audit.hours import quiet_ruling, window_ruling
from tests.audit.limits import cap_ruling, gap_ruling
from tests.audit.pauses import pause_ruling
from tests.audit.reading import IN_APP, Paper, Route
from tests.audit.walk import Run
from tests.audit.wishes import elsewhere_ruling, frequency_ruling, template_missing, topic_ruling
from tests.audit.words import DAY, FOREVER, SERVICE, Message, seconds, signs


class Gates:
    """Judges contacts of one customer from the facts of the log."""

    def __init__(self, paper: Paper, facts: Facts) -> None:
        self.facts = facts
        self.follow(paper)

    def follow(self, paper: Paper) -> None:
        """These rules hold from now on."""
        self.paper = paper
        self.competing = {
            name: any(self._takes_place(message) for message in paper.routes_of(chain))
            for name, chain in paper.chains.items()
        }

    def _takes_place(self, message: Message) -> bool:
        """Whether a chain that sends the message may be the customer's main chain (control: if it is sent there).

        Scenarios read here let in-app messages obey the control group, as all do.
        """
        paper = self.paper
        in_control = message.purpose in paper.control_exempt or not paper.obeys(message, "control", "")
        return message.purpose not in listed_free(paper) and (not self.facts.customer.control or in_control)

    def channel(self, ask: Ask, time: int) -> str:
        """The channel that a send uses now: the first that reaches, else the first."""
        route = ask.route
        if route.best:
            reached = [c for c in route.channels if self._may_write(c, ask, time)]
            return best_of(reached, self.facts) if reached else route.channels[0]
        if len(route.channels) > 1:
            for channel in route.channels:
                if self._may_write(channel, ask, time):
                    return channel
        return route.channels[0]

    def _may_write(self, channel: str, ask: Ask, time: int) -> bool:
        """Address, consent and, where it is needed, a template."""
        missing = template_missing(self.paper, self.facts, ask, channel, time)
        return not missing and not self._unreachable(channel, ask.route)

    def _unreachable(self, channel: str, route: Route) -> str:
        facts = self.facts
        if channel == IN_APP:
            known = facts.permits.registered is not None or facts.address
            return "" if known else "no_address"
        if channel not in facts.address:
            return "no_address"
        service = route.message.purpose in SERVICE
        may = facts.service_consent if service else facts.consent
        return "" if channel in may else "no_consent"

    def reached(self, route: Route) -> bool:
        """Whether some channel of a send reaches the customer now."""
        return any(not self._unreachable(channel, route) for channel in route.channels)

    def selects(self, ask: Ask, time: int) -> bool:
        """Whether a campaign's ``to`` selects the customer."""
        return holds(ask.to, lambda path: self.facts.lookup(path, time))

    def judge(self, ask: Ask, time: int, runs: Sequence[Run]) -> Ruling:
        """The ruling for a contact examined at ``time``; ``runs`` are the customer's live runs.

        ``on_capped: next`` moves a capped contact to the next channel that may send, else to the next rung, but one
        that is held only if some rung behind is freer.
        """
        ruling = self._at_its_channels(ask, time, runs)
        moves = ruling.reason in CAPPED and ask.route.leads_on
        if moves and ruling.verdict == HOLD and not self._freer_behind(ask, ruling, time, runs):
            return ruling
        return ruling._replace(verdict=DROP) if moves else ruling

    def _freer_behind(self, ask: Ask, ruling: Ruling, time: int, runs: Sequence[Run]) -> bool:
        """Whether a later rung would go out now, or waits for the hour alone while this one is capped."""
        for route in ask.route.behind:
            later = self._at_its_channels(Ask(ask.chain, ask.priority, ask.entry, route, time, ask.run), time, runs)
            if later.verdict == SEND or later.reason in ("control", "holdout"):
                return True
            if later.verdict == HOLD and later.reason in HOURS and ruling.reason not in HOURS:
                return True
            unreachable = later.reason in ("no_address", "no_consent", "no_template")
            stands = later.reason == "condition" or (later.verdict == HOLD and later.reason not in CAPPED)
            if not unreachable and (stands or not route.leads_on):
                return False
        return False

    def _at_its_channels(self, ask: Ask, time: int, runs: Sequence[Run]) -> Ruling:
        """The ruling on the channel that reaches, or with ``on_capped: next`` on one behind it that may send."""
        days, message = self.facts.days, ask.route.message
        today = days.midnight(days.date(ask.first_due)) + DAY
        ask.good_until = today if message.today_only else ask.first_due + message.deliver_by
        kept_back = self.facts.customer.control or (ask.run is not None and ask.run.ghost)
        ask.good_until = min(ask.good_until, self.facts.coupons.good_until(message.offer, kept_back))
        route = ask.route
        channel = self.channel(ask, time)
        ruling = self._judge(ask, channel, time, runs)._replace(channel=channel)
        if ruling.reason in CAPPED and route.to_next:
            for other in route.channels[route.channels.index(channel) + 1 :]:
                if self._judge(ask, other, time, runs).verdict == SEND:
                    return Ruling(SEND, channel=other)
        return ruling

    def _judge(self, ask: Ask, channel: str, time: int, runs: Sequence[Run]) -> Ruling:
        message = ask.route.message
        if (reason := self._unreachable(channel, ask.route)) != "":
            return Ruling(DROP, reason)
        paper, facts = self.paper, self.facts
        if template_missing(paper, facts, ask, channel, time):
            return Ruling(DROP, "no_template")
        if (wish := topic_ruling(paper, facts, ask, channel)) is not None:
            return wish
        exempt = message.purpose in self.paper.control_exempt or not paper.obeys(message, "control", channel)
        if self.facts.customer.control and not exempt:
            return Ruling(DROP, "control")
        if ask.run is not None and ask.run.ghost:
            return Ruling(DROP, "holdout")
        rulings = self._rulings(ask, channel, time, runs)
        return next((ruling for ruling in rulings if ruling is not None), Ruling(SEND))

    def _rulings(self, ask: Ask, channel: str, time: int, runs: Sequence[Run]) -> Iterator[Ruling | None]:
        """What each gate of the policy says, in their order; the first word counts."""
        paper, facts = self.paper, self.facts
        yield self._sunset(ask, channel, time)
        yield self._validity(ask, time)
        yield self._main_chain(ask, channel, time, runs)
        yield frequency_ruling(paper, facts, ask, channel, time)
        yield from (cap_ruling(paper, facts, cap, ask, channel, time) for cap in paper.caps)
        yield from (gap_ruling(paper, facts, gap, ask, channel, time) for gap in paper.gaps)
        yield from (pause_ruling(paper, facts, row, ask, channel, time) for row in paper.pauses)
        yield elsewhere_ruling(paper, facts, ask, channel, time)
        yield from (quiet_ruling(paper, facts, row, ask, channel, time) for row in paper.quiet)
        yield from (window_ruling(paper, facts, row, ask, channel, time) for row in paper.windows)
        yield self._budget(ask, channel, time)

    # ------------------------------------------------------------------ one gate each

    def _sunset(self, ask: Ask, channel: str, time: int) -> Ruling | None:
        if not self.paper.obeys(ask.route.message, "suppression", channel):
            return None
        for number, row in enumerate(self.paper.sunset):
            if row["channel"] != channel or channel not in self.facts.first_sent:
                continue
            began = max(self.facts.first_sent[channel], self.facts.permits.consented(channel))
            silent = max(began, self.facts.last_of(signs(row["none_of"]))) < time - seconds(row["for"])
            if silent and self.facts.sends[channel] >= row.get("min_sends", 0):
                return Ruling(DROP, "sunset", f"sunset[{number}]")
        return None

    def is_quiet(self, message: Message, time: int) -> bool:
        """Whether nobody may call about a message now, whoever belongs to which segment."""
        ask = Ask("", 0, 0, Route(("sms",), message, ""), time)
        paper, facts = self.paper, self.facts
        quiet, windows = ([row for row in rows if not row.scope.segments] for rows in (paper.quiet, paper.windows))
        rulings = [quiet_ruling(paper, facts, row, ask, "sms", time) for row in quiet]
        rulings += [window_ruling(paper, facts, row, ask, "sms", time) for row in windows]
        return any(rulings)

    def _validity(self, ask: Ask, time: int) -> Ruling | None:
        if ask.run is not None and not ask.run.true(ask.run.chain.while_, time):
            return Ruling(DROP, "condition")
        if ask.run is None and not self.selects(ask, time):
            return Ruling(DROP, "condition")
        return Ruling(DROP, "offer_expired") if time >= ask.good_until else None

    def main_run(self, runs: Sequence[Run]) -> Run | None:
        """Which run speaks: the highest priority (``finish``: the earliest entry) among competing chains."""
        main = self.paper.main
        assert main is not None
        pause = main.get("running_lower", "pause") == "pause"

        def lead(run: Run) -> tuple[int, int, str]:
            priority, entry = -run.chain.priority, run.entry
            return (priority, entry, run.chain.name) if pause else (entry, priority, run.chain.name)

        # Of two runs of one chain from one second the later one leads.
        candidates = [run for run in reversed(runs) if not run.ghost and self.competing[run.chain.name]]
        return min(candidates, key=lead, default=None)

    def in_the_way(self, time: int, runs: Sequence[Run]) -> Run | None:
        """The run for which contacts of the customer's other chains wait."""
        if self.paper.main is None:
            return None
        only = self.paper.main.get("segment", [])
        if only and not any(self.facts.in_segment(name, time) for name in ([only] if isinstance(only, str) else only)):
            return None
        return self.main_run(runs)

    def _main_chain(self, ask: Ask, channel: str, time: int, runs: Sequence[Run]) -> Ruling | None:
        main, message = self.paper.main, ask.route.message
        bound = self.paper.obeys(message, "main_chain", channel)
        if main is None or message.purpose in listed_free(self.paper) or not bound:
            return None
        leader = self.in_the_way(time, runs)
        if leader is None or leader is ask.run:
            return None
        then, never = main.get("others", "wait"), time + DAY if "segment" in main else FOREVER
        if ask.run is None:
            campaigns = main.get("campaigns", "skip")
            if campaigns == "send":
                return None
            then, never = ("drop", 0) if campaigns == "skip" else ("wait", time + DAY)
        at_most = seconds(main["for_at_most"]) if "for_at_most" in main else None
        ruling = blocked(ask, time, "main_chain", "one_main_chain", then, never, at_most)
        return ruling._replace(displaced_by=leader.chain.name)

    def _budget(self, ask: Ask, channel: str, time: int) -> Ruling | None:
        message = ask.route.message
        if not self.paper.obeys(message, "budget", channel) or self.paper.price(channel, message) <= 0:
            return None
        row = self.facts.base.over_budget(time, channel, message, ask.chain)
        return Ruling(DROP, "budget", row) if row else None


def listed_free(paper: Paper) -> tuple[str, ...]:
    """Purposes that the main-chain rule does not touch."""
    return tuple((paper.main or {}).get("free", ("transactional", "service")))
