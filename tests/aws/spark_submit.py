"""Really executes what was submitted to the simulated EMR, by spark-submit of a classic PySpark, as EMR would.

Every step begins in an empty directory with the environment of an EMR machine: a Python 3.11 that has no packages,
Spark, Delta's and S3's jars, and nothing of ours but what it takes from the bucket. What differs is written here: one
machine instead of several (master local), a bucket on loopback, other places of jars and Python, less memory, fewer
tasks.
"""

import io
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.aws.cloud import Cloud, Submitted
from tests.aws.installations import BARE_PYTHON, Installation
from tests.aws.loopback import CREDENTIALS, REGION
from tests.aws.steps import Outcome

DELTA = ("/usr/share/aws/delta/lib/delta-spark.jar", "/usr/share/aws/delta/lib/delta-storage.jar")
SMALLER = {
    "spark.driver.memory=12g": "spark.driver.memory=1500m",
    "spark.databricks.delta.snapshotPartitions=4": "spark.databricks.delta.snapshotPartitions=1",
}
# A step lasts half a minute here and is over before a JVM is warm: what makes code faster only costs, and so do tasks.
OF_SHORT_STEPS = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms1g -XX:MetaspaceSize=256m "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}
AWS_CLI = """#!{python}
import sys, boto3
bucket, key = sys.argv[-2].removeprefix("s3://").split("/", 1)
boto3.client("s3", endpoint_url="{url}").download_file(bucket, key, sys.argv[-1])
"""


@dataclass
class SparkSubmit:
    """A machine, or as many as there are clusters, below a folder."""

    cloud: Cloud
    installation: Installation
    folder: Path
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._home = self.installation.home()
        self._delta = dict(zip(DELTA, map(self.installation.jar, self.installation.delta), strict=True))

    def __call__(self, job: Submitted) -> Outcome:
        """Execute a job."""
        machine = self.folder / job.place
        if not machine.exists():
            self._set_up(machine, job)
        work = Path(tempfile.mkdtemp(prefix="work-", dir=machine))
        if job.kind == "emr":
            assert job.arguments[0] == "spark-submit"
            environment, arguments = self._exports(machine, job), job.arguments[1:]
        else:
            environment, arguments = self._localized(work, job.arguments)
        arguments = [self._mapped(machine, argument) for argument in arguments]
        done = subprocess.run(
            [str(self._home / "bin" / "spark-submit"), *arguments],
            cwd=work,
            env=self._environment(machine) | environment,
            capture_output=True,
            text=True,
            timeout=1500,
        )
        outcome = self.outcomes[job.name] = Outcome(done.returncode, done.stdout, done.stderr)
        return outcome

    def _set_up(self, machine: Path, job: Submitted) -> None:
        """A machine's configuration and commands; then the bootstrap scripts."""
        for name in ("bin", "conf", "home"):
            (machine / name).mkdir(parents=True)
        has_delta = any(
            each["Classification"] == "delta-defaults" and each["Properties"].get("delta.enabled") == "true"
            for each in job.configurations
        )
        jars = [*map(self.installation.jar, self.installation.s3), *(self._delta.values() if has_delta else ())]
        settings = {
            "spark.master": "local[2]",
            "spark.driver.extraClassPath": ":".join(map(str, jars)),
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "spark.hadoop.fs.s3a.endpoint": self.cloud.url,
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.directory.marker.retention": "keep",  # as EMR's newer Hadoop does by itself
            "spark.ui.enabled": "false",
            **OF_SHORT_STEPS,
        }
        (machine / "conf" / "spark-defaults.conf").write_text("".join(f"{k} {v}\n" for k, v in settings.items()))
        log = "rootLogger.level = warn\nrootLogger.appenderRef.stderr.ref = stderr\nappender.stderr.type = Console\n"
        log += "appender.stderr.name = stderr\nappender.stderr.target = SYSTEM_ERR\n"
        log += "appender.stderr.layout.type = PatternLayout\nappender.stderr.layout.pattern = %d %p %c: %m%n\n"
        (machine / "conf" / "log4j2.properties").write_text(log)
        commands = {
            "aws": AWS_CLI.format(python=sys.executable, url=self.cloud.url),
            "sudo": '#!/bin/bash\nexec env "$@"\n',
            "python3.11": f'#!/bin/bash\nexec {BARE_PYTHON} "$@"\n',
        }
        for name, text in commands.items():
            (machine / "bin" / name).write_text(text)
            (machine / "bin" / name).chmod(stat.S_IRWXU)
        for number, [script, *arguments] in enumerate(job.bootstrap):
            path = machine / f"bootstrap-{number}.sh"
            path.write_bytes(self._object(script))
            mapped = [self._mapped(machine, argument) for argument in arguments]
            subprocess.run(["bash", str(path), *mapped], check=True, timeout=120, env=self._environment(machine))

    def _environment(self, machine: Path) -> dict[str, str]:
        """What EMR's machines have: nothing of this process's."""
        java = {name: value for name, value in os.environ.items() if name == "JAVA_HOME"}
        return {
            **CREDENTIALS,
            **java,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "HOME": str(machine / "home"),
            "PATH": f"{machine / 'bin'}:{os.environ['PATH']}",
            "SPARK_HOME": str(self._home),
            "SPARK_CONF_DIR": str(machine / "conf"),
        }

    def _exports(self, machine: Path, job: Submitted) -> dict[str, str]:
        """The classification spark-env: what spark-submit finds in its environment."""
        found: dict[str, str] = {}
        for each in job.configurations:
            for inner in each["Configurations"] if each["Classification"] == "spark-env" else ():
                found |= {name: self._mapped(machine, value) for name, value in inner["Properties"].items()}
        return found

    def _localized(self, work: Path, arguments: list[str]) -> tuple[dict[str, str], list[str]]:
        """What EMR Serverless does before it starts a driver: unpacks archives, sets the driver's environment."""
        environment, left = {}, []
        for option, setting in zip(arguments[::2], arguments[1::2], strict=False):
            key, _, value = setting.partition("=")
            if option != "--conf":
                break
            if key == "spark.archives":
                uri, name = value.split("#")
                with zipfile.ZipFile(io.BytesIO(self._object(uri))) as packed:
                    packed.extractall(work / name)
            elif key.startswith("spark.emr-serverless.driverEnv."):
                environment[key.removeprefix("spark.emr-serverless.driverEnv.")] = value
            else:
                left += [option, setting]
        rest = arguments[len([each for each in arguments if each == "--conf"]) * 2 :]
        python = {name: str(BARE_PYTHON) for name in environment if "PYSPARK" in name}
        return environment | python, left + rest

    def _mapped(self, machine: Path, text: str) -> str:
        """The same with the places of this machine."""
        places = {
            "/opt/meteolake": str(machine / "opt"),
            "/usr/bin/python3.11": str(BARE_PYTHON),
            **{place: str(jar) for place, jar in self._delta.items()},
            **SMALLER,
        }
        for place, here in places.items():
            text = text.replace(place, here)
        return text

    def _object(self, uri: str) -> bytes:
        bucket, key = uri.removeprefix("s3://").split("/", 1)
        body: bytes = self.cloud.account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body
