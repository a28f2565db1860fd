"""Zip files that are the same bytes whenever they hold the same content."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

_THE_SAME_INSTANT = (1980, 1, 1, 0, 0, 0)


def write(path: Path, files: Mapping[str, bytes | Path], *, is_compressed: bool = True) -> Path:
    """Write a zip file of contents, or of other files, by their names in it."""
    method = zipfile.ZIP_DEFLATED if is_compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _THE_SAME_INSTANT)
            entry.compress_type = method
            entry.external_attr = 0o644 << 16
            content = files[name]
            archive.writestr(entry, content if isinstance(content, bytes) else content.read_bytes())
    return path
