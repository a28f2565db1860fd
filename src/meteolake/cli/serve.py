"""`meteolake serve`: the API and the dashboard."""

from typing import Annotated

import typer

from meteolake.cli.options import ConfigOption, JsonOption
from meteolake.cli.output import err, print_json


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 8000,
    require_keys: Annotated[
        bool, typer.Option("--require-keys", help="Ask for a key: see `meteolake keys`. [default: as configured]")
    ] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Serve the API and the dashboard.

    A dashboard at `/`, an API in Open-Meteo's form at `/v1`, its description at `/docs`. A commit to the lake is served
    at once; nothing has to be restarted. Stop it with Ctrl-C.
    """
    from meteolake.cli.lake_location import loaded, zones
    from meteolake.serve.server import serve as serve_app

    configured = loaded(config)
    lake = zones(configured)

    def tell(url: str) -> None:
        if json:
            print_json({"url": url})
        else:
            err.print(f"Serving {lake.refined} at {url} (Ctrl-C stops)")

    serve_app(lake, host, port, tell, requires_keys=require_keys or configured.serve.require_keys)
