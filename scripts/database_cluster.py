"""A private PostgreSQL cluster on a Unix socket; it listens on no port.

PostgreSQL refuses to run as root: there it runs as the account that Debian's package made. Where that account cannot
reach the checkout, the cluster lies in its home, and a link in its place.
"""

import hashlib
import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.stops import Stop

ACCOUNT = "postgres"
NAME = "groundwork"
MOST_CONNECTIONS = 300  # an update by osm2pgsql 1.8 takes two for each of 47 tables
BULK = "-c wal_level=minimal -c max_wal_senders=0 -c maintenance_work_mem=256MB -c checkpoint_timeout=30min"
"""For large imports: nothing replicates from here, so indexes and copied tables need no log of their rows."""
LONGEST_SOCKET = 90  # the kernel's limit is 107 bytes with the file's name


@dataclass(frozen=True)
class Cluster:
    """Where a cluster lies, and the account it runs as (None: our own)."""

    folder: Path
    socket: Path
    account: str | None

    @property
    def data(self) -> Path:
        """The cluster's files."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """What DATABASE_URL is to be."""
        return f"postgis://{NAME}@/{NAME}?host={self.socket}"

    def running(self) -> bool:
        """Tell whether its server answers to pg_ctl."""
        return self.data.is_dir() and self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0

    def start(self) -> None:
        """Make the cluster where there is none, start its server, make the database."""
        if not (self.data / "PG_VERSION").is_file():
            login = ("--username", NAME, "--auth", "trust")  # the socket's folder lets nobody else in
            self._must("initdb", "-D", str(self.data), *login, "--encoding", "UTF8", "--locale", "C.UTF-8")
        if not self.running():
            options = f"-c listen_addresses='' -k '{self.socket}' -c unix_socket_permissions=0700"
            options += f" -c max_connections={MOST_CONNECTIONS} -c max_wal_size=4GB -c shared_buffers=256MB {BULK}"
            log = ("-l", str(self.folder / "log"))
            self._must("pg_ctl", "start", "--wait", "-D", str(self.data), *log, "-o", options)
        login = ("-h", str(self.socket), "-U", NAME)
        known = self._run("psql", *login, "-d", "postgres", "-Atc", "SELECT datname FROM pg_database").stdout.split()
        if NAME not in known:
            self._must("createdb", *login, NAME)

    def stop(self) -> None:
        """Stop its server; connections are closed, nothing is lost."""
        if self.running():
            self._must("pg_ctl", "stop", "--wait", "-m", "fast", "-D", str(self.data))

    def _must(self, program: str, *arguments: str) -> None:
        done = self._run(program, *arguments)
        if done.returncode:
            log = self.folder / "log"
            more = log.read_text()[-1500:] if log.is_file() else ""
            raise Stop(f"{program} failed:\n{done.stdout}{done.stderr}{more}")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(_binaries(self.data) / program), *arguments]
        with tempfile.TemporaryFile("w+") as output:  # not a pipe: the server keeps what pg_ctl was given
            who = _identity(self.account) if self.account else {}
            streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
            done = subprocess.run(command, cwd="/", check=False, **streams, **who)
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def private_cluster(var: Path) -> Cluster:
    """Return the cluster of a var folder, its folders made.

    Raises:
        Stop: root, and no account for PostgreSQL on this machine.
    """
    account = _account()
    folder = var / "postgres"
    var.mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    if account and not folder.is_symlink() and not _reaches(account, var):
        home = Path(pwd.getpwnam(account).pw_dir) / f"groundwork-{mark}"
        home.mkdir(parents=True, exist_ok=True)
        folder.symlink_to(home)
    folder = folder.resolve()
    socket = folder / "socket"
    if len(str(socket)) > LONGEST_SOCKET:
        socket = Path(tempfile.gettempdir()) / f"groundwork-{mark}"
    for path in (folder, socket):
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        if account:
            os.chown(path, pwd.getpwnam(account).pw_uid, pwd.getpwnam(account).pw_gid)
    if socket.stat().st_uid != folder.stat().st_uid:
        raise Stop(f"{socket} belongs to somebody else. Remove it, or work in a folder with a shorter path.")
    return Cluster(folder, socket, account)


def _account() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT).pw_name
    except KeyError:
        raise Stop(
            f"PostgreSQL does not run as root, and there is no account {ACCOUNT!r}: adduser --system --group {ACCOUNT}"
        ) from None


def _identity(account: str) -> dict[str, Any]:
    record = pwd.getpwnam(account)
    return {"user": record.pw_uid, "group": record.pw_gid, "extra_groups": []}


def _reaches(account: str, folder: Path) -> bool:
    return subprocess.run(["test", "-x", str(folder)], cwd="/", check=False, **_identity(account)).returncode == 0


def _binaries(data: Path) -> Path:
    """Return the programs of the version that made the cluster, or of the newest one with PostGIS."""
    made = data / "PG_VERSION"
    if made.is_file():
        return Path("/usr/lib/postgresql") / made.read_text().strip() / "bin"
    found = [path.parent.parent.name for path in Path("/usr/share/postgresql").glob("*/extension/postgis.control")]
    if not found:
        raise Stop("PostGIS is not installed: apt-get install postgresql postgresql-postgis")
    return Path("/usr/lib/postgresql") / max(found, key=float) / "bin"
