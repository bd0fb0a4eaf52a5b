"""A run of a chain, walking through the steps as they are written.

The walk is a generator: it yields what the run does next (waits, listens, asks for a contact) and is
resumed with what became of it.  Conditions are looked up at the moment of the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tests.audit.conditions import holds, value_of
from tests.audit.facts import Facts
from tests.audit.reading import ChainText, Days, Paper, Route, SplitText, split_text
from tests.audit.signals import Reported, SignalText, awaited, signs_and_conditions
from tests.audit.waits import at_clock, in_window
from tests.audit.words import DAY, seconds


class Waits(NamedTuple):
    """The run waits until a time."""

    until: int
    outcome: bool = False
    """What the run goes on with: a pause delays what follows an event that was heard, or not in time."""


class Listens(NamedTuple):
    """The run waits for one of the events, at most until a time; resumed with whether one came."""

    events: tuple[SignalText, ...]
    until: int

    def heard_of(self, reported: list[Reported]) -> list[Reported]:
        """What of it the run waits for."""
        return [came for came in reported if any(map(came.fits, self.events))]


class Looks(NamedTuple):
    """The run looks at a condition again at a time, paused or not."""

    until: int


class Asks(NamedTuple):
    """The run asks for a contact; resumed with ``sent``, ``unreachable`` or ``dropped``."""

    route: Route


class Acts(NamedTuple):
    """The run acts without sending, at once; resumed when all that follows has happened."""

    kind: str
    given: Any
    path: str


Doing = Waits | Listens | Looks | Asks | Acts


ACTIONS = ("task", "set", "add_to", "remove_from", "unsubscribe", "webhook", "start", "pause", "stop", "give")


class Left(Exception):
    """An exit step was reached."""


@dataclass
class Run:
    """One run: what the log and the walk tell about it.

    number: as logged.  doing: what the walk last yielded.  heard, delivered …: messages by name.
    """

    number: int
    chain: ChainText
    paper: Paper
    facts: Facts
    entry: int
    time: int
    ghost: bool
    attributes: dict[str, Any]
    """Of what triggered it."""
    arms: dict[SplitText, str]
    doing: Doing | None = None
    over: bool = False
    ended_at: int = 0
    ended_by: str = ""
    paused_until: int = 0
    lost: bool = False
    """The log and the walk parted: what follows is no longer predicted."""
    goal_done: bool = False
    failed: bool = False
    """The last message bounced for good."""
    reported: list[Reported] = field(default_factory=list)
    """What came in the very second of a sending, for a wait right behind it."""
    heard_attributes: dict[str, Any] = field(default_factory=dict)
    """Of the event that ended the last wait for one."""
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Named waits that got their event → its attributes."""
    told: dict[str, set[str]] = field(default_factory=dict)
    """Call (sent, delivered, …) → messages of which it is true."""
    withheld: dict[str, set[str]] = field(default_factory=dict)
    """The same of messages that were kept back from a ghost or the control group."""
    used_splits: set[SplitText] = field(default_factory=set)
    walk: Generator[Doing, Any, None] | None = None

    def tell(self, call: str, message: str) -> None:
        """A message of this run was sent, delivered, opened, clicked."""
        self.told.setdefault(call, set()).add(message)

    def withhold(self, call: str, message: str) -> None:
        """A message was kept back to compare; conditions take it as sent, delivered."""
        self.withheld.setdefault(call, set()).add(message)

    def true(self, condition: str | None, time: int) -> bool:
        """Whether a condition of the chain holds now."""
        return holds(condition, lambda path: self._field(path, time), self._asked)

    def value_of(self, formula: str, time: int) -> Any:
        """What a formula of the chain comes to now."""
        return value_of(formula, lambda path: self._field(path, time), self._asked)

    def _field(self, path: str, time: int) -> Any:
        head, _, rest = path.partition(".")
        if head == "trigger":
            return self.attributes.get(rest)
        if head == "coupon" and self.ghost:
            return self.facts.coupons.held(rest, time, True)
        if rest == "happened":
            return head in self.answers
        if head in self.paper.waits:
            return self.answers.get(head, {}).get(rest)
        return self.facts.lookup(path, time)

    def _asked(self, call: str, message: str) -> bool | None:
        said = self.told.get(call, set()) | self.withheld.get(call, set())
        truth = message in said if message else bool(said)
        if call in ("sent", "delivered", "shown"):
            return truth
        told, withheld = (of.get("delivered", set()) for of in (self.told, self.withheld))
        arrived = told | withheld if call == "clicked" else self.told.get("answerable", set())
        return truth if (message in arrived if message else arrived) else None

    # ------------------------------------------------------------------ the walk

    def begin(self) -> Generator[Doing, Any, None]:
        """The walk through all steps; ends by returning, or by :class:`Left` at an exit step."""
        yield from self._steps(self.chain.raw["steps"], "steps")

    def _steps(self, steps: list[Any], path: str) -> Generator[Doing, Any, None]:
        for index, step in enumerate(steps):
            if step == "exit":
                raise Left
            kind = next(iter(step))
            if kind in ACTIONS:
                yield Acts(kind, step[kind], f"{path}[{index}]")
            else:
                yield from _STEPS[kind](self, step[kind], f"{path}[{index}]")

    def _wait(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        if isinstance(given, str):
            yield from self._until(self.time + seconds(given))
        elif "until" in given:
            events, name = awaited(given)
            heard = yield Listens(events, self.time + seconds(given["at_most"]))
            if not heard:
                yield from self._steps(given.get("on_timeout", []), f"{path}.wait.on_timeout")
            if heard and name:
                self.answers[name] = self.heard_attributes
        elif "until_true" in given:
            yield from self._until_true(given, path)
        else:
            kind = next(iter(given))
            yield from _STEPS[kind](self, given[kind], path)

    def _until(self, time: int) -> Generator[Doing, Any, None]:
        if time > self.time:
            yield Waits(time)

    def _at(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        if isinstance(given, str):
            yield from self._until(self.entry + seconds(given))
            return
        yield from self._until(at_clock(given, self.time, self._calendar(given), self.facts.work_days))

    def _calendar(self, given: Any) -> Days:
        """Whose clock a wait goes by."""
        return self.facts.company if given.get("zone") == "company" else self.facts.days

    def _within(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        yield from self._until(in_window(given, self.time, self._calendar(given), self.facts.work_days))

    def _best_hour(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        now = self.facts.days.clock(self.time)
        yield from self._until(self.time + (self.facts.hours.clock(given) - now) % DAY)

    def _until_true(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        end = self.time + seconds(given["at_most"])
        while not (true := self.true(given["until_true"], self.time)) and self.time < end:
            yield Looks(min(self.time + seconds(given.get("check", "1h")), end))
        if true and "name" in given:
            self.answers[given["name"]] = {}
        yield from self._until(self.paused_until)
        if not true:
            yield from self._steps(given.get("on_timeout", []), f"{path}.wait.on_timeout")

    def _send(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        yield Asks(self.paper.route(given, path))

    def _cascade(self, rungs: list[Any], path: str) -> Generator[Doing, Any, None]:
        routes = [self.paper.route(rung, f"{path}.cascade[{index}]") for index, rung in enumerate(rungs)]
        routes = [replace(route, leads_on=route.to_next) for route in routes[:-1]] + routes[-1:]
        for index, rung in enumerate(rungs):
            route = replace(routes[index], behind=tuple(routes[index + 1 :]))
            events, conditions = signs_and_conditions(rung.get("next_unless"))
            outcome = yield Asks(route)
            if outcome == "dropped" and not route.to_next:
                return
            if outcome == "sent" and "wait" in rung:
                until = self.time + seconds(rung["wait"])
                if events:
                    heard = yield Listens(events, until)
                    if heard:
                        return
                else:
                    yield from self._until(until)
            if any(self.true(condition, self.time) for condition in conditions):
                return

    def _choose(self, branches: list[Any], path: str) -> Generator[Doing, Any, None]:
        for index, branch in enumerate(branches):
            if self.true(branch.get("if"), self.time):
                key = "steps" if "if" in branch else "else"
                yield from self._steps(branch[key], f"{path}.choose[{index}].{key}")
                return

    def _split(self, given: Any, path: str) -> Generator[Doing, Any, None]:
        split = split_text(given)
        self.used_splits.add(split)
        arm = self.arms[split]
        if arm:
            yield from self._steps(given["arms"][arm].get("steps", []), f"{path}.split.arms.{arm}.steps")


_STEPS: dict[str, Callable[[Run, Any, str], Generator[Doing, Any, None]]] = {
    "wait": Run._wait,
    "at": Run._at,
    "within": Run._within,
    "best_hour": Run._best_hour,
    "send": Run._send,
    "cascade": Run._cascade,
    "choose": Run._choose,
    "split": Run._split,
}
