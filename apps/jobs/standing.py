"""Data that stand ready beside a job's inputs: which state of them a job works on, and where its process finds them."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.osm_vectors.queries import live_dataset
from apps.osm_vectors.reader import reader_address
from services.core.service import Service
from services.core.standing import VARIABLES


def standing_inputs(service: Service) -> list[dict[str, Any]]:
    """Return the standing data that a service reads, as a job keeps its inputs: another state, another fingerprint."""
    return [_STATES[name]() for name in service.standing]


def standing_environment(service: Service) -> dict[str, str]:
    """Return what leads a service's process to the standing data that it reads; others learn of none."""
    return {VARIABLES[name]: _ADDRESSES[name]() for name in service.standing}


def _osm_state() -> dict[str, Any]:
    dataset = live_dataset()
    source, version, state = (dataset.source, dataset.version, dataset.tiles_version) if dataset else ("", "", "none")
    name = f"OpenStreetMap, {source}" if dataset else "OpenStreetMap"
    return {"parameter": "osm", "kind": "standing", "id": version, "name": name, "fingerprint": state}


_STATES: Mapping[str, Callable[[], dict[str, Any]]] = {"osm": _osm_state}
_ADDRESSES: Mapping[str, Callable[[], str]] = {"osm": reader_address}
