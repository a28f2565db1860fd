"""The machines of a cluster, and the request that starts it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meteolake.aws.outputs import Outputs
from meteolake.aws.packages import Packages
from meteolake.aws.spark_submit import PYTHON, release
from meteolake.errors import ConfigError

_SPOT_MINUTES = 10


@dataclass(frozen=True)
class Machines:
    """What `[aws.emr]` says of a cluster."""

    release: str
    primary_type: str
    core_type: str
    core_count: int
    is_spot: bool
    idle_minutes: int
    is_kept: bool
    subnet: str = ""

    @property
    def processor(self) -> str:
        """What the wheels are made for; Amazon's own processors have a g behind the generation, as in m7g.

        Raises:
            ConfigError: the machines have different ones.
        """
        primary, core = (re.match(r"[a-z]+\d+g", kind) is not None for kind in (self.primary_type, self.core_type))
        if primary != core:
            raise ConfigError(
                f"[aws.emr] primary_type = {self.primary_type!r} and core_type = {self.core_type!r} have different "
                "processors: choose both with a g behind the generation, or neither."
            )
        return "aarch64" if primary else "x86_64"

    @property
    def summary(self) -> str:
        """In a few words: 1 m5.xlarge + 2 m5.xlarge spot."""
        return f"1 {self.primary_type} + {self.core_count} {self.core_type}{' spot' if self.is_spot else ''}"

    @staticmethod
    def folder(packages: Packages) -> str:
        """Where on each machine the bootstrap script unpacks the packages."""
        return f"/opt/meteolake/{packages.digest}"


def cluster_request(
    stack: Outputs,
    machines: Machines,
    packages: Packages,
    name: str,
    steps: Sequence[dict[str, Any]],
    tags: Mapping[str, str],
) -> dict[str, Any]:
    """What RunJobFlow is asked for; a cluster that is not kept ends after its steps."""
    release(machines.release)
    folder = machines.folder(packages)
    subnets = [machines.subnet] if machines.subnet else list(stack.emr_subnets)
    return {
        "Name": name,
        "ReleaseLabel": machines.release,
        "LogUri": f"s3://{stack.work_bucket}/logs/emr/",
        "Applications": [{"Name": "Spark"}],
        "ServiceRole": stack.emr_service_role,
        "JobFlowRole": stack.emr_instance_profile,
        "VisibleToAllUsers": True,
        "StepConcurrencyLevel": 1,
        "AutoTerminationPolicy": {"IdleTimeout": machines.idle_minutes * 60},
        "Instances": {
            "InstanceFleets": _fleets(machines),
            "KeepJobFlowAliveWhenNoSteps": machines.is_kept,
            "TerminationProtected": False,
            **({"Ec2SubnetIds": subnets} if subnets else {}),
        },
        "BootstrapActions": [
            {
                "Name": "unpack what the jobs import",
                "ScriptBootstrapAction": {"Path": packages.bootstrap, "Args": [packages.archive, folder]},
            }
        ],
        "Configurations": [
            {"Classification": "delta-defaults", "Properties": {"delta.enabled": "true"}},
            {
                "Classification": "spark-env",
                "Configurations": [
                    {"Classification": "export", "Properties": {"PYSPARK_PYTHON": PYTHON, "PYTHONPATH": folder}}
                ],
            },
        ],
        "Steps": list(steps),
        "Tags": [
            *({"Key": f"meteolake:{key}", "Value": value} for key, value in tags.items()),
            # Amazon's own policies for EMR let nothing be started without it.
            {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"},
        ],
    }


def _fleets(machines: Machines) -> list[dict[str, Any]]:
    """The primary machine on demand, since it drives; the others on spot where wanted, or else on demand as well."""
    primary = {
        "Name": "primary",
        "InstanceFleetType": "MASTER",
        "TargetOnDemandCapacity": 1,
        "InstanceTypeConfigs": [{"InstanceType": machines.primary_type}],
    }
    core: dict[str, Any] = {
        "Name": "core",
        "InstanceFleetType": "CORE",
        "TargetSpotCapacity" if machines.is_spot else "TargetOnDemandCapacity": machines.core_count,
        "InstanceTypeConfigs": [{"InstanceType": machines.core_type, "WeightedCapacity": 1}],
    }
    if machines.is_spot:
        core["LaunchSpecifications"] = {
            "SpotSpecification": {
                "TimeoutDurationMinutes": _SPOT_MINUTES,
                "TimeoutAction": "SWITCH_TO_ON_DEMAND",
                "AllocationStrategy": "price-capacity-optimized",
            }
        }
    return [primary, core]
