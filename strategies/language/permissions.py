"""What customers permit: double opt-in and the preference centre of a scenario."""

from __future__ import annotations

from strategies.language.reader import Choice, ListOf, Named, Reader, Value
from strategies.language.records import Keys, Record
from strategies.language.words import ADDRESSED_CHANNEL
from strategies.permissions import MAX_TOPICS
from strategies.scenario import PreferenceCentre, Scenario
from strategies.vocabulary import FREQUENCIES

CHANNEL_LIST: Reader[tuple[str, ...]] = ListOf(ADDRESSED_CHANNEL, lone=True, at_least=1)
_FREQUENCY: Reader[str] = Choice(FREQUENCIES[1:], "frequency")


def _centre(keys: Keys) -> PreferenceCentre | None:
    frequencies = keys.get("frequencies", ListOf(_FREQUENCY, lone=True), (), "how rarely one may ask to be written to")
    topics = keys.get("topics", ListOf(Named("topic"), lone=True), (), "topics that may be switched off")
    if not keys.has("frequencies") and not keys.has("topics"):
        keys.value.complain(f"{keys.value.where}: found neither frequencies nor topics, expected something to choose")
        return None
    if len(topics) > MAX_TOPICS:
        keys.complain("topics", f"{keys.value.where}: found {len(topics)} topics, expected at most {MAX_TOPICS}")
    return PreferenceCentre(tuple(dict.fromkeys(frequencies)), tuple(dict.fromkeys(topics)))


def remark_idle_requests(value: Value, scenario: Scenario) -> None:
    """Messages that ask for what the scenario leaves no way to do."""
    idle = {"confirmation": "double_opt_in"} if not scenario.double_opt_in else {}
    idle |= {"preferences": "preference_centre"} if scenario.preference_centre is None else {}
    messages = value.child("messages")
    for message in scenario.messages:
        missing = idle.get(message.asks)
        asking = messages and messages.child(message.name)
        if missing and asking:
            asking.remark(f"messages.{message.name}.asks: found '{message.asks}' without '{missing}': nothing follows")


PREFERENCE_CENTRE: Reader[PreferenceCentre] = Record(
    "preference_centre", _centre, "a mapping such as {frequencies: [weekly, monthly]}"
)
