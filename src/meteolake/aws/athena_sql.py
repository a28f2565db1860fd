"""Statements for Athena: given in DuckDB's dialect, as everywhere here, and sent in Athena's.

Only what is known to mean the same in both passes. Athena itself refuses syntax that it does not have; a function that
it has under the same name with another meaning would be answered wrongly without a word, so functions are listed.
"""

import logging
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.canonicalize import canonicalize
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from meteolake.errors import LakeError
from meteolake.tables import TABLES, ZONES, Type

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what is refused here in our own words

_FROM, _TO = "duckdb", "athena"
_TYPES: Mapping[Type, str] = {"string": "text", "timestamp": "timestamptz"}
_SCHEMA = MappingSchema(
    {
        zone: {
            table.name: {column.name: _TYPES.get(column.type, column.type) for column in table.columns}
            for table in TABLES
            if table.zone == zone
        }
        for zone in ZONES
    },
    dialect=_FROM,
)
_AGGREGATES = (
    *(exp.ApproxDistinct, exp.ApproxQuantile, exp.ArgMax, exp.ArgMin, exp.Avg, exp.Corr, exp.Count, exp.CountIf),
    *(exp.CovarPop, exp.CovarSamp, exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Min, exp.RegrIntercept, exp.RegrSlope),
    *(exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Sum, exp.Variance, exp.VariancePop),
)
_WINDOWS = (
    *(exp.CumeDist, exp.DenseRank, exp.FirstValue, exp.Lag, exp.LastValue, exp.Lead, exp.NthValue, exp.Ntile),
    *(exp.PercentRank, exp.Rank, exp.RowNumber),
)
_SCALARS = (
    *(exp.Abs, exp.And, exp.Case, exp.Cast, exp.Ceil, exp.Coalesce, exp.Concat, exp.CurrentDate, exp.CurrentTimestamp),
    *(exp.DateAdd, exp.DateDiff, exp.Day, exp.DayOfWeekIso, exp.DayOfYear, exp.Exists, exp.Exp, exp.Floor, exp.If),
    *(exp.Length, exp.Ln, exp.Lower, exp.Month, exp.Nullif, exp.Or, exp.Pow, exp.Quarter, exp.RegexpLike, exp.Replace),
    *(exp.Round, exp.Sign, exp.SplitPart, exp.Sqrt, exp.StartsWith, exp.Substring, exp.TimeToStr, exp.TimestampTrunc),
    *(exp.DateTrunc, exp.Trim, exp.TryCast, exp.Upper, exp.Year),
)
_KNOWN = (*_AGGREGATES, *_WINDOWS, *_SCALARS)
_INSTANTS = (exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ)
_EXTRACTED = ("YEAR", "QUARTER", "MONTH", "DAY", "DOY", "HOUR", "MINUTE", "SECOND")


def translated(sql: str, databases: Mapping[str, str]) -> str:
    """A reading statement over the lake's tables as Athena takes it.

    Args:
        sql: one `select` that DuckDB accepts.
        databases: the Glue database of each zone.

    Raises:
        LakeError: the statement is not one that both understand alike.
    """
    try:
        query = sqlglot.parse_one(sql, read=_FROM)
        if not isinstance(query, exp.Query):
            raise LakeError("Athena is asked one `select` at a time; everything else is for the lake itself.")
        _check(query)
        for select in query.find_all(exp.Select):
            _spell_out_all(select)
        typed = annotate_types(qualify(query, dialect=_FROM, schema=_SCHEMA), schema=_SCHEMA, dialect=_FROM)
        known = canonicalize(typed.transform(_with_dates), dialect=_FROM)
        return _located(known, databases).sql(dialect=_TO)
    except SqlglotError as error:
        raise LakeError(f"The statement cannot be translated for Athena: {str(error).splitlines()[0]}") from error


def _check(query: exp.Query) -> None:
    """Stop at what the two do not mean alike."""
    for node in query.walk():
        is_odd = isinstance(node, exp.Func) and not isinstance(node, (*_KNOWN, exp.Extract))
        is_odd |= isinstance(node, exp.Extract) and node.name.upper() not in _EXTRACTED
        is_odd |= bool(isinstance(node, exp.SetOperation) and node.args.get("by_name"))
        is_odd |= bool(isinstance(node, exp.Distinct) and node.args.get("on"))
        if isinstance(node, exp.Table) and node.db not in ("", *ZONES):
            raise LakeError(f"Athena knows the lake's tables alone, and not {node.sql(dialect=_FROM)}.")
        if is_odd or isinstance(node, (exp.IntDiv, exp.Bracket, exp.Pivot, exp.Unnest)):
            raise LakeError(
                f"Athena does not have {node.sql(dialect=_FROM)}, or means something else by it: "
                "ask the lake itself, without --on athena, or write it otherwise."
            )


def _spell_out_all(select: exp.Select) -> None:
    """Numbers of columns instead of `group by all` and `order by all`, which Athena does not have."""
    if (group := select.args.get("group")) and group.args.get("all"):
        plain = [number for number, each in enumerate(select.expressions, 1) if not each.find(exp.AggFunc)]
        select.set("group", exp.Group(expressions=[exp.Literal.number(number) for number in plain]) if plain else None)
    if (order := select.args.get("order")) and [each.name.lower() for each in order.expressions] == ["all"]:
        if select.is_star:
            raise LakeError("Name the columns, or their order: Athena has no `order by all`.")
        [every] = order.expressions
        numbers = map(exp.Literal.number, range(1, len(select.expressions) + 1))
        order.set("expressions", [exp.Ordered(**{**every.args, "this": number}) for number in numbers])


def _with_dates(node: exp.Expr) -> exp.Expr:
    """What DuckDB does with dates of itself: texts compared with them, days added to them or between them."""
    if isinstance(node, (exp.Between, exp.In)) and node.this.is_type(*_INSTANTS):
        for text in node.find_all(exp.Literal):
            if text.is_string and text.parent is node:
                text.replace(exp.cast(text.copy(), node.this.type))
    if isinstance(node, (exp.Add, exp.Sub)) and node.left.is_type(exp.DataType.Type.DATE):
        return _date_arithmetic(node)
    return node


def _date_arithmetic(node: exp.Add | exp.Sub) -> exp.Expr:
    if node.right.is_type(*exp.DataType.INTEGER_TYPES):
        days = node.right if isinstance(node, exp.Add) else exp.Neg(this=exp.paren(node.right))
        return exp.DateAdd(this=node.left, expression=days, unit=exp.var("DAY"))
    if node.right.is_type(exp.DataType.Type.DATE):
        return exp.DateDiff(this=node.left, expression=node.right, unit=exp.var("DAY"))
    return node


def _located(query: exp.Expr, databases: Mapping[str, str]) -> exp.Expr:
    """The tables in the databases of their zones."""
    for table in query.find_all(exp.Table):
        if table.db in databases:
            table.set("db", exp.to_identifier(databases[table.db], quoted=True))
    return query
