from collections.abc import Iterator

import httpx
import pytest
from tests.simulate.asking import TODAY

from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running
from meteolake.simulate.weather import GeneratedWeather
from meteolake.sites import Site


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    site = Site("hill", "Hilltop", 10.0, 10.0)
    with (
        running(archive_app(GeneratedWeather(1), today=lambda: TODAY, sites=[site])) as url,
        httpx.Client(base_url=url) as client,
    ):
        yield client
