"""A service's declared example as a command line and as a request: what the help page shows."""

import json
import shlex

from services.core.service import Service
from services.core.types import MODEL, PRETRAINED


def shell_example(service: Service) -> str:
    """Return the example as one command, an option a line."""
    flags = service.flags()
    options = [f"--{flags[name]} {shlex.quote(_plain(value))}" for name, value in service.example.items()]
    return " \\\n  ".join([service.command, *options, "--output_path result"])


def rest_example(service: Service, site_url: str) -> str:
    """Return the example as a request with curl; scenes and files stand for their ids."""
    references = service.references()
    values = {n: _id_of(references.get(n, ""), v) for n, v in service.example.items()}
    body = json.dumps({"service": service.id, "parameters": values}, indent=2)
    return (
        f'curl -X POST {site_url}/api/jobs \\\n  -H "Authorization: Token $GROUNDWORK_TOKEN" \\\n'
        f'  -H "Content-Type: application/json" \\\n  -d {shlex.quote(body)}'
    )


def _id_of(kind: str, value: object) -> object:
    """Return what stands for a reference in an example; the name of a network that is always there stays."""
    if not kind or (kind == MODEL and value == PRETRAINED):
        return value
    word = f"<id of a {kind.removesuffix('s').replace('_', ' ')}>"
    return [word] if isinstance(value, list) else word


def _plain(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
