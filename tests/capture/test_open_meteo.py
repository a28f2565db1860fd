from datetime import UTC, datetime

import pytest

from meteolake.capture.open_meteo import OpenMeteo, fixed_timezone
from meteolake.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "key", "base_url", "is_free", "in_flight"),
    [
        ("https://archive-api.open-meteo.com", None, "https://archive-api.open-meteo.com", True, 1),
        ("https://archive-api.open-meteo.com/", "k", "https://customer-archive-api.open-meteo.com", False, 3),
        ("https://customer-archive-api.open-meteo.com", "k", "https://customer-archive-api.open-meteo.com", False, 3),
        ("http://localhost:8080", None, "http://localhost:8080", False, 3),
        ("https://weather.example.org/proxy", "k", "https://weather.example.org/proxy", False, 3),
        ("https://open-meteo.com.example.org", None, "https://open-meteo.com.example.org", False, 3),
    ],
)
def test_host_and_key_decide_which_limits_hold(
    url: str, key: str | None, base_url: str, is_free: bool, in_flight: int
) -> None:
    settings = OpenMeteo(url=url, api_key=key, concurrency=3)
    assert (settings.base_url, settings.is_free, settings.in_flight) == (base_url, is_free, in_flight)
    assert bool(settings.budget().left(datetime(2026, 11, 20, tzinfo=UTC))) is is_free


def test_a_free_request_never_weighs_more_than_a_minutes_share() -> None:
    assert OpenMeteo(budget_share=0.5).limits.weight == 300
    assert OpenMeteo().limits.weight == 480


@pytest.mark.parametrize(
    "url", ["archive-api.open-meteo.com", "ftp://x", "", "http://", "https://user:pass@host", "http://host:port"]
)
def test_an_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="must look like https://archive-api"):
        OpenMeteo(url=url)


def test_a_key_that_no_header_may_carry_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigError, match="api_key holds a line break") as refused:
        OpenMeteo(api_key="SECRET\n")
    assert "SECRET" not in str(refused.value)
    with pytest.raises(ConfigError, match="contact"):
        OpenMeteo(contact="Jürgen")


def test_the_agent_names_the_program_and_its_contact() -> None:
    assert OpenMeteo(contact="me@example.org").headers["User-Agent"].endswith(" (me@example.org)")
    assert "X-Api-Key" not in OpenMeteo().headers


@pytest.mark.parametrize(("hours", "zone"), [(0, "GMT"), (14, "Etc/GMT-14"), (-12, "Etc/GMT+12")])
def test_fixed_zones_count_hours_west_of_greenwich(hours: int, zone: str) -> None:
    assert fixed_timezone(hours) == zone
