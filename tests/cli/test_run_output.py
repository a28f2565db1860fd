from datetime import UTC, datetime

import pytest

from meteolake.capture.events import CaptureCounts
from meteolake.cli.run import show
from meteolake.pipeline.report import Report, Stage


def shown(capsys: pytest.CaptureFixture[str], *stages: Stage) -> str:
    show(Report("a run", datetime(2026, 11, 2, tzinfo=UTC), list(stages)))
    return capsys.readouterr().out


def test_a_run_with_nothing_to_do_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, Stage("capture the archive", 0.4)) == "Nothing to do: the lake is up to date (0.4 s).\n"


def test_a_run_without_budget_does_not_call_the_lake_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, Stage("capture the archive", 0.1, notes=["run again after 12:00"], is_unfinished=True))
    assert "up to date" not in text
    assert "run again after 12:00" in text


def test_what_is_no_row_is_not_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, Stage("publish", 0.1, {"refined.trends": 1_200, "public JSON documents": 31}))
    assert "1,200 rows refined.trends; 31 public JSON documents" in text


def test_a_run_in_which_a_site_failed_does_not_call_the_lake_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert "up to date" not in shown(capsys, Stage("capture the archive", 0.1, problems=["x: refused"]))


def test_large_sums_are_readable() -> None:
    assert CaptureCounts(requests=1_024, weight=7_557.4).text == "1,024 requests, weight 7,557, 0 retries"
