"""What a user sees when something goes wrong: one clear message, an exit code, never a traceback."""

from __future__ import annotations

import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from typing import ParamSpec

import typer

BAD_INPUT = 2
BROKE_OFF = 70
INTERRUPTED = 130

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_SUCH_PATH = (
    errno.ENOENT,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
    errno.EROFS,
    errno.EINVAL,
)
"""What a path of the user's may be wrong about."""

debugging = ContextVar("debugging", default=False)
"""Whether the traceback of an unexpected error is wanted."""

P = ParamSpec("P")


def answered(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose exceptions become a message on stderr and an exit code."""

    @functools.wraps(command)
    def answering(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, BrokenPipeError):  # the reader, such as `head`, has seen enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return
            message, code = answer(error)
            if debugging.get() and code == BROKE_OFF:
                traceback.print_exc()
            print(message, file=sys.stderr)
            raise typer.Exit(code) from None

    return answering


def answer(error: BaseException) -> tuple[str, int]:
    """The message and the exit code for an exception."""
    if isinstance(error, KeyboardInterrupt):
        return "\nInterrupted. The same command goes on where it stopped.", INTERRUPTED
    if isinstance(error, MemoryError):
        text = "crmsim: not enough memory; use fewer --jobs or --customers. The same command goes on where it stopped"
        return text, BROKE_OFF
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        why = "the disk is full" if error.errno == errno.ENOSPC else (error.strerror or str(error)).lower()
        where = f"{error.filename}: " if error.filename else ""
        return f"crmsim: {where}{why}. Make room; the same command goes on where it stopped", BROKE_OFF
    if isinstance(error, PermissionError):
        return f"crmsim: {error.filename}: permission denied", BAD_INPUT
    if isinstance(error, OSError) and error.errno in _NO_SUCH_PATH and error.filename:
        return f"crmsim: {error.filename}: {(error.strerror or str(error)).lower()}", BAD_INPUT
    return _of_the_product(error)


def _of_the_product(error: BaseException) -> tuple[str, int]:
    from experiments.plan import PlanError
    from experiments.runfolder import RunFolderError
    from experiments.runner import RunnerError
    from experiments.tables import TablesError
    from strategies.language import InputError

    if isinstance(error, InputError):
        lines = [str(problem) for problem in error.problems]
        count = "1 error" if len(lines) == 1 else f"{len(lines)} errors"
        return "\n".join([*lines, f"crmsim: {count}"]), BAD_INPUT
    if isinstance(error, PlanError | RunFolderError | TablesError):
        return f"crmsim: {error}", BAD_INPUT
    if isinstance(error, RunnerError):
        return f"crmsim: {error}", BROKE_OFF
    return (
        f"crmsim: an error in crm-sandbox itself: {type(error).__name__}: {error}\n"
        "crmsim --debug COMMAND … shows where",
        BROKE_OFF,
    )
