"""Codes of text attributes become words in the log, by each event's own vocabularies."""

from __future__ import annotations

import numpy as np

from experiments.decoding import text_attributes
from strategies.vocabulary import EVENT_CODE, SUPPORT_TOPICS, TEXTS

RUN = {**TEXTS, "category": ("shoes", "lamps"), "tier": ("silver", "gold")}


def words(*rows: tuple[str, int]) -> list[str | None]:
    event = np.array([EVENT_CODE[name] for name, _ in rows], np.uint8)
    return text_attributes(RUN, event, np.array([code for _, code in rows], np.int16)).to_list()


def test_each_event_has_its_own_words() -> None:
    rows = ("order", 1), ("support_opened", 1), ("tier_changed", 1), ("nps_answered", -1), ("site_visited", -1)
    assert words(*rows) == ["lamps", "product", "gold", None, None]


def test_several_texts_of_an_event_stand_side_by_side() -> None:
    payment = SUPPORT_TOPICS.index("payment")
    rows = ("support_closed", payment), ("support_closed", payment + len(SUPPORT_TOPICS))
    assert words(*rows) == ["payment, solved", "payment, unsolved"]
