"""A service as an OGC API – Processes 1.0 process description (OGC 18-062r2, 7.10), read off the declaration."""

from typing import Any

from services.core.registry import all_services
from services.core.service import Output, Service

ENUMERATION_KEYS = ("title", "description")


def process_list(base_url: str) -> dict[str, Any]:
    """Return the list of processes; `base_url` is the address of the list itself."""
    processes = [process_summary(s, base_url) for s in all_services().values()]
    return {"processes": processes, "links": [_link(base_url, "self")]}


def process_summary(service: Service, base_url: str) -> dict[str, Any]:
    """Return id, version, title and links of one process."""
    return {
        "id": service.id,
        "version": service.version,
        "title": service.title,
        "description": service.summary,
        "keywords": [service.domain, service.resource],
        "jobControlOptions": ["async-execute", "dismiss"],
        "outputTransmission": ["reference"],
        "links": [_link(f"{base_url.rstrip('/')}/{service.id}", "self")],
    }


def process_description(service: Service, base_url: str) -> dict[str, Any]:
    """Return the full description: one input per parameter, one output per declared output."""
    inputs = {name: _input(service, name) for name in service.open_parameters()}
    outputs = {output.name: _output(output) for output in service.outputs}
    return {**process_summary(service, base_url), "inputs": inputs, "outputs": outputs}


def _input(service: Service, name: str) -> dict[str, Any]:
    schema = service.property_schema(name)
    required = service.params.model_fields[name].is_required()
    description = {key: schema[key] for key in ENUMERATION_KEYS if key in schema}
    rest = {key: value for key, value in schema.items() if key not in ENUMERATION_KEYS}
    return {**description, "schema": rest, "minOccurs": 1 if required else 0, "maxOccurs": 1}


def _output(output: Output) -> dict[str, Any]:
    media_type = "image/tiff; application=geotiff" if output.dtype else "application/octet-stream"
    return {"title": output.title, "schema": {"type": "string", "contentMediaType": media_type}}


def _link(href: str, rel: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": "application/json"}
