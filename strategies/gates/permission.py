"""Who may be written to at all: address and consent, control group and holdouts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from strategies.decisions import Decisions, Requests
from strategies.gates.ground import Ground

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Permission:
    """An address on the channel, and the consent that the message's purpose needs."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def reaches(self, customer: Int64s, site: Int64s) -> tuple[Bools, Bools]:
        """(has an address, has the consent its purpose needs) on the site's channel."""
        sites, observed = self.ground.sites, self.ground.observed
        cell = sites.channel.take(site) * observed.customers + customer
        consent = observed.consent.reshape(-1).take(cell)
        if sites.any_service:
            service = observed.service_consent.reshape(-1).take(cell)
            consent = np.where(sites.service.take(site), service, consent)
        return observed.address.reshape(-1).take(cell), consent

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what cannot arrive or may not be sent."""
        address, consent = self.reaches(requests.customer, requests.site)
        if not address.all():
            decisions.drop(~address, "no_address")
        if not consent.all():
            decisions.drop(~consent, "no_consent")


class ControlGroup:
    """The global control group gets exempt purposes only; runs that are held out go on as ghosts."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.control = ground.control

    def examine(self, requests: Requests, decisions: Decisions) -> None:
        """Drop what the control group and ghosts do not get."""
        sites = self.ground.sites
        control = self.control.take(self.ground.local(requests.customer)) & sites.obeys("control", requests.site)
        if control.any():
            decisions.drop(control & ~sites.control_exempt.take(requests.site), "control")
        if requests.ghost.any():
            decisions.drop(requests.ghost, "holdout")
