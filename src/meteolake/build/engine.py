"""The session: the one place that knows which engine runs the jobs.

`sail` is the embedded default: PySail, a Rust engine that speaks Spark Connect, in this process and without a JVM.
`spark` is classic PySpark on this machine, in an environment of its own.
`emr` is the session that a cluster gives to what was submitted to it.
"""

import contextlib
import importlib.util
import os
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pyspark
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from meteolake.errors import ConfigError, StepFailed
from meteolake.lake.paths import Zones, is_remote


@contextlib.contextmanager
def session(engine: str, memory_mb: int, *, on_s3: bool = False) -> Iterator[SparkSession]:
    """A session of the engine, stopped at the end of the block.

    Args:
        engine: one of `ENGINES`.
        memory_mb: the memory pool of the engine's operators.
        on_s3: whether the lake lies there, for which Spark on this machine fetches a connector.

    Raises:
        ConfigError: no such engine, or it is not in this environment.
        StepFailed: Spark did not start, for want of Java or of its jars.
    """
    if engine not in ENGINES:
        raise ConfigError(f"engine = {engine!r}: choose one of {', '.join(ENGINES)}.")
    with _spark(memory_mb, on_s3=on_s3) if engine == "spark" else ENGINES[engine](memory_mb) as spark:
        for key, value in _SETTINGS.items():
            spark.conf.set(key, value)
        yield spark


# Every engine must read times as UTC and turn a bad cast into an error, so that a job answers alike everywhere.
_SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


@contextlib.contextmanager
def _sail(memory_mb: int) -> Iterator[SparkSession]:
    os.environ.setdefault("RUST_LOG", "off")
    os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")  # clearing huge pages at first touch costs more than it saves
    os.environ["SAIL_RUNTIME__MEMORY_POOL__TYPE"] = "fair"  # without a pool the engine takes all memory and aborts
    os.environ["SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE"] = str(memory_mb * 1024 * 1024)
    from pysail.spark import SparkConnectServer  # reads the settings above when it is imported

    # PySpark takes a process whose main module has no file, as in `python -c`, for a doctest of its own and ends it.
    vars(sys.modules["__main__"]).setdefault("__file__", "")
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
    # Else the client looks through the stack at every column that is named, a tenth of a small run.
    spark.conf.set("spark.python.sql.dataFrameDebugging.enabled", "false")
    _keep_interruptions()
    try:
        yield spark
    finally:
        spark.stop()
        server.stop()


def _keep_interruptions() -> None:
    """Take Ctrl-C back: the engine would end at it, while the client waits ten minutes for it to come again."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.getsignal(signal.SIGINT))


@contextlib.contextmanager
def _spark(memory_mb: int, *, on_s3: bool = False) -> Iterator[SparkSession]:
    """Classic PySpark on this machine: a JVM in this process's care, with jars by their Maven coordinates."""
    if (delta := _DELTA_JARS.get(version := pyspark.__version__.rsplit(".", 1)[0])) is None or not _is_classic():
        raise ConfigError(
            f"engine = 'spark' needs classic PySpark of {' or '.join(_DELTA_JARS)}, and here is {version}"
            f"{'' if _is_classic() else ' (its client alone)'}: see docs/engines.md for an environment that has it."
        )
    os.environ["PYSPARK_PYTHON"] = sys.executable  # workers must be of this environment
    builder = SparkSession.builder.master("local[*]").appName("meteolake")
    for key, value in _LOCAL_SPARK.items():
        builder = builder.config(key, value)
    jars = f"{delta},{_S3_JARS[version]}" if on_s3 else delta
    builder = builder.config("spark.jars.packages", jars).config("spark.driver.memory", f"{memory_mb}m")
    try:
        spark = builder.getOrCreate()
    except PySparkRuntimeError as error:  # the launcher ended, and has written its reason to stderr
        raise StepFailed(
            "Apache Spark did not start, for the reason above. It needs a JDK 17 and, once, the network, to fetch "
            f"{jars} from Maven Central: see docs/engines.md."
        ) from error
    try:
        yield spark
    finally:
        spark.stop()


@contextlib.contextmanager
def _given(memory_mb: int) -> Iterator[SparkSession]:
    """The cluster's own session, with the settings of what was submitted, memory among them."""
    spark = SparkSession.builder.getOrCreate()
    # Delta leaves out commits without rows, which tell how far an output has read its inputs.
    spark.conf.set("spark.databricks.delta.skipRecordingEmptyCommits", "false")
    try:
        yield spark
    finally:
        spark.stop()


def _is_classic() -> bool:
    return importlib.util.find_spec("py4j") is not None


_DELTA_JARS = {"3.5": "io.delta:delta-spark_2.12:3.3.2", "4.0": "io.delta:delta-spark_2.13:4.0.0"}
_S3_JARS = {"3.5": "org.apache.hadoop:hadoop-aws:3.3.4", "4.0": "org.apache.hadoop:hadoop-aws:3.4.1"}  # Spark's Hadoop
_LOCAL_SPARK = {
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.endpoint": "${env.AWS_ENDPOINT_URL:-}",  # as everything else in this process reaches S3
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.shuffle.partitions": "8",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
ENGINES: dict[str, Callable[[int], AbstractContextManager[SparkSession]]] = {
    "sail": _sail,
    "spark": _spark,
    "emr": _given,
}


@contextlib.contextmanager
def plain_paths(zones: Zones) -> Iterator[Zones]:
    """The zones by paths that every engine takes as they are.

    Sail looks for `my lake` at `my%20lake`: a local root with such a sign is reached through a link for the time being.
    """
    with tempfile.TemporaryDirectory(prefix="meteolake-") as folder:
        yield Zones(*(_plain(root, Path(folder) / name) for name, root in vars(zones).items()))


def _plain(root: str, link: Path) -> str:
    if is_remote(root) or re.fullmatch(r"[\w./~-]+", root, re.ASCII):
        return root
    Path(root).mkdir(parents=True, exist_ok=True)
    link.symlink_to(root, target_is_directory=True)
    return str(link)
