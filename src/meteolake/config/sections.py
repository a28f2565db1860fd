"""The sections of meteolake.toml: every key with its type, default and limits."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PastDate, SecretStr, model_validator

from meteolake.variables import VARIABLES


def _known_variables(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in VARIABLES]:
        raise ValueError(f"{', '.join(unknown)}: choose among {', '.join(VARIABLES)}")
    return names


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lake(_Section):
    """Where the lake lies: one root for the three zones, or a root for each."""

    path: str = Field(default="lake", min_length=1)
    raw: str | None = None
    trusted: str | None = None
    refined: str | None = None


class Run(_Section):
    """What runs the jobs."""

    engine: Literal["sail", "spark"] = "sail"
    memory_mb: int | None = Field(default=None, ge=512)


class Climate(_Section):
    """The base period of normals, anomalies and percentiles, first and last year."""

    base_from: int = Field(default=1991, ge=1750)
    base_until: int = 2020

    @model_validator(mode="after")
    def _is_long_enough(self) -> Self:
        if self.base_until - self.base_from < 9:
            raise ValueError(
                "a base period has ten years at least: set base_from and base_until, such as 1991 and 2020"
            )
        return self


class Quality(_Section):
    """The share of captured rows beyond which refused ones stop a run."""

    most_refused: float = Field(default=0.1, ge=0, le=1)


class ForecastProduct(_Section):
    """Open-Meteo's own forecasts, kept with their issue time."""

    is_enabled: bool = False
    url: str = "https://api.open-meteo.com"
    model: str = "best_match"


class OpenMeteo(_Section):
    """The archive: what is captured, from when, and how."""

    url: str = "https://archive-api.open-meteo.com"
    api_key: SecretStr | None = None
    model: str = "era5"
    first_date: PastDate = Field(default=date(2010, 1, 1), ge=date(1940, 1, 1))
    variables: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_variables)] = tuple(VARIABLES)
    is_enabled: bool = True
    budget_share: float = Field(default=0.8, gt=0, le=1)
    concurrency: int = Field(default=2, ge=1, le=64)
    sweep_share: float = Field(default=0.1, ge=0, le=1)
    wait: bool = False
    forecast: ForecastProduct = ForecastProduct()


class SitesTable(_Section):
    """The table of sites; `columns` maps our names to its own."""

    table: str = "sites"
    columns: dict[str, str] = Field(default_factory=dict)


class Observations(_Section):
    """The table of station observations: its columns, units and missing values, and how new rows are seen."""

    is_enabled: bool = True
    table: str = "observations"
    columns: dict[str, str] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    missing: tuple[float, ...] = ()
    texts: dict[str, float] = Field(default_factory=dict)
    cursor: str = "updated_at"
    overlap_hours: float = Field(default=1.0, ge=0)
    deleted: str = ""
    compare_keys_days: int = Field(default=0, ge=0)


class Database(_Section):
    """The relational database with sites and station observations; without a URL, `stations.db` where it is there."""

    is_enabled: bool = True
    url: SecretStr | None = None
    sites: SitesTable = SitesTable()
    observations: Observations = Observations()


class Place(_Section):
    """A site that is written into the configuration."""

    site_id: str
    name: str
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    elevation_m: float | None = None
    utc_offset_hours: int | None = Field(default=None, ge=-12, le=14)


class Sites(_Section):
    """Sites besides those of the database: out of a CSV file, or written here."""

    file: str = ""
    places: tuple[Place, ...] = ()


class Serve(_Section):
    """How the API is served."""

    require_keys: bool = False


class Publish(_Section):
    """Where the results go besides the lake."""

    postgres: SecretStr | None = None
    public: str | None = None
    athena: bool = False


class Emr(_Section):
    """Amazon EMR on EC2: the release and the machines of a cluster."""

    release: str = "emr-7.13.0"
    primary_type: str = "m5.xlarge"
    core_type: str = "m5.xlarge"
    core_count: int = Field(default=2, ge=1)
    is_spot: bool = True
    idle_minutes: int = Field(default=10, ge=1, le=10080)
    is_kept: bool = False
    subnet: str = ""


class EmrServerless(_Section):
    """Amazon EMR Serverless: the release, and the most that a run may take."""

    release: str = "emr-7.13.0"
    most_vcpus: int = Field(default=16, ge=8)  # a driver's and an executor's
    most_memory_gb: int = Field(default=64, ge=32)
    idle_minutes: int = Field(default=5, ge=1, le=10080)


class AwsApi(_Section):
    """The API on AWS: whether there is one, and how much a key may ask."""

    is_enabled: bool = True
    requests_per_second: int = Field(default=10, ge=1)
    requests_per_day: int = Field(default=10_000, ge=1)


class AwsSchedule(_Section):
    """The unattended daily run: when (UTC), on what, and after how many hours without results the alarm is raised."""

    is_enabled: bool = False
    at: str = Field(default="06:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    on: Literal["emr", "emr-serverless"] = "emr-serverless"
    stale_hours: int = Field(default=36, ge=25, le=168)


class Aws(_Section):
    """Amazon Web Services: where the stack lies and what it may use."""

    stack: str = Field(default="meteolake", pattern=r"^[a-z][a-z0-9-]{1,31}$")
    region: str = "us-east-1"
    profile: str = ""
    endpoint_url: str = ""
    step_minutes: int = Field(default=180, ge=5)
    has_public_url: bool = True
    athena_most_gb: int = Field(default=100, ge=1)
    alerts_email: str = Field(default="", pattern=r"^(|\S+@\S+)$")
    monthly_budget_usd: int = Field(default=50, ge=1)
    emr: Emr = Emr()
    emr_serverless: EmrServerless = EmrServerless()
    api: AwsApi = AwsApi()
    schedule: AwsSchedule = AwsSchedule()


class Config(_Section):
    """The whole configuration."""

    lake: Lake = Lake()
    run: Run = Run()
    climate: Climate = Climate()
    quality: Quality = Quality()
    open_meteo: OpenMeteo = OpenMeteo()
    database: Database = Database()
    sites: Sites = Sites()
    publish: Publish = Publish()
    serve: Serve = Serve()
    aws: Aws = Aws()
