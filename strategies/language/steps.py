"""The steps of a chain: waits, sends, cascades, choices, splits."""

from __future__ import annotations

from typing import Literal

from strategies.chain_steps import (
    Branch,
    Cascade,
    Choose,
    ExitStep,
    Rung,
    Send,
    Split,
    SplitArm,
    Step,
    WaitUntil,
    WaitUntilTrue,
)
from strategies.language.actions import action_readers
from strategies.language.fields import FIELD_ROOTS, SILENT_CHANNELS, ConditionScope
from strategies.language.nodes import Node, walk
from strategies.language.problems import nearest
from strategies.language.reader import Checked, Choice, Either, ListOf, Reader, Refused, Scalar, Value
from strategies.language.records import Keys, MapOf, Record
from strategies.language.signals import other_signals, plain_events, signals_or_conditions
from strategies.language.units import NAME, POSITIVE_DURATION, SHARE, format_share
from strategies.language.waits import AT, BEST_HOUR, DURATIONS, UNTIL, WAIT_KINDS, WITHIN, duration_wait
from strategies.language.words import CHANNEL, MESSAGE, condition
from strategies.prices import PAID
from strategies.signals import Signal
from strategies.vocabulary import CHANNELS, IN_APP, TEMPLATE_CHANNELS

ACTION_KINDS = ("task", "set", "add_to", "remove_from", "unsubscribe", "webhook", "start", "pause", "stop", "give")
STEP_ABOUT = {
    "wait": "goes on after a time, an event, a condition or at a moment",
    "at": "goes on so long after entry, or at a clock time",
    "within": "goes on inside a window of the customer's clock",
    "send": "asks for one contact",
    "cascade": "one channel after another, from the quietest to the loudest",
    "choose": "the first branch whose condition holds",
    "split": "parts customers by a constant hash",
    "task": "asks a team to call the customer, or to do something else",
    "set": "writes values into fields of the scenario",
    "add_to": "puts the customer into a static segment",
    "remove_from": "takes the customer out of a static segment",
    "unsubscribe": "gives up the marketing consent on channels",
    "webhook": "hands the customer to another system",
    "start": "offers the customer to another chain",
    "pause": "lets another chain of the customer stand still",
    "stop": "ends the customer's runs of another chain",
    "give": "gives points or a coupon",
}
"""Kind of step → what it does."""

DASH = "; begin each step with '- ', such as '- wait: 1h'"
"""What errors about steps that run into each other add."""

STEP_KINDS = ("wait", "at", "within", "send", "cascade", "choose", "split", *ACTION_KINDS)
WORD_KEYS = (
    "if",
    "until",
    "wait",
    "at",
    "next_unless",
    "on_capped",
    "name",
    "best_hour",
    "until_true",
    "check",
    "otherwise",
    "channel",
    "days",
    "clock",
    "share",
    *("add_to", "remove_from", "unsubscribe", "webhook", "start", "stop", "chain", "for"),
    *("to", "do", "about", "within", "coupon"),
    *("event", "segment_entered", "segment_left"),
)
"""Keys inside steps whose text is never a message."""

SEND_FORM = "a mapping such as {email: message}"
SEVERAL = ("first_of", "best_channel")
ROUTES = (*CHANNELS, *SEVERAL)

ON_CAPPED: Reader[Literal["stay", "next"]] = Choice(("stay", "next"))


def sends_of(chain: Node, messages: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Message → channels through which a chain's steps send it, read leniently before the chain is checked."""
    sends: dict[str, set[str]] = {}
    nodes = list(walk(chain.entries["steps"][1] if "steps" in chain.entries else chain))
    cards = {id(node.entries["set"][1]) for node in nodes if "set" in node.entries}
    for node in nodes:
        if id(node) in cards:  # its keys are fields, whatever their texts
            continue
        lists = [node.entries[key][1].items for key in SEVERAL if key in node.entries]
        several = [str(item.value) for items in lists for item in items]
        for key, (_, child) in node.entries.items():
            if child.kind != "text" or key in WORD_KEYS:
                continue
            text = str(child.value)
            meant = nearest(text, messages) if key in (*CHANNELS, "message") else None
            message = text if text in messages else meant
            if message:
                sends.setdefault(message, set()).update(several if key == "message" else [key])
    return {message: frozenset(channels) for message, channels in sends.items()}


def _exit(scalar: str | int | float | bool) -> Step:
    if scalar != "exit":
        raise Refused
    return ExitStep()


class Steps:
    """Reads the steps of one chain, whose conditions know ``scope``; paths leave ``prefix`` out."""

    def __init__(self, scope: ConditionScope, prefix: str = "") -> None:
        self.scope = scope
        self.prefix = prefix
        self.names: set[str] = set()
        wait: Reader[Step] = Either(
            Scalar(POSITIVE_DURATION.expected, duration_wait, DURATIONS),
            Record("wait", self._wait, f"a mapping with one of: {', '.join(WAIT_KINDS)}"),
        )
        some_step = f"a mapping with one of: {', '.join(STEP_KINDS)}"
        bare: Reader[Step] = Scalar(f"exit, or {some_step}", _exit, {"const": "exit"})
        step: Reader[Step] = Either(bare, Record("step", self._step, some_step))
        self.some_steps: Reader[tuple[Step, ...]] = ListOf(step, what="a list of steps", hint=DASH)
        self.steps: Reader[tuple[Step, ...]] = ListOf(step, at_least=1, what="a list of steps", hint=DASH)
        branches: Reader[tuple[Branch, ...]] = ListOf(
            Record("branch", self._branch), at_least=1, what="a list of branches, each with 'if' and 'steps', or 'else'"
        )
        rungs: Reader[tuple[Rung, ...]] = ListOf(Record("rung", self._rung), at_least=1, what="a list of rungs")
        self.send: Reader[Send] = Record("send", self._send, SEND_FORM)
        self.kinds: dict[str, Reader[Step]] = {
            "wait": wait,
            "at": AT,
            "within": WITHIN,
            "send": Record("send", self._send_step, SEND_FORM),
            "cascade": Checked(rungs, self._cascade),
            "choose": Checked(branches, self._choose),
            "split": Record("split", self._split),
            **action_readers(scope, prefix.removeprefix("chains.").removesuffix(".")),
        }

    def _step(self, keys: Keys) -> Step | None:
        keys.one_of(STEP_KINDS, "one kind of step", DASH)
        read = [keys.get(kind, reader, None, STEP_ABOUT.get(kind, "")) for kind, reader in self.kinds.items()]
        return next((step for step in read if step is not None), None)

    def _wait(self, keys: Keys) -> Step | None:
        kind = keys.one_of(WAIT_KINDS, "one kind of wait")
        until, name = keys.get("until", UNTIL, ((), ""), "an event, with 'as' a name for conditions")
        events = plain_events(until)
        holds = keys.get("until_true", condition(self.scope), None, "a condition, looked at again and again")
        check = keys.get("check", POSITIVE_DURATION, 3_600, "how often the condition is looked at")
        given_name = keys.get("name", NAME, "", "a name of the wait, for conditions")
        at_most = keys.get("at_most", POSITIVE_DURATION, None, "longest wait for the event or the condition")
        on_timeout = keys.get("on_timeout", self.steps, (), "what happens when it did not come in time")
        at = keys.get("at", AT, None, "time from entry, or a clock time")
        within = keys.get("within", WITHIN, None, "a window of the customer's clock")
        best_hour = keys.get("best_hour", BEST_HOUR, None, "this customer's learned hour on a channel, or on any")
        if kind == "until":
            keys.need_also("at_most", POSITIVE_DURATION.expected)
            heard = tuple(signal.event for signal in until)
            self._check_opens(keys, "until", heard, frozenset().union(*(self.scope.sends or {}).values()))
            self._take_name(keys, "until", name)
        if kind == "until_true":
            keys.need_also("at_most", POSITIVE_DURATION.expected)
            self._take_name(keys, "name", given_name)
            return WaitUntilTrue(holds, at_most or 1, check, given_name, on_timeout) if holds else None
        structured = kind == "until" and keys.value.node.entries["until"][1].kind != "text"
        if structured:
            self._take_name(keys, "name", given_name)
        elif kind == "until" and keys.has("name"):
            told = f"{keys.value.path}: found 'name' beside a text, expected it in the text, as in 'click as answer'"
            keys.complain("name", told)
        for key in ("check", "name"):
            if keys.has(key) and not (key == "name" and kind == "until"):
                keys.complain(key, f"{keys.value.path}: found '{key}' without 'until_true', expected both or none")
        if kind == "until":
            signals = other_signals(until)
            return WaitUntil(events, at_most or 1, given_name if structured else name, on_timeout, signals)
        for key in ("at_most", "on_timeout"):
            if keys.has(key):
                keys.complain(key, f"{keys.value.path}: found '{key}' without 'until', expected both or none")
        return at or within or best_hour

    def _take_name(self, keys: Keys, key: str, name: str) -> None:
        if name and name in self.names:
            keys.complain(key, f"{keys.value.path}: found the name '{name}' twice in this chain, expected it once")
        if name in FIELD_ROOTS and key == "name":
            keys.complain(key, f"{keys.value.path}: found the name '{name}', which is a field's, expected another name")
        self.names.add(name)

    def _check_opens(self, keys: Keys, key: str, events: tuple[str, ...], channels: frozenset[str]) -> None:
        """Nothing can wait for the opening of what is sent by SMS alone."""
        if {*events} == {"opened"} and channels and channels <= SILENT_CHANNELS:
            keys.complain(
                key, f"{keys.value.path}.{key}: found 'opened', expected click or order: an SMS reports no opens"
            )

    def _route(self, keys: Keys) -> tuple[tuple[str, ...], str]:
        """Channels and message of ``{email: m}``, ``{first_of: [email, sms], message: m}`` or ``best_channel``."""
        kind = keys.one_of(ROUTES, "one channel, first_of or best_channel")
        by_channel = {name: keys.get(name, MESSAGE, None, f"the message to send by {name}") for name in CHANNELS}
        several = {
            "first_of": keys.get("first_of", ListOf(CHANNEL, at_least=2), (), "the first channel that reaches sends"),
            "best_channel": keys.get(
                "best_channel", ListOf(CHANNEL, at_least=2), (), "the channel that this customer answers best sends"
            ),
        }
        message = keys.get("message", MESSAGE, None, "the message of first_of or best_channel")
        if kind is None:
            return (), ""
        if kind in several:
            keys.need_also("message", MESSAGE.expected)
            if len(set(several[kind])) < len(several[kind]):
                keys.complain(kind, f"{keys.value.path}.{kind}: found a channel twice, expected each once")
        elif keys.has("message"):
            keys.complain("message", f"{keys.value.path}: found 'message' with '{kind}', expected '{kind}: name' alone")
        channels = several.get(kind, (kind,))
        self._check_declared(keys, kind, channels)
        if kind == "first_of" and IN_APP in channels[:-1]:
            keys.value.remark(
                f"{keys.value.path}.first_of: in_app reaches everybody, so only 'on_capped: next' leads to what stands "
                "behind it"
            )
        sent = (message if kind in several else by_channel[kind]) or ""
        if sent and sent not in keys.value.reading.names.get("template", ()):
            for channel in sorted(TEMPLATE_CHANNELS & set(channels)):
                keys.value.remark(
                    f"{keys.value.path}: '{sent}' is no template: {channel} takes it only for a while after the "
                    "customer's own last click there"
                )
        return channels, sent

    def _check_declared(self, keys: Keys, key: str, channels: tuple[str, ...]) -> None:
        declared = keys.value.reading.names.get("channel", ())
        for channel in channels:
            if channel not in declared:
                mark = keys.value.node.entries[key][0]
                names = ", ".join(declared) or "none"
                keys.value.complain(
                    f"{keys.value.path}: found channel '{channel}', which is missing from 'channels:' ({names}); "
                    f"add '{channel}: {PAID.get(channel, '{}')}' there{' with your price' if channel in PAID else ''}",
                    mark,
                )

    def _path(self, keys: Keys) -> str:
        return keys.value.path.removeprefix(self.prefix)

    def _send(self, keys: Keys) -> Send:
        channels, message = self._route(keys)
        on_capped = keys.get(
            "on_capped",
            ON_CAPPED,
            "stay",
            "where a policy row would hold or drop it: stay and obey, or try the next channel",
        )
        if keys.has("on_capped") and not keys.has("first_of"):
            keys.complain(
                "on_capped",
                f"{keys.value.path}: found 'on_capped' without 'first_of', which alone tries its channels in turn",
            )
        return Send(channels, message, self._path(keys).removesuffix(".send"), on_capped, keys.has("best_channel"))

    def _send_step(self, keys: Keys) -> Step:
        return self._send(keys)

    def _rung(self, keys: Keys) -> Rung:
        channels, message = self._route(keys)
        on_capped = keys.get(
            "on_capped",
            ON_CAPPED,
            "stay",
            "where a policy row would drop it, or hold it and not the rungs behind: stay and obey (a drop ends the "
            "cascade), or next rung",
        )
        wait = keys.get("wait", POSITIVE_DURATION, None, "how long before the next rung")
        told = keys.get("next_unless", signals_or_conditions(self.scope), (), "what makes the next rung needless")
        signals = tuple(one for one in told if isinstance(one, Signal))
        unless = tuple(one for one in told if not isinstance(one, Signal))
        if not unless:
            self._check_opens(keys, "next_unless", tuple(signal.event for signal in signals), frozenset(channels))
        send = Send(channels, message, self._path(keys), on_capped, keys.has("best_channel"))
        return Rung(send, wait, plain_events(signals), other_signals(signals), unless)

    def _cascade(self, value: Value, rungs: tuple[Rung, ...]) -> Step:
        for item in list(value.items())[:-1]:
            if item.node.kind == "mapping" and "wait" not in item.node.entries:
                item.complain(f"missing key 'wait' in {item.path} (only the last rung may lack a wait)")
        return Cascade(rungs)

    def _branch(self, keys: Keys) -> Branch:
        kind = keys.one_of(("if", "else"), "one of the two")
        holds = keys.get("if", condition(self.scope), None, "the condition of this branch")
        steps = keys.get("steps", self.steps, (), "what happens when it holds")
        otherwise = keys.get("else", self.steps, (), "what happens when no condition holds")
        if kind == "if":
            keys.need_also("steps", self.steps.expected)
        if kind == "else" and keys.has("steps"):
            keys.complain("steps", f"{keys.value.path}: found 'steps' beside 'else', expected the steps under 'else'")
        return Branch(holds, otherwise if kind == "else" else steps)

    def _choose(self, value: Value, branches: tuple[Branch, ...]) -> Step:
        items = [item for item in value.items() if item.node.kind == "mapping"]
        for item in items[:-1]:
            if "else" in item.node.entries and "if" not in item.node.entries:
                item.complain(f"{item.path}: found 'else' before another branch, expected it last")
        if len(items) == 1 and "else" in items[0].node.entries and "if" not in items[0].node.entries:
            value.complain(f"{value.path}: found 'else' alone, expected at least one 'if' before it")
        return Choose(branches)

    def _split(self, keys: Keys) -> Step:
        name = keys.need("name", NAME, "", "constant name of the draw")
        arms = keys.need("arms", MapOf(Record("split_arm", self._arm), NAME), {}, "arm → share and steps")
        total = sum(share for share, _ in arms.values())
        if total > 1 + 1e-9:
            found_total = format_share(round(total, 9))
            keys.complain(
                "arms", f"{keys.value.path}.arms: found shares of {found_total} in all, expected at most 100%"
            )
        elif arms and total < 1 - 1e-9:
            shares, rest = (format_share(round(share, 9)) for share in (total, 1 - total))
            keys.value.remark(f"{keys.value.path}: shares of {shares} in all; the other {rest} go on behind the split")
        return Split(name, tuple(SplitArm(arm, share, steps) for arm, (share, steps) in arms.items()))

    def _arm(self, keys: Keys) -> tuple[float, tuple[Step, ...]]:
        share = keys.need("share", SHARE, 0.0, "share of the customers")
        return share, keys.get("steps", self.some_steps, (), "what this arm does")
