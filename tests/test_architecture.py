"""The rules that keep the code readable: imports run downwards, and the jobs stay portable."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "meteolake"
MODULES = sorted(SOURCE.rglob("*.py"))

# The layers from the top down; a layer may import what stands below it.
LAYERS = (
    {"__main__"},
    {"cli", "lambda_function"},
    {"config"},
    {"pipeline"},
    {"aws", "publish", "serve", "capture", "build", "simulate"},
    {"lake", "climate", "forecast"},
    {"station_files", "listening"},
    {"tables", "variables", "sites", "units", "rules"},
    {"errors"},
)
SIBLINGS_MAY_IMPORT = {"tables", "variables", "sites", "units", "rules"}

BUILD_MAY_IMPORT = {"meteolake", "numpy", "pyarrow", "pyspark", "pysail"}
BUILD_MAY_IMPORT_OF_LAKE = {"meteolake.lake.paths"}

# What the embedded engine answers wrongly, differently, or not at all.
BANNED_IN_JOBS = {
    r"max\(\s*F\.struct|min\(\s*F\.struct|max_by\(|min_by\(": "max and min of structs are wrong",
    r"partitionOverwriteMode": "dynamic overwrite replaces the whole table: use replaceWhere",
    r"countDistinct\(.*,": "a distinct count of several columns takes minutes: distinct().count()",
    r"percentile_approx|approxQuantile|approx_percentile": "approximate percentiles differ: percentile or median",
    r"input_file_name|_metadata\b": "missing: the path travels in the envelope",
    r"rangeBetween\(": "RANGE over a date is wrong: order by unix_date",
    r"\.rdd\b|sparkContext": "missing in Spark Connect",
    r"zip_with|unpivot|localCheckpoint|cogroup|applyInArrow|toArrow|txnAppId|mergeSchema": "missing or different",
    r"sortWithinPartitions": "left out before mapInArrow: runs.numbered",
    r"last\(.*ignorenulls": "slow: count and join",
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module: str) -> str | None:
    """The part of the project that a module belongs to: `lake` for meteolake.lake.paths."""
    names = module.split(".")
    return names[1] if names[0] == "meteolake" and len(names) > 1 else None


def layer(name: str) -> int | None:
    return next((number for number, names in enumerate(LAYERS) if name in names), None)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_run_downwards(path: Path) -> None:
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    here = layer(own)
    assert here is not None, f"{own} stands in no layer: add it to LAYERS"
    for module in imports(path):
        other = part(module)
        there = layer(other) if other else None
        if other is None or there is None or other == own:
            continue
        is_sibling = there == here and {own, other} <= SIBLINGS_MAY_IMPORT
        assert there > here or is_sibling, f"{own} imports {module}, which does not stand below it"


@pytest.mark.parametrize("path", sorted((SOURCE / "build").glob("*.py")), ids=lambda path: path.name)
def test_what_travels_to_the_cluster_needs_only_what_is_there(path: Path) -> None:
    for module in imports(path):
        top = module.split(".")[0]
        assert top in BUILD_MAY_IMPORT or top in sys.stdlib_module_names, f"the cluster has no {top}"
        if part(module) == "lake":
            assert any(module.startswith(allowed) or module == "meteolake.lake" for allowed in BUILD_MAY_IMPORT_OF_LAKE)


@pytest.mark.parametrize("path", sorted((SOURCE / "build").glob("*.py")), ids=lambda path: path.name)
def test_jobs_use_nothing_that_engines_answer_differently(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, reason in BANNED_IN_JOBS.items():
        assert not re.search(pattern, text), f"{path.name}: {reason}"


def test_one_module_alone_writes_tables() -> None:
    table_write = re.compile(r"(?<!stdout)(?<!stderr)\.write")
    jobs = (SOURCE / "build").glob("*.py")
    writers = {path.name for path in jobs if table_write.search(path.read_text(encoding="utf-8"))}
    assert writers == {"delta.py"}


def test_the_configuration_alone_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(SOURCE))
        for path in MODULES
        if re.search(r"os\.getenv|os\.environ(\.get|\[[^\]]+\](?!\s*=))", path.read_text(encoding="utf-8"))
    }
    # On Lambda there is no configuration file: what the stack sets for the function is all there is.
    assert readers <= {"config/__init__.py", "lambda_function.py"}


def test_the_command_line_alone_prints() -> None:
    printers = {
        path.relative_to(SOURCE).parts[0]
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printers <= {"cli"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
