"""Colours that meet have the contrast of WCAG 2.2 AA: 4.5 for text, 3 for the edges of controls, in both themes."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).resolve().parent.parent.parent / "frontend" / "static" / "css" / "groundwork.css").read_text()
TEXT = [
    *[
        (ink, ground)
        for ink in ("ink", "ink-soft")
        for ground in ("sheet", "ground", "raised", "sunken", "accent-soft")
    ],
    *[("accent-strong", ground) for ground in ("sheet", "ground", "accent-soft", "raised")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("sheet", "busy"),
    ("sheet", "bad"),
    ("ground", "ink"),
    ("bad", "sheet"),
    *[(name, f"{name}-soft") for name in ("good", "warn", "bad", "busy")],
    ("ink", "busy-soft"),
]
EDGES = [
    ("line-strong", "sheet"),
    ("accent", "sheet"),
    ("accent", "ground"),
    ("area", "map-land"),
    ("footprint", "map-land"),
    *[(f"chart-{n}", ground) for n in range(1, 7) for ground in ("sheet", "raised")],
]


def theme(name: str) -> dict[str, str]:
    """Return the tokens of a theme."""
    light = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", CSS.split(":root {", 1)[1].split("}", 1)[0]))
    dark = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", CSS.split(":root.dark {", 1)[1].split("}", 1)[0]))
    return light if name == "light" else light | dark


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2, definition), 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_ratio_of_black_and_white_is_21() -> None:
    """The definition's own example; grey 767676 on white is the known limit of AA."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (EDGES, 3.0)], ids=["text", "edges"])
def test_contrast(name: str, pairs: list[tuple[str, str]], least: float) -> None:
    """Every pair of the theme is far enough apart."""
    tokens = theme(name)
    found = {f"{a} on {b}": round(contrast(tokens[a], tokens[b]), 2) for a, b in pairs}
    assert {pair: ratio for pair, ratio in found.items() if ratio < least} == {}
