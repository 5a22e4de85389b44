"""A training that has been done before: it hands over the package that TRAINED_PACKAGE names."""

import os
import shutil
from pathlib import Path

from services.core.context import Context
from services.core.service import Output, Params, Service


class TrainingParams(Params):
    """Nothing to choose."""


SERVICE = Service(
    id="training_test",
    version="1.0.0",
    title="A training",
    summary="Hands over a network.",
    command="training-test",
    domain="general",
    params=TrainingParams,
    outputs=(
        Output("card", "Card", role="metadata"),
        Output("weights", "Weights"),
        Output("onnx", "Network"),
    ),
    entry="training_service:run",
    example={},
    sources=("none",),
)


def run(params: TrainingParams, context: Context) -> None:
    """Copy the package."""
    package = Path(os.environ["TRAINED_PACKAGE"])
    for name, file in (("card", "card.json"), ("weights", "weights.safetensors"), ("onnx", "model.onnx")):
        target = context.target(name, Path(file).suffix).with_name(file)
        shutil.copy(package / file, target)
        context.add(name, target)
