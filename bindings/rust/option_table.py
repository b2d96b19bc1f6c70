"""The library's table of options (src/base/options_table.cc) as Rust; see generate.py."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OPTIONS = os.path.join(HERE, "..", "..", "src", "base", "options_table.cc")
NOTE = "// Made by bindings/rust/generate.py: do not edit.\n"
KINDS = (  # the table's array, the class, what it is for
    ("kConnection", "ConnectOptions", "CONNECTION", "of [`Connection::connect_with`](crate::Connection::connect_with)"),
    ("kBucket", "BucketOptions", "BUCKET", "of [`Connection::create_bucket`](crate::Connection::create_bucket)"),
    ("kWatch", "WatchOptions", "WATCH", "of [`Bucket::watch`](crate::Bucket::watch) and [`Bucket::follow`](crate::Bucket::follow)"),
    ("kFold", "FoldOptions", "FOLD", "of [`Fold::open_with`](crate::Fold::open_with)"),
    ("kExport", "ExportOptions", "EXPORT", "of an export"),
    ("kObjectStore", "ObjectStoreOptions", "OBJECT_STORE", "of [`ObjectStore::open_with`](crate::ObjectStore::open_with)"),
    ("kPublish", "PublishOptions", "PUBLISH", "of [`ObjectStore::publish`](crate::ObjectStore::publish)"),
    ("kImport", "ImportOptions", "IMPORT", "of an import, a download or a bootstrap"),
)


def camel(name):
    return "".join(part.capitalize() for part in name.lower().split("_"))


def arguments_of(text):
    """The arguments of a call as far as its closing parenthesis: texts as str, the rest as it is."""
    items, at, current, quoted = [], 0, "", False
    while text[at] != ")":
        if text[at] == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            current, quoted, at = (current if quoted else "") + text[at + 1:end], True, end
        elif text[at] == ",":
            items.append(current if quoted else current.strip())
            current, quoted = "", False
        elif not quoted:
            current += text[at]
        at += 1
    return items + [current if quoted else current.strip()]


def option_rows(text, array):
    """(type, name, default, values, unit, summary) of each option of a kind."""
    match = re.search(r"OptionSpec %s\[\] = \{(.*?)kEnd\}" % array, text, flags=re.S)
    if not match:
        sys.exit("generate.py: cannot find %s in options_table.cc" % array)
    for found in re.finditer(r"\b(\w+)_option\(", match.group(1)):
        kind, items = found.group(1), arguments_of(match.group(1)[found.end():])
        name, summary = items[0], items[-1]
        default = items[1] if kind in ("choice", "number", "bool") else ""
        values = items[2].split("|") if kind == "choice" else []
        unit = items[4] if kind == "number" and items[4] != "nullptr" else ""
        yield kind, name, default, values, unit, summary


def sentence(text):
    text = " ".join(text.split())
    text = text if re.match(r"\w+:", text) else text[0].upper() + text[1:]
    return re.sub(r"([<>\[\]])", r"\\\1", text)


def option_method(kind, name, default, unit, summary):
    about = "    /// %s." % sentence(summary)
    about += " Default: %s%s." % (default, " " + unit if unit else "") if default else ""
    if kind == "number":
        return "%s\n    pub fn %s(self, value: u64) -> Self {\n        self.with_u64(\"%s\", value)\n    }" % (about, name, name)
    if kind == "bool":
        return "%s\n    pub fn %s(self, value: bool) -> Self {\n        self.with_bool(\"%s\", value)\n    }" % (about, name, name)
    if kind == "choice":
        return "%s\n    pub fn %s(self, value: choice::%s) -> Self {\n        self.set(\"%s\", value.as_str())\n    }" % (about, name, camel(name), name)
    if kind == "list":
        return ("%s Adds to the list.\n    pub fn %s<T: AsRef<str>>(mut self, values: impl IntoIterator<Item = T>) -> Self {\n"
                "        for value in values {\n            self = self.with_added(\"%s\", value.as_ref());\n        }\n        self\n    }") % (about, name, name)
    return "%s\n    pub fn %s(self, value: &str) -> Self {\n        self.set(\"%s\", value)\n    }" % (about, name, name)


def options_rs(text):
    out = [NOTE + "use super::choice;\nuse crate::options::option_kind;\nuse slipstream_sys as sys;\n"]
    names = []
    for array, rust, kind, about in KINDS:
        out.append("option_kind!(\n    /// Options %s. What is not set has its default; values are checked by the call that takes them.\n    %s, sys::SLIP_OPTIONS_%s\n);\n" % (about, rust, kind))
        rows = list(option_rows(text, array))
        names += [(kind, row[1]) for row in rows]
        if rows:
            out.append("impl %s {" % rust)
            out.append("\n".join(option_method(row[0], row[1], row[2], row[4], row[5]) for row in rows))
            out.append("}\n")
    out.append("/// Every option that has a method here: kind and name.\n#[doc(hidden)]\npub const OPTION_NAMES: &[(i32, &str)] = &[")
    out += ['    (sys::SLIP_OPTIONS_%s, "%s"),' % row for row in names]
    return "\n".join(out + ["];"]) + "\n"


def choice_rs(text):
    out = [NOTE + "//! The values of options that are a choice.\n"]
    for array, _, _, _ in KINDS:
        for kind, name, default, values, _, summary in option_rows(text, array):
            if kind != "choice":
                continue
            out.append("/// %s.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n#[non_exhaustive]\npub enum %s {" % (
                sentence(summary), camel(name)))
            for value in values:
                out.append("    /// `%s`%s\n    %s," % (value, ", the default" if value == default else "", camel(value)))
            out.append("}\n\nimpl %s {\n    pub(crate) fn as_str(self) -> &'static str {\n        match self {" % camel(name))
            out += ['            Self::%s => "%s",' % (camel(value), value) for value in values]
            out.append("        }\n    }\n}\n")
    return "\n".join(out)
