"""Options from keyword arguments. The library knows their names, types and bounds."""

import ctypes as c
import json
from typing import Any, Dict, List, NamedTuple, Optional

from . import _constants as k
from ._load import library, name_of
from .errors import invalid

#: What options are for: the names that describe_options takes.
KINDS: Dict[str, int] = {
    name[len("OPTIONS_"):].lower(): value for name, value in vars(k).items()
    if name.startswith("OPTIONS_")
}


class OptionInfo(NamedTuple):
    """One option, as slip_options_describe tells of it."""

    name: str
    type: str
    default: Any
    summary: str
    unit: str = ""
    min: Optional[int] = None
    max: Optional[int] = None
    values: Any = None
    secret: bool = False


def describe_options(kind: str) -> List[OptionInfo]:
    """The options of a kind: connection, bucket, watch, fold, export, object_store, publish, import.

    >>> [option.name for option in describe_options("fold")][:3]
    ['durability', 'create', 'read_only']
    """
    if kind not in KINDS:
        raise invalid("no options of the kind %r; there are %s" % (kind, ", ".join(KINDS)))
    lib, text = library(), c.c_void_p()
    lib.call("slip_options_describe", KINDS[kind], c.byref(text))
    known = set(OptionInfo._fields)
    return [OptionInfo(**{name: value for name, value in row.items() if name in known})
            for row in json.loads(lib.take_text(text))]


_types: Dict[str, Dict[str, str]] = {}


class Options:
    """Options that are set while a call takes them: `with Options("watch", values) as pointer`."""

    def __init__(self, kind: str, values: Dict[str, Any]) -> None:
        self._kind = kind
        # A keyword that is a word of Python's own may be written with an underscore behind it.
        self._values = {name.rstrip("_"): value for name, value in values.items()
                        if value is not None}
        self._pointer = c.c_void_p()

    def __enter__(self) -> Optional[c.c_void_p]:
        if not self._values:
            return None
        library().call("slip_options_new", KINDS[self._kind], c.byref(self._pointer))
        try:
            for name, value in self._values.items():
                self._set(name, value)
        except BaseException:
            self.__exit__()
            raise
        return self._pointer

    def __exit__(self, *_: Any) -> None:
        library().so.slip_options_free(self._pointer)
        self._pointer = c.c_void_p()

    def _set(self, name: str, value: Any) -> None:
        if self._kind not in _types:
            _types[self._kind] = {o.name: o.type for o in describe_options(self._kind)}
        kind = _types[self._kind].get(name)
        key, call = name_of(name, "option"), library().call
        if kind == "list" and isinstance(value, (list, tuple, set, frozenset)):
            for element in value:
                call("slip_options_add", self._pointer, key, name_of(element, "option " + name))
        elif kind == "list":
            call("slip_options_add", self._pointer, key, name_of(value, "option " + name))
        elif isinstance(value, bool):
            call("slip_options_set_bool", self._pointer, key, int(value))
        elif isinstance(value, int) and 0 <= value < 2**64:
            call("slip_options_set_u64", self._pointer, key, value)
        elif kind == "bytes":
            call("slip_options_set_bytes", self._pointer, key, bytes(value), len(value))
        else:
            text = str(value) if isinstance(value, (int, float)) else value
            call("slip_options_set_string", self._pointer, key, name_of(text, "option " + name))
