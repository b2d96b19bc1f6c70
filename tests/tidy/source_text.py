"""C and C++ sources as text: without comments and strings, and cut into functions.

Heuristic, not a compiler: it reads formatted code as this project writes it.
"""

import re

_TOKEN = re.compile(
    r"""
      //(?:[^\n\\]|\\\n|\\.)*                         # line comment
    | /\*.*?\*/                                       # block comment
    | R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)"   # raw string
    | "(?:[^"\\\n]|\\.)*"                             # string
    | (?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'             # character, but no digit separator
    """,
    re.VERBOSE | re.DOTALL,
)


def _blank(text):
    return "".join("\n" if c == "\n" else " " for c in text)


def strip(text):
    """The code alone: comments are blanked, strings and characters emptied; lines stay lines."""

    def replace(match):
        token = match.group(0)
        if token.startswith("/"):
            return _blank(token)
        quote = "'" if token.startswith("'") else '"'
        return quote + _blank(token[1:-1]) + quote

    return _TOKEN.sub(replace, text)


def strip_preprocessor(code):
    """Blanks the lines that begin with # together with their continuations."""
    lines = []
    inside = False
    for line in code.split("\n"):
        inside = inside or line.lstrip().startswith("#")
        lines.append("" if inside else line)
        inside = inside and line.endswith("\\")
    return "\n".join(lines)


_SCOPE = re.compile(
    r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(?:typedef\s+)?"
    r"(?:namespace|class|struct|union|enum|extern\s*\")",
    re.DOTALL,
)
_AFTER_PARAMETERS = re.compile(
    r"\)\s*(?:(?:const|noexcept|override|final|mutable|&&?)\s*|->\s*[\w:<>,*&\s]+)*$"
)


def _kind(header):
    """What a brace at the outer level opens, by the text before it."""
    if _AFTER_PARAMETERS.search(header):
        return "function"
    if _SCOPE.match(header):
        return "scope"
    if re.search(r"=\s*$", header):
        return "other"
    return "function" if "(" in header or "[" in header else "other"


def functions(text):
    """(name, first line, number of lines) of every function with a body at namespace or class level."""
    code = strip_preprocessor(strip(text))
    found = []
    stack = []  # (kind, header, line of the header)
    header_start = 0
    for match in re.finditer(r"[{};]|(?:public|private|protected)\s*:(?!:)", code):
        at = match.start()
        outer = all(entry[0] == "scope" for entry in stack)
        token = match.group(0)
        if token == "{":
            raw = code[header_start:at]
            header = raw.strip()
            first = code.count("\n", 0, header_start + len(raw) - len(raw.lstrip())) + 1
            stack.append((_kind(header) if outer else "inner", header, first))
        elif token == "}" and stack:
            kind, header, first = stack.pop()
            if kind == "function":
                last = code.count("\n", 0, at) + 1
                found.append((_name(header), first, last - first + 1))
        if outer or all(entry[0] == "scope" for entry in stack):
            header_start = match.end()
    return found


def _name(header):
    match = re.search(r"([~\w:]+|operator\s*\S+)\s*\(", header)
    return match.group(1) if match else header.split("\n")[0][:40]


def calls(code, names, anywhere=True):
    """(line, name) of calls of free functions: `name(` or `::name(`, neither a member nor a
    declaration. With anywhere=False only the form `::name(`."""
    pattern = re.compile(r"(?P<scope>(?<![\w>])::\s*)?\b(?P<name>%s)\s*\(" % "|".join(names))
    for match in pattern.finditer(code):
        before = code[: match.start()].rstrip()
        if match.group("scope") is None and (not anywhere or not _calls_here(before)):
            continue
        yield code.count("\n", 0, match.start()) + 1, match.group("name")


_KEYWORDS_BEFORE_A_CALL = {"return", "else", "do", "throw", "case", "co_return", "not", "and", "or"}


def _calls_here(before):
    """Whether a name followed by a bracket is a free call, by what stands before it."""
    if before.endswith((".", "->", "::", "~")):
        return False
    if before.endswith("&&") or before.endswith("||"):
        return True
    if before.endswith(("*", "&", ">")):
        return False  # a declaration: `File* open(`, `Result<T> open(`
    word = re.search(r"\w+$", before)
    return word is None or word.group(0) in _KEYWORDS_BEFORE_A_CALL
