"""Personal blocks: which data a company has for whom, what is shown, broken messages and fallbacks, levels, cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.messages import BLOCKS, production_fixed
from strategies.ports import Content, pack_content
from strategies.vocabulary import DAY
from tests.strategies.story import Person, Story, scenario_of, tell

TEXT = """
messages:
  m: {{purpose: promo, personal: [{blocks}]{more}}}
chains:
  a: {{trigger: site_visited, reenter: always, steps: [{{send: {{email: m}}}}]}}
"""


def told(blocks: str, *before: str, more: str = "", visit: str = "day 40 10:00", **person: object) -> Story:
    """Anna does what stands in ``before``, visits, and gets the message."""
    lines = [*before, f"{visit} anna site_visited"]
    return tell(TEXT.format(blocks=blocks, more=more), lines, {"anna": Person(**person)}, days=60)  # type: ignore[arg-type]


def fate(blocks: str, *before: str, **more: object) -> str:
    """``whole``, ``broken`` or ``fallback``."""
    line = told(blocks, *before, **more).sent[-1]  # type: ignore[arg-type]
    return line.partition("(")[2].strip(")") or "whole"


def shown(blocks: str, *before: str, **more: object) -> tuple[str, str, int]:
    """(category, stage, filled blocks) that the message shows at its sending."""
    story = told(blocks, *before, **more)  # type: ignore[arg-type]
    engine = story.hub.engines[0]
    assert engine.personal is not None
    now = next(row.time for row in reversed(story.rows) if row.event == "sent")
    bits, _ = engine.personal.contents(np.array([0]), np.array([now]), np.array([0]), np.array([1]))
    content = Content.of(bits)
    names = (*story.hub.observed.categories["category"], "")
    return names[int(content.category[0])], str(int(content.stage[0])), int(content.filled[0])


CART = "day 20 10:00 anna cart_added 900 shoes"
VIEW = "day 20 10:00 anna product_viewed books"
ORDER = "day 21 10:00 anna order 900 shoes"


@pytest.mark.parametrize(
    ("block", "before", "expected"),
    [
        ("cart_items", [], "broken"),
        ("cart_items", [CART], "whole"),
        ("cart_items", [CART, "day 20 11:00 anna cart_emptied"], "broken"),
        ("cart_items", ["day 9 10:00 anna cart_added 900 shoes"], "broken"),
        ("viewed_items", [VIEW], "whole"),
        ("viewed_items", ["day 9 10:00 anna product_viewed books"], "broken"),
        ("favourite_items", ["day 1 10:00 anna favourite_added toys"], "whole"),
        ("last_order", [], "broken"),
        ("last_order", [ORDER], "whole"),
        ("last_order", ["day -90 10:00 anna order 900 shoes"], "whole"),
        ("name", [], "broken"),
        ("name", ["day -90 10:00 anna order 900 shoes"], "whole"),
        ("favourite_category", [], "broken"),
        ("favourite_category", [CART], "whole"),
        ("recommended", [], "broken"),
        ("recommended", [VIEW], "whole"),
        ("points", [], "broken"),
        ("age", [], "broken"),
    ],
)
def test_data_follow_from_what_was_observed(block: str, before: list[str], expected: str) -> None:
    assert fate(block, *before) == expected
    assert fate(block, *before, more=", fallback: bestsellers") == expected.replace("broken", "fallback")


def test_profile_data_are_there_where_the_profile_holds_them() -> None:
    assert fate("city, age", profile={"city": 1, "age": 40}) == "whole"
    assert fate("city, age", profile={"city": 1}) == "broken"


def test_one_block_without_data_breaks_the_message() -> None:
    assert fate("cart_items, viewed_items", CART) == "broken"
    assert fate("cart_items, viewed_items", CART, VIEW.replace("10:00", "10:05")) == "whole"


def test_reaction_asks_whether_earlier_messages_of_the_run_were_clicked() -> None:
    text = TEXT.format(blocks="reaction", more=", fallback: neutral").replace(
        "steps: [{send: {email: m}}]", "steps: [{send: {email: m}}, {wait: 1d}, {send: {email: m}}]"
    )
    lines = ["day 0 10:00 anna site_visited", "day 0 11:00 anna click 1"]
    assert tell(text, lines, days=3).sent == ["day 0 10:00 email:m (fallback)", "day 1 10:00 email:m"]
    assert shown("reaction") == ("", "1", 1)


@pytest.mark.parametrize(
    ("blocks", "before", "expected"),
    [
        ("name", [ORDER], ("", "-1", 0)),
        ("cart_items", [CART], ("shoes", "-1", 1)),
        ("name, viewed_items, cart_items", [CART, VIEW.replace("20 10", "21 10")], ("books", "-1", 2)),
        ("favourite_category, cart_items", [CART, VIEW, VIEW.replace("20 10", "21 10")], ("shoes", "-1", 2)),
        ("favourite_category", [CART, VIEW, VIEW.replace("20 10", "21 10")], ("books", "-1", 1)),
        ("recommended", [VIEW, CART], ("books", "-1", 1)),
        ("recommended", [VIEW, "day 30 10:00 anna order 10 books"], ("", "-1", 0)),
        ("recommended", [VIEW, "day 22 10:00 anna order 10 books"], ("books", "-1", 1)),
        ("recommended", [CART, VIEW, "day 30 10:00 anna order 10 books"], ("", "-1", 0)),
    ],
)
def test_what_a_message_shows(blocks: str, before: list[str], expected: tuple[str, str, int]) -> None:
    assert shown(blocks, *before) == expected


def test_conditions_ask_for_the_categories_of_views_orders_and_most_deeds() -> None:
    text = """
    messages: {m: {purpose: promo}}
    segments: {readers: {if: "favourite_category == 'books'"}}
    chains:
      a: {trigger: searched, reenter: always, enter: "last_view.category == 'books'", steps: [{send: {email: m}}]}
      b: {trigger: searched, reenter: always, enter: segment.readers, steps: [{send: {sms: m}}]}
      c: {trigger: searched, reenter: always, enter: "not last_order.category == 'toys'", steps: [{send: {vk: m}}]}
    """
    lines = [
        "day 0 10:00 anna searched",
        "day 1 09:00 anna product_viewed shoes",
        "day 1 09:30 anna product_viewed books",
        "day 1 10:00 anna searched",
        "day 2 09:00 anna cart_added 10 books",
        "day 2 09:30 anna order 10 books",
        "day 2 10:00 anna searched",
    ]
    assert tell(text, lines, days=3).sent == [
        "day 1 10:00 email:m",
        "day 2 10:00 email:m",
        "day 2 10:00 sms:m",
        "day 2 10:00 vk:m",
    ]


def test_levels_follow_from_the_blocks_and_cost_what_the_scenario_says() -> None:
    text = """
    production_cost: {level_1: {each: 0.5}, level_3: {fixed: 700, each: 2}}
    channels: {email: {cost: 1}}
    messages:
      plain: {purpose: promo}
      named: {purpose: promo, personal: name, fallback: you}
      own: {purpose: promo, personal: [name, cart_items], fallback: you}
      tested: {purpose: promo, variants: {a: {share: 50%}, b: {share: 50%, level: 3}}}
    campaigns:
      a: {every: "day 10:00", send: {email: plain}}
      b: {every: "day 11:00", send: {email: named}}
      c: {every: "day 12:00", send: {email: own}}
    """
    scenario = scenario_of(text)
    assert [message.level for message in scenario.messages] == [0, 1, 3, 0]
    assert production_fixed(scenario.messages, scenario.production) == 2 * 700 * 10_000
    sites = tell(scenario, days=1).hub.engines[0].sites
    assert sites.cost.tolist() == [10_000, 15_000, 30_000]


def test_check_gives_notice_of_broken_overloaded_and_empty_personalisation() -> None:
    text = """
    messages:
      bare: {purpose: promo, personal: [cart_items]}
      safe: {purpose: promo, personal: [cart_items], fallback: bestsellers}
      pseudo: {purpose: promo, personal: [name, city], fallback: friend}
      heavy: {purpose: promo, personal: [name, cart_items, viewed_items, last_order, recommended], fallback: x}
    campaigns: {a: {every: "day 10:00", send: {email: bare}}}
    """
    notices = [notice.text for notice in scenario_of(text).notices if "personal" in notice.text]
    assert notices == [
        "messages.bare.personal: cart_items without a fallback; who lacks the data gets a broken message, "
        "crmsim reach counts them",
        "messages.pseudo.personal: name, city alone shows nothing of what the customer wants and changes nothing",
        "messages.heavy.personal: 5 blocks overload a message, at most 4 are read",
    ]


POINTS = "loyalty: {points: {earn: 5%}}"
NO_POINTS = "messages.m.personal: points, but the scenario has no loyalty points, so nobody has any to show"
EMPTY = "messages.m.personal: {} alone shows nothing of what the customer wants and changes nothing"


@pytest.mark.parametrize(
    ("loyalty", "blocks", "expected"),
    [
        (POINTS, "points", []),
        (POINTS, "name, points", []),
        (POINTS, "name", [EMPTY.format("name")]),
        ("", "points", [NO_POINTS, EMPTY.format("points")]),
        ("", "points, cart_items", [NO_POINTS]),
    ],
)
def test_points_remind_where_there_are_any(loyalty: str, blocks: str, expected: list[str]) -> None:
    text = f"""
    {loyalty}
    messages: {{m: {{purpose: promo, personal: [{blocks}], fallback: x}}}}
    campaigns: {{a: {{every: "day 10:00", send: {{email: m}}}}}}
    """
    assert sorted(notice.text for notice in scenario_of(text).notices if "personal" in notice.text) == sorted(expected)


def test_points_without_a_fallback_break_everybodys_message_at_first() -> None:
    text = f"""
    {POINTS}
    messages: {{m: {{purpose: promo, personal: points}}}}
    campaigns: {{a: {{every: "day 10:00", send: {{email: m}}}}}}
    """
    [notice] = [notice.text for notice in scenario_of(text).notices if "personal" in notice.text]
    assert notice == (
        "messages.m.personal: points without a fallback; who has none (at first everybody: accounts are empty at the "
        "start) gets a broken message, crmsim reach counts them"
    )


def test_nothing_is_kept_where_no_message_is_personal() -> None:
    plain = tell("messages: {m: {purpose: promo}}\ncampaigns: {a: {every: 'day 10:00', send: {email: m}}}", days=1)
    assert plain.hub.engines[0].personal is None
    only_name = told("name").hub.engines[0].personal
    assert only_name is not None
    assert only_name.events == 0


@settings(max_examples=60, deadline=None)
@given(st.booleans(), st.integers(-1, 14), st.integers(-1, 4), st.integers(0, 4))
def test_contents_survive_the_packing(broken: bool, category: int, stage: int, filled: int) -> None:
    columns = (np.array([broken]), *(np.array([value]) for value in (category, stage, filled)))
    content = Content.of(pack_content(*columns))
    assert (content.broken[0], content.category[0], content.stage[0], content.filled[0]) == (
        broken,
        category,
        stage,
        filled,
    )


def test_every_level_has_a_block_and_a_day_is_a_day() -> None:
    assert {block.level for block in BLOCKS.values()} == {1, 2, 3, 4, 5}
    assert DAY == 86_400
