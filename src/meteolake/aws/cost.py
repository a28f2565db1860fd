"""What a first run and a month would cost: a model with its assumptions named, before anything is started."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from meteolake.aws.prices import machines_usd, prices, serverless_usd

Compute = Literal["emr-serverless", "emr", "emr-spot"]

# Measured: Spark 3.5.6 made the demo's tables of 105,192 days of sites in 120 s on two cores, its start left out; and
# the lake had 371 bytes for each of them. Small tables are slow for their size: a large lake does better than this.
DAYS_PER_VCPU_SECOND = 440
BYTES_PER_DAY = 371
# Assumed.
JOB_START_SECONDS = 90  # of each of the three jobs
CLUSTER_START_SECONDS = 420
SHARE_MADE_DAILY = 0.15  # whole years of the daily tables, and what hangs on them
BUILD_MINUTES = 6.0  # capture and publish, beside the waiting for the jobs
SITES_PER_BUILD_MINUTE = 200
VERSIONS_KEPT = 3.0  # times the lake: 30 days of old versions
WRITES_PER_RUN, READS_PER_RUN = 2_000, 20_000
API_REQUESTS, PUBLIC_GB, ATHENA_TB = 100_000, 1.0, 0.02  # in a month
API_GB_SECONDS = 0.05  # of one request
ALARMS = 3
DAYS_PER_MONTH = 30.4
DAYS_PER_YEAR = 365.25

ASSUMPTIONS = (
    f"measured: {DAYS_PER_VCPU_SECOND} days of sites per vCPU and second (Spark 3.5.6, two cores, the demo's lake)",
    f"measured: {BYTES_PER_DAY} bytes per day of a site, in all zones",
    f"assumed: each of three jobs starts in {JOB_START_SECONDS} s, a cluster in {CLUSTER_START_SECONDS} s",
    f"assumed: a daily run makes {SHARE_MADE_DAILY:.0%} of the tables anew",
    f"assumed: old versions make the lake {VERSIONS_KEPT:g} times as large",
    f"assumed: {API_REQUESTS:,} API requests, {PUBLIC_GB:g} GB of public documents, {ATHENA_TB:g} TB by Athena a month",
    "not counted: free tiers, taxes, e-mails, and the archive's own price for a customer's key",
)


@dataclass(frozen=True)
class Size:
    """How large a lake is, and what its jobs run on."""

    sites: int
    years: float
    vcpus: int = 16
    memory_gb: int = 64
    primary_type: str = "m5.xlarge"
    core_type: str = "m5.xlarge"
    core_count: int = 2

    @property
    def days(self) -> float:
        """Days of sites in the whole history."""
        return self.sites * self.years * DAYS_PER_YEAR

    @property
    def stored_gb(self) -> float:
        """What the lake holds, old versions included."""
        return self.days * BYTES_PER_DAY * VERSIONS_KEPT / 1e9


@dataclass(frozen=True)
class Line:
    """One item of an estimate: how much of what, and what it costs."""

    what: str
    quantity: float
    unit: str
    usd: float


@dataclass(frozen=True)
class Estimate:
    """What a first run and a month of daily runs cost by one kind of compute."""

    compute: Compute
    first_run: Sequence[Line]
    month: Sequence[Line]

    @property
    def first_run_usd(self) -> float:
        """The whole first run."""
        return sum(line.usd for line in self.first_run)

    @property
    def month_usd(self) -> float:
        """The whole month."""
        return sum(line.usd for line in self.month)


def estimate(compute: Compute, size: Size) -> Estimate:
    """What a lake of this size costs.

    Raises:
        ConfigError: the price table lacks a type of machine.
    """
    first = [*_jobs(compute, size, size.days, 1), _requests(1)]
    daily = _jobs(compute, size, size.days * SHARE_MADE_DAILY, DAYS_PER_MONTH)
    return Estimate(compute, first, [*daily, *_standing(size)])


def _jobs(compute: Compute, size: Size, days: float, runs: float) -> list[Line]:
    """What jobs over so many days of sites cost, so many times."""
    if compute == "emr-serverless":
        hours = runs * _job_seconds(days, size.vcpus) / 3600
        vcpu, memory = hours * size.vcpus, hours * size.memory_gb
        return [Line("EMR Serverless", vcpu, "vCPU hours", serverless_usd(vcpu, memory))]
    vcpus = prices().machine(size.core_type).vcpus * size.core_count
    hours = runs * (CLUSTER_START_SECONDS + _job_seconds(days, vcpus)) / 3600
    core = machines_usd(size.core_type, hours * size.core_count, is_spot=compute == "emr-spot")
    return [
        Line(f"primary {size.primary_type}", hours, "hours", machines_usd(size.primary_type, hours)),
        Line(f"core {size.core_type}", hours * size.core_count, "hours", core),
    ]


def _job_seconds(days: float, vcpus: int) -> float:
    return 3 * JOB_START_SECONDS + days / (DAYS_PER_VCPU_SECOND * vcpus)


def _standing(size: Size) -> list[Line]:
    """What a month costs besides the jobs."""
    usd = prices().usd
    minutes = DAYS_PER_MONTH * (BUILD_MINUTES + size.sites / SITES_PER_BUILD_MINUTE + 3 * JOB_START_SECONDS / 60)
    api = API_REQUESTS / 1e6 * (usd["api_million_requests"] + usd["lambda_million_requests"])
    return [
        Line("S3 storage", size.stored_gb, "GB", size.stored_gb * usd["s3_gb_month"]),
        _requests(DAYS_PER_MONTH),
        Line("unattended run (CodeBuild)", minutes, "minutes", minutes * usd["build_minute"]),
        Line("API", API_REQUESTS, "requests", api + API_REQUESTS * API_GB_SECONDS * usd["lambda_gb_second"]),
        Line("public documents", PUBLIC_GB, "GB", PUBLIC_GB * usd["cloudfront_gb"]),
        Line("Athena", ATHENA_TB, "TB", ATHENA_TB * usd["athena_tb"]),
        Line("alarms", ALARMS, "alarms", ALARMS * usd["alarm_month"]),
    ]


def _requests(runs: float) -> Line:
    usd = prices().usd
    cost = WRITES_PER_RUN / 1000 * usd["s3_thousand_writes"] + READS_PER_RUN / 1000 * usd["s3_thousand_reads"]
    return Line("S3 requests", runs * (WRITES_PER_RUN + READS_PER_RUN), "requests", runs * cost)
