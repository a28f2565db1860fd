"""Where each zone, table and raw object of a lake lies. Standard library only: this travels to the cluster."""

from dataclasses import dataclass

from meteolake.tables import Table, Zone


@dataclass(frozen=True)
class Zones:
    """The roots of the three zones: local paths or `s3://bucket/prefix`, without a trailing slash."""

    raw: str
    trusted: str
    refined: str

    @classmethod
    def below(cls, root: str) -> "Zones":
        """The three zones as folders of one root."""
        root = root.rstrip("/")
        return cls(f"{root}/raw", f"{root}/trusted", f"{root}/refined")

    def root(self, zone: Zone) -> str:
        """The root of a zone by its name."""
        return {"raw": self.raw, "trusted": self.trusted, "refined": self.refined}[zone]

    def table(self, table: Table) -> str:
        """Where a Delta table lies."""
        return f"{self.root(table.zone)}/{table.name}"

    def raw_object(self, path: str) -> str:
        """Where a raw object lies; the ledger and the rows hold its path below the raw zone."""
        return f"{self.raw}/{path}"


def is_remote(root: str) -> bool:
    """Whether a root lies in an object store and not on a local disk."""
    return "://" in root and not root.startswith("file://")
