"""What the pages of trained networks show, read off their cards: plain data for the templates."""

from calendar import month_name
from collections.abc import Mapping, Sequence
from typing import Any

from apps.models.models import TrainedModel
from services.core.registry import all_services
from services.core.service import Service
from services.core.types import MODEL

PARTS = {"test": "Test samples", "validation": "Validation samples", "cross_year": "Another year"}
SCORES = {
    "overall_accuracy": "Overall accuracy",
    "macro_f1": "Macro-F1",
    "balanced_accuracy": "Balanced accuracy",
    "kappa": "Kappa",
    "expected_calibration_error": "Calibration error",
}
HEAT_STEPS = 8


def periods_in_words(periods: Mapping[str, Any]) -> str:
    """Return "12 calendar months from September", "24 periods of 15 days", …"""
    count, days, first = periods["count"], periods["days"], periods["first_month"]
    words = f"{count} periods of {days} days" if days else f"{count} calendar months"
    return f"{words} from {month_name[first]}" if first else words


def measured_parts(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics of each part of the data, test first: scores, classes and the matrix of a classifier."""
    names = sorted(card["metrics"], key=lambda name: (list(PARTS).index(name) if name in PARTS else 9, name))
    return [_part(card, name, card["metrics"][name]) for name in names]


def _part(card: Mapping[str, Any], name: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    classes = {one["value"]: one for one in card["outputs"]["classes"]}
    known = [
        classes.get(m["value"], {"value": m["value"], "name": str(m["value"]), "colour": ""})
        for m in metrics["classes"]
    ]
    return {
        "name": name,
        "title": _part_title(name),
        "samples": metrics["samples"],
        "scores": [(title, metrics[key]) for key, title in SCORES.items()],
        "classes": [{**c, **m} for c, m in zip(known, metrics["classes"], strict=True)],
        "matrix": _matrix(card["outputs"]["classes"], metrics["confusion"]),
    }


def _part_title(name: str) -> str:
    return PARTS.get(name) or name.replace("_", " ").capitalize()


def _matrix(classes: Sequence[Mapping[str, Any]], confusion: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    """Return the rows of a confusion matrix: truth in rows, prediction in columns, heat by share of the row."""
    rows = []
    for truth, counts in zip(classes, confusion, strict=True):
        whole = sum(counts) or 1
        cells = [
            {"count": n, "heat": round(HEAT_STEPS * n / whole), "right": one is truth, "predicted": one["name"]}
            for one, n in zip(classes, counts, strict=True)
        ]
        rows.append({**truth, "cells": cells})
    return rows


def forecast_parts(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a forecast's errors by period ahead, beside persistence and climatology, for each part of the data."""
    keys = ("rmse", "rmse_persistence", "rmse_climatology", "mae")
    return [
        {
            "title": _part_title(name),
            "samples": f["samples"],
            "coverage": f["coverage"],
            "nominal": f["nominal_coverage"],
            "rows": [{"ahead": n + 1, "values": row} for n, row in enumerate(zip(*(f[k] for k in keys), strict=False))],
        }
        for name, f in card["forecast"].items()
    ]


def services_for(model: TrainedModel) -> list[dict[str, str]]:
    """Return the services that take a network of this task, with the parameter that it goes into."""
    found = []
    for service in all_services().values():
        names = model_parameters(service, model.task)
        if len(names) == 1:
            found.append({"id": service.id, "title": service.title, "parameter": names[0]})
    return found


def comparing_service(task: str) -> tuple[Service, list[str]] | None:
    """Return the service that measures two networks on one test set, with their parameters, if there is one."""
    for service in all_services().values():
        names = model_parameters(service, task)
        if len(names) == 2:
            return service, names
    return None


def model_parameters(service: Service, task: str) -> list[str]:
    """Return the parameters of a service that take a network of a task."""
    kinds = service.references()
    schemas = {name: service.property_schema(name) for name, kind in kinds.items() if kind == MODEL}
    return [name for name, schema in schemas.items() if task in schema.get("x-accepts", (task,))]
