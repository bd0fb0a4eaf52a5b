"""The ground floor: exact time, keyed luck, cohorts in rounds on the SimPy calendar, shared state."""
