"""Options that several commands share: each group is declared once, and :func:`spread` over a command's own.

>>> @spread
... def run(scenario: str, options: RunOptions = USUAL) -> None:
...     print(scenario, options.customers, options.seed)
>>> run("calm.yaml", seed=7)
calm.yaml 5000 7
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

_DAYS = re.compile(r"(-?[0-9]{1,9})(d|w|)")


def whole_days(text: str | int) -> int:
    """Days of ``90``, and as files of scenarios say them, of ``90d`` and ``13w``.

    >>> whole_days("90"), whole_days("90d"), whole_days("13w")
    (90, 90, 91)
    """
    found = _DAYS.fullmatch(str(text).strip())
    if found is None:
        raise typer.BadParameter(f"found '{text}', expected a whole number of days such as 90 or 90d")
    return int(found[1]) * (7 if found[2] == "w" else 1)


Replications = Annotated[int, typer.Option(help="Customer bases, each with its own luck.")]
Seed = Annotated[int, typer.Option(help="Seed of all luck.")]
Population = Annotated[Path | None, typer.Option(help="A population file, instead of the scenario's.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a value of the scenarios.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Run folder.  [default: runs/SCENARIO-HASH]")]
Jobs = Annotated[int | None, typer.Option(help="Processes.  [default: one per processor]")]


@dataclass(frozen=True)
class RunOptions:
    """Options of a run, in the order of the help."""

    customers: Annotated[int, typer.Option(help="Customers per replication.")] = 5_000
    days: Annotated[
        int | None,
        typer.Option(parser=whole_days, metavar="DAYS", help="Days of the horizon, instead of the scenario's."),
    ] = None
    tail: Annotated[
        int | None,
        typer.Option(parser=whole_days, metavar="DAYS", help="Days after the horizon, instead of the scenario's."),
    ] = None
    replications: Replications = 20
    seed: Seed = 1
    population: Population = None
    set_: Set = None
    out: Out = None
    jobs: Jobs = None
    log: Annotated[
        str | None,
        typer.Option(
            help="Event log: all, contacts, none, or a share of customers such as 0.1.  [default: all; a share of very "
            "large runs]"
        ),
    ] = None
    bucket: Annotated[str | None, typer.Option(help="Time bucket such as 1h; changes speed, never results.")] = None
    shared: Annotated[Path | None, typer.Option(metavar="FILE", help="Replay shared/path.npz of another run.")] = None
    latent: Annotated[bool, typer.Option("--latent", help="Also write the hidden truth about customers.")] = False


@dataclass(frozen=True)
class ShortRunOptions:
    """Options of the short run that a question about a scenario is answered by."""

    customers: Annotated[int, typer.Option(help="Customers per replication of the short run.")] = 2_000
    days: Annotated[int, typer.Option(parser=whole_days, metavar="DAYS", help="Days of the short run.")] = 28
    replications: Annotated[int, typer.Option(help="Replications of the short run.")] = 5
    seed: Seed = 1
    population: Population = None
    set_: Set = None
    out: Out = None
    jobs: Jobs = None

    def as_run(self) -> RunOptions:
        """The same as options of a run: without a tail, and with the contacts in the log."""
        return RunOptions(**dataclasses.asdict(self), tail=0, log="contacts")


@dataclass(frozen=True)
class ChangeOptions:
    """Options of a command that runs nothing."""

    population: Population = None
    set_: Set = None

    def as_run(self) -> RunOptions:
        """The same as options of a run."""
        return RunOptions(**dataclasses.asdict(self))


USUAL = RunOptions()
UNCHANGED = ChangeOptions()
SHORT = ShortRunOptions()
SIX_WEEKS = ShortRunOptions(days=42)


def given(context: typer.Context, group: ShortRunOptions) -> tuple[str, ...]:
    """The options of a group that stand on the command line, in its order."""
    told = []
    names = {parameter.name: parameter.opts[0] for parameter in context.command.params}
    for field in dataclasses.fields(group):
        source = context.get_parameter_source(field.name)
        if source is not None and source.name == "COMMANDLINE":
            told.append(names[field.name])
    return tuple(told)


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters that default to a group of options are replaced by the group's fields.

    The values of the instance that stands as default are the defaults of the options.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if not dataclasses.is_dataclass(parameter.default):
            parameters.append(parameter.replace(annotation=hints[name]))
            continue
        groups[name] = parameter.default
        own = get_type_hints(type(parameter.default), include_extras=True)
        parameters += [
            parameter.replace(name=key, annotation=own[key], default=getattr(parameter.default, key))
            for key in (field.name for field in dataclasses.fields(parameter.default))
        ]

    @functools.wraps(command)
    def spreading(*positional: Any, **given: Any) -> None:
        for name, usual in groups.items():
            names = [field.name for field in dataclasses.fields(usual)]
            told = {key: given.pop(key) for key in names if key in given}
            given[name] = dataclasses.replace(usual, **told)
        command(*positional, **given)

    vars(spreading)["__signature__"] = inspect.Signature(parameters)
    spreading.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return spreading
