"""Questions to the simulated archive on one day, and its refusals."""

from datetime import date
from typing import Any

import httpx

TODAY = date(2026, 11, 23)
ONE = {"latitude": "60.39", "longitude": "5.32", "start_date": "2025-01-15", "end_date": "2025-01-17"}
DAILY = "temperature_2m_max,temperature_2m_min,precipitation_sum"


def answer(client: httpx.Client, **parameters: Any) -> Any:
    response = client.get("/v1/archive", params={**ONE, **parameters})
    assert response.status_code == 200, response.text
    return response.json()


def refusal(client: httpx.Client, **parameters: Any) -> str:
    """The reason of a 400; a parameter of None is left out."""
    given = {key: value for key, value in {**ONE, **parameters}.items() if value is not None}
    response = client.get("/v1/archive", params=given)
    assert response.status_code == 400
    assert response.json().keys() == {"error", "reason"}
    return str(response.json()["reason"])
