"""What the browser loads comes from here, unchanged, and every icon that is asked for is there."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from services.core.registry import all_services

FRONTEND = Path(__file__).resolve().parent.parent.parent / "frontend"
VENDOR = FRONTEND / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())
OURS = sorted(p for kind in ("html", "js", "css") for p in FRONTEND.rglob(f"*.{kind}") if VENDOR not in p.parents)
LOADED = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?(https?:)?//|url\(\s*["']?(https?:)?//|from\s+["']https?:|import\(["']https?:"""
)


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_vendored_file_is_the_one_that_was_pinned(entry: dict[str, str]) -> None:
    """Checksum as written down when it was fetched."""
    assert hashlib.sha256((VENDOR / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert re.fullmatch(r"@?[\w/-]+@\d+\.\d+\.\d+", entry["package"])
    assert entry["licence"] in {"MIT", "ISC", "BSD-3-Clause"}


def test_nothing_else_lies_there() -> None:
    """Every vendored file is in the manifest, every package brings its licence."""
    there = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file()} - {"manifest.json"}
    assert there == {entry["file"] for entry in MANIFEST}
    with_licence = {entry["package"] for entry in MANIFEST if entry["source"] in ("LICENSE", "LICENCE", "LICENSE.txt")}
    assert with_licence == {entry["package"] for entry in MANIFEST}


def test_every_icon_is_in_the_sprite() -> None:
    """Templates, scripts and services ask for icons that are there; else: add it to icons.txt, run vendor.py."""
    there = set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "lucide" / "sprite.svg").read_text()))
    asked = {service.icon for service in all_services().values()}
    for path in OURS:
        text = path.read_text()
        asked |= set(re.findall(r'{% icon "([\w-]+)"', text)) if path.suffix == ".html" else set()
        asked |= set(re.findall(r'\b(?:icon|button)\("([\w-]+)"', text)) if path.suffix == ".js" else set()
    assert asked - there == set()
    assert there == set((FRONTEND / "icons.txt").read_text().split())


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(FRONTEND).as_posix())
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    """No address of another host is loaded; no script, handler or style sheet stands inside a page."""
    text = path.read_text()
    assert not LOADED.search(text)
    if path.suffix == ".html":
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
        assert not re.search(r"<style|\son\w+\s*=|style=\"", text)


def test_modules_stay_small() -> None:
    """No script of ours has more than 160 lines."""
    long = {p.name: n for p in OURS if p.suffix == ".js" and (n := len(p.read_text().splitlines())) > 160}
    assert long == {}
