"""The estimate: each number worked out by hand from the table and the assumptions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from meteolake.aws import cost
from meteolake.aws.cost import Compute, Size, estimate
from meteolake.aws.prices import machines_usd, prices, serverless_usd
from meteolake.cli.main import app
from meteolake.errors import ConfigError


def test_billed_hours_cost_what_the_table_says() -> None:
    # 2 vCPU hours, 8 GB hours and 10 GB hours of disk: 2 * 0.052624 + 8 * 0.0057785 + 10 * 0.000111
    assert serverless_usd(2, 8, 10) == pytest.approx(0.105248 + 0.046228 + 0.00111)


def test_machine_hours_cost_rent_emr_disk_and_address() -> None:
    # 10 hours of m5.xlarge: 0.192 + 0.048 + 64 GB at 0.08 for 1/730 month + 0.005
    assert machines_usd("m5.xlarge", 10) == pytest.approx(10 * (0.24 + 64 * 0.08 / 730 + 0.005))
    spot = machines_usd("m5.xlarge", 10, is_spot=True)
    assert machines_usd("m5.xlarge", 10) - spot == pytest.approx(10 * 0.192 * 0.65)


def test_a_machine_without_a_price_is_named_with_those_that_have_one() -> None:
    with pytest.raises(ConfigError, match=r"The price table has no p5\.48xlarge: it has m5\.xlarge, "):
        machines_usd("p5.48xlarge", 1)


def test_a_first_run_on_serverless_is_start_and_throughput() -> None:
    # 1,000 sites, 10 years: 3,652,500 days / (440 * 16) + 3 * 90 s = 788.8 s of 16 vCPUs and 64 GB.
    [jobs, _] = estimate("emr-serverless", Size(1000, 10)).first_run
    hours = (3_652_500 / (440 * 16) + 270) / 3600
    assert jobs.quantity == pytest.approx(16 * hours)
    assert jobs.usd == pytest.approx(serverless_usd(16 * hours, 64 * hours))


def test_a_month_has_everything_that_is_paid_for() -> None:
    items = [line.what for line in estimate("emr", Size(10, 1)).month]
    assert items == [
        "primary m5.xlarge",
        "core m5.xlarge",
        "S3 storage",
        "S3 requests",
        "unattended run (CodeBuild)",
        "API",
        "public documents",
        "Athena",
        "alarms",
    ]


@given(
    st.sampled_from(["emr-serverless", "emr", "emr-spot"]),
    st.integers(1, 10_000),
    st.floats(0.1, 80),
    st.integers(1, 5_000),
)
def test_more_sites_never_cost_less(compute: Compute, sites: int, years: float, more: int) -> None:
    smaller, larger = estimate(compute, Size(sites, years)), estimate(compute, Size(sites + more, years))
    assert smaller.first_run_usd <= larger.first_run_usd
    assert 0 < smaller.month_usd <= larger.month_usd


def test_every_price_has_its_source_and_the_table_its_date() -> None:
    assert all(source for source in prices().sources.values())
    assert prices().date.startswith("20")


def test_the_command_says_where_prices_hold_and_what_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METEOLAKE_AWS_REGION", "eu-central-1")
    shown = CliRunner().invoke(app, ["aws", "cost", "--sites", "43", "--years", "20"])
    assert shown.exit_code == 0
    for said in ("emr-serverless: 43 sites", "emr-spot", "assumed:", "measured:", "List prices in us-east-1 of"):
        assert said in shown.stdout
    assert "Your region is eu-central-1" in shown.stderr
    found = json.loads(CliRunner().invoke(app, ["aws", "cost", "--on", "emr", "--json"]).stdout)
    assert [each["compute"] for each in found["estimates"]] == ["emr"]
    assert found["assumptions"] == list(cost.ASSUMPTIONS)
