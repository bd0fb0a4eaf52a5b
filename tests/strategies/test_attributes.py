"""Typed attributes of events: in conditions of triggers, of entries and of named waits, and in the log's words."""

from __future__ import annotations

import numpy as np
import pytest

from sim.kernel.columns import Columns
from strategies.language.expressions import parse_condition
from strategies.language.fields import ConditionScope
from strategies.language.words import attributes_of
from strategies.observed import Observed
from strategies.vocabulary import EVENT_MAP, TEXTS
from tests.strategies.story import tell

TEMPLATE = """
messages: {{nudge: {{purpose: service}}}}
chains:
  answer: {{trigger: {trigger}, enter: "{enter}", reenter: always, steps: [{{send: {{email: nudge}}}}]}}
"""


def entered(trigger: str, enter: str, *lines: str) -> list[bool]:
    """For each line of a timeline alone: did the chain begin?"""
    text = TEMPLATE.format(trigger=trigger, enter=enter)
    return [bool(tell(text, f"day 0 09:00 anna {line}", days=1).sent) for line in lines]


def test_a_score_is_a_number_of_its_own() -> None:
    assert entered("nps_answered", "trigger.score < 7", "nps_answered 6", "nps_answered 7") == [True, False]


def test_the_topic_is_a_text_with_fixed_values() -> None:
    lines = ("support_opened delivery", "support_opened payment")
    assert entered("support_opened", "trigger.topic == 'delivery'", *lines) == [True, False]


def test_two_texts_share_the_slot_of_one_event() -> None:
    lines = ("support_closed payment solved", "support_closed payment unsolved", "support_closed return unsolved")
    asked = "trigger.topic == 'payment' and trigger.result == 'unsolved'"
    assert entered("support_closed", asked, *lines) == [False, True, False]


def test_a_time_is_compared_with_a_duration() -> None:
    lines = (f"delivered_order {2 * 86_400}", "delivered_order 0")
    assert entered("delivered_order", "trigger.late > 1d", *lines) == [True, False]


def test_an_attribute_that_this_event_of_several_lacks_is_missing() -> None:
    trigger, lines = "{any: [nps_answered, order]}", ("nps_answered 6", "order 5")
    assert entered(trigger, "trigger.score < 7", *lines) == [True, False]
    assert entered(trigger, "not known(trigger.score)", *lines) == [False, True]


def test_the_answer_of_a_wait_carries_its_own_attributes() -> None:
    text = """
    messages: {sorry: {purpose: service}, ask: {purpose: service}}
    chains:
      nps:
        trigger: delivered_order
        steps:
          - send: {email: ask}
          - wait: {until: nps_answered or order as answer, at_most: 3d}
          - choose: [{if: "answer.score < 7", steps: [{send: {email: sorry}}]}]
    """
    begin = "day 0 09:00 anna delivered_order 0\n"
    assert tell(text, begin + "day 1 10:00 anna nps_answered 3").sent[1:] == ["day 1 10:00 email:sorry"]
    assert not tell(text, begin + "day 1 10:00 anna nps_answered 9").sent[1:]
    assert not tell(text, begin + "day 1 10:00 anna order 3").sent[1:]


FAULTS = {
    "trigger.topic == 'delivry'": "unknown value 'delivry' in the condition; did you mean 'delivery'?",
    "trigger.waited > 5": "found 5, expected a duration such as 5d",
    "trigger.score < 3": "unknown field 'trigger.score' in the condition; did you mean 'trigger.result'?",
}


@pytest.mark.parametrize("text", FAULTS)
def test_wrong_values_and_units_are_found_when_the_file_is_loaded(text: str) -> None:
    _, faults = parse_condition(text, ConditionScope("a chain", trigger=attributes_of(("support_closed",))))
    assert [fault.text[: len(FAULTS[text])] for fault in faults] == [FAULTS[text]]


def test_texts_of_one_event_never_share_a_code() -> None:
    for event in EVENT_MAP:
        texts = [one for one in event.attributes.values() if one.slot == "category"]
        below = 1
        for attribute in texts:
            assert attribute.divisor == below, event.name
            if attribute is not texts[-1]:
                assert attribute.modulus == len(TEXTS[attribute.texts]), event.name
            below *= attribute.modulus or 1
        assert sum(one.slot == "value" for one in event.attributes.values()) <= 1, event.name


def test_arms_share_one_vocabulary_of_their_texts() -> None:
    observed = Observed(Columns(1, 1))
    assert observed.learn("tier", ("silver", "gold")).tolist() == [0, 1]
    assert np.array_equal(observed.learn("tier", ("gold", "iron")), [1, 2])
    assert observed.categories["tier"] == ("silver", "gold", "iron")
