"""Events of other systems as they stand in a CSV file: ``customer,time`` and columns of numbers and texts."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from strategies.chain_triggers import ExternalColumn, ExternalEvents, ExternalRow, ExternalTrigger
from strategies.language.problems import Mark, nearest, problem_at, shortened
from strategies.language.reader import TEXT, Checked, Either, Reader, Refused, Value
from strategies.language.records import Keys, Record
from strategies.language.units import parse_name
from strategies.scenario import Scenario
from strategies.vocabulary import DAY, MONEY_UNIT, Attribute

MAX_ROWS = 100_000
MAX_BYTES = 3_500_000
MAX_TEXTS = 1_000
MAX_COLUMNS = 20

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)")
_EPOCH = dt.datetime(1970, 1, 1)


class _Stop(Exception):
    """The file cannot be read any further."""


@dataclass
class _Table:
    """A table of events being read; complains with its lines."""

    value: Value
    file: str

    def complain(self, line: int, text: str) -> None:
        mark = Mark(self.file, line, 1) if self.file else self.value.node.mark
        place = "" if self.file else f"{self.value.where}: line {line}: "
        self.value.reading.problems.append(problem_at(mark, place + text))

    def read(self, text: str) -> ExternalEvents | None:
        """All events, or None after complaints."""
        before = len(self.value.reading.problems)
        try:
            events = self._read(text)
        except _Stop:
            return None
        return events if len(self.value.reading.problems) == before else None

    def _read(self, text: str) -> ExternalEvents:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        first = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",")
        try:
            rows = list(reader)
        except csv.Error as error:
            self.complain(reader.line_num, f"cannot read the table: {error}")
            raise _Stop from error
        header = [cell.strip() for cell in rows[0]] if rows else []
        if header[:2] != ["customer", "time"]:
            found = shortened(first) or "nothing"
            self.complain(1, f"found the header '{found}', expected customer,time and attributes")
            raise _Stop
        numbers = self._attributes(header, rows[1:])
        filled = [(line, row) for line, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
        if len(filled) > MAX_ROWS:
            self.complain(1, f"found {len(filled):,} rows, expected at most {MAX_ROWS:,}")
            raise _Stop
        told = [self._row(line, [cell.strip() for cell in row], header) for line, row in filled]
        read = [row for row in told if row is not None]
        texts = {name: self._texts(name, read) for name in header[2:] if name not in numbers}
        columns = [ExternalColumn(name, None) for name in header[2:] if name in numbers]
        columns += [ExternalColumn(name, words) for name, words in texts.items()]
        codes = {name: {word: code for code, word in enumerate(words)} for name, words in texts.items()}
        events = [_event(row, columns, codes) for row in read]
        missing = [0 if column.texts is None else -1 for column in columns]
        events.sort(key=lambda row: (row.time, row.customer, *_filled(row.cells, missing)))
        plain = ExternalEvents(self.file, "", tuple(columns), tuple(events))
        return replace(plain, sha256=hashlib.sha256(table_of(plain).encode()).hexdigest())

    def _texts(self, name: str, rows: list[dict[str, str]]) -> tuple[str, ...]:
        """The texts of a column, sorted."""
        words = tuple(sorted({row[name] for row in rows if row[name]}))
        if len(words) > MAX_TEXTS:
            self.complain(1, f"found {len(words):,} different texts of '{name}', expected at most {MAX_TEXTS:,}")
        return words

    def _attributes(self, header: list[str], rows: list[list[str]]) -> set[str]:
        """Names of the columns that hold numbers alone."""
        if len(header) > MAX_COLUMNS + 2:
            self.complain(1, f"found {len(header) - 2} attributes, expected at most {MAX_COLUMNS}")
            raise _Stop
        numbers = set()
        for column, name in enumerate(header[2:], start=2):
            if not _is_name(name) or name in header[:column]:
                self.complain(1, f"found the column '{shortened(name)}', expected another name of letters and digits")
                raise _Stop
            cells = [row[column].strip() for row in rows if len(row) > column and row[column].strip()]
            if cells and all(_is_number(cell) for cell in cells):
                numbers.add(name)
        return numbers

    def _row(self, line: int, cells: list[str], header: list[str]) -> dict[str, str] | None:
        """What a line says by column; None after a complaint about its customer or time."""
        if len(cells) != len(header):
            self.complain(line, f"found {len(cells)} cells, expected {len(header)}")
            return None
        told = dict(zip(header, cells, strict=True))
        customer, time = told["customer"], _moment(told["time"])
        if not re.fullmatch(r"[0-9]{1,9}", customer):
            self.complain(line, f"found the customer '{shortened(customer)}', expected a number such as 17")
        if time is None:
            self.complain(
                line, f"found the time '{shortened(told['time'])}', expected one such as 2026-02-10 10:00 or …:30"
            )
        if time is None or not re.fullmatch(r"[0-9]{1,9}", customer):
            return None
        return told


def _filled(cells: tuple[int | None, ...], missing: list[int]) -> Iterator[int]:
    return (cell if cell is not None else other for cell, other in zip(cells, missing, strict=True))


def _event(told: dict[str, str], columns: list[ExternalColumn], codes: dict[str, dict[str, int]]) -> ExternalRow:
    """The event that a line tells."""

    def cell(column: ExternalColumn) -> int | None:
        given = told[column.name]
        if not given:
            return None
        return round(float(given) * MONEY_UNIT) if column.texts is None else codes[column.name][given]

    time = _moment(told["time"])
    assert time is not None, "told only where it is a moment"
    return ExternalRow(int(told["customer"]), time, tuple(map(cell, columns)))


def _is_name(name: str) -> bool:
    try:
        return bool(parse_name(name))
    except Refused:
        return False


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and abs(float(cell)) < 1e12
    except ValueError:
        return False


def _moment(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        return None
    return int((moment - _EPOCH).total_seconds())


def table_of(events: ExternalEvents) -> str:
    """The events as CSV text that reads as the same events."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["customer", "time", *(column.name for column in events.columns)])
    for row in events.rows:
        moment = (_EPOCH + dt.timedelta(seconds=row.time)).isoformat(sep=" ")
        cells = [str(row.customer), moment]
        for column, cell in zip(events.columns, row.cells, strict=True):
            plain = cell is not None and (repr(cell / MONEY_UNIT) if column.texts is None else column.texts[cell])
            cells.append(plain or "")
        writer.writerow(cells)
    return out.getvalue()


def rows_out_of_time(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Chain and words about the rows of its table that lie outside the horizon."""
    begin = int((dt.datetime.combine(scenario.start, dt.time()) - _EPOCH).total_seconds())
    for chain in scenario.chains:
        if isinstance(chain.trigger, ExternalTrigger):
            rows = chain.trigger.events.rows
            outside = sum(not begin <= row.time < begin + scenario.horizon for row in rows)
            if outside:
                time = f"the {scenario.horizon // DAY} days from {scenario.start}"
                yield chain.name, f"{outside} of {len(rows)} rows lie outside {time}; they start nothing"


def _of_file(value: Value, name: str) -> ExternalEvents | None:
    path = value.folder / name
    try:
        data = path.read_bytes()
    except OSError:
        near = nearest(path.name, [file.name for file in path.parent.glob("*.csv")]) if path.parent.is_dir() else None
        hint = f"; did you mean '{near}'?" if near else ""
        value.complain(
            f"{value.where}: found no file '{shortened(name)}', expected a CSV file, named relative to this file{hint}"
        )
        return None
    if len(data) > MAX_BYTES:
        value.complain(f"{value.where}: found a file of {len(data):,} bytes, expected at most {MAX_BYTES:,}")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        value.complain(f"{value.where}: found a file '{shortened(name)}' that is not UTF-8; save it as UTF-8")
        return None
    return _Table(value, str(path)).read(text)


def _of_table(value: Value, text: str) -> ExternalEvents | None:
    return _Table(value, "").read(text)


def _inline(keys: Keys) -> ExternalEvents | None:
    return keys.need("table", Checked(TEXT, _of_table), None, "what the file would hold")


EXTERNAL: Reader[ExternalEvents] = Either(
    Checked(TEXT, _of_file), Record("external", _inline, "a mapping such as {table: …}")
)


def attributes_of_events(events: ExternalEvents | None) -> dict[str, Attribute]:
    """The attributes that a file gives its events."""
    return {
        column.name: Attribute("number" if column.texts is None else "text", "value")
        for column in (events.columns if events else ())
    }
