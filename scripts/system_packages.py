"""Debian packages the portal needs: which are missing, and how they come."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.stops import Stop


@dataclass(frozen=True)
class Package:
    """A package and the files, any of which shows that it is there."""

    name: str
    patterns: tuple[str, ...]

    def missing(self, root: Path = Path("/")) -> bool:
        """Tell whether none of its files is there."""
        return not any(any(root.glob(pattern)) for pattern in self.patterns)


POSTGRESQL = Package("postgresql", ("usr/lib/postgresql/*/bin/initdb",))
POSTGIS = Package("postgresql-postgis", ("usr/share/postgresql/*/extension/postgis.control",))
OSM2PGSQL = Package("osm2pgsql", ("usr/bin/osm2pgsql",))
GDAL = Package("gdal-bin", ("usr/lib/*/libgdal.so.*", "usr/lib/libgdal.so.*"))
CHROMIUM = Package("chromium", ("usr/bin/chromium",))
VENV = "python3-venv"


def needed(database: bool, browser: bool) -> tuple[Package, ...]:
    """Return the packages for a portal with or without a database of its own, with or without browser tests."""
    return (*((POSTGRESQL, POSTGIS) if database else ()), GDAL, OSM2PGSQL, *((CHROMIUM,) if browser else ()))


def missing(packages: Iterable[Package], root: Path = Path("/")) -> list[str]:
    """Return the names of the packages that are not there; the venv module counts as one."""
    names = [package.name for package in packages if package.missing(root)]
    return names if importlib.util.find_spec("ensurepip") else [VENV, *names]


def apt_line(names: Iterable[str]) -> str:
    """Return what a person would type."""
    return f"apt-get install --no-install-recommends -y {' '.join(names)}"


def install(names: list[str]) -> None:
    """Install packages as root or through sudo.

    Raises:
        Stop: there is no apt here, or no right to use it; the message is the line to type.
    """
    if not names:
        return
    if not shutil.which("apt-get"):
        raise Stop(f"These are missing: {', '.join(names)} (named as in Debian 12). Install them, then try again.")
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if sudo and not _sudo_works():
        raise Stop(f"Some system packages are missing. Install them, then try again:\n\n    sudo {apt_line(names)}\n")
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    print(f"  {apt_line(names)}", flush=True)
    for command in ("apt-get update -qq", apt_line(names).replace("apt-get", "apt-get -qq -o Dpkg::Use-Pty=0")):
        # what the installer tells is long and of use only where it fails
        done = subprocess.run([*sudo, *environment, *command.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Stop(f"{command} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _sudo_works() -> bool:
    if not shutil.which("sudo"):
        return False
    ask = [] if sys.stdin.isatty() else ["-n"]
    return subprocess.run(["sudo", *ask, "-v"], check=False, stderr=subprocess.DEVNULL).returncode == 0
