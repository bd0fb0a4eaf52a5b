"""Which places of a chain runs come to: every step, branch, rung and split arm is counted where it begins."""

from __future__ import annotations

from tests.strategies.story import Person, Story, tell

CHAINS = """
messages: {reminder: {purpose: promo}, gift: {purpose: promo}}
chains:
  cart:
    trigger: cart_abandoned
    steps:
      - send: {email: reminder}
      - wait: {until: click, at_most: 24h}
      - choose:
          - if: "clicked(reminder)"
            steps: [{wait: 1h}]
          - if: "orders >= 1"
            steps: [{wait: 2h}]
          - else:
              - cascade:
                  - {web_push: gift, wait: 24h, next_unless: click}
                  - {sms: gift}
      - split: {name: half, arms: {one: {share: 100%, steps: [{wait: 1h}]}, other: {share: 0%, steps: []}}}
"""


def counts(story: Story) -> dict[str, int]:
    """Runs by place of the one chain."""
    engine = story.hub.engines[0]
    return {p.path: int(engine.interpreter.steps.counts[0, p.operation]) for p in engine.program.places}


def test_every_place_is_counted_where_it_begins() -> None:
    story = tell(
        CHAINS,
        """
        day 0 10:00 anna cart_abandoned 100
        day 0 10:00 boris cart_abandoned 100
        day 0 12:00 anna click 1
        day 1 12:00 boris click 2
        """,
    )
    assert counts(story) == {
        "steps[0]": 2,
        "steps[1]": 2,
        "steps[2].choose[0]": 1,
        "steps[2].choose[0].steps[0]": 1,
        "steps[2].choose[1]": 0,
        "steps[2].choose[1].steps[0]": 0,
        "steps[2].choose[2]": 1,
        "steps[2].choose[2].else[0].cascade[0]": 1,
        "steps[2].choose[2].else[0].cascade[1]": 0,
        "steps[3]": 2,
        "steps[3].split.arms.one": 2,
        "steps[3].split.arms.one.steps[0]": 2,
        "steps[3].split.arms.other": 0,
    }


def test_a_rung_that_cannot_be_reached_counts_as_come_to_and_the_next_one_too() -> None:
    people = {"anna": Person(no_address=("web_push",))}
    told = counts(tell(CHAINS, "day 0 10:00 anna cart_abandoned 100", people))
    assert (told["steps[2].choose[2].else[0].cascade[0]"], told["steps[2].choose[2].else[0].cascade[1]"]) == (1, 1)


def test_held_out_runs_and_the_control_group_are_not_counted() -> None:
    for group in ("control: {share: 100%}\n", ""):
        held_out = CHAINS if group else CHAINS.replace("trigger: cart", "holdout: 100%\n    trigger: cart")
        assert not any(counts(tell(group + held_out, "day 0 10:00 anna cart_abandoned 100")).values())


def test_buckets_do_not_change_the_counts() -> None:
    timeline = [f"day {day} {hour}:00 {who} cart_abandoned 100" for day, hour, who in ((0, 10, "anna"), (3, 11, "b"))]
    told = [counts(tell(CHAINS, timeline, bucket=bucket)) for bucket in (300, 3_600, 86_400)]
    assert told[0] == told[1] == told[2]
