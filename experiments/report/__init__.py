"""The report: one self-contained HTML page."""

from experiments.report.page import page, write

__all__ = ["page", "write"]
