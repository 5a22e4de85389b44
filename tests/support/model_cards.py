"""Cards with measured numbers, for the registry's tests."""

from typing import Any

CONFUSION = [[8, 1, 1], [0, 9, 1], [2, 0, 8]]


def metrics(macro_f1: float) -> dict[str, Any]:
    """Return what was measured on thirty samples of three classes."""
    classes = [
        {"value": value, "precision": 0.8, "recall": 0.9, "f1": f1, "support": 10}
        for value, f1 in ((1, macro_f1), (2, 0.7), (3, 0.6))
    ]
    return {
        "samples": 30,
        "overall_accuracy": 25 / 30,
        "balanced_accuracy": 0.83,
        "macro_f1": macro_f1,
        "kappa": 0.75,
        "expected_calibration_error": 0.04,
        "classes": classes,
        "confusion": CONFUSION,
    }


def measured(macro_f1: float, test_sha256: str = "a" * 64) -> dict[str, Any]:
    """Return members of a card: metrics, the test samples' fingerprint, a curve."""
    curve = [
        {"epoch": n, "train_loss": 1 / n, "val_loss": 1.2 / n, "val_accuracy": 0.5, "val_f1": 0.2 * n}
        for n in range(1, 5)
    ]
    return {
        "metrics": {"test": metrics(macro_f1), "validation": metrics(0.9)},
        "curve": curve,
        "data": {
            "source": "made for tests",
            "sha256": "0" * 64,
            "test_sha256": test_sha256,
            "samples": {"train": 90, "test": 30},
            "split": "by tile",
            "licence": "CC-BY-4.0",
        },
        "training": {"epochs": 4, "seed": 0},
    }


def plain_card(**changes: Any) -> dict[str, Any]:
    """Return a whole card of a classifier as a row holds it, without a package behind it."""
    file = {"sha256": "0" * 64, "size_bytes": 1}
    colours = ("#2f7d32", "#c9a227", "#1565c0")
    parts = {
        "task": "crop_classification",
        "name": "Plain",
        "description": "",
        "architecture": {"network": "lstm", "settings": {}, "parameters": 1000},
        "inputs": {
            "bands": ["B02"],
            "periods": {"count": 12, "days": None, "first_month": 9},
            "normalisation": {"mean": [0.2], "std": [0.1]},
        },
        "outputs": {
            "classes": [{"value": n + 1, "name": f"crop {n}", "colour": c} for n, c in enumerate(colours)],
            "horizon": None,
            "quantiles": [],
        },
        "temperature": 1.2,
        "forecast": {},
        "licence": "CC-BY-4.0",
        "intended_use": "tests",
        "limits": ["Knows nothing."],
        "weights": {"file": "weights.safetensors", **file},
        "onnx": {"file": "model.onnx", **file},
        "created": "2026-01-01T00:00:00Z",
        "software": {},
    }
    return {**parts, **measured(0.8), **changes}
