import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from meteolake.capture.availability import Availability, availability
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.errors import SourceError, SourceUnavailable

FEED = {"last_run_availability_time": 1795392000, "data_end_time": 1794960000, "update_interval_seconds": 86400}


def ask(answer: httpx.Response, model: str = "era5") -> tuple[Availability, str]:
    asked: list[str] = []

    def feed(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return answer

    async def run() -> Availability:
        async with httpx.AsyncClient(transport=httpx.MockTransport(feed)) as client:
            return await availability(OpenMeteo(model=model), client)

    return asyncio.run(run()), asked[0]


def test_the_feed_of_the_model_is_read() -> None:
    found, path = ask(httpx.Response(200, json=FEED), "era5_land")
    assert path == "/data/copernicus_era5_land/static/meta.json"
    assert found == Availability(
        updated_at=datetime(2026, 11, 23, tzinfo=UTC), data_until=datetime(2026, 11, 18, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
    ],
    ids=["404", "html", "list", "empty"],
)
def test_an_unreadable_feed_is_called_unavailable(answer: httpx.Response) -> None:
    with pytest.raises(SourceUnavailable, match=r"copernicus_era5/static/meta.json cannot be read"):
        ask(answer)


def test_a_model_without_a_feed_is_named_with_those_that_have_one() -> None:
    with pytest.raises(SourceError, match=r"best_match.*era5_land"):
        ask(httpx.Response(200, json=FEED), "best_match")


def test_the_feed_is_asked_without_the_key() -> None:
    settings = OpenMeteo(api_key="SECRET")
    assert settings.headers["X-Api-Key"] == "SECRET"
    assert "X-Api-Key" not in settings.open_headers
