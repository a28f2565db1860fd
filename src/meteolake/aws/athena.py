"""Questions to the lake that Amazon Athena answers: the same statements, the same answers.

DuckDB checks a statement first, without data and without cost, and tells the columns that its answer has here.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from meteolake.aws.account import Account, explained
from meteolake.aws.athena_sql import translated
from meteolake.aws.athena_values import Text, typed
from meteolake.aws.prices import prices
from meteolake.errors import CloudError
from meteolake.lake.query import described

_LEAST_BILLED = 10 * 10**6
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 5.0


@dataclass(frozen=True)
class Answer:
    """An answer, and what it took."""

    rows: pa.Table
    scanned_bytes: int

    @property
    def usd(self) -> float:
        """What it costs by the list price; statements that read nothing are free."""
        return (
            max(self.scanned_bytes, _LEAST_BILLED) / 10**12 * prices().usd["athena_tb"] if self.scanned_bytes else 0.0
        )


@dataclass(frozen=True)
class Athena:
    """Athena as the stack made it: a workgroup, and a Glue database for each zone."""

    account: Account
    workgroup: str
    databases: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep

    def query(self, sql: str) -> Answer:
        """The answer to one `select` in DuckDB's dialect; tables are named `zone.table`.

        Raises:
            LakeError: the statement is wrong, or one that Athena means otherwise.
            CloudError: Athena refused or failed; its own reason is told.
        """
        columns = described(sql)
        sent = translated(sql, self.databases)
        client = self.account.client("athena")
        # The SDK gives each call a token of its own, so that its retries do not ask twice. One made from the statement
        # would bring yesterday's answer back.
        with explained("athena:StartQueryExecution", f"workgroup {self.workgroup}"):
            started = client.start_query_execution(QueryString=sent, WorkGroup=self.workgroup)
        query_id = started["QueryExecutionId"]
        scanned = self._finished(client, query_id, sent)
        with explained("athena:GetQueryResults", f"query {query_id}"):
            pages = list(client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id))
        types = [column["Type"] for column in pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
        return Answer(typed(list(_rows(pages)), types, columns), scanned)

    def _finished(self, client: Any, query_id: str, sent: str) -> int:
        """Wait for the end of a query, and give the bytes that it read."""
        wait = _FIRST_WAIT
        try:
            while (execution := self._execution(client, query_id))["Status"]["State"] in ("QUEUED", "RUNNING"):
                self.sleep(random.uniform(wait / 2, wait))  # noqa: S311 (not for secrets)
                wait = min(2 * wait, _LONGEST_WAIT)
        except KeyboardInterrupt:
            client.stop_query_execution(QueryExecutionId=query_id)
            raise
        if execution["Status"]["State"] != "SUCCEEDED":
            raise CloudError(_failure(execution["Status"], sent))
        return int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))

    def _execution(self, client: Any, query_id: str) -> Any:
        with explained("athena:GetQueryExecution", f"query {query_id}"):
            return client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]


def _failure(status: Mapping[str, Any], sent: str) -> str:
    reason = status.get("StateChangeReason", status["State"]).rstrip(".")
    is_unknown = "TABLE_NOT_FOUND" in reason or "SCHEMA_NOT_FOUND" in reason
    remedy = " `meteolake aws tables` tells Glue of the lake's tables." if is_unknown else ""
    return f"Athena could not answer: {reason}.{remedy} It was asked: {sent}"


def _rows(pages: list[Any]) -> Iterator[list[Text]]:
    """The rows of an answer, without the first, which holds the columns' names."""
    rows = (row for page in pages for row in page["ResultSet"]["Rows"])
    next(rows, None)
    for row in rows:
        yield [value.get("VarCharValue") for value in row["Data"]]
