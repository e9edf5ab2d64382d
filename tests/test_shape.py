"""The architecture, held: what no linter sees. Each test lists every offence, so that one run shows all."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PYPROJECT["tool"]["importlinter"]["root_packages"]
# Whom each package may know (docs/architecture.md, "Who may import whom"); addresses and templates are knowledge too.
KNOWS = {
    "kernel": {"kernel"},
    "payments": {"kernel", "payments"},
    "community": {"kernel", "payments", "community"},
    "shop": {"kernel", "payments", "community", "shop"},
    "crowdfund": {"kernel", "payments", "community", "crowdfund"},
}
# The shell round every page shows a visitor two doors, and both are community's.
SHELL_DOORS = {"community.join", "community.sign_in"}
# Pages whose template serves an endpoint of another name, and web or desk modules without a noun: keep both short.
PAGES_OF_OTHER_ENDPOINTS: set[str] = set()
ROUTES_WITHOUT_NOUN = {
    "community/web/home.py",  # shows what every noun has to say today
    "community/web/path.py",  # shows milestones as the way of one member
    "community/desk/approvals.py",  # decides what kernel/approvals.py keeps for every package
    "community/desk/mails.py",  # shows what kernel/outbox.py keeps for every package
}

FILE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 300, 40, 80
NAMES_THAT_SAY_NOTHING = re.compile(r"_?(utils?|helpers?|common|core|base|misc|managers?|services?)")
CLOCKS = re.compile(
    r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime)"
    r"|func\.(now|current_timestamp|localtimestamp)"
)
JINJA = re.compile(r"\{[%#{].*?[%#}]\}", re.DOTALL)
KNOWN_TEMPLATE = re.compile(r"""\{%-?\s*(?:extends|include|import|from)\s+["']([^"']+)["']""")
LINKED = re.compile(r"""url_for\(\s*["']([\w.]+)["']""")


def python_files(*folders: str) -> list[Path]:
    """The Python files in these folders, or all of ours."""
    every = folders or (*PACKAGES, "tests", "bench", "migrations")
    files = [path for folder in every for path in sorted((ROOT / folder).rglob("*.py"))]
    return files if folders else [*files, ROOT / "bin" / "run", *ROOT.glob("*.py")]


def product_files() -> list[Path]:
    """The Python that runs in production."""
    return [*python_files(*PACKAGES), *ROOT.glob("wsgi.py")]


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@dataclass(frozen=True)
class Read:
    """What the tests ask of a file; the trees themselves are far too large to be kept."""

    imported: frozenset[str]  # the first names of what it imports
    routes: frozenset[str]  # the names of its endpoints, by the decorators of its routes
    functions: tuple[tuple[int, str, int], ...]  # line, name, length
    clocks: tuple[tuple[int, str], ...]  # line, what tells the time


@cache
def read(path: Path) -> Read:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    attributes = [(node.lineno, ast.unparse(node)) for node in nodes if isinstance(node, ast.Attribute)]
    return Read(
        frozenset(first for node in nodes for first in imported(node)),
        frozenset(endpoint for function in functions for endpoint in routes(function)),
        tuple((each.lineno, each.name, (each.end_lineno or 0) - each.lineno + 1) for each in functions),
        tuple(attribute for attribute in attributes if CLOCKS.fullmatch(attribute[1])),
    )


@cache
def endpoints(package: str) -> frozenset[str]:
    return frozenset().union(*(read(path).routes for path in python_files(package)))


def none(offences: object) -> None:
    """Fails with one offence a line."""
    found = sorted(map(str, offences))
    assert not found, "\n".join(["", *found])


def owner(template: str) -> str:
    """The package a template belongs to: its folder's, below desk/ or mail/ too; what is nobody's is the kernel's."""
    parts = Path(template).parts
    first = parts[1] if parts[0] in ("desk", "mail") and len(parts) > 1 else parts[0]
    return first if first in PACKAGES else "kernel"


@cache
def blueprints() -> dict[str, str]:
    """Which package each blueprint's name belongs to."""
    made = re.compile(r"""Blueprint\(\s*["'](\w+)["']""")
    return {
        found: path.relative_to(ROOT).parts[0]
        for path in python_files(*PACKAGES)
        for found in made.findall(path.read_text())
    }


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.split(".")[0]]
    return []


def routes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for call in function.decorator_list:
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("get", "post", "route"):
            named = [word.value.value for word in call.keywords if word.arg == "endpoint"]  # type: ignore[attr-defined]
            yield from named or [function.name]


def test_files_stay_short():
    text = [*python_files(), *(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]
    long = [f"{name(path)}: {lines(path)}" for path in text if lines(path) > FILE_LINES]
    long += [f"{name(path)}: {lines(path)}" for path in templates() if lines(path) > TEMPLATE_LINES]
    none(long)


def test_functions_stay_short():
    long = []
    # A migration's upgrade is as long as its table has columns.
    for path in [path for path in python_files() if "migrations" not in path.parts]:
        found = (each for each in read(path).functions if each[2] > FUNCTION_LINES)
        long += [f"{name(path)}:{line} {function}: {length}" for line, function, length in found]
    none(long)


def test_modules_are_named_for_what_they_hold():
    parts = {(path, part) for path in python_files(*PACKAGES) for part in path.relative_to(ROOT).with_suffix("").parts}
    none(name(path) for path, part in parts if NAMES_THAT_SAY_NOTHING.fullmatch(part))


def test_every_package_at_the_root_is_known_to_the_import_contract():
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - {"tests", "bench", "migrations"} <= set(PACKAGES)
    assert set(KNOWS) == set(PACKAGES)


def test_only_the_configuration_reads_the_environment():
    reading = re.compile(r"\bos\.(environ|getenv|putenv)\b|from os import .*\b(environ|getenv)\b")
    readers = {name(path) for path in product_files() if reading.search(path.read_text())}
    none(readers - {"kernel/config.py"})


def test_only_the_clock_tells_the_time():
    others = [path for path in product_files() if name(path) != "kernel/clock.py"]
    none(f"{name(path)}:{line} {told}" for path in others for line, told in read(path).clocks)


def test_only_wsgi_knows_every_package():
    none(name(path) for path in python_files(*PACKAGES) if "wsgi" in read(path).imported)
    assert set(PACKAGES) <= read(ROOT / "wsgi.py").imported


def test_no_app_is_made_at_import():
    body = ast.parse((ROOT / "wsgi.py").read_text()).body
    calls = [node.value for node in body if isinstance(node, ast.Assign | ast.Expr)]
    said = [ast.unparse(call).lower() for call in calls if isinstance(call, ast.Call)]
    none(call for call in said if "app" in call)


def test_links_stay_within_what_a_package_may_know():
    sources = [(owner(str(path.relative_to(ROOT / "templates"))), path) for path in templates()]
    sources += [(path.relative_to(ROOT).parts[0], path) for path in python_files(*PACKAGES)]
    offences = []
    for package, path in sources:
        for endpoint in LINKED.findall(path.read_text()):
            to = blueprints().get(endpoint.split(".")[0], "kernel")
            if to not in KNOWS[package] and not (package == "kernel" and endpoint in SHELL_DOORS):
                offences.append(f"{name(path)}: {endpoint}")
    none(offences)


def test_templates_use_those_of_packages_they_may_know():
    offences = []
    for path in templates():
        package = owner(str(path.relative_to(ROOT / "templates")))
        used = KNOWN_TEMPLATE.findall(path.read_text())
        offences += [f"{name(path)}: {other}" for other in used if owner(other) not in KNOWS[package]]
    none(offences)


def test_a_page_and_its_endpoint_share_a_stem():
    offences = []
    for path in templates():
        inside = path.relative_to(ROOT / "templates")
        package = owner(str(inside))
        # What extends nothing is a piece of a page; mail answers no address.
        if package == "kernel" or inside.parts[0] == "mail" or "{% extends" not in path.read_text():
            continue
        stems = {path.stem, f"{inside.parts[0]}_{path.stem}"}
        if not stems & endpoints(package) and str(inside) not in PAGES_OF_OTHER_ENDPOINTS:
            offences.append(str(inside))
    none(offences)


def test_routes_and_desk_are_about_a_noun_of_their_package():
    offences = []
    for package in sorted(set(PACKAGES) - {"kernel"}):
        files = {path: path.relative_to(ROOT).with_suffix("").parts for path in python_files(package)}
        outside = {path: parts for path, parts in files.items() if {"web", "desk"} & set(parts)}
        nouns = {part for path, parts in files.items() if path not in outside for part in parts}
        for path, parts in outside.items():
            # web/orders.py and web/orders/checkout.py are both about orders.
            noun = next(part for before, part in pairwise(parts) if before in ("web", "desk"))
            if read(path).routes and noun not in nouns | {"__init__"}:
                offences.append(name(path))
    none(set(offences) - ROUTES_WITHOUT_NOUN)


def test_templates_hold_no_code_and_no_styles():
    """The policy is `script-src 'self'` and no nonce: browsers refuse what stands inline. Mail has no style sheet."""
    script = re.compile(r"<script(?![^>]*\ssrc=)|\s(on[a-z]+|hx-on[\w:.-]*)\s*=|javascript:", re.IGNORECASE)
    style = re.compile(r"<style|\sstyle\s*=", re.IGNORECASE)
    offences = []
    for path in templates():
        bare = JINJA.sub("", path.read_text())
        in_mail = path.relative_to(ROOT / "templates").parts[0] == "mail"
        offences += [f"{name(path)}: {found.group().strip()}" for found in script.finditer(bare)]
        offences += [f"{name(path)}: {found.group().strip()}" for found in style.finditer(bare) if not in_mail]
    none(offences)


def test_nothing_is_deleted_by_cascade():
    cascade = re.compile(r"""ON\s+DELETE\s+CASCADE|ondelete\s*=\s*["']cascade""", re.IGNORECASE)
    files = [*product_files(), *python_files("migrations")]
    none(name(path) for path in files if cascade.search(path.read_text()))


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX)\b")
    files = [*python_files(), *templates(), *(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")]
    files += [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "bin" / "setup"]
    none(name(path) for path in files if path != Path(__file__) and later.search(path.read_text()))


def test_the_suite_loads_what_refuses_skips():
    conftest = (ROOT / "tests" / "conftest.py").read_text()
    none(plugin for plugin in ("tests.plugin_require_all", "tests.postgres") if f'"{plugin}"' not in conftest)


def test_the_locks_hold_hashes_and_no_addresses():
    locks = [*ROOT.glob("requirements*.txt"), *ROOT.glob("package-lock.json")]
    for lock in locks:
        # npm keeps funding links and licences of packages; what it must not keep is where they came from.
        assert not re.search(r"https?://|\bfile:" if lock.suffix == ".txt" else r'"resolved"', lock.read_text()), (
            lock.name
        )
    for lock in ROOT.glob("requirements*.txt"):
        pins = re.findall(r"^[\w-]+(?:\[\w+\])?==.*", lock.read_text(), re.MULTILINE)
        assert pins, lock.name
        assert [pin for pin in pins if not pin.endswith("\\")] == [], lock.name


def test_the_tests_use_the_versions_that_run():
    pin = re.compile(r"^[\w-]+==[^\\]+", re.MULTILINE)
    run, dev = (set(pin.findall((ROOT / lock).read_text())) for lock in ("requirements.txt", "requirements-dev.txt"))
    none(run - dev)


def test_what_the_product_imports_is_asked_for_by_name():
    wanted = {line.split("[")[0].strip().lower() for line in (ROOT / "requirements.in").read_text().splitlines()}
    wanted = {re.split(r"[<>=~ ]", word)[0].replace("_", "-") for word in wanted if not word.startswith("#")}
    ours = {*PACKAGES, "wsgi", *sys.stdlib_module_names}
    provided = packages_distributions()
    missing = set()
    for path in product_files():
        for module in read(path).imported - ours:
            if not wanted & {dist.lower().replace("_", "-") for dist in provided.get(module, [])}:
                missing.add(f"{name(path)}: {module}")
    none(missing)
