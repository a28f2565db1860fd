import httpx
import pytest

from meteolake.capture.geocoding import find_place
from meteolake.errors import SourceError, SourceUnavailable
from meteolake.sites import Site

DELHI = {"name": "New Delhi", "latitude": 28.63, "longitude": 77.22, "elevation": 214.0, "timezone": "Asia/Kolkata"}


def find(answer: httpx.Response) -> Site:
    return find_place("somewhere", url="http://geocoding", transport=httpx.MockTransport(lambda _: answer))


@pytest.mark.parametrize(
    ("zone", "hours"), [("Asia/Tokyo", 9), ("Europe/Berlin", 1), ("Australia/Sydney", 10), ("", 5), ("Mars/Base", 5)]
)
def test_the_best_match_becomes_a_site_in_its_standard_time(zone: str, hours: int) -> None:
    found = find(httpx.Response(200, json={"results": [DELHI | {"timezone": zone}]}))
    assert found == Site("new-delhi", "New Delhi", 28.63, 77.22, 214.0, hours)


def test_a_place_that_does_not_exist_is_told() -> None:
    with pytest.raises(SourceError, match="No place is called 'somewhere'"):
        find(httpx.Response(200, json={"generationtime_ms": 0.5}))


@pytest.mark.parametrize("answer", [[], "places", {"results": [{"name": "X"}]}, {"results": 5}], ids=str)
def test_an_answer_without_places_is_told(answer: object) -> None:
    with pytest.raises(SourceError, match="something else than places"):
        find(httpx.Response(200, json=answer))


@pytest.mark.parametrize("answer", [httpx.Response(502), httpx.Response(200, text="<html>")], ids=["502", "html"])
def test_a_service_that_fails_is_told(answer: httpx.Response) -> None:
    with pytest.raises(SourceUnavailable, match="check the network"):
        find(answer)
