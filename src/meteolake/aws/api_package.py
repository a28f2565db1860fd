"""The package of the API's Lambda function: its module and what that imports of the project, found by reading them.

There is nothing else in it, since the standard library and Lambda's own SDK suffice: no wheels to fetch for another
machine, a few dozen kilobytes, and a start that is not spent on imports. With FastAPI and Mangum it would be 3.3 MB,
and 1.6 s of a cold start (measured) would go into importing them from where no bytecode can be kept.
"""

from importlib import resources
from modulefinder import ModuleFinder
from pathlib import Path

from meteolake.aws import archive
from meteolake.aws.uploads import Upload

HANDLER = "meteolake.lambda_function.answer"
RUNTIME = "python3.13"


def package(folder: Path) -> Upload:
    """The package, written into a folder: the same bytes for the same modules, whatever compressor a machine has."""
    return Upload.of(archive.write(folder / "api.zip", _modules(), is_compressed=False))


def _modules() -> dict[str, bytes | Path]:
    """The modules that the function needs, by their paths in the package."""
    root = Path(str(resources.files("meteolake"))).parent
    finder = ModuleFinder(path=[str(root)])  # what lies elsewhere is Lambda's
    finder.import_hook(HANDLER.rpartition(".")[0])
    found = (getattr(module, "__file__", None) for module in finder.modules.values())
    return {Path(file).relative_to(root).as_posix(): Path(file) for file in found if file}
