"""What the code may not do, read from the code: connect, start programs, make code or markup of text, keep state."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PRODUCT = [
    path
    for package in ("itb", "patients", "refills", "alerts")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts and path.relative_to(ROOT).parts[:2] != ("itb", "local")
]
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in PRODUCT}
TEMPLATES = [
    path.read_text() for path in (ROOT / "templates").rglob("*.html")
]  # a letter's plain text is not markup
SCRIPTS = {path.name: path.read_text() for path in (ROOT / "static" / "js").glob("*.js")}

CONNECTING = {
    "aiohttp", "asyncio", "ftplib", "http.client", "httpx", "imaplib", "poplib", "redis", "requests", "smtplib",
    "socket", "ssl", "telnetlib", "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
CONNECTS = {
    "itb/outbox/delivery.py": {"smtplib", "ssl", "http.client"},  # letters to the mail relay of EMAIL_URL
    "itb/outbox/probe.py": {"smtplib"},  # whether that relay answers
    "itb/outbox/watch.py": {"http.client", "urllib.request"},  # who watches from outside, at WATCH_URL
    "itb/outbox/posting.py": {"http.client", "socket", "ssl"},  # a clinic's webhook, outside our own network
    "itb/accounts/hospital.py": {"requests"},  # allauth's connection to the provider of OIDC_ISSUER
}
STARTING = {"multiprocessing", "pty", "subprocess"}
STARTS = {"itb/backup/tools.py": {"subprocess"}}  # pg_dump and pg_restore, which no page reaches
UNSAFE_READERS = {
    "dill",
    "lxml",
    "marshal",
    "pickle",
    "plistlib",
    "shelve",
    "tarfile",
    "xml",
    "yaml",
    "zipfile",
}
MAKING = {"eval", "exec", "compile", "__import__", "from_string", "Template", "system", "popen"}
FORMATS = {"itb/audit/sentences.py", "alerts/life.py"}  # each verb's sentence stands in a table there
REGISTRIES = {  # filled while modules load, read afterwards
    "itb/infusion/dosing/calculator.py": {"CALCULATORS"},
    "itb/audit/history.py": {"HISTORIES"},
}


def imported(tree: ast.AST) -> set[str]:
    """Every module that a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def among(names: set[str], modules: set[str]) -> set[str]:
    """Those of `modules` that are imported, whole or in part."""
    return {module for module in modules if any(f"{name}.".startswith(f"{module}.") for name in names)}


def users(modules: set[str]) -> dict[str, set[str]]:
    """Which files use which of `modules`."""
    used = {file: among(imported(tree), modules) for file, tree in TREES.items()}
    return {file: found for file, found in used.items() if found}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the last word of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            yield (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")), node


def test_the_product_opens_connections_only_where_it_is_named() -> None:
    assert users(CONNECTING) == CONNECTS


def test_the_product_starts_no_other_program_but_where_it_is_named() -> None:
    assert users(STARTING) == STARTS


def test_nothing_reads_a_format_that_can_carry_code_or_outside_entities() -> None:
    assert users(UNSAFE_READERS) == {}


def test_no_code_is_made_of_text() -> None:
    for file, tree in TREES.items():
        for name, call in calls(tree):
            is_pattern = ast.unparse(call.func) == "re.compile"
            assert name not in MAKING or is_pattern, f"{file}:{call.lineno}"


def test_no_pattern_is_made_of_what_people_type() -> None:
    for file, tree in TREES.items():
        for name, call in calls(tree):
            what = ast.unparse(call.func)
            if what.startswith("re.") and call.args and name != "escape":
                assert is_written_here(call.args[0]), f"{file}:{call.lineno}"
            if name == "format" and isinstance(call.func, ast.Attribute) and file not in FORMATS:
                assert is_written_here(call.func.value), f"{file}:{call.lineno}"
            patterns = [word for word in call.keywords if word.arg and word.arg.endswith("regex")]
            assert all(is_written_here(word.value) for word in patterns), f"{file}:{call.lineno}"


def is_written_here(node: ast.expr) -> bool:
    """A literal, a constant's name, or psycopg's own way of putting names into a statement."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "SQL":
        return is_written_here(node.args[0])
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id.lstrip("_").isupper())


def test_nothing_is_marked_as_safe_markup() -> None:
    for file, tree in TREES.items():
        assert not {name for name, _ in calls(tree)} & {"mark_safe", "SafeString", "SafeText"}, file
    for text in TEMPLATES:
        assert not re.search(r"\|\s*safe|autoescape off", text)


def test_our_scripts_make_neither_code_nor_markup_of_text() -> None:
    assert SCRIPTS
    making = r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|import\(|setTimeout\(['\"`]"
    listening = r"postMessage|addEventListener\(['\"]message|onmessage"
    merging = r"Object\.assign|__proto__|prototype|structuredClone"
    for name, text in SCRIPTS.items():
        assert not re.search(f"{making}|{listening}|{merging}", text), name


def test_our_scripts_keep_one_switch_in_the_browser_and_nothing_else() -> None:
    kept = [
        found
        for text in SCRIPTS.values()
        for found in re.findall(
            r"(localStorage|sessionStorage|indexedDB|caches|document\.cookie)\b(\.\w+\(\w+)?", text
        )
    ]
    assert {what for what, _ in kept} == {"localStorage"}
    assert {act.partition("(")[2] for _, act in kept} == {"OFF"}


def test_no_module_keeps_state_that_requests_change() -> None:
    for file, tree in TREES.items():
        assert not any(isinstance(node, ast.Global) for node in ast.walk(tree)), file
        assert empty_containers(tree) <= REGISTRIES.get(file, set()), file


def empty_containers(tree: ast.Module) -> set[str]:
    """Names of a module that begin as an empty list, set or dictionary, to be filled later."""
    begun = [(node.target, node.value) for node in tree.body if isinstance(node, ast.AnnAssign)]
    begun += [
        (target, node.value) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets
    ]
    return {
        ast.unparse(target)
        for target, value in begun
        if value and ast.unparse(value) in ("{}", "[]", "set()", "dict()")
    }
