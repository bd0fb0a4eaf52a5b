"""Who may be written to at all: address and consent, templates, control group and holdouts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.kernel.calendar import NEVER
from sim.kernel.short import every, some
from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground
from strategies.vocabulary import CHANNEL_CODE, CHANNELS, EVENT_CODE, TEMPLATE_CHANNELS

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Permission:
    """An address on the channel, and the consent that the message's purpose needs."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def reaches(self, customer: Int64s, site: Int64s) -> tuple[Bools, Bools]:
        """(has an address, has the consent its purpose needs) on the site's channel.

        In-app messages need neither, but a customer whom the company knows: by an account, or by any address.
        """
        sites, observed = self.ground.sites, self.ground.observed
        cell = sites.channel.take(site) * observed.customers + customer
        consent = observed.consent.reshape(-1).take(cell)
        if sites.any_service:
            service = observed.service_consent.reshape(-1).take(cell)
            consent = np.where(sites.service.take(site), service, consent)
        address = observed.address.reshape(-1).take(cell)
        if sites.any_in_app:
            here = sites.in_app.take(site).nonzero()[0]
            if here.size:
                who = customer.take(here)
                known = (observed.registered.take(who) != NEVER) | observed.address[:, who].any(axis=0)
                address[here], consent[here] = known, True
        return address, consent

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what cannot arrive or may not be sent."""
        address, consent = self.reaches(requests.customer, requests.site)
        if not every(address):
            decisions.drop(~address, "no_address")
        if not every(consent):
            decisions.drop(~consent, "no_consent")


class TemplateWindow:
    """Channels with templates: free writing only within a while after the customer's own last click there.

    A message that is no approved template cannot be sent outside of that window, as if there were no address.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        channels = {CHANNELS[code] for code in ground.sites.channel[ground.sites.needs_window].tolist()}
        settings = ground.program.scenario.channels
        self.windows = {CHANNEL_CODE[name]: settings[name].window for name in sorted(channels & TEMPLATE_CHANNELS)}
        self.clicked = {code: np.full(ground.customers, NEVER, np.int32) for code in self.windows}
        """Channel → (customers,) int32, last click there."""

    def is_open(self, customer: Int64s, time: Int64s, site: Int64s) -> Bools:
        """Whether a message may be written freely, or is a template, or its channel knows no templates."""
        sites, local = self.ground.sites, self.ground.local(customer)
        may = ~sites.needs_window.take(site)
        for code, window in self.windows.items():
            free = time - self.clicked[code].take(local) < window
            may |= free & (sites.channel.take(site) == code)
        return may

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what may only be written inside the window."""
        if some(self.ground.sites.needs_window.take(requests.site)):
            decisions.drop(~self.is_open(requests.customer, requests.time, requests.site), "no_template")

    def hear(self, event: int, customer: Int64s, time: Int64s, site: Int64s) -> None:
        """Customers clicked on messages."""
        if event != EVENT_CODE["click"]:
            return
        channel = self.ground.sites.channel.take(site)
        for code, clicked in self.clicked.items():
            index = (channel == code).nonzero()[0]
            clicked[self.ground.local(customer.take(index))] = time.take(index)


class ControlGroup:
    """The global control group gets exempt purposes only; runs that are held out go on as ghosts."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.control = ground.control

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what the control group and ghosts do not get."""
        sites = self.ground.sites
        control = self.control.take(self.ground.local(requests.customer)) & sites.obeys("control", requests.site)
        if some(control):
            decisions.drop(control & ~sites.control_exempt.take(requests.site), "control")
        if some(requests.ghost):
            decisions.drop(requests.ghost, "holdout")
