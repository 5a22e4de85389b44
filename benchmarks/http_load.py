"""A server under uvicorn, and clients that ask it over connections which stay open."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def serving(
    application: str, *, workers: int, probe: str, clients: int, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run an application on a free port of the loopback; `probe` is an address that it answers somehow."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = ["--port", str(port), "--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    command = [sys.executable, "-m", "uvicorn", application, *options]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})})
    try:
        _wait_for(port, probe, clients)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int, probe: str, clients: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            asyncio.run(fetch_all(port, [probe] * clients, clients=clients))
        except OSError:
            time.sleep(0.2)
        else:
            time.sleep(2.0)  # a second worker is not far behind the first
            return
    raise TimeoutError("The server did not start.")


def rate(port: int, paths: Sequence[str], *, clients: int, headers: Mapping[str, str] | None = None) -> float:
    """Return how many of the addresses are answered in a second; every answer must be 200 or 204."""
    asyncio.run(fetch_all(port, list(paths[:1]) * clients * 2, clients=clients, headers=headers))
    began = time.perf_counter()
    answers = asyncio.run(fetch_all(port, paths, clients=clients, headers=headers))
    elapsed = time.perf_counter() - began
    statuses = {status for status, _ in answers}
    if not statuses <= {200, 204}:
        raise RuntimeError(f"The server answered {sorted(statuses)}.")
    return len(paths) / elapsed


async def fetch_all(
    port: int, paths: Sequence[str], *, clients: int, headers: Mapping[str, str] | None = None
) -> list[tuple[int, float]]:
    """Fetch all addresses; return status and seconds of each answer, in the order in which they came."""
    left = iter(paths)
    answers: list[tuple[int, float]] = []
    said = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path in left:
            began = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{said}\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b"transfer-encoding: chunked" in head:
                await _read_chunks(reader)
            else:
                length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
            answers.append((int(head[9:12]), time.perf_counter() - began))
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return answers


async def _read_chunks(reader: asyncio.StreamReader) -> None:
    while size := int((await reader.readline()).split(b";")[0], 16):
        await reader.readexactly(size + 2)
    await reader.readline()
