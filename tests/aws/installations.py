"""What stands here for the releases of EMR: classic PySpark, and the jars of Delta and S3 that belong to it."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.spark_environments import spark_environment

# Without packages, as on EMR's machines.
BARE_PYTHON = Path(sys.base_prefix) / "bin" / "python3.11"


@dataclass(frozen=True)
class Installation:
    """An environment with a classic PySpark, and Maven's coordinates of what an EMR machine has besides."""

    release: str
    environment: str
    jars: Path
    delta: tuple[str, ...]
    s3: tuple[str, ...]

    def home(self) -> Path:
        """Where Spark is, with the jars at hand; where something is missing, the test is skipped and says what."""
        [found] = spark_environment(self.environment).glob("lib/python3.*/site-packages/pyspark")
        if not BARE_PYTHON.exists():
            pytest.skip("the cluster's Python 3.11 is not on this machine")
        if not self._has_jars():
            self._fetch_jars(found)
        return found

    def jar(self, coordinates: str) -> Path:
        """Where Spark keeps what it fetched by its coordinates."""
        group, artifact, version = coordinates.split(":")
        return self.jars / f"{group}_{artifact}-{version}.jar"

    def _has_jars(self) -> bool:
        return all(self.jar(each).exists() for each in (*self.delta, *self.s3))

    def _fetch_jars(self, home: Path) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
        plain |= {"SPARK_HOME": str(home), "PYSPARK_PYTHON": str(BARE_PYTHON)}
        with tempfile.NamedTemporaryFile(suffix=".py") as nothing:
            packages = ",".join((*self.delta, *self.s3))
            command = [str(home / "bin" / "spark-submit"), "--packages", packages, nothing.name]
            subprocess.run(command, capture_output=True, timeout=600, env=plain)
        if not self._has_jars():
            pytest.skip("the jars of Delta and S3 cannot be fetched by their Maven coordinates from here")


INSTALLATIONS = {
    "spark 3.5": Installation(
        release="emr-7.13.0",
        environment=".venv-spark",
        jars=Path.home() / ".ivy2" / "jars",
        delta=("io.delta:delta-spark_2.12:3.3.2", "io.delta:delta-storage:3.3.2"),
        s3=("org.apache.hadoop:hadoop-aws:3.3.4", "com.amazonaws:aws-java-sdk-bundle:1.12.262"),
    ),
    "spark 4.0": Installation(
        release="emr-spark-8.0.0",
        environment=".venv-spark4",
        jars=Path.home() / ".ivy2.5.2" / "jars",
        delta=("io.delta:delta-spark_2.13:4.0.0", "io.delta:delta-storage:4.0.0"),
        s3=("org.apache.hadoop:hadoop-aws:3.4.1", "software.amazon.awssdk:bundle:2.24.6"),
    ),
}
