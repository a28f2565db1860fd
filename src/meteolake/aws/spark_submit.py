"""How a step is submitted: the arguments of spark-submit, by release and kind of compute."""

import shlex
from dataclasses import dataclass

from meteolake.aws.packages import Packages
from meteolake.errors import ConfigError

PYTHON = "/usr/bin/python3.11"
_DELTA = "/usr/share/aws/delta/lib"


@dataclass(frozen=True)
class Release:
    """What differs between EMR's releases: where Delta's jars lie on their machines."""

    jars: tuple[str, ...]


# emr-spark-8.1 has another Spark (4.1) and Delta (4.2). Of emr-spark-8.0 no page names the jars; EMR names them without
# version and Scala's suffix since 7.0.
RELEASES = {
    "emr-7.": Release((f"{_DELTA}/delta-spark.jar", f"{_DELTA}/delta-storage.jar")),
    "emr-spark-8.0.": Release((f"{_DELTA}/delta-spark.jar", f"{_DELTA}/delta-storage.jar")),
}

_CONFIGURATION = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # Tables are found by their paths: no metastore is asked, which could be Glue's, where the jobs have no rights.
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.warehouse.dir": "file:///tmp/spark-warehouse",
    # Vectors of deleted rows cannot be read by delta-rs.
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    # A table's log names some hundred files: Delta's 50 tasks for each look at it are nothing but starts of tasks.
    "spark.databricks.delta.snapshotPartitions": "4",
}


@dataclass(frozen=True)
class Call:
    """A step to be run: its name, and what the worker is started with."""

    step: str
    arguments: tuple[str, ...]


def release(label: str) -> Release:
    """What is to be known of a release.

    Raises:
        ConfigError: the release has another Spark or Delta than those that the jobs are proved on.
    """
    for prefix, known in RELEASES.items():
        if label.startswith(prefix):
            return known
    raise ConfigError(f"release = {label!r}: choose emr-7.13.0 or another of {', '.join(f'{p}*' for p in RELEASES)}.")


def on_ec2(packages: Packages, folder: str, call: Call) -> list[str]:
    """The command of a step on a cluster, where `folder` holds the unpacked packages on each machine."""
    settings = _CONFIGURATION | {"spark.executorEnv.PYTHONPATH": folder, "spark.pyspark.python": PYTHON}
    return [
        "spark-submit",
        *("--deploy-mode", "client"),
        *("--name", call.step),
        *(part for key, value in settings.items() for part in ("--conf", f"{key}={value}")),
        *("--py-files", packages.code),
        packages.worker,
        *call.arguments,
    ]


def on_serverless(packages: Packages, label: str, most_executors: int) -> str:
    """The parameters of a job run of EMR Serverless."""
    settings = _CONFIGURATION | {
        "spark.jars": ",".join(release(label).jars),
        "spark.archives": f"{packages.archive}#packages",
        "spark.submit.pyFiles": packages.code,
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": PYTHON,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": PYTHON,
        "spark.emr-serverless.driverEnv.PYTHONPATH": "packages",
        "spark.executorEnv.PYSPARK_PYTHON": PYTHON,
        "spark.executorEnv.PYTHONPATH": "packages",
        "spark.driver.cores": "4",
        "spark.driver.memory": "12g",
        "spark.executor.cores": "4",
        "spark.executor.memory": "10g",
        "spark.executor.memoryOverhead": "4g",  # NumPy works beside the JVM
        # By itself EMR Serverless begins with three, also where the most is less.
        "spark.executor.instances": "1",
        "spark.dynamicAllocation.initialExecutors": "1",
        "spark.dynamicAllocation.maxExecutors": str(most_executors),
    }
    return " ".join(f"--conf {shlex.quote(f'{key}={value}')}" for key, value in settings.items())
