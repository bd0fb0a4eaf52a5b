"""Tasks for people: who may be called, when a team calls, who waits, what the run hears of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.strategies.story import Person, Story, tell

TEAM = "{people: 1, hours: {from: '09:00', to: '18:00'}, minutes_per_task: 30, cost: 150}"
SCENARIO = """
messages: {{offer: {{purpose: promo}}, notice: {{purpose: service}}, m: {{purpose: promo}}}}
teams: {{sales: {team}}}
{more}
chains:
  a:
    trigger: cart_abandoned
    {chain}
    steps:
      - task: {{to: sales, do: call, about: {about}, within: {within}}}
      {steps}
"""
NAMES = ("anna", "berta", "clara", "dora", "emma")


def told(
    timeline: str = "day 0 10:10 anna cart_abandoned",
    people: dict[str, Person] | None = None,
    team: str = TEAM,
    more: str = "",
    chain: str = "",
    about: str = "offer",
    within: str = "1d",
    steps: str = "",
    **options: object,
) -> Story:
    text = SCENARIO.format(team=team, more=more, chain=chain, about=about, within=within, steps=steps)
    return tell(text, timeline, people, **options)  # type: ignore[arg-type]


def tasks(story: Story, of: str | None = None) -> list[str]:
    return story.lines("task_created", "call_answered", "task_closed", of=of)


def everybody(time: str = "day 0 10:10") -> str:
    return "\n".join(f"{time} {name} cart_abandoned" for name in NAMES)


def test_a_task_is_carried_out_in_the_next_hour_of_work_and_closed() -> None:
    created, answered, closed = tasks(told())
    assert created == "day 0 10:10 task_created phone:offer"
    assert answered[:9] == "day 0 11:"
    assert answered.endswith("call_answered phone:offer")
    assert closed == answered.replace("call_answered phone:offer", "task_closed phone:offer (answered)")
    assert tasks(told(people={"anna": Person(picks_up=False)}))[1].endswith("task_closed phone:offer (no_answer)")


def test_a_team_makes_as_many_calls_in_an_hour_as_its_people_can() -> None:
    story = told(everybody())
    hours = sorted(line[:8] for line in story.lines("call_answered"))
    assert hours == ["day 0 11", "day 0 11", "day 0 12", "day 0 12", "day 0 13"]
    three = told(everybody(), team=TEAM.replace("people: 1", "people: 3"))
    assert {line[:8] for line in three.lines("call_answered")} == {"day 0 11"}


def test_long_tasks_are_carried_over_the_hours_of_a_day() -> None:
    story = told(everybody("day 0 08:10"), team=TEAM.replace("30", "150"), within="2d")
    hours = sorted(line[:8] for line in story.lines("call_answered"))
    assert hours == ["day 0 11", "day 0 13", "day 0 16", "day 1 11", "day 1 13"]


def test_outside_of_its_hours_a_team_does_not_call() -> None:
    assert tasks(told("day 0 17:10 anna cart_abandoned"))[1][:8] == "day 1 09"
    quarter = TEAM.replace("18:00", "18:15").replace("30", "15")
    late = tasks(told("day 0 17:10 anna cart_abandoned", team=quarter))[1]
    assert "day 0 18:00" <= late[:11] < "day 0 18:15"
    weekend = TEAM.replace("'18:00'", "'18:00', days: working")
    assert tasks(told("day 4 18:10 anna cart_abandoned", team=weekend, within="1w"))[1][:8] == "day 7 09"


def test_a_call_waits_for_the_end_of_quiet_hours_and_others_go_before() -> None:
    quiet = "contact_policy: {quiet_hours: {from: '22:00', to: '08:00'}}"
    people = {"anna": Person(zone=11), "berta": Person()}
    story = told(everybody(), people, more=quiet, within="2d")
    assert story.lines("call_answered", of="anna")[0][:8] in ("day 1 09", "day 1 10")  # 20 and 21 o'clock there
    assert story.lines("call_answered", of="berta")[0][:8] in ("day 0 11", "day 0 12")


def test_what_nobody_came_to_in_time_expires_at_the_full_hour() -> None:
    story = told(everybody(), within="1h")
    assert sum("answered" in line for line in story.lines("task_closed")) == 2
    expired = [line for line in story.lines("task_closed") if "expired" in line]
    assert len(expired) == 3
    assert all(line.startswith("day 0 12:00 ") for line in expired)


@pytest.mark.parametrize(
    ("person", "about", "reason"),
    [
        (Person(no_address=("sms",)), "offer", " (no_address)"),
        (Person(no_consent=("sms",)), "offer", " (no_consent)"),
        (Person(no_consent=("sms",)), "notice", ""),
        (Person(no_service_consent=("sms",)), "notice", " (no_consent)"),
    ],
)
def test_a_call_needs_a_number_and_the_consent_of_its_purpose(person: Person, about: str, reason: str) -> None:
    lines = tasks(told(people={"anna": person}, about=about))
    assert lines[0] == f"day 0 10:10 task_created phone:{about}{reason}"
    assert len(lines) == (1 if reason else 3)


def test_consent_lost_while_the_task_waits_closes_it() -> None:
    people = {"anna": Person()}
    lines = tasks(told("day 0 19:00 anna cart_abandoned", people, steps="- unsubscribe: sms"))
    assert lines[-1].endswith("task_closed phone:offer (no_consent)")
    assert lines[-1].startswith("day 1 09:")


def test_a_run_that_is_ended_calls_its_task_off_one_that_came_to_its_end_does_not() -> None:
    timeline = "day 0 19:00 anna cart_abandoned\nday 0 20:00 anna order 10"  # seen at the next full hour
    wait, leave = "- wait: 7d", "exit_on: order"
    assert tasks(told(timeline, chain=leave, steps=wait))[1] == "day 0 21:00 task_closed phone:offer (run_ended)"
    assert tasks(told(timeline, chain=leave))[1].endswith("call_answered phone:offer")


def test_the_run_waits_for_the_answer_or_the_end_of_its_task() -> None:
    steps = """- wait: {until: call_answered as call, at_most: 2d}
      - choose: [{if: "call.happened", steps: [exit]}]
      - send: {email: m}"""
    exited = told(steps=steps).lines("call_answered", "chain_exited")
    assert exited[1] == exited[0].replace("call_answered phone:offer", "chain_exited a (exit_step)")
    assert told(steps=steps, people={"anna": Person(picks_up=False)}).sent == ["day 2 10:10 email:m"]
    closed = steps.replace("until: call_answered as", "until: call_answered or task_closed as").replace(
        "call.happened", "not call.happened"
    )
    line = told(steps=closed, people={"anna": Person(picks_up=False)}).lines("task_closed", "sent")
    assert line[1][:8] == line[0][:8]


def test_ghosts_and_the_control_group_are_not_called() -> None:
    assert tasks(told(chain="holdout: 100%")) == ["day 0 10:10 task_created phone:offer (holdout)"]
    assert tasks(told(more="control: {share: 100%}")) == ["day 0 10:10 task_created phone:offer (control)"]
    exempt = "control: {share: 100%, exempt: [service]}"
    assert len(tasks(told(more=exempt, about="notice"))) == 3


def test_a_budget_that_is_spent_stops_calls() -> None:
    story = told(everybody(), more="contact_policy: {budget: {max: 300, per: month}}", team=TEAM.replace("30", "150"))
    answered = story.lines("call_answered")
    assert [line[:8] for line in answered] == ["day 0 11", "day 0 13", "day 0 16"]  # seen from the next day on


def test_higher_priority_is_called_first_then_who_asked_first() -> None:
    text = """
messages: {offer: {purpose: promo}}
teams: {sales: {people: 1, hours: {from: "09:00", to: "18:00"}, minutes_per_task: 60}}
chains:
  low: {trigger: cart_abandoned, priority: 20, steps: [{task: {to: sales, do: call, about: offer, within: 1d}}]}
  high: {trigger: order, priority: 80, steps: [{task: {to: sales, do: call, about: offer, within: 1d}}]}
"""
    timeline = """
day 0 10:10 anna cart_abandoned
day 0 10:05 berta cart_abandoned
day 0 10:20 clara order 10
"""
    called = tell(text, timeline).lines("call_answered")
    assert [line.split()[3] for line in called] == ["clara", "berta", "anna"]


def test_calls_are_the_same_for_every_bucket_and_order() -> None:
    first = told(everybody(), within="3h").lines()
    assert told(everybody(), within="3h", bucket=300).lines() == first
    assert told(everybody(), within="3h", shuffle=3).lines() == first


def test_one_customer_more_changes_no_call_when_the_shared_path_is_replayed() -> None:
    people = {name: Person(number=i) for i, name in enumerate(NAMES)}
    alone = told(everybody(), people)
    crowd = {**people, "zoe": Person(number=77)}
    timeline = "day 0 10:00 zoe cart_abandoned\n" + everybody()
    disturbed = told(timeline, crowd)
    replayed = told(timeline, crowd, replay=alone.path)

    def calls(story: Story) -> list[str]:
        return [line for name in NAMES for line in tasks(story, of=name)]

    assert calls(disturbed) != calls(alone)
    assert calls(replayed) == calls(alone)
    assert np.array_equal(alone.path["team:0:sales"], replayed.path["team:0:sales"])


def test_a_pause_of_the_chain_does_not_take_the_task_from_the_team() -> None:
    """The call is made and heard in the pause; what follows waits for its end."""
    pauses = "b: {trigger: site_visited, steps: [{pause: {chain: a, for: 3d}}]}"
    text = SCENARIO.format(
        team=TEAM, more="", chain="", about="offer", within="1d", steps="- wait: {until: call_answered, at_most: 1d}"
    )
    text += "      - send: {email: m}\n  " + pauses + "\n"
    story = tell(text, "day 0 10:10 anna cart_abandoned\nday 0 10:30 anna site_visited")
    created, answered, _ = tasks(story)
    assert (created[:11], answered[:9]) == ("day 0 10:10", "day 0 11:")
    assert story.sent == ["day 3 10:30 email:m"]
