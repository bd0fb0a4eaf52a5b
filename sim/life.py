"""The life of a customer with the company, put together: what the population's sections turn on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.answers import Answers
from sim.arrivals import Arrivals
from sim.burnout import Burnout
from sim.choices import PreferenceCentre
from sim.dates import Dates
from sim.jobs import Jobs
from sim.journey import Journey
from sim.kernel.shared import SharedState
from sim.orders import Orders
from sim.population import Customers
from sim.reputation import Reputation
from sim.response import Response
from sim.setting import Setting
from sim.stores import Stores
from sim.subscriptions import Subscriptions
from sim.touchpoints import Touchpoints
from sim.trust import Trust
from sim.visits import Visits
from strategies.observed import Observed
from strategies.vocabulary import ASKS, CHANNEL_CODE

Int64s = NDArray[np.int64]


class Life:
    """Parts that exist only where the population or a scenario asks for them, tied to the rest of the world."""

    def __init__(
        self,
        setting: Setting,
        observed: Observed,
        customers: Customers,
        trust: Trust,
        burnout: Burnout,
        jobs: Jobs,
        visits: Visits,
        journey: Journey,
        orders: Orders,
        reputation: Reputation,
        response: Response,
        shared: SharedState,
    ) -> None:
        population = setting.population
        observed.date_consents(CHANNEL_CODE[name] for name in population.subscriptions)
        self.subscriptions = subscriptions = Subscriptions(setting, observed, customers, reputation)
        self.arrivals: Arrivals | None = None
        if population.arrivals is not None:
            self.arrivals = Arrivals(
                setting,
                population.arrivals,
                observed,
                customers,
                trust,
                jobs,
                visits,
                journey,
                subscriptions,
                shared,
            )
        self.touchpoints = Touchpoints(setting, observed, customers, trust, journey, subscriptions, self.arrivals)
        self.answers = Answers(setting, trust, self.arrivals)
        orders.when_ordered.append(self.answers.after_order)
        if population.stores is not None:
            self.stores = Stores(setting, population.stores, customers, orders)
            jobs.sell = self.stores.sell
        centre = PreferenceCentre(setting, observed, burnout)
        if centre.offered:
            response.exits.instead = centre.instead
            response.answers[ASKS.index("preferences")] = centre.on_asked
        response.answers[ASKS.index("confirmation")] = subscriptions.on_asked
        response.answers[ASKS.index("survey")] = self.answers.on_survey
        response.answers[ASKS.index("referral")] = self.answers.on_referral
        self.dates = Dates(setting, observed, customers)
        self._everybody = np.arange(setting.columns.size, dtype=np.int64)

    def populate(self) -> Int64s:
        """Draw what the sections add to the profiles; gives back whom the company knows: who has an account."""
        self.touchpoints.populate()
        if self.arrivals is None:
            return self._everybody
        self.arrivals.populate()
        return self.arrivals.account.nonzero()[0]

    def begin_day(self, time: int) -> None:
        """Plan what the calendar brings on the company's day that begins."""
        self.dates.plan(time)
