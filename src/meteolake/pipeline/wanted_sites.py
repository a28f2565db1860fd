"""Which sites a lake is filled for: those of the database and those of the configuration."""

from collections import Counter

from meteolake.capture.database import read_sites
from meteolake.errors import SourceError
from meteolake.pipeline.settings import Settings
from meteolake.sites import Site


def wanted_sites(settings: Settings) -> list[Site]:
    """All sites by id.

    Raises:
        SourceError: the database refuses, there are no sites, or one is there twice.
    """
    stored = read_sites(settings.database.url, settings.database.sites) if settings.database else []
    sites = sorted([*stored, *settings.places], key=lambda site: site.site_id)
    if not sites:
        raise SourceError(
            "There are no sites yet: `meteolake init` writes a meteolake.toml. Name there a CSV file or places under "
            "[sites] (`meteolake sites add Berlin` looks one up), or a database. `meteolake demo` needs none."
        )
    twice = [site_id for site_id, count in Counter(site.site_id for site in sites).items() if count > 1]
    if twice:
        raise SourceError(f"Site {twice[0]!r} is in the configuration and elsewhere: keep one of them.")
    return sites
