"""Artifacts: folds as directories of files, to be verified and imported elsewhere."""

import ctypes as c
import json
from typing import Any, Dict, cast

from . import _structs
from ._load import library, name_of
from ._states import new_struct, state_of
from .options import Options
from .states import ArtifactSummary


def verify_artifact(directory: Any) -> ArtifactSummary:
    """Read every byte and compare; ArtifactInvalid says which file and why."""
    summary = new_struct(_structs.ArtifactSummary)
    library().call("slip_artifact_verify", name_of(directory, "directory"), c.byref(summary))
    return state_of(ArtifactSummary, summary)


def artifact_info(directory: Any) -> Dict[str, Any]:
    """The manifest, checked for form only: no data file is read."""
    lib, text = library(), c.c_void_p()
    lib.call("slip_artifact_info", name_of(directory, "directory"), c.byref(text))
    return cast(Dict[str, Any], json.loads(lib.take_text(text)))


def import_fold(directory: Any, url: str, **options: Any) -> ArtifactSummary:
    """Make a new fold at `url` from an artifact; open it with open_fold afterwards.

    >>> import slipstream, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with slipstream.open_fold("lmdb:" + folder + "/first") as fold:
    ...         fold.apply("b", [slipstream.Update(b"a", b"1", 1)], slipstream.Cursor(7, 1))
    ...         _ = fold.export(folder + "/artifact")
    ...     _ = slipstream.import_fold(folder + "/artifact", "lmdb:" + folder + "/second")
    ...     with slipstream.open_fold("lmdb:" + folder + "/second") as second:
    ...         second["a"]
    b'1'
    """
    summary = new_struct(_structs.ArtifactSummary)
    with Options("import", options) as chosen:
        library().call("slip_fold_import", name_of(directory, "directory"), name_of(url, "URL"),
                       chosen, c.byref(summary))
    return state_of(ArtifactSummary, summary)
