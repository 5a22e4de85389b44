"""A service that works on what it is referred to: a list of scenes, a result, a trained network."""

import json
from datetime import date
from pathlib import Path

from pydantic import model_validator

from services.core.context import Context
from services.core.service import Output, Params, Service, param
from services.core.types import Area, Model, Result, Scenes, accepts


class ReferenceParams(Params):
    """What the service takes."""

    scenes: Scenes | None = param(None, title="Scenes", help="The scenes", schema=accepts("S2MSI2A", "S2-BANDS"))
    stack: Result | None = param(None, title="Stack", help="A stack", schema=accepts("s2_harmonisation", "job_test"))
    model: Model | None = param(None, title="Network", help="A network", schema=accepts("crop_classification"))
    aoi: Area | None = param(None, title="Area", help="Area of interest", flag="AoI")
    start: date | None = param(None, title="From", help="First day")
    end: date | None = param(None, title="To", help="Last day")

    @model_validator(mode="after")
    def _something(self) -> "ReferenceParams":
        """Refuse to work on nothing: the portal takes the scenes of an area before this is asked."""
        if not (self.scenes or self.stack or self.model):
            raise ValueError("scenes: name something to work on")
        return self


SERVICE = Service(
    id="reference_test",
    version="1.0.0",
    title="References",
    summary="Tells what it was referred to.",
    command="reference-test",
    domain="general",
    params=ReferenceParams,
    outputs=(Output("seen", "What was seen", role="metadata"),),
    entry="reference_service:run",
    example={"scenes": ["one.SAFE"], "model": "pretrained"},
    sources=("none",),
)


def run(params: ReferenceParams, context: Context) -> None:
    """Write down the paths, and note each input as services do."""
    for path in params.scenes or ():
        context.read("scenes", Path(path).name, Path(path).name.encode())
    if params.stack:
        context.read("stack", "stack", params.stack.encode())
    target = context.target("seen", ".json")
    target.write_text(json.dumps(params.model_dump(mode="json")))
    context.add("seen", target)
