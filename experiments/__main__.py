"""``python -m experiments`` is ``crmsim``."""

from experiments.cli import main

main()
