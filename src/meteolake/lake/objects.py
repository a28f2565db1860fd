"""Objects of a zone, on local disk or S3, through one small class over obstore."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from meteolake.errors import LakeError
from meteolake.lake import access
from meteolake.lake.paths import is_remote
from meteolake.lake.refusals import reason


class Objects:
    """The objects below a root; paths are relative to it and use forward slashes.

    Raises:
        LakeError: the root can be neither opened nor created, or a call to the store fails.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._credentials = access.renewed() if is_remote(root) else ""
        self._opened = _open(root)

    @property
    def _store(self) -> ObjectStore:
        """The store, opened anew when the credentials were renewed."""
        if is_remote(self.root) and (now := access.renewed()) != self._credentials:
            self._opened, self._credentials = _open(self.root), now
        return self._opened

    def create(self, path: str, data: bytes) -> bool:
        """Write an object that must not exist yet, atomically; False when it does."""
        try:
            self._store.put(path, data, mode="create")
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as error:
            raise self._failed("write", path, error) from error
        return True

    def create_new(self, path: str, data: bytes) -> None:
        """Write an object that is never changed again; one that is there already is an error."""
        if not self.create(path, data):
            raise LakeError(f"{path} in {self.root} is there already and is never overwritten: run again.")

    def put(self, path: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Write or replace an object, atomically; headers go with it to the web, where a store can keep them."""
        attributes = None if isinstance(self._store, LocalStore) else dict(headers or {})
        try:
            self._store.put(path, data, attributes=attributes)
        except (BaseError, OSError) as error:
            raise self._failed("write", path, error) from error

    def get(self, path: str) -> bytes:
        """An object's bytes."""
        try:
            return self._store.get(path).bytes().to_bytes()
        except (BaseError, OSError) as error:
            raise self._failed("read", path, error) from error

    def find(self, path: str) -> bytes | None:
        """An object's bytes, or None where there is no such object."""
        try:
            return self._store.get(path).bytes().to_bytes()
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._failed("read", path, error) from error
            return None
        except (BaseError, OSError) as error:
            raise self._failed("read", path, error) from error

    def list(self, prefix: str = "", since: str = "") -> Iterator[str]:
        """Paths of the objects below a prefix, sorted; those from a path on, so that a store need not name all."""
        try:
            pages = self._store.list(prefix, offset=since[:-1] or None)  # a store lists what comes after the offset
            return iter(sorted(entry["path"] for page in pages for entry in page if entry["path"] >= since))
        except (BaseError, OSError) as error:
            raise self._failed("list", prefix, error) from error

    def delete(self, path: str) -> None:
        """Remove an object; one that is gone already is no error."""
        try:
            self._store.delete(path)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise self._failed("delete", path, error) from error

    def _failed(self, action: str, path: str, error: Exception) -> LakeError:
        return LakeError(f"Could not {action} {path or 'objects'} in {self.root}: {reason(error)}")


def _open(root: str) -> ObjectStore:
    if is_remote(root):
        return from_url(root)
    folder = Path(root.removeprefix("file://"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    except (BaseError, OSError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LakeError(
            f"{folder} cannot be written: {said}. Choose another path in the configuration, or correct its permissions."
        ) from error
