"""What a run may ask for at most: contacts on each channel, whichever way it goes, messages and named waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from strategies.chain_steps import Cascade, Choose, Send, Split, Step, WaitUntil, WaitUntilTrue
from strategies.step_tree import sends_of, signals_of, steps_within

CONTACTS_OF_A_RUN = 255
"""A run numbers its contacts on each channel in eight bits."""


BITS_OF_A_RUN = 64
"""So many different messages, and so many named waits, a chain may have: a run keeps bit sets over them."""


def beyond_a_run(steps: tuple[Step, ...]) -> Iterator[str]:
    """What a chain of these steps has too many of, in words."""
    messages, waits = set(), set()
    listening = [heard for step in steps_within(steps) for heard in signals_of(step)]
    signals = {(number, signal.event) for number, heard in enumerate(listening) for signal in heard}
    for step in steps_within(steps):
        match step:
            case WaitUntil() | WaitUntilTrue() if step.name:
                waits.add(step.name)
            case _:
                messages |= {send.message for send in sends_of(step)}
    several = ("different messages", messages), ("named waits", waits), ("events in signals of waits", signals)
    for what, found in several:
        if len(found) > BITS_OF_A_RUN:
            yield f"found {len(found)} {what}, expected at most {BITS_OF_A_RUN}, or a second chain for the others"


def crowded_channels(steps: tuple[Step, ...]) -> list[str]:
    """Channels on which a run through ``steps`` may ask for more contacts than it can number."""
    return [channel for channel, contacts in most_contacts(steps).items() if contacts > CONTACTS_OF_A_RUN]


def most_contacts(steps: tuple[Step, ...]) -> Counter[str]:
    """Channel → most contacts of one run; a ``first_of`` may use up a number on each of its channels.

    >>> most_contacts((Send(("email", "sms"), "letter"), Send(("email",), "letter")))
    Counter({'email': 2, 'sms': 1})
    """
    most: Counter[str] = Counter()
    for step in steps:
        match step:
            case Send():
                most.update(step.channels)
            case Cascade():
                for rung in step.rungs:
                    most.update(rung.send.channels)
            case Choose():
                most.update(_any_of([branch.steps for branch in step.branches]))
            case Split():
                most.update(_any_of([arm.steps for arm in step.arms]))
            case WaitUntil() | WaitUntilTrue():
                most.update(most_contacts(step.on_timeout))
            case _:
                pass
    return most


def _any_of(ways: list[tuple[Step, ...]]) -> Counter[str]:
    """A run goes one of the ways."""
    most: Counter[str] = Counter()
    for steps in ways:
        most |= most_contacts(steps)
    return most
