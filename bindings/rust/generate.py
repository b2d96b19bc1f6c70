#!/usr/bin/env python3
"""Writes what slipstream.h and the table of options declare as Rust.

    generate.py            rewrite slipstream-sys/src/{constants,structs,functions,layout}.rs and
                           slipstream/src/generated/{status,enums,states,options,choice}.rs
    generate.py --check    say which of them are not as they would be written; ends 1 if any

The header is read by bindings/python/generate.py, so that both languages read it in one way.
"""
import importlib.util
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
SYS = os.path.join(HERE, "slipstream-sys", "src")
SAFE = os.path.join(HERE, "slipstream", "src", "generated")

sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from option_table import NOTE, OPTIONS, camel, choice_rs, options_rs  # noqa: E402

_spec = importlib.util.spec_from_file_location(
    "python_generate", os.path.join(ROOT, "bindings", "python", "generate.py"))
reader = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reader)

SCALARS = {
    "int": "c_int", "int32_t": "i32", "uint32_t": "u32", "int64_t": "i64", "uint64_t": "u64",
    "size_t": "usize", "slip_status": "slip_status", "uint8_t": "u8", "char": "c_char",
    "void": "c_void",
}
# Constants that stand in members of type uint32_t.
UNSIGNED = re.compile(r"SLIP_(PUT|DELETE|PURGE|FLAG_\w+|STORAGE_\w+|DISCARD_\w+|COMPACTION_\w+|BUCKET_FROM_STATE|"
                      r"BUCKET_HEARTBEATS|VERSION_\w+|ABI_EPOCH)")
# Statuses are what stands in the enum that begins with SLIP_OK and ends with SLIP_USER_FIRST.
# Families of constants that become an enumeration: prefix, name, the C type, what it is for.
ENUMS = (
    ("CONNECTION_", "ConnectionPhase", "i32", "What a connection is doing."),
    ("STORAGE_", "Storage", "u32", "Where the server keeps a bucket."),
    ("DISCARD_", "Discard", "u32", "What a full bucket does."),
    ("WATCH_", "WatchPhase", "i32", "What a watch is doing."),
    ("EVENT_", "Event", "i32", "What can happen under a watch."),
    ("COMPACTION_", "CompactionOutcome", "u32", "How a compaction ended."),
)
# Members of states that are more than a number.
TYPED = {
    ("slip_connection_state", "state"): "ConnectionPhase",
    ("slip_bucket_state", "storage"): "Storage", ("slip_bucket_state", "discard"): "Discard",
    ("slip_bucket_state", "per_message_ttl"): "bool",
    ("slip_watch_state", "state"): "WatchPhase", ("slip_watch_state", "end_status"): "Status",
    ("slip_watch_state", "ready"): "bool", ("slip_watch_state", "auditable"): "bool",
    ("slip_watch_state", "last_event"): "Option<Event>",
    ("slip_fold_state", "loading"): "bool", ("slip_fold_state", "read_only"): "bool",
    ("slip_compaction", "outcome"): "CompactionOutcome", ("slip_compaction", "status"): "Status",
}


class Header(reader.Header):
    """As Python's, but with the names of the arguments: lists of (name, type)."""

    @staticmethod
    def _types(arguments):
        arguments, out = " ".join(arguments.split()), []
        if arguments in ("", "void"):
            return out
        for argument in arguments.split(","):
            match = re.fullmatch(r"(.*?[ *])(\w+)", argument.strip())
            if not match:
                reader.fail("argument " + argument)
            out.append((match.group(2), match.group(1).strip()))
        return out


def rust_type(header, kind):
    """The Rust type of one C type."""
    kind = kind.replace("* ", "*").replace(" *", "*").strip()
    stars = len(kind) - len(kind.rstrip("*"))
    base, const = kind.rstrip("*").strip(), False
    if base.startswith("const "):
        base, const = base[len("const "):].strip(), True
    if base in SCALARS:
        out = SCALARS[base]
    elif base in header.structs or base in header.handles or base in header.callbacks:
        out = base
    else:
        return reader.fail("type " + kind)
    for depth in range(stars):
        out = ("*const " if const and depth == 0 else "*mut ") + out
    return out


def argument_name(name):
    return "r#" + name if name in ("type", "move", "ref", "in") else name


def arrow(header, result):
    return "" if result == "void" else " -> " + rust_type(header, result)


def prototype(header, result, arguments):
    return 'unsafe extern "C" fn(%s)%s' % (
        ", ".join("%s: %s" % (argument_name(name), rust_type(header, kind))
                  for name, kind in arguments), arrow(header, result))


def constants_rs(header):
    out = [NOTE + "//! The constants of the header.", "use crate::slip_status;\n",
           "#[allow(missing_docs)]\nmod all {", "    use super::slip_status;"]
    statuses = status_names(header)
    for name, value in header.constants.items():
        kind = "slip_status" if name in statuses else "u32" if UNSIGNED.fullmatch(name) else "i32"
        kind = "i64" if name == "SLIP_TTL_NEVER" else "u64" if value >= 2**31 else kind
        out.append("    pub const %s: %s = %s;" % (
            name, kind, "u64::MAX" if value == 2**64 - 1 else value))
    return "\n".join(out + ["}\npub use all::*;"]) + "\n"


def status_names(header):
    names = list(header.constants)
    first, last = names.index("SLIP_OK"), names.index("SLIP_USER_FIRST")
    return names[first:last + 1]


MACROS = """macro_rules! opaque {
    ($name:ident) => {
        #[repr(C)]
        pub struct $name {
            _data: [u8; 0],
            _marker: PhantomData<(*mut u8, PhantomPinned)>,
        }
    };
}
macro_rules! zeroed {
    ($name:ident) => {
        impl Default for $name {
            /// Zero.
            fn default() -> Self {
                // SAFETY: plain data of C, for which all zero is a value of every member.
                unsafe { core::mem::zeroed() }
            }
        }
    };
}
macro_rules! sized {
    ($name:ident) => {
        impl Default for $name {
            /// As its _INIT macro: the size set, the rest zero.
            fn default() -> Self {
                // SAFETY: plain data of C, for which all zero is a value of every member.
                let empty: Self = unsafe { core::mem::zeroed() };
                Self { struct_size: size_of::<Self>() as u32, ..empty }
            }
        }
    };
}
"""


def structs_rs(header):
    out = [NOTE + "//! The types of the header.", "#![allow(missing_docs)]",
           "use core::ffi::{c_char, c_int, c_void};", "use core::marker::{PhantomData, PhantomPinned};\n",
           "pub type slip_status = i32;\n", MACROS]
    for name in sorted(header.handles):
        out.append("opaque!(%s);" % name)
    for name, (result, arguments) in header.callbacks.items():
        out.append("pub type %s = Option<%s>;" % (name, prototype(header, result, arguments)))
    for name, members in header.structs.items():
        out.append("\n#[repr(C)]\n#[derive(Clone, Copy, Debug)]\npub struct %s {" % name)
        for member, kind, count in members:
            text = "Option<%s>" % prototype(header, *kind) if isinstance(kind, tuple) else \
                rust_type(header, kind)
            out.append("    pub %s: %s," % (member, "[%s; %s]" % (text, count) if count else text))
        out.append("}")
        sized = members[0][0] == "struct_size"
        out.append("%s!(%s);" % ("sized" if sized else "zeroed", name))
    return "\n".join(out) + "\n"


def functions_rs(header):
    out = [NOTE + "//! The functions of the header.", "#![allow(missing_docs)]",
           "use crate::structs::*;", "use core::ffi::{c_char, c_int, c_void};\n", 'unsafe extern "C" {']
    for name, (result, arguments) in header.functions.items():
        result = result.replace("SLIP_MUST_CHECK", "").strip()
        out.append("    pub fn %s(%s)%s;" % (name, ", ".join(
            "%s: %s" % (argument_name(arg), rust_type(header, kind)) for arg, kind in arguments),
            arrow(header, result)))
    out += ["}\n", "/// Every function: the name with its address, so that a test links each.",
            "#[doc(hidden)]", "pub fn every_symbol() -> [(&'static str, *const c_void); %d] {\n    ["
            % len(header.functions)]
    out += ['        ("%s", %s as *const c_void),' % (name, name) for name in header.functions]
    return "\n".join(out + ["    ]\n}"]) + "\n"


def layout_rs(header):
    out = [NOTE + "//! Size and offsets of every struct, for the test that asks C.", "use crate::structs::*;",
           "use core::mem::offset_of;\n",
           "/// (struct, its size, (member, its offset)...)",
           "pub type Layout = (&'static str, usize, &'static [(&'static str, usize)]);\n",
           "pub const LAYOUTS: &[Layout] = &["]
    for name, members in header.structs.items():
        out.append('    ("%s", size_of::<%s>(), &[' % (name, name))
        out += ['        ("%s", offset_of!(%s, %s)),' % (member, name, member)
                for member, _, _ in members]
        out.append("    ]),")
    return "\n".join(out + ["];"]) + "\n"


def enumeration(name, kind, about, rows, unknown, more=""):
    """A C enumeration whose later values are not lost."""
    out = ["/// %s\n///\n/// Later releases of the library may report others: they are `%s`." % (
        about, unknown), "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]", "#[non_exhaustive]",
        "pub enum %s {" % name]
    out += ["    /// `%s`\n    %s," % (constant, variant) for variant, constant in rows]
    out += [more] if more else []
    out += ["    /// A value that this release of the crate does not know.\n    %s(%s),\n}\n" % (
        unknown, kind), "impl From<%s> for %s {" % (kind, name),
        "    fn from(value: %s) -> Self {\n        match value {" % kind]
    out += ["            sys::%s => Self::%s," % (constant, variant) for variant, constant in rows]
    out += ["            sys::SLIP_USER_FIRST.. => Self::User(value),"] if more else []
    out += ["            _ => Self::%s(value),\n        }\n    }\n}\n" % unknown,
            "impl From<%s> for %s {\n    fn from(value: %s) -> Self {\n        match value {" % (
                name, kind, name)]
    out += ["            %s::%s => sys::%s," % (name, variant, constant) for variant, constant in rows]
    out += ["            %s::User(value) => value," % name] if more else []
    out += ["            %s::%s(value) => value,\n        }\n    }\n}" % (name, unknown)]
    return "\n".join(out) + "\n"


def status_rs(header):
    rows = [(camel(name[len("SLIP_"):]), name) for name in status_names(header)[:-1]]
    return NOTE + "use slipstream_sys as sys;\n\n" + enumeration(
        "Status", "i32", "What a call returned, as `SLIP_*` of slipstream.h.", rows, "Unknown",
        "    /// One of your own (1000 and above), handed through from your callbacks.\n    User(i32),"
    ) + "\n".join(
        ["\nimpl Status {\n    pub(crate) fn known_name(self) -> Option<&'static str> {\n"
         "        Some(match self {"]
        + ['            Self::%s => "%s",' % row for row in rows]
        + ["            Self::User(_) | Self::Unknown(_) => return None,\n        })\n    }\n}\n"])


def enums_rs(header):
    out = [NOTE + "use slipstream_sys as sys;\n"]
    for prefix, name, kind, about in ENUMS:
        out.append(enumeration(name, kind, about, [
            (camel(constant[len("SLIP_" + prefix):]), constant) for constant in header.constants
            if constant.startswith("SLIP_" + prefix)], "Other"))
    return "\n".join(out)


def states_rs(header):
    out = [NOTE + "use super::{CompactionOutcome, ConnectionPhase, Discard, Event, Status, Storage, WatchPhase};",
           "use crate::{Cursor, text::fixed_text};\nuse slipstream_sys as sys;\n"]
    for name, members in header.structs.items():
        if not name.endswith(reader.STATES):
            continue
        rust = camel(name[len("slip_"):])
        fields = [row for row in members if row[0] not in ("struct_size", "reserved")]
        out.append("/// What `%s` of slipstream.h reports, field for field." % name)
        out.append("#[derive(Clone, Debug, PartialEq)]\n#[non_exhaustive]\npub struct %s {" % rust)
        values = []
        for member, kind, count in fields:
            plain = SCALARS.get(kind)
            text, value = plain, "state.%s" % member
            typed = TYPED.get((name, member))
            if count:
                text, value = "String", "fixed_text(&%s)" % value
            elif kind == "slip_cursor":
                text, value = "Cursor", "%s.into()" % value
            elif typed == "bool":
                text, value = "bool", "%s != 0" % value
            elif typed == "Option<Event>":
                text, value = typed, "(%s != 0).then(|| Event::from(%s))" % (value, value)
            elif typed:
                text, value = typed, "%s.into()" % value
            out.append("    /// As in slipstream.h.\n    pub %s: %s," % (member, text))
            values.append("            %s: %s," % (member, value))
        out.append("}\n\nimpl From<&sys::%s> for %s {\n    fn from(state: &sys::%s) -> Self {\n"
                   "        Self {" % (name, rust, name))
        out += values + ["        }\n    }\n}\n"]
        if name == "slip_bucket_state":
            out.append(written_back(name, rust, fields))
    return "\n".join(out)


def written_back(name, rust, fields):
    """What a caller has filled for the library."""
    out = ["impl %s {\n    pub(crate) fn write_to(&self, state: &mut sys::%s) {" % (rust, name)]
    out += ["        state.%s = self.%s%s;" % (
        member, member, ".into()" if (name, member) in TYPED else "") for member, _, _ in fields]
    return "\n".join(out + ["    }\n}\n"])


def main(arguments):
    with open(reader.HEADER, encoding="utf-8") as file:
        header = Header(file.read())
    with open(OPTIONS, encoding="utf-8") as file:
        options = file.read()
    stale = []
    for folder, name, text in (
            (SYS, "constants.rs", constants_rs(header)), (SYS, "structs.rs", structs_rs(header)),
            (SYS, "functions.rs", functions_rs(header)), (SYS, "layout.rs", layout_rs(header)),
            (SAFE, "status.rs", status_rs(header)), (SAFE, "enums.rs", enums_rs(header)),
            (SAFE, "states.rs", states_rs(header)), (SAFE, "options.rs", options_rs(options)),
            (SAFE, "choice.rs", choice_rs(options))):
        path = os.path.join(folder, name)
        have = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if have != text:
            stale.append(name)
            if arguments != ["--check"]:
                os.makedirs(folder, exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
    if arguments == ["--check"] and stale:
        sys.exit("generate.py: not up to date, run bindings/rust/generate.py: " + ", ".join(stale))


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    main(sys.argv[1:])
