"""Packages of small networks with fresh weights, for whoever reads, checks or runs packages."""

from pathlib import Path
from typing import Any

import torch

from eo.io.model_package import write_package
from eo.learning.card import ModelCard
from eo.learning.networks import build, weights_of
from eo.learning.onnx_export import export_classifier
from eo.learning.settings import settings_for

COLOURS = ("#2f7d32", "#c9a227", "#1565c0", "#8e24aa")


def card_parts(network: str, settings: Any, parameters: int) -> dict[str, Any]:
    """Return a card without its files, as plain data."""
    bands = [f"B0{i + 2}" for i in range(settings.bands)]
    classes = [{"value": i + 1, "name": f"crop {i}", "colour": COLOURS[i % 4]} for i in range(settings.outputs)]
    return {
        "task": "crop_classification",
        "name": "Small",
        "architecture": {"network": network, "settings": settings.as_card(), "parameters": parameters},
        "inputs": {
            "bands": bands,
            "periods": {"count": settings.periods, "first_month": 9},
            "normalisation": {"mean": [0.2] * settings.bands, "std": [0.1] * settings.bands},
        },
        "outputs": {"classes": classes},
        "temperature": 1.2,
        "data": {
            "source": "made",
            "sha256": "0" * 64,
            "samples": {"train": 3},
            "split": "by tile",
            "licence": "CC-BY-4.0",
        },
        "licence": "CC-BY-4.0",
        "intended_use": "tests",
        "limits": ["Knows nothing."],
        "created": "2026-01-01T00:00:00Z",
    }


def write_small_model(
    folder: Path,
    network: Any = "lstm",
    *,
    periods: int = 4,
    bands: int = 3,
    classes: int = 3,
    layers: int | None = None,
    units: int = 16,
    **changes: Any,
) -> ModelCard:
    """Write a package with fresh weights of seed 0; `changes` are members of the card."""
    torch.manual_seed(0)
    settings = settings_for(network, periods, bands, classes, layers=layers, hidden_units=units)
    weights = weights_of(build(network, settings).eval())
    parts = card_parts(network, settings, sum(w.size for w in weights.values())) | changes
    scale = parts["inputs"]["normalisation"]
    onnx = export_classifier(network, settings, weights, scale["mean"], scale["std"], parts["temperature"])
    return write_package(folder, parts, weights, onnx)
