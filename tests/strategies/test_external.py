"""LANGUAGE, Triggers: events of another system, told in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.arms import ArmsError, check_members
from strategies.language import InputError, ScenarioError, load_scenario
from strategies.language.dump import scenario_to_yaml
from strategies.remembered import remembered_events
from strategies.scenario import Scenario
from tests.strategies.language.small import changed
from tests.strategies.story import ALL_CHANNELS, HEADER, Story, tell

ROWS = """\
customer,time,amount,plan
0,2026-02-03 10:00,100,basic
1,2026-02-03 10:00:30,250.5,gold
0,2026-02-05T08:00,300,gold
"""
CHAINS = """
messages: {m: {purpose: promo}}
chains:
  c: {trigger: {external: events.csv%s}, reenter: always, %s steps: [{send: {email: m}}]}
"""


def load(folder: Path, text: str, table: str = ROWS) -> Scenario:
    (folder / "population.yaml").write_text("population: nobody\n")
    (folder / "events.csv").write_text(table)
    (folder / "s.yaml").write_text(HEADER + ALL_CHANNELS + text)
    return load_scenario(folder / "s.yaml")


def told(folder: Path, condition: str = "", more: str = "", table: str = ROWS) -> Story:
    scenario = load(folder, CHAINS % (condition, more), table)
    return tell(scenario, ["day -1 10:00 anna searched", "day -1 10:00 boris searched"])


def entered(story: Story) -> list[str]:
    return [line.replace(" chain_entered c", "") for line in story.lines("chain_entered")]


def test_rows_start_chains_of_the_customers_whom_they_number(tmp_path: Path) -> None:
    assert entered(told(tmp_path)) == ["day 1 10:00 anna", "day 1 10:00:30 boris", "day 3 08:00 anna"]


def test_conditions_over_attributes_of_the_file(tmp_path: Path) -> None:
    assert entered(told(tmp_path, ", if: \"plan == 'gold' and amount < 300\"")) == ["day 1 10:00:30 boris"]
    assert entered(told(tmp_path, more="enter: \"trigger.plan in ['basic', 'silver']\",")) == ["day 1 10:00 anna"]


def test_attributes_stay_known_in_the_run(tmp_path: Path) -> None:
    text = """
messages: {m: {purpose: promo}, gold: {purpose: promo}}
chains:
  c:
    trigger: {external: events.csv}
    reenter: always
    steps: [{wait: 1d}, {choose: [{if: "trigger.amount > 200", steps: [{send: {email: gold}}]}]}]
"""
    story = tell(load(tmp_path, text), ["day -1 10:00 anna searched", "day -1 10:00 boris searched"])
    assert story.sent == ["day 2 10:01 boris email:gold", "day 4 08:00 anna email:gold"]


def test_parallel_runs_by_an_attribute_of_the_file(tmp_path: Path) -> None:
    table = "customer,time,ticket\n" + "".join(
        f"0,2026-02-03 1{hour}:00,{ticket}\n" for hour, ticket in enumerate((7, 8, 7))
    )
    scenario = CHAINS.replace("[{send: {email: m}}]", "[{wait: 1d}, {send: {email: m}}]")
    story = tell(
        load(tmp_path, scenario % ("", "on_retrigger: {parallel_by: ticket},"), table), "day -1 10:00 anna order 1"
    )
    assert entered(story) == ["day 1 10:00", "day 1 11:00"]


def test_missing_cells_are_missing_values(tmp_path: Path) -> None:
    table = "customer;time;amount\n0;2026-02-03 10:00;\n0;2026-02-04 10:00;5\n"
    assert entered(told(tmp_path, ', if: "not amount > 7"', table=table)) == ["day 2 10:00 anna"]


SEVERAL = """\
customer,time,plan,debt,branch,days
0,2026-02-03 10:00,gold,100,north,3
1,2026-02-03 10:00,,250.5,south,
0,2026-02-04 10:00,basic,,south,9
"""


def test_a_file_may_have_several_numbers_and_texts(tmp_path: Path) -> None:
    """Each row keeps its own cells, in the run too; what is missing in a row is missing."""

    def found(condition: str) -> list[str]:
        at_trigger = entered(told(tmp_path, f', if: "{condition}"', table=SEVERAL))
        later = ["debt", "plan", "branch", "days"]
        for name in later:
            condition = condition.replace(name, f"trigger.{name}")
        text = CHAINS.replace(
            "[{send: {email: m}}]", f'[{{wait: 1h}}, {{choose: [{{if: "{condition}", steps: [exit]}}]}}]'
        )
        story = tell(
            load(tmp_path, text % ("", ""), SEVERAL), ["day -1 10:00 anna order 1", "day -1 10:00 boris order 1"]
        )
        in_run = [line for line in story.lines("chain_exited") if "exit_step" in line]
        assert [line.split()[3] for line in in_run] == [line.split()[3] for line in at_trigger]
        return at_trigger

    assert found("plan == 'gold' and debt == 100 and branch == 'north' and days == 3") == ["day 1 10:00 anna"]
    assert found("branch == 'south'") == ["day 1 10:00 boris", "day 2 10:00 anna"]
    assert found("not days > 5") == ["day 1 10:00 anna"]
    assert found("not known(debt) and plan != 'gold'") == ["day 2 10:00 anna"]


def test_rows_of_a_file_are_the_same_in_whatever_order_its_columns_stand(tmp_path: Path) -> None:
    rows = [line.split(",") for line in SEVERAL.splitlines()]
    order = [0, 1, 5, 4, 3, 2]
    turned = "".join(",".join(row[place] for place in order) + "\n" for row in rows)
    condition = ", if: \"branch == 'south' and known(debt)\""
    assert entered(told(tmp_path, condition, table=turned)) == entered(told(tmp_path, condition, table=SEVERAL))


def test_two_rows_of_one_second_and_two_chains_of_one_file_have_luck_of_their_own(tmp_path: Path) -> None:
    table = "customer,time\n0,2026-02-03 10:00\n0,2026-02-03 10:00\n"
    chains = CHAINS % ("", "on_retrigger: restart,") + CHAINS.splitlines()[3].replace("c:", "d:", 1) % ("", "")
    story = tell(load(tmp_path, chains, table), "day -1 10:00 anna order 1")
    contacts = [row.contact for row in story.rows if row.event == "sent"]
    assert len(contacts) == len(set(contacts)) >= 2


def test_the_resolved_scenario_holds_the_events_and_loads_by_itself(tmp_path: Path) -> None:
    scenario = load(tmp_path, CHAINS % (', if: "amount > 1"', ""))
    text = scenario_to_yaml(scenario, "population.yaml")
    (tmp_path / "events.csv").unlink()
    (tmp_path / "t.yaml").write_text(text)
    assert load_scenario(tmp_path / "t.yaml").chains == scenario.chains
    other = load(tmp_path, CHAINS % (', if: "amount > 1"', ""), ROWS.replace("300", "301"))
    assert scenario_to_yaml(other, "population.yaml") != text


def test_rows_outside_the_horizon_start_nothing_and_are_counted(tmp_path: Path) -> None:
    table = "customer,time\n0,2026-02-01 23:59:59\n0,2026-02-02 00:00\n0,2026-04-03 00:00\n"
    scenario = load(tmp_path, CHAINS % ("", ""), table)
    assert [notice.text for notice in scenario.notices] == [
        "chains.c.trigger.external: 2 of 3 rows lie outside the 60 days from 2026-02-02; they start nothing"
    ]
    assert entered(tell(scenario, "day -1 10:00 anna searched")) == ["day 0 00:00"]


def test_a_row_about_a_customer_whom_the_run_does_not_have_is_refused(tmp_path: Path) -> None:
    scenario = load(tmp_path, CHAINS % ("", ""))
    check_members([scenario], 2)
    with pytest.raises(ArmsError, match="the events of chain 'c' of 'Story' name customer 1, but with 1 customers"):
        check_members([scenario], 1)


def problems(folder: Path, table: str | bytes, trigger: str = "{external: events.csv}") -> list[str]:
    (folder / "shop.yaml").write_text("people: 1\n")
    data = table if isinstance(table, bytes) else table.encode()
    (folder / "events.csv").write_bytes(data)
    (folder / "s.yaml").write_text(changed("trigger: cart_abandoned", f"trigger: {trigger}"))
    try:
        load_scenario(folder / "s.yaml")
    except ScenarioError as error:
        return [str(problem).removeprefix(f"{folder}/") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "events.csv:1:1: found the header 'nothing', expected customer,time and attributes"),
        ("id,time\n", "events.csv:1:1: found the header 'id,time', expected customer,time and attributes"),
        ("customer,time\nx,2026-02-03 10:00\n", "events.csv:2:1: found the customer 'x', expected a number such as 17"),
        (
            "customer,time\n\n1,03.02.2026\n",
            "events.csv:3:1: found the time '03.02.2026', expected one such as 2026-02-10 10:00 or …:30",
        ),
        (
            "customer,time\n1,2026-02-30 10:00\n",
            "events.csv:2:1: found the time '2026-02-30 10:00', expected one such as 2026-02-10 10:00 or …:30",
        ),
        ("customer,time\n1,2026-02-03 10:00,5\n", "events.csv:2:1: found 3 cells, expected 2"),
        (
            f"customer,time,{','.join(f'a{n}' for n in range(21))}\n",
            "events.csv:1:1: found 21 attributes, expected at most 20",
        ),
        (
            "customer,time,for\n1,2026-02-03 10:00,5\n",
            "events.csv:1:1: found the column 'for', expected another name of letters and digits",
        ),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, table: str, told: str) -> None:
    assert problems(tmp_path, table) == [told]


@pytest.mark.slow
def test_a_missing_file_and_other_encodings_are_told(tmp_path: Path) -> None:
    assert problems(tmp_path, ROWS, "{external: event.csv}") == [
        "s.yaml:21:25: chains.cart.trigger.external: found no file 'event.csv', expected a CSV file, named relative to "
        "this file; did you mean 'events.csv'?"
    ]
    assert problems(tmp_path, "customer,time,имя\n".encode("cp1251")) == [
        "s.yaml:21:25: chains.cart.trigger.external: found a file 'events.csv' that is not UTF-8; save it as UTF-8"
    ]
    assert problems(tmp_path, "customer,time\n" + "1,2026-02-03 10:00\n" * 100_001) == [
        "events.csv:1:1: found 100,001 rows, expected at most 100,000"
    ]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    assert problems(tmp_path, b"\xef\xbb\xbf" + ROWS.encode()) == []


def test_line_ends_of_old_systems(tmp_path: Path) -> None:
    rows = ["customer,time,plan", '0,2026-02-03 10:00,"gold"', "1,2026-02-04 10:00,basic"]
    found = [entered(told(tmp_path, table=end.join([*rows, ""]))) for end in ("\n", "\r\n", "\r")]
    assert found == [["day 1 10:00 anna", "day 2 10:00 boris"]] * 3


def test_a_table_that_csv_cannot_read(tmp_path: Path) -> None:
    table = "customer,time\n0,2026-02-03 10:00\n0," + "x" * 140_000 + "\n"
    with pytest.raises(InputError) as error:
        load(tmp_path, CHAINS % ("", ""), table)
    (problem,) = error.value.problems
    assert str(problem) == f"{tmp_path}/events.csv:3:1: cannot read the table: field larger than field limit (131072)"


def test_a_number_is_known_whatever_it_is(tmp_path: Path) -> None:
    """Also the one that is the least of 32 bits in 1/10,000, which stood for 'no number'."""
    table = "customer,time,amount\n0,2026-02-03 10:00,-214748.3648\n1,2026-02-03 10:00,\n"
    assert entered(told(tmp_path, ', if: "amount < 0"', table=table)) == ["day 1 10:00 anna"]
    assert entered(told(tmp_path, more='enter: "trigger.amount < 0",', table=table)) == ["day 1 10:00 anna"]


def test_texts_of_the_file_are_no_events_to_remember(tmp_path: Path) -> None:
    scenario = load(tmp_path, CHAINS % ("", ""), ROWS.replace("basic", "favourite_added").replace("gold", "searched"))
    assert not remembered_events([scenario]) & {"favourite_added", "searched"}
