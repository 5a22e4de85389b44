"""From a service's declaration to the fields of its form: which widget, which choices, which limits in words."""

from collections.abc import Mapping
from typing import Any

from services.core.service import Service
from services.core.types import AREA, BANDS, MODEL, PROJECTION, RESULT, SCENE, SCENES, VECTOR_FILE

WIDGETS = {
    SCENE: "scene",
    SCENES: "scenes",
    RESULT: "result",
    MODEL: "model",
    VECTOR_FILE: "vector",
    AREA: "area",
    BANDS: "bands",
}
WORKED_ON = ("scene", "scenes", "result", "model", "vector")
MOST_RADIOS = 3
LONGEST_RADIOS = 34
RADAR = "S1-"
EXAMPLES = {PROJECTION: "EPSG:32633"}


def form_fields(service: Service) -> list[dict[str, Any]]:
    """Return the form's fields in the order of the declaration."""
    fields = [_field(service, name) for name in service.open_parameters()]
    fields.sort(key=lambda field: field["widget"] not in WORKED_ON or field["advanced"])  # these come first
    scenes = [field for field in fields if field["widget"] == "scene" and not field["optional"]]
    for field in scenes[1:]:
        field["pairs"] = any(accepted.startswith(RADAR) for accepted in field["accepts"])
    return fields


def _field(service: Service, name: str) -> dict[str, Any]:
    schema = service.property_schema(name)
    kind = schema.get("x-kind", "")
    choices = _choices(schema)
    default = schema.get("default")
    return {
        "name": name,
        "id": f"p-{name}",
        "title": schema.get("title", name),
        "help": schema.get("description", ""),
        "type": schema.get("type", "string"),
        "items": schema.get("items", {}).get("type", ""),
        "widget": WIDGETS.get(kind) or _plain_widget(schema, choices),
        "choices": choices,
        "default": default,
        "value": _as_text(default),
        "unit": schema.get("x-unit", "").removeprefix("1"),
        "limits": limits_in_words(schema),
        "numeric": schema.get("type") in ("number", "integer"),
        "optional": not schema.get("x-needed") and (bool(schema.get("x-optional")) or (default == [] and not choices)),
        "advanced": bool(schema.get("x-advanced")),
        "accepts": schema.get("x-accepts", []),
        "pairs": False,
        "placeholder": EXAMPLES.get(kind, ""),
    }


def _plain_widget(schema: Mapping[str, Any], choices: list[dict[str, Any]]) -> str:
    if schema.get("type") == "boolean":
        return "switch"
    if schema.get("type") == "array":
        return "checkboxes" if choices else "text"
    if not choices:
        return "date" if schema.get("format") == "date" else "text"
    short = sum(len(choice["label"]) for choice in choices) <= LONGEST_RADIOS
    return "radios" if len(choices) <= MOST_RADIOS and short else "select"


def _choices(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = schema.get("enum") or schema.get("items", {}).get("enum") or []
    labels = schema.get("x-labels", {})
    default = schema.get("default")
    chosen = default if isinstance(default, list) else [default]
    return [{"value": v, "label": labels.get(str(v), str(v)), "chosen": v in chosen} for v in values]


def limits_in_words(schema: Mapping[str, Any]) -> str:
    """Return "1 to 12", "more than 0, at most 10000", … ; empty where there are no limits."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{low:g} to {high:.10g}"
    words = (
        ("at least", low),
        ("more than", schema.get("exclusiveMinimum")),
        ("at most", high),
        ("less than", schema.get("exclusiveMaximum")),
    )
    return ", ".join(f"{word} {limit:.10g}" for word, limit in words if limit is not None)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_as_text, value))
    return f"{value:.15g}" if isinstance(value, float) else str(value)
