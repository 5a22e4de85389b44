"""Find the services: a folder under `services/` with a `SERVICE` is one. Nothing is registered anywhere else.

A portal's private services stand outside this tree: `GROUNDWORK_EXTRA_SERVICES` names their modules, commas between.
"""

import difflib
import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from services.core.errors import UnknownService
from services.core.service import Service

_ROOT = Path(__file__).resolve().parent.parent


def _modules() -> Iterator[str]:
    for path in sorted(_ROOT.iterdir()):
        if path.name != "core" and (path / "__init__.py").is_file():
            yield f"services.{path.name}"
    yield from filter(None, os.environ.get("GROUNDWORK_EXTRA_SERVICES", "").split(","))


@cache
def all_services() -> dict[str, Service]:
    """Return every service by id, in order of id."""
    modules = [import_module(name) for name in _modules()]
    return {module.SERVICE.id: module.SERVICE for module in modules if hasattr(module, "SERVICE")}


def get_service(service_id: str) -> Service:
    """Return one service.

    Raises:
        UnknownService: no folder bears that id; the message names the nearest one.
    """
    services = all_services()
    if service_id in services:
        return services[service_id]
    near = difflib.get_close_matches(service_id, services, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(services)}."
    raise UnknownService(f"There is no service {service_id!r}.", hint=hint)


def by_command(command: str) -> Service:
    """Return the service of a command line (`S2-CD`).

    Raises:
        UnknownService: no service has that command.
    """
    for service in all_services().values():
        if service.command == command:
            return service
    raise UnknownService(f"There is no command {command!r}.", hint="Run `python -m services list`.")
