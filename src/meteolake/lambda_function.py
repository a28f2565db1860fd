"""The API as a function on AWS Lambda: an event of API Gateway in, its answer out.

It reads the public documents, gives the answers that `meteolake serve` gives, and needs nothing but the standard
library and the SDK that Lambda has. Who may ask, and how often, is the gateway's to know. This module and what it
imports are the whole package: `aws/api_package.py` makes it.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from meteolake.aws.account import Account
from meteolake.aws.documents import Documents
from meteolake.errors import CloudError, MeteolakeError
from meteolake.serve.api import ARCHIVE_DAILY, FORECAST_DAILY, NORMALS_VARIABLE, Api, Places, refusal, status
from meteolake.serve.open_meteo_api import Units, WrongRequest
from meteolake.serve.published import Published

Parameters = Mapping[str, str]
Event = Mapping[str, Any]


def answer(event: Event, context: object) -> dict[str, Any]:
    """Lambda's entry: answer an event of a REST API's proxy integration."""
    return respond(_api(), event)


def respond(api: Api, event: Event) -> dict[str, Any]:
    """The answer to an event; what went wrong is told in Open-Meteo's form."""
    try:
        endpoint = ENDPOINTS.get(event["path"])
        if endpoint is None:
            return _response(404, refusal("Not Found"))
        if event["httpMethod"] != "GET":
            return _response(405, refusal("Method Not Allowed"))
        return _response(200, endpoint(api, event.get("queryStringParameters") or {}))
    except CloudError as error:
        logging.error("%s", error)  # names of buckets and roles are for the log alone
        return _response(503, refusal("The forecasts cannot be read at present. Please try again later."))
    except MeteolakeError as error:
        return _response(status(error), refusal(str(error)))
    except Exception:
        logging.exception("A fault of ours")
        return _response(500, refusal("Internal Server Error"))


@cache
def _api() -> Api:
    """Made once, and kept while Lambda keeps the process."""
    account = Account(os.environ["AWS_REGION"])
    return Api(Published(Documents(account, os.environ["METEOLAKE_PUBLIC_BUCKET"]).find))


def _archive(api: Api, given: Parameters) -> Any:
    return api.archive(_places(api, given), None, None, given.get("daily", ARCHIVE_DAILY), _units(given))


def _forecast(api: Api, given: Parameters) -> Any:
    places, units = _places(api, given), _units(given)
    return api.forecast(places, given.get("daily", FORECAST_DAILY), given.get("quantiles", ""), units)


def _normals(api: Api, given: Parameters) -> Any:
    if "site_id" not in given:
        raise WrongRequest("Parameter 'site_id': Field required")
    return api.normals(given["site_id"], given.get("variable", NORMALS_VARIABLE))


def _places(api: Api, given: Parameters) -> Places:
    return api.places(given.get("latitude"), given.get("longitude"), given.get("site_id"))


def _units(given: Parameters) -> Units:
    names = {"temperature": "temperature_unit", "precipitation": "precipitation_unit", "wind_speed": "wind_speed_unit"}
    return Units(**{name: given[parameter] for name, parameter in names.items() if parameter in given})


ENDPOINTS: dict[str, Callable[[Api, Parameters], Any]] = {
    "/v1/archive": _archive,
    "/v1/forecast": _forecast,
    "/v1/sites": lambda api, given: api.sites(),
    "/v1/normals": _normals,
    "/v1/scores": lambda api, given: api.scores(),
    "/healthz": lambda api, given: api.health(),
}


def _response(code: int, content: object) -> dict[str, Any]:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)
    return {"statusCode": code, "headers": {"Content-Type": "application/json"}, "body": body}
