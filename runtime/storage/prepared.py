"""Statements that every request runs: put into SQL once, then run on the driver's own cursor.

SQLAlchemy writes a statement for either engine and knows how each value is kept. It does so anew for every run, which
costs several times what the engine itself takes: measured 2026-11, 65 µs a statement against 10 µs. Here what doesn't
change between two runs (the SQL text, which value goes where, how each is kept and read back) is asked of it once for
each engine. The transaction is that of the SQLAlchemy connection; what is run once in a while needs none of this.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound

Parameters = Mapping[str, Any]
_Keep = Callable[[Any], Any] | None
"""How a value is turned into what the driver takes, or back; None where it is taken as it is."""


class Prepared:
    """A statement with its values left open as bind parameters. Names: the columns that an insert or update sets.

    Rows are named tuples of the selected columns. Raises what SQLAlchemy raises: DBAPIError for what the database
    refuses, KeyError for a value that was not given.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update, *columns: str) -> None:
        self._statement = statement
        self._columns = columns or None
        self._made: dict[str, _Made] = {}

    def all(self, connection: Connection, values: Parameters) -> list[Any]:
        """All rows."""
        made = self._for(connection.dialect)
        with closing(_run(connection, made, values)) as cursor:
            return made.rows(cursor.fetchall())

    def one_or_none(self, connection: Connection, values: Parameters) -> Any:
        """The one row, or None. Raises MultipleResultsFound where there are more."""
        rows = self.all(connection, values)
        if len(rows) > 1:
            raise MultipleResultsFound
        return rows[0] if rows else None

    def scalar(self, connection: Connection, values: Parameters) -> Any:
        """The first column of the one row. Raises NoResultFound where there is none."""
        row = self.one_or_none(connection, values)
        if row is None:
            raise NoResultFound
        return row[0]

    def run(self, connection: Connection, *each: Parameters) -> None:
        """Run it once for each set of values."""
        made = self._for(connection.dialect)
        for values in each:
            _run(connection, made, values).close()

    def _for(self, dialect: Dialect) -> _Made:
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = _make(self._statement, self._columns, dialect)
        return made


@dataclass(frozen=True)
class _Made:
    """A statement for one engine. binds: names in the order of the text where it counts them, else by name."""

    text: str
    counted: bool
    binds: Sequence[tuple[str, _Keep]]
    fixed: Parameters
    row: Callable[[Iterable[Any]], Any]
    read: Sequence[_Keep]
    plain: bool

    def given(self, values: Parameters) -> Sequence[Any] | Parameters:
        """The values as the driver takes them."""
        if self.fixed:
            values = {**self.fixed, **values}
        if self.counted:
            return [values[name] if keep is None else keep(values[name]) for name, keep in self.binds]
        return {name: values[name] if keep is None else keep(values[name]) for name, keep in self.binds}

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """Rows of the driver as named tuples, with values as SQLAlchemy's types give them."""
        if self.plain:
            return [self.row(each) for each in found]
        return [
            self.row(
                value if read is None else read(value) for value, read in zip(each, self.read, strict=True)
            )
            for each in found
        ]


def _make(
    statement: Select[*tuple[Any, ...]] | Insert | Update, columns: Sequence[str] | None, dialect: Dialect
) -> _Made:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns and list(columns))
    names: Sequence[str] = compiled.positiontup or list(compiled.binds)
    binds = [
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
    ]
    selected = list(statement.selected_columns) if isinstance(statement, Select) else []
    read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in selected]
    row = namedtuple("Row", [column.key for column in selected])  # type: ignore[misc]  # named as the statement names them
    return _Made(
        text=str(compiled),
        counted=compiled.positiontup is not None,
        binds=binds,
        fixed={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        row=row._make,
        read=read,
        plain=not any(read),
    )


def _run(connection: Connection, made: _Made, values: Parameters) -> DBAPICursor:
    cursor = connection.connection.cursor()
    given = made.given(values)
    try:
        cursor.execute(made.text, given)
    except connection.dialect.loaded_dbapi.Error as problem:
        cursor.close()
        raise DBAPIError.instance(
            made.text,
            given,
            problem,
            connection.dialect.loaded_dbapi.Error,
            dialect=connection.dialect,
        ) from problem
    return cursor
