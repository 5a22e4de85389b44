"""The world as a service is handed it: where to write, whom to tell, what to compute on."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.core.errors import BrokenContract
from services.core.service import Service
from services.core.standing import address_of


@dataclass(frozen=True)
class Progress:
    """One report of a running service.

    Args:
        stage: what is being done, in words.
        fraction: share of the whole that is done, 0 to 1.
        eta_s: seconds left as far as can be told, None at the very start.
    """

    stage: str
    fraction: float
    eta_s: float | None


@dataclass
class Asset:
    """A file that a service wrote, as the runner puts it into the STAC item."""

    name: str
    path: Path
    title: str
    role: str
    unit: str | None
    bands: Sequence[Mapping[str, Any]] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Input:
    """A product or file that a run read, for the provenance."""

    parameter: str
    identifier: str
    sha256: str
    properties: Mapping[str, Any] = field(default_factory=dict)


class Context:
    """Handed to `run`. Tests make one on a temporary folder.

    Args:
        service: whose outputs may be written.
        folder: where outputs go; the runner publishes it when all went well.
        executor: computes blocks.
        report: takes each progress report.
        threads: how many blocks are worth having in flight at once.
        standing: returns the address of data that stand ready beside the inputs, by name.
        curve: takes each point of a training curve.
        keep: folder that outlives an interrupted run, for what it can be taken up from; None where there is none.
    """

    def __init__(
        self,
        service: Service,
        folder: Path,
        executor: Executor,
        report: Callable[[Progress], None] = lambda progress: None,
        threads: int = 1,
        standing: Callable[[str], str] = address_of,
        curve: Callable[[Mapping[str, float]], None] = lambda point: None,
        keep: Path | None = None,
    ) -> None:
        self.service = service
        self.folder = folder
        self.executor = executor
        self.threads = threads
        self.standing = standing
        self.keep = keep
        self.assets: dict[str, Asset] = {}
        self.inputs: list[Input] = []
        self.properties: dict[str, Any] = {}
        self.start: datetime | None = None
        self.end: datetime | None = None
        self.footprint: Any = None
        self.started = datetime.now(UTC)
        self._report = report
        self._curve = curve
        self._began = time.monotonic()
        self._scratch = folder / ".scratch"

    def progress(self, fraction: float, stage: str) -> None:
        """Tell how far the run has come: share of the whole, 0 to 1, and the stage in words."""
        elapsed = time.monotonic() - self._began
        eta_s = elapsed * (1 - fraction) / fraction if fraction > 0.02 else None
        self._report(Progress(stage, min(max(fraction, 0.0), 1.0), eta_s))

    def curve(self, point: Mapping[str, float]) -> None:
        """Tell one point of a training curve, `epoch` among its members: it is shown while the run goes on."""
        self._curve(point)

    def scratch(self, name: str) -> Path:
        """Return a path for a temporary file; the runner removes it in the end, whatever happens."""
        self._scratch.mkdir(exist_ok=True)
        return self._scratch / name

    def target(self, name: str, extension: str) -> Path:
        """Return the path to write output `name` to.

        Raises:
            BrokenContract: the service declares no such output.
        """
        self._declared(name)
        return self.folder / f"{name}{extension}"

    def add(
        self,
        name: str,
        path: Path,
        *,
        title: str | None = None,
        bands: Sequence[Mapping[str, Any]] = (),
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """Hand over a written output.

        Args:
            name: the declared output (or `<declared>_<suffix>` of one with `many`).
            path: the file (a folder for Zarr), below the context's folder.
            title: wording of this asset where it says more than the declaration.
            bands: per band STAC members (`name`, `description`, `eo:common_name`, `eo:center_wavelength` in µm, …).
            properties: further STAC members of the asset (`classification:classes`, `groundwork:style`, …).
        """
        output = self._declared(name)
        self.assets[name] = Asset(
            name, path, title or output.title, output.role, output.unit, bands, {**(properties or {})}
        )

    def read(self, parameter: str, identifier: str, fingerprint: Path | bytes | str, **properties: Any) -> None:
        """Note an input for the provenance: its name, and the sha-256 of its manifest or file.

        Args:
            fingerprint: what to take the sha-256 of, or the hexadecimal sha-256 itself where it is known.
        """
        sha256 = fingerprint if isinstance(fingerprint, str) else sha256_of(fingerprint)
        self.inputs.append(Input(parameter, identifier, sha256, properties))

    def acquired(self, start: datetime, end: datetime | None = None) -> None:
        """Say when the data of the result were acquired (UTC)."""
        self.start, self.end = start, end

    def covers(self, footprint: Any) -> None:
        """Say what the result covers (shapely geometry, lon/lat); needed only where no output is a GeoTIFF."""
        self.footprint = footprint

    def _declared(self, name: str) -> Any:
        output = self.service.output(name)
        if output is None:
            raise BrokenContract(f"{self.service.id} declares no output {name!r}.")
        return output


def sha256_of(source: Path | bytes) -> str:
    """Return the hexadecimal sha-256 of bytes, or of a file read in pieces."""
    digest = hashlib.sha256()
    if isinstance(source, bytes):
        digest.update(source)
        return digest.hexdigest()
    with source.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
