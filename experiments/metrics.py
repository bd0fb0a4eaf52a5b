"""The catalogue of metrics: name, unit, numerator, denominator, what it says, and where it is read from.

Money follows MODEL: Contribution = order value × margin − offer cost − contact cost − fixed cost.
The run folder's column ``contribution`` has offer and contact cost subtracted; the fixed platform and
people cost of a scenario (per 30 days of the horizon) is charged here, in equal parts to the customers
outside the control group, who are the ones that the scenario speaks to.  Hence

* marketing cost = contact cost + offer cost + fixed cost;
* ``contribution`` = after all marketing cost; ``contribution_before_marketing`` = contribution + marketing cost.

All figures speak of the customers outside the control group.

Rates are told by channel.  Over all channels they speak of the messages that were *sent* to the customer: what waits
in the in-app slot for a visit is told under its channel only.  Rates that need opens leave out the messages of channels
that report none (SMS).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from strategies.vocabulary import ADDRESSED_CHANNELS

Source = Literal["customers", "contacts", "days", "state", "return", "claim"]
"""``customers``: outcome columns.  ``contacts``: counted events.  ``days``: daily money.  ``state``: daily
state.  ``return``: ratios of paired money sums.  ``claim``: attribution from the event log."""

Period = Literal["whole", "horizon", "tail", "end"]
"""``whole``: horizon and tail; ``end``: what stands at the end of them."""
Unit = Literal["money", "number", "share", "index", "return", "relative"]
"""``relative`` is the unit of relative differences; no metric has it."""


@dataclass(frozen=True)
class Metric:
    """One metric.  ``better``: +1 more is better, −1 less is better, 0 neither.

    ``numerator`` and ``denominator`` name outcome columns, daily columns or events; the denominator
    ``customers`` are those outside the control group.
    """

    name: str
    label: str
    unit: Unit
    numerator: str
    denominator: str
    what: str
    source: Source
    better: int = 0
    period: Period = "whole"

    @property
    def per_customer_contacts(self) -> bool:
        """Whether it counts messages per customer."""
        return self.source == "contacts" and self.denominator == "customers"

    @property
    def pooled(self) -> bool:
        """Whether it is a ratio of sums over replications (else a mean of replications)."""
        return self.source in ("contacts", "return", "claim") and not self.per_customer_contacts

    @property
    def needs_opens(self) -> bool:
        """Whether it can be told only of channels that report opens."""
        return "opened" in (self.numerator, self.denominator) and self.source == "contacts"

    @property
    def cumulative(self) -> bool:
        """Whether it grows with the days of the run."""
        return self.source in ("customers", "days") or self.per_customer_contacts

    @property
    def counted(self) -> bool:
        """Whether it is made of what happens to customers or not, unlike money."""
        return self.unit in ("share", "number")

    @property
    def goes_on(self) -> bool:
        """Whether it is something that customers do without marketing too."""
        return self.numerator in GOES_ON

    @property
    def never_negative(self) -> bool:
        """Whether it cannot be below zero, whatever customers do; what comes back lowers revenue, so that can."""
        return self.unit in ("share", "number", "index") or self.numerator in NEVER_NEGATIVE

    def heading(self, tail_days: int) -> str:
        """The label in a table, with its period where a run has a tail and rows differ in it.

        >>> catalogue()["sent"].heading(90), catalogue()["sent"].heading(0), catalogue()["open_rate"].heading(90)
        ('Sent, with tail', 'Sent', 'Open rate')
        """
        if not tail_days or self.source in ("contacts", "claim") or self.label.endswith((", horizon", ", tail")):
            return self.label
        if self.source == "state" and self.denominator == "days":
            return f"{self.label}, horizon"
        if self.source == "state" or self.period == "end":
            return self.label if self.period == "horizon" else f"{self.label}, end of tail"
        return f"{self.label}, with tail"

    def period_words(self, tail_days: int) -> str:
        """What days the figure speaks of.

        >>> [catalogue()[name].period_words(90) for name in ("orders", "reachable_any", "open_rate", "revenue_tail")]
        ['horizon and tail', 'at the end of the tail', 'messages of the horizon', 'tail']
        >>> catalogue()["fatigue"].period_words(90), catalogue()["orders"].period_words(0)
        ('mean over the horizon', 'horizon')
        """
        whole = "horizon and tail" if tail_days else "horizon"
        if self.source == "state" and self.denominator == "days":
            return "mean over the horizon"
        if self.source == "state" or self.period == "end":
            return "at the end of the " + ("tail" if tail_days and self.period != "horizon" else "horizon")
        if self.denominator == "chain_entered":
            return "runs of the horizon; also counts what would have come by itself"
        if self.source in ("contacts", "claim"):
            return "messages of the horizon"
        return whole if self.period == "whole" else self.period


NEVER_NEGATIVE = ("marketing_cost", "contact_cost", "offer_cost", "points_owed")
"""Money that is only ever spent or owed: no offer takes more from a customer than it gives, and what an order used
stays used when the goods come back."""

GOES_ON = ("contribution", "contribution_before_marketing", "revenue", "orders", "repeat_orders")
"""What customers bring without marketing too, in the tail as in the horizon."""


def _money(name: str, label: str, what: str, better: int) -> Metric:
    return Metric(name, label, "money", name, "customers", what, "customers", better)


def _count(name: str, label: str, what: str, better: int = 0) -> Metric:
    return Metric(name, label, "number", name, "customers", what, "customers", better)


def _rate(name: str, label: str, numerator: str, denominator: str, what: str, better: int) -> Metric:
    return Metric(name, label, "share", numerator, denominator, what, "contacts", better)


POINTS_OWED = "points_owed"

MONEY = (
    _money("contribution", "Contribution", "order value × margin − offer, contact and fixed cost", 1),
    _money("contribution_before_marketing", "Contribution before marketing cost", "order value × margin", 1),
    _money("revenue", "Revenue", "order value", 1),
    _money("marketing_cost", "Marketing cost", "contact cost + offer cost + fixed cost of the scenario", -1),
    _money("contact_cost", "Contact cost", "what providers charged for messages", -1),
    _money("offer_cost", "Offer cost", "discounts and gifts that orders used, points that paid", -1),
    Metric(POINTS_OWED, "Owed in points", "money", POINTS_OWED, "customers",
           "loyalty points that are neither spent nor expired, active or not yet, at their full worth; no part of "
           "contribution, which is charged with points only when they pay", "customers", -1, "end"),
)  # fmt: skip

COUNTS = (
    _count("orders", "Orders", "orders placed", 1),
    _count("repeat_orders", "Repeat orders", "orders of customers with an earlier order", 1),
    _count("sent", "Sent", "messages handed to providers or put into the in-app slot"),
    _count("delivered", "Delivered", "messages delivered, in-app ones when they are first shown"),
    _count("opened", "Opened", "tracked opens, privacy proxies and in-app messages included"),
    _count("clicked", "Clicked", "tracked clicks, those on in-app messages included", 1),
    _count("impressions", "Impressions", "in-app messages shown at visits, each as often as it was shown"),
)

LOSSES = (
    Metric("unsubscribed", "Unsubscribed", "share", "unsubscribed", "customers",
           "customers who withdrew marketing consent on some channel", "customers", -1),
    Metric("complained", "Complained", "share", "complained", "customers",
           "customers who reported a message as spam", "customers", -1),
    *(
        Metric(f"unsubscribed_{channel}", f"Unsubscribed, {channel}", "share", f"unsubscribed_{channel}", "customers",
               f"customers who withdrew marketing consent for {channel}", "customers", -1)
        for channel in ADDRESSED_CHANNELS
    ),
)  # fmt: skip

SENT_HORIZON = Metric(
    "sent_horizon", "Sent, horizon", "number", "sent", "customers",
    "messages of the strategy handed to providers, without the digest; of in_app those put into its slot",
    "contacts", 0, "horizon",
)  # fmt: skip
"""What the strategy itself sends: unlike ``sent`` told by channel, chain and message too."""

TAKEN_OFF = Metric(
    "taken_off", "Taken off by the company", "number", "taken_off", "customers",
    "how often the company itself gave up consent (a step `unsubscribe`), which is no unsubscribing of the customer's",
    "contacts", 0, "horizon",
)  # fmt: skip

RATES = (
    _rate("delivery_rate", "Delivery rate", "delivered", "sent", "delivered per sent", 1),
    _rate("bounce_rate", "Bounce rate", "bounced", "sent", "bounced per sent", -1),
    _rate("open_rate", "Open rate", "opened", "delivered", "tracked opens per delivered, privacy proxies included; a "
          "push is opened when it was seen, a messenger's message when it was read; channels that report none are left "
          "out", 1),
    _rate("click_rate", "Click rate", "click", "delivered", "tracked clicks per delivered", 1),
    _rate("click_to_open_rate", "Click-to-open rate", "click", "opened", "tracked clicks per tracked open; "
          "channels that report no opens are left out", 1),
    _rate("unsubscribe_rate", "Unsubscribe rate", "unsubscribed", "delivered",
          "customers' own unsubscribing per delivered", -1),
    _rate("complaint_rate", "Complaint rate", "complained", "delivered", "spam reports per delivered", -1),
    _rate("blocked_rate", "Block rate", "blocked", "delivered", "messenger bots blocked per delivered", -1),
    _rate("push_disabled_rate", "Push disabled", "push_disabled", "delivered",
          "push permissions withdrawn per delivered", -1),
)  # fmt: skip

OF_MESSAGES = (SENT_HORIZON, *RATES)
"""Figures that are told by channel, chain and message."""

CHAIN_CONVERSION = _rate(
    "goal_rate", "Goal reached", "goal_reached", "chain_entered", "chain runs that reached the goal in its window", 1
)
"""Conversion of a chain: counts every goal inside the window, also what would have come by itself."""

CONVERSION_CLAIM = Metric(
    "conversion_claim", "Converted (claim)", "share", "order", "delivered",
    "orders within 3 days of the customer's last tracked click, per delivered message: a claim, not an effect",
    "claim", 1,
)  # fmt: skip

STATES = (
    Metric("reachable_email", "Reachable by e-mail", "share", "reachable_email", "customers",
           "customers who may be written to by e-mail as far as the company sees: dead mailboxes are found out only by "
           "writing to them; at the end", "state", 1),
    Metric("truly_reachable_email", "Truly reachable by e-mail", "share", "truly_reachable_email", "customers",
           "customers who may be written to by e-mail and whose mailbox works, which no company sees; at the end",
           "state", 1),
    Metric("reachable_any", "Reachable at all", "share", "reachable_any", "customers",
           "customers who may be written to by some channel as far as the company sees, at the end", "state", 1),
    Metric("fatigue", "Fatigue", "index", "fatigue", "days",
           "mean fatigue of customers, mean over the days of the horizon", "state", -1, "horizon"),
    Metric("inbox", "Inbox share", "share", "inbox", "days",
           "share of e-mail that reached the inbox, mean over the days of the horizon", "state", 1, "horizon"),
)  # fmt: skip

ROMI = Metric(
    "romi", "ROMI", "return", "contribution", "marketing_cost",
    "(Σ Δ contribution before marketing − Σ Δ marketing cost) / Σ Δ marketing cost, that is Σ Δ contribution / Σ Δ "
    "marketing cost; Δ: beyond the silent arm, which may have contribution and cost of its own", "return", 1,
)  # fmt: skip

INCREMENTAL_ROMI = replace(
    ROMI,
    name="incremental_romi",
    label="Return on the extra cost",
    what="Σ Δ contribution / Σ Δ marketing cost, against the baseline; undefined where the costs may be equal",
)

DAILY_MONEY = ("contribution", "revenue", "marketing_cost", "contact_cost", "offer_cost")
"""Money metrics that are also told for the horizon and the tail."""


def by_period(tail_days: int) -> tuple[Metric, ...]:
    """Money and reach for horizon and tail apart; nothing where there is no tail."""
    if tail_days == 0:
        return ()
    parts: list[Metric] = []
    for metric in MONEY:
        if metric.name in DAILY_MONEY:
            for period in ("horizon", "tail"):
                label = f"{metric.label}, {period}"
                parts.append(replace(metric, name=f"{metric.name}_{period}", label=label, source="days", period=period))
    parts += [
        replace(metric, name=f"{metric.name}_horizon", label=f"{metric.label}, end of horizon", period="horizon")
        for metric in STATES
        if metric.period == "whole"
    ]
    return tuple(parts)


def catalogue(tail_days: int = 1) -> dict[str, Metric]:
    """All metrics by name, in the order of reports.

    >>> catalogue()["open_rate"].denominator
    'delivered'
    """
    everything = (*MONEY, *COUNTS, SENT_HORIZON, *LOSSES, TAKEN_OFF, *RATES, *STATES, ROMI, ROMI_HORIZON,
                  INCREMENTAL_ROMI, CHAIN_CONVERSION, CONVERSION_CLAIM, *by_period(tail_days))  # fmt: skip
    return {metric.name: metric for metric in everything}


ROMI_HORIZON = replace(ROMI, name="romi_horizon", label="ROMI, horizon", period="horizon")
"""ROMI when the tail is left out: what a report at the end of the campaign would say."""

OUTCOME_COLUMNS = tuple(dict.fromkeys(metric.numerator for metric in (*MONEY, *COUNTS, *LOSSES)))
"""Columns that moments are taken of; those that a table lacks (an unused channel) are left out."""
