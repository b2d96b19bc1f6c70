"""Object stores, and publishing artifacts to them."""

import ctypes as c
import json
from typing import Any, Dict, Iterator, NamedTuple, Optional, cast

from . import _structs
from ._handle import Handle, borrowed
from ._load import data_of, library, name_of
from ._states import new_struct, state_of
from .errors import SlipstreamError
from .options import Options
from .states import ArtifactSummary, Published


class StoredObject(NamedTuple):
    """A whole object, and the tag that put_if takes."""

    data: bytes
    tag: str


class ObjectInfo(NamedTuple):
    """One row of a listing."""

    name: str
    size: int
    modified_ns: int


class ObjectStore(Handle):
    """Where artifacts are published. Made by open_object_store().

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, open_object_store("local:" + folder) as store:
    ...     tag = store.put("a/b", b"1")
    ...     _ = store.put_if("a/b", b"2", tag)
    ...     store.get("a/b").data, [row.name for row in store.list("a/")]
    (b'2', ['a/b'])
    """

    _noun = "object_store"
    _rank = 3

    def get(self, name: str) -> StoredObject:
        """A whole object of at most 64 MiB; NotFound otherwise."""
        data, tag = c.c_void_p(), c.c_void_p()
        self._call("get", name_of(name, "object"), c.byref(data), c.byref(tag))
        return StoredObject(self._library.take_text(data), self._library.take_text(tag).decode())

    def put(self, name: str, data: bytes) -> str:
        """Write an object whatever was there; returns its tag."""
        content, tag = data_of(data, "value"), c.c_void_p()
        self._call("put", name_of(name, "object"), content, len(content), c.byref(tag))
        return self._library.take_text(tag).decode()

    def put_if(self, name: str, data: bytes, expected_tag: Optional[str]) -> str:
        """Write it only while its tag is this, None: while there is none. Conflict otherwise."""
        content, tag = data_of(data, "value"), c.c_void_p()
        expected = None if expected_tag is None else name_of(expected_tag, "tag")
        self._call("put_if", name_of(name, "object"), content, len(content), expected, c.byref(tag))
        return self._library.take_text(tag).decode()

    def list(self, prefix: str = "", after: Optional[str] = None,
             page: int = 1000) -> Iterator[ObjectInfo]:
        """The objects whose names begin with `prefix` and come after `after`, ascending."""
        while True:
            text = c.c_void_p()
            self._call("list", name_of(prefix, "prefix"),
                       None if after is None else name_of(after, "object"), page, c.byref(text))
            rows = json.loads(self._library.take_text(text))
            for row in rows:
                yield ObjectInfo(row["name"], row["size"], row["modified_ns"])
            if len(rows) < page:
                return
            after = rows[-1]["name"]

    def remove(self, name: str) -> None:
        """NotFound where there was none."""
        self._call("remove", name_of(name, "object"))

    def publish(self, key: str, directory: Any, **options: Any) -> Published:
        """Publish the artifact in `directory` under `key`. Superseded where something newer stands."""
        published = new_struct(_structs.Published)
        with borrowed(self) as pointer, Options("publish", options) as chosen:
            self._library.call("slip_publish", pointer, name_of(key, "key"),
                               name_of(directory, "directory"), chosen, c.byref(published))
        return state_of(Published, published)

    def pointer(self, key: str) -> Dict[str, Any]:
        """The pointer with the manifest that it names: {"pointer": ..., "manifest": ...}."""
        text = c.c_void_p()
        with borrowed(self) as pointer:
            self._library.call("slip_pointer_read", pointer, name_of(key, "key"), c.byref(text))
        return cast(Dict[str, Any], json.loads(self._library.take_text(text)))

    def download(self, key: str, directory: Any, **options: Any) -> ArtifactSummary:
        """Download what is published into `directory` and verify it to the last byte."""
        return self._fetch("slip_download", key, name_of(directory, "directory"), options)

    def bootstrap(self, key: str, url: str, **options: Any) -> ArtifactSummary:
        """A new fold at `url` that holds what is published; a watch on it receives only the tail."""
        return self._fetch("slip_bootstrap", key, name_of(url, "URL"), options)

    def _fetch(self, function: str, key: str, into: bytes, options: Any) -> ArtifactSummary:
        summary = new_struct(_structs.ArtifactSummary)
        with borrowed(self) as pointer, Options("import", options) as chosen:
            self._library.call(function, pointer, name_of(key, "key"), into, chosen,
                               c.byref(summary))
        return state_of(ArtifactSummary, summary)

    def __contains__(self, name: str) -> bool:
        try:
            self.get(name)
        except SlipstreamError as error:
            if isinstance(error, KeyError):
                return False
            raise
        return True


def open_object_store(url: str, **options: Any) -> ObjectStore:
    """Open "local:PATH" or "file:///PATH"; options: describe_options("object_store")."""
    handle = c.c_void_p()
    with Options("object_store", options) as chosen:
        library().call("slip_object_store_open", name_of(url, "URL"), chosen, c.byref(handle))
    return ObjectStore(handle)
