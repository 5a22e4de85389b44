"""The execution seam: a thread pool, or dask.distributed's executor, with bounded work in flight."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.core.execution import map_bounded, open_executor


def double(value: int) -> int:
    return 2 * value


def test_all_results_come_with_their_item() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert dict(map_bounded(pool, double, range(50), in_flight=3)) == {i: 2 * i for i in range(50)}


def test_no_more_than_in_flight_are_held() -> None:
    started, lock, most = 0, threading.Lock(), 0

    def work(value: int) -> int:
        nonlocal started
        with lock:
            started += 1
        return value

    with ThreadPoolExecutor(8) as pool:
        for taken, _ in enumerate(map_bounded(pool, work, range(100), in_flight=4)):
            time.sleep(0.001)
            with lock:
                most = max(most, started - taken)
    assert most <= 5


def test_a_failure_stops_the_rest() -> None:
    done: list[int] = []

    def work(value: int) -> int:
        if value == 3:
            raise ValueError("three")
        done.append(value)
        return value

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="three"):
        list(map_bounded(pool, work, range(1000), in_flight=2))
    assert len(done) <= 5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_dask_serves_the_same_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    ) as cluster:
        monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster.scheduler_address)
        with open_executor() as executor:
            assert type(executor).__module__.startswith("distributed")
            assert dict(map_bounded(executor, double, range(10), in_flight=2)) == {i: 2 * i for i in range(10)}
