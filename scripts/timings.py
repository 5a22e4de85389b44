"""What each step took, and whose time it was: ours, or that of package downloads and installs."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Timings:
    """Steps in the order they ended, each (name, seconds, ours)."""

    steps: list[tuple[str, float, bool]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, ours: bool = True) -> Iterator[None]:
        """Announce a step, and print what it took."""
        print(f"• {name} …", flush=True)
        began = time.monotonic()
        yield
        seconds = time.monotonic() - began
        self.steps.append((name, seconds, ours))
        print(f"  {name}: {seconds:.1f} s", flush=True)

    def seconds(self, ours: bool) -> float:
        """Return the sum of our steps, or of downloads and installs."""
        return sum(seconds for _, seconds, mine in self.steps if mine is ours)

    def total(self) -> str:
        """Return the line that closes the list."""
        ours, packages = self.seconds(True), self.seconds(False)
        return (
            f"{ours + packages:.1f} s in all: {ours:.1f} s ours, {packages:.1f} s downloading and installing packages"
        )

    def write(self, path: Path) -> None:
        """Keep them as JSON, for `make bench`."""
        rows = [{"step": name, "seconds": round(seconds, 3), "ours": ours} for name, seconds, ours in self.steps]
        path.write_text(json.dumps(rows, indent=2) + "\n")
