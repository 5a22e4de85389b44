"""Fixtures that every part of the suite shares."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real products; tests that ask for it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real products (../shared/data) are not here")
    return SHARED


@pytest.fixture(scope="session")
def demo_world(tmp_path_factory: pytest.TempPathFactory):
    """The small demo world: two scenes, their truth."""
    from demo.world import make

    return make(tmp_path_factory.mktemp("demo"), size="small")


@pytest.fixture(scope="session")
def demo_season(tmp_path_factory: pytest.TempPathFactory):
    """The demo world's season: cloudy scenes of a year over fields of known crops."""
    from demo.season import make_season

    return make_season(tmp_path_factory.mktemp("season"))


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Throttles count in the cache: no test inherits another's requests."""
    from django.core.cache import cache

    cache.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark by fixture what needs the real products."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_data)
