"""Write pages of docs/ from what is declared: python -m scripts.service_docs [--check]. Needs no Django."""

import sys
from collections.abc import Mapping
from typing import Any

from scripts import osm_dictionary
from scripts.places import ROOT

PAGE = ROOT / "docs" / "services.md"
HEAD = """# Services

Written by `make docs` from the declarations in `services/*/__init__.py`; a test fails where it is not current.
"""


def page() -> str:
    """Return the whole page."""
    from services.core.registry import all_services

    return "\n".join([HEAD, *(_section(service) for service in all_services().values())])


def _section(service: Any) -> str:
    parts = [
        f"## {service.title}",
        f"`{service.id}` {service.version} · command `{service.command}` · {service.domain} · on {service.resource}",
        service.summary,
        _parameters(service.params.model_json_schema()),
        _outputs(service.outputs),
    ]
    parts += [
        f"**{name}**: {text}" for name, text in (("Cite", service.citation), ("Licence", service.licence)) if text
    ]
    parts += (
        ["**Limits**\n\n" + "\n".join(f"- {line}" for line in _lines(service.limitations))]
        if service.limitations
        else []
    )
    parts += ["**Sources**\n\n" + "\n".join(f"- {line}" for line in service.sources)] if service.sources else []
    return "\n\n".join(parts) + "\n"


def _lines(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _parameters(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = ["| parameter | flag | what | values | default |", "|---|---|---|---|---|"]
    for name, field in schema["properties"].items():
        flag = field.get("x-flag", name)
        default = "required" if name in required else _value(field.get("default"))
        rows.append(f"| `{name}` | `--{flag}` | {_cell(field.get('description', ''))} | {_values(field)} | {default} |")
    return "\n".join(rows)


def _values(field: Mapping[str, Any]) -> str:
    """Return type, unit, limits or choices in a few words."""
    kinds = [kind for kind in (field, *field.get("anyOf", ())) if kind.get("type", "null") != "null" or "enum" in kind]
    words = []
    for kind in kinds:
        if "enum" in kind:
            words.append(", ".join(f"`{value}`" for value in kind["enum"]))
            continue
        signs = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        limits = [f"{sign} {kind[key]:g}" for key, sign in signs if key in kind]
        words.append(" ".join([str(kind.get("x-kind", kind["type"])), *limits]))
    unit = field.get("x-unit")
    return " or ".join(words) + (f" ({unit})" if unit and unit != "1" else "")


def _value(value: Any) -> str:
    return "–" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _outputs(outputs: Any) -> str:
    rows = ["| output | what | unit | type |", "|---|---|---|---|"]
    for output in outputs:
        name = f"`{output.name}{'_…' if output.many else ''}`{' (optional)' if output.optional else ''}"
        rows.append(f"| {name} | {_cell(output.title)} | {output.unit or '–'} | {output.dtype or '–'} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Write the pages, or tell whether they are current."""
    pages = {PAGE: page(), osm_dictionary.PAGE: osm_dictionary.page()}
    if "--check" in arguments:
        old = [path for path, text in pages.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
        for path in old:
            print(f"docs/{path.name} is not current: make docs", file=sys.stderr)
        return 1 if old else 0
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
