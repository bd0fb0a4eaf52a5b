"""Commands that ask about one scenario or run: a second one on the line is told in these words."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class OneTarget(TyperCommand):
    """A command with one argument; what else stands on the line is refused with what to do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the line as any command does, then look at what is left of it.

        ctx: the context of the command line, whose class is not the same in all versions of typer.
        """
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if ctx.args and not ctx.resilient_parsing:
            more = ", ".join(ctx.args)
            several = "; 'compare' takes several" if self.name == "run" else "; give the command once for each"
            ctx.fail(f"'{self.name}' takes one at a time, found also {more}{several}")
        return rest
