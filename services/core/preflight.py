"""World checks of a dry run: is what the parameters speak of really there, and what will the run cost."""

from dataclasses import asdict
from typing import Any

from services.core.errors import BadInput
from services.core.service import Finding, Params, Preflight, Service


def check(service: Service, params: Params) -> dict[str, Any]:
    """Return {valid, findings, estimate} as JSON-ready data; a service without world checks finds nothing."""
    answer = _run(service, params)
    return {
        "valid": all(f.level != "error" for f in answer.findings),
        "findings": [asdict(f) for f in answer.findings],
        "estimate": asdict(answer.estimate) if answer.estimate else None,
    }


def _run(service: Service, params: Params) -> Preflight:
    from eo.errors import EoError

    preflight = service.load_preflight()
    if preflight is None:
        return Preflight(())
    try:
        return preflight(params)
    except (EoError, BadInput) as error:
        return Preflight((Finding("error", error.code, error.message, error.hint),))
