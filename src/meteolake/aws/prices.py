"""Amazon's list prices, out of prices.toml, and what used hours cost by them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from meteolake.errors import ConfigError

HOURS_PER_MONTH = 730


@dataclass(frozen=True)
class Machine:
    """A type of machine: its size, and what an hour costs EC2's and EMR's customers."""

    vcpus: int
    memory_gb: int
    ec2: float
    emr: float


@dataclass(frozen=True)
class Prices:
    """The price table: where and when it holds, and each price by its unit's name."""

    region: str
    date: str
    usd: Mapping[str, float]
    sources: Mapping[str, str]
    machines: Mapping[str, Machine]
    spot: float

    def machine(self, name: str) -> Machine:
        """A type of machine.

        Raises:
            ConfigError: the table does not have it.
        """
        if name not in self.machines:
            raise ConfigError(f"The price table has no {name}: it has {', '.join(self.machines)}.")
        return self.machines[name]


@cache
def prices() -> Prices:
    """The price table of this version."""
    text = resources.files("meteolake.aws").joinpath("prices.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    spot = table["machines"].pop("spot")
    return Prices(
        table["region"],
        str(table["date"]),
        {name: entry["price"] for name, entry in table["usd"].items()},
        {name: entry["source"] for name, entry in table["usd"].items()},
        {name: Machine(**entry) for name, entry in table["machines"].items()},
        spot,
    )


def machines_usd(name: str, hours: float, *, is_spot: bool = False, disk_gb: float = 64) -> float:
    """What so many hours of machines of one type cost in a cluster, with their disks and addresses.

    Args:
        name: the type.
        hours: instance hours, of all machines together.
        is_spot: whether they come from the spot market.
        disk_gb: the disks of one machine; EMR's default for this size is 64 GB.

    Raises:
        ConfigError: the price table does not have the type.
    """
    table = prices()
    machine = table.machine(name)
    disk = disk_gb * table.usd["disk_gb_month"] / HOURS_PER_MONTH
    rent = machine.ec2 * (table.spot if is_spot else 1.0)
    return hours * (rent + machine.emr + disk + table.usd["public_address_hour"])


def serverless_usd(vcpu_hours: float, memory_gb_hours: float, storage_gb_hours: float = 0.0) -> float:
    """What EMR Serverless bills: the three numbers of a job run's `billedResourceUtilization`."""
    usd = prices().usd
    return (
        vcpu_hours * usd["serverless_vcpu_hour"]
        + memory_gb_hours * usd["serverless_gb_hour"]
        + storage_gb_hours * usd["serverless_disk_gb_hour"]
    )
