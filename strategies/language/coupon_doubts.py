"""Messages about coupons that are over or not yet given when they go out (:mod:`strategies.language.doubts`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from strategies.action_steps import GiveCoupon
from strategies.chain_steps import (
    Cascade,
    Choose,
    ExitStep,
    Send,
    Split,
    Step,
    Wait,
    WaitFromEntry,
    WaitStep,
    WaitUntil,
    WaitUntilTrue,
)
from strategies.language.cascade_doubts import written_at
from strategies.language.reader import Value
from strategies.language.units import format_duration
from strategies.scenario import Chain, Scenario
from strategies.step_tree import steps_within


def coupon_doubts(here: Value, chain: Chain, scenario: Scenario) -> None:
    """Notices about what one chain says of the coupons that it gives itself; here: the chain as written."""
    elsewhere = [_given(other) for other in scenario.chains if other is not chain]
    given = _given(chain).difference(*elsewhere)
    if given and chain.on_retrigger != "parallel":  # a second run may give it anew
        valid = {offer.name: offer.valid for offer in scenario.offers if offer.name in given}
        about = {
            message.name: message.offer
            for message in scenario.messages
            if message.offer in given and all(version.offer == message.offer for version in message.versions)
        }
        _Walk(here, valid, about).through(chain.steps, _Way())


def _given(chain: Chain) -> set[str]:
    return {step.offer for step in steps_within(chain.steps) if isinstance(step, GiveCoupon)}


@dataclass
class _Way:
    """What every run has behind it that comes to a place.

    least, most: seconds since the entry; most None where the file does not tell.  since: offer → least seconds since
    its coupon was given, of those that all runs were given.  given_by: offer → ``most`` at the giving.
    maybe: offers that some runs were given.
    """

    least: int = 0
    most: int | None = 0
    since: dict[str, int] = field(default_factory=dict)
    given_by: dict[str, int | None] = field(default_factory=dict)
    maybe: frozenset[str] = frozenset()

    def later(self, least: int, most: int | None) -> _Way:
        """After a wait of so many seconds."""
        since = {offer: seconds + least for offer, seconds in self.since.items()}
        end = None if self.most is None or most is None else self.most + most
        return _Way(self.least + least, end, since, self.given_by, self.maybe)

    def from_entry(self, offset: int) -> _Way:
        """After a wait until so many seconds after the entry."""
        since = {
            offer: seconds if (by := self.given_by[offer]) is None else max(seconds, offset - by)
            for offer, seconds in self.since.items()
        }
        most = None if self.most is None else max(self.most, offset)
        return _Way(max(self.least, offset), most, since, self.given_by, self.maybe)

    def gives(self, given: str, valid: dict[str, int]) -> _Way:
        """After a coupon was given, in the place of any other."""
        since = {offer: max(seconds, valid[offer]) for offer, seconds in self.since.items()}
        return _Way(self.least, self.most, since | {given: 0}, self.given_by | {given: self.most}, self.maybe | {given})


def _joined(ways: Iterable[_Way | None]) -> _Way | None:
    """Where several ways meet; None for one that ends."""
    going = [way for way in ways if way is not None]
    if not going:
        return None
    ends = [way.most for way in going]
    always = set.intersection(*(set(way.since) for way in going))
    since = {offer: min(way.since[offer] for way in going) for offer in always}
    bys = {offer: [way.given_by[offer] for way in going] for offer in always}
    return _Way(
        min(way.least for way in going),
        _latest(ends),
        since,
        {offer: _latest(times) for offer, times in bys.items()},
        frozenset().union(*(way.maybe for way in going)),
    )


def _latest(times: list[int | None]) -> int | None:
    known = [time for time in times if time is not None]
    return max(known) if len(known) == len(times) else None


class _Walk:
    """Goes through the steps of a chain and tells of messages about coupons that cannot be used."""

    def __init__(self, here: Value, valid: dict[str, int], about: dict[str, str]) -> None:
        self.here, self.valid, self.about = here, valid, about

    def through(self, steps: tuple[Step, ...], way: _Way | None) -> _Way | None:
        """The way behind steps that runs come to by ``way``; None where none comes."""
        for step in steps:
            if way is None:
                return None
            way = self._step(step, way)
        return way

    def _step(self, step: Step, way: _Way) -> _Way | None:
        match step:
            case GiveCoupon(offer):
                return way.gives(offer, self.valid)
            case Send():
                self._look(step, way)
                return way.later(0, None)
            case Cascade(rungs):
                at = way
                for rung in rungs:
                    self._look(rung.send, at, of_a_cascade=at is not way)
                    at = at.later(rung.wait or 0, None)
                return way.later(0, None)
            case Wait(duration):
                return way.later(duration, duration)
            case WaitFromEntry(offset):
                return way.from_entry(offset)
            case WaitUntil() | WaitUntilTrue():
                heard, late = way.later(0, step.at_most), way.later(step.at_most, step.at_most)
                return _joined([heard, self.through(step.on_timeout, late)])
            case Choose(branches):
                ways = [self.through(branch.steps, way) for branch in branches]
                return _joined(ways if branches[-1].condition is None else [*ways, way])
            case Split(_, arms):
                ways = [self.through(arm.steps, way) for arm in arms]
                return _joined(ways if sum(arm.share for arm in arms) >= 1 else [*ways, way])
            case ExitStep():
                return None
            case _:
                return way.later(0, None) if isinstance(step, WaitStep) else way

    def _look(self, send: Send, way: _Way, of_a_cascade: bool = False) -> None:
        offer = self.about.get(send.message)
        if offer is None:
            return
        place = written_at(self.here, send.path) or self.here
        since, valid = way.since.get(offer), self.valid[offer]
        if since is not None and since >= valid:
            who = ", of those who got the rungs before it" if of_a_cascade else ""
            place.remark(
                f"{self.here.path}.{send.path}: '{send.message}' comes {format_duration(since)} or more after "
                f"the coupon '{offer}' was given{who}, which is valid for {format_duration(valid)}, so it is dropped "
                "(offer_expired); expected shorter waits, a longer 'valid' or another 'give'"
            )
        elif offer not in way.maybe:
            place.remark(
                f"{self.here.path}.{send.path}: '{send.message}' tells of the coupon '{offer}' before this chain gives "
                "it, so it is dropped (offer_expired) for who had one that is over; expected 'give' before it"
            )
