"""The one seam between a service and the machines it runs on: it hands out a `concurrent.futures.Executor`."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def default_threads() -> int:
    """Return the number of cores this process may use, or what `GROUNDWORK_THREADS` says."""
    given = os.environ.get("GROUNDWORK_THREADS")
    return int(given) if given else len(os.sched_getaffinity(0))


@contextmanager
def open_executor(threads: int | None = None) -> Iterator[Executor]:
    """Yield a thread pool, or dask.distributed's own executor where `DASK_SCHEDULER_ADDRESS` is set."""
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    if address:
        from distributed import Client

        with Client(address) as client, client.get_executor() as executor:  # type: ignore[no-untyped-call]
            yield executor
        return
    with ThreadPoolExecutor(threads or default_threads(), thread_name_prefix="block") as executor:
        yield executor


def map_bounded(
    executor: Executor, function: Callable[[T], R], items: Iterable[T], *, in_flight: int
) -> Iterator[tuple[T, R]]:
    """Yield (item, result) as results come, never holding more than `in_flight` of them: memory stays bounded.

    Args:
        in_flight: tasks submitted and not yet taken by the caller.

    Raises:
        Exception: whatever `function` raised, on the first failure; tasks not yet started are cancelled.
    """
    source = iter(items)
    pending: dict[Future[R], T] = {executor.submit(function, i): i for i in islice(source, in_flight)}
    try:
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                item = pending.pop(future)
                yield item, future.result()
                for following in islice(source, 1):
                    pending[executor.submit(function, following)] = following
    finally:
        for future in pending:
            future.cancel()
