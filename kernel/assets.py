"""What browsers load: one style sheet, one script, one icon sprite, typefaces and drawings, named by their content.

Built at start into a folder of its own. A name holds the hash of its bytes, so it may be kept for ever; web server
and worker may build at once, because the same bytes get the same name and every write is a rename.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import structlog
from whitenoise import WhiteNoise

PREFIX = "/assets/"
FIRST_SHEETS = ("tokens", "fonts", "reset", "layout", "utilities")
FONTS = {
    f"{face}-{subset}-wght-normal.woff2": f"@fontsource-variable/{face}/files/{face}-{subset}-wght-normal.woff2"
    for face in ("newsreader", "hanken-grotesk")
    for subset in ("latin", "latin-ext")
}
HTMX = "htmx.org/dist/htmx.min.js"
ICONS = "lucide-static/icons"
PACKAGED = {*FONTS, "htmx.js"}

log = structlog.get_logger("assets")


@dataclass(frozen=True)
class Plate:
    """One of our drawings, as pages show pictures."""

    src: str
    src_small: str
    width: int
    height: int
    alt: str


class Assets:
    """Every file that pages name, by an address that never changes its content."""

    def __init__(self, static_dir: Path, node_modules: Path, out_dir: Path) -> None:
        self.static_dir = static_dir
        self.node_modules = node_modules
        self.out_dir = out_dir
        self.files_dir = out_dir / "files"
        self.drawn: dict[str, tuple[int, int, str]] = self._drawn()
        self.names = self._known() or self._build()

    def url(self, name: str) -> str:
        """The address of a file; "" for one from a package that is not installed, KeyError for an unknown one."""
        found = self.names.get(name)
        if found is None and name in PACKAGED:
            return ""
        return PREFIX + (found or self.names[name])

    def plate(self, name: str) -> Plate:
        """A drawing by its plain name ("mug"), with its size and its words; KeyError for an unknown one."""
        width, height, alt = self.drawn[name]
        src = self.url(f"plates/{name}.svg")
        return Plate(src, src, width, height, alt)

    def wrap(self, app: Callable[..., Iterable[bytes]]) -> WhiteNoise:
        """Serve /assets/ in front of the app, compressed and kept by browsers for ever."""
        return WhiteNoise(
            app,
            root=str(self.files_dir),
            prefix=PREFIX,
            immutable_file_test=lambda path, url: True,
            allow_all_origins=False,
        )

    def _drawn(self) -> dict[str, tuple[int, int, str]]:
        index = self.static_dir / "plates" / "index.json"
        listed = json.loads(index.read_text("utf-8")) if index.exists() else {}
        return {name: (width, height, alt) for name, (width, height, alt) in listed.items()}

    def _stamp(self) -> str:
        # Times and sizes, not contents: a warm start must not read a hundred files.
        seen = blake2b(digest_size=8)
        packages = (self.node_modules / name for name in (*FONTS.values(), HTMX, ICONS))
        for path in [Path(__file__), *sorted(self.static_dir.rglob("*")), *packages]:
            if path.is_file() or path.name == "icons":
                state = path.stat() if path.exists() else None
                seen.update(f"{path}:{state.st_mtime_ns}:{state.st_size};".encode() if state else b"-")
        return seen.hexdigest()

    def _list(self) -> Path:
        return self.out_dir / f"names-{self._stamp()}.json"

    def _known(self) -> dict[str, str] | None:
        try:
            names: dict[str, str] = json.loads(self._list().read_text("utf-8"))
        except FileNotFoundError:
            return None
        return names if all((self.files_dir / name).exists() for name in names.values()) else None

    def _build(self) -> dict[str, str]:
        names = {name: self._keep(name, body) for name, body in self._packaged()}
        if missing := PACKAGED - names.keys():
            log.warning("assets.packages_missing", files=len(missing), remedy="npm ci")
        names["icons.svg"] = self._keep("icons.svg", self._sprite())
        names["site.css"] = self._keep("site.css", self._sheet(names))
        names["site.js"] = self._keep("site.js", self._script())
        names["theme.js"] = self._keep("theme.js", (self.static_dir / "js" / "theme.js").read_bytes())
        for path in sorted((self.static_dir / "plates").glob("*.svg")):
            names[f"plates/{path.name}"] = self._keep(f"plates/{path.name}", path.read_bytes())
        _write(self._list(), json.dumps(names).encode())
        return names

    def _packaged(self) -> Iterator[tuple[str, bytes]]:
        for name, source in FONTS.items():
            if (path := self.node_modules / source).exists():
                yield name, path.read_bytes()
        if (path := self.node_modules / HTMX).exists():
            # Without its map, which is not served and would be asked for.
            yield "htmx.js", re.sub(rb"\n?//# sourceMappingURL=.*\s*$", b"", path.read_bytes())

    def _sheet(self, names: dict[str, str]) -> bytes:
        css = self.static_dir / "css"
        parts = [css / f"{name}.css" for name in FIRST_SHEETS]
        if not FONTS.keys() <= names.keys():
            parts.remove(css / "fonts.css")
        parts += [path for folder in ("components", "pages") for path in sorted((css / folder).glob("*.css"))]
        text = _light("\n".join(path.read_text("utf-8") for path in parts))
        return re.sub(r'url\("([\w-]+\.woff2)"\)', lambda found: f'url("{names[found[1]]}")', text).encode()

    def _script(self) -> bytes:
        parts = [path for path in sorted((self.static_dir / "js").glob("*.js")) if path.name != "theme.js"]
        # A block each, so that no module sees another's names.
        return "\n".join(f"{{\n{path.read_text('utf-8')}}}" for path in parts).encode()

    def _sprite(self) -> bytes:
        wanted = (self.static_dir / "icons.txt").read_text("utf-8").split()
        symbols = "".join(self._symbol(name) for name in wanted)
        return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'.encode()

    def _symbol(self, name: str) -> str:
        path = self.node_modules / ICONS / f"{name}.svg"
        if not (self.node_modules / ICONS).exists():
            return ""  # every drawing stands beside its word, so nothing is lost without it
        inner = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text("utf-8"), re.S)
        assert inner is not None, f"{path.name} is not a drawing"
        return f'<symbol id="{name}" viewBox="0 0 24 24">{" ".join(inner[1].split())}</symbol>'

    def _keep(self, name: str, body: bytes) -> str:
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}-{blake2b(body, digest_size=6).hexdigest()}{dot}{ending}"
        path = self.files_dir / hashed
        if ending != "woff2" and not (packed := path.with_name(path.name + ".gz")).exists():
            _write(packed, gzip.compress(body, 9, mtime=0))
        if not path.exists():
            _write(path, body)
        return hashed


def _light(css: str) -> str:
    """The same rules without comments and idle space."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"\s+", " ", css)
    return re.sub(r"\s*([{};])\s*", r"\1", css).replace(";}", "}").strip()


def _write(path: Path, body: bytes) -> None:
    """Whole or not at all, whoever else writes the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(body)
    draft.replace(path)
