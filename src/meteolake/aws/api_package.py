"""The package of the API's Lambda function: its module and what that imports of the project, found by reading them.

There is nothing else in it, since the standard library and Lambda's own SDK suffice: no wheels to fetch for another
machine, a few dozen kilobytes, and a start that is not spent on imports. With FastAPI and Mangum it would be 3.3 MB,
and 1.6 s of a cold start (measured) would go into importing them from where no bytecode can be kept.
"""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from modulefinder import ModuleFinder
from pathlib import Path

HANDLER = "meteolake.lambda_function.answer"
RUNTIME = "python3.13"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell


@dataclass(frozen=True)
class Package:
    """A function's code as Lambda takes it; the same modules give the same bytes."""

    content: bytes
    sha256: str
    handler: str = HANDLER
    runtime: str = RUNTIME


def build() -> Package:
    """Make the package out of the installed modules."""
    content = _zipped(_modules())
    return Package(content, hashlib.sha256(content).hexdigest())


def _modules() -> dict[str, bytes]:
    """The modules that the function needs, by their paths in the package."""
    root = Path(str(resources.files("meteolake"))).parent
    finder = ModuleFinder(path=[str(root)])  # what lies elsewhere is Lambda's
    finder.import_hook(HANDLER.rpartition(".")[0])
    found = (getattr(module, "__file__", None) for module in finder.modules.values())
    files = (Path(file) for file in found if file)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip without times, and not compressed, since compressors differ between machines."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()
