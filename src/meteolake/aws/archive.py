"""Zip files that are the same bytes whenever they hold the same content."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

_THE_SAME_INSTANT = (1980, 1, 1, 0, 0, 0)
_QUICKLY = 1  # libraries hardly get smaller by more work


def write(path: Path, files: Mapping[str, bytes | Path], *, is_compressed: bool = True) -> Path:
    """Write a zip file of contents, or of other files, by their names in it."""
    method = zipfile.ZIP_DEFLATED if is_compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _THE_SAME_INSTANT)
            entry.external_attr = 0o644 << 16
            content = files[name]
            content = content if isinstance(content, bytes) else content.read_bytes()
            archive.writestr(entry, content, method, _QUICKLY)
    return path


def below(folder: Path) -> dict[str, bytes | Path]:
    """All files below a folder, by their paths in it, without what Python leaves behind."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path for path in found}
