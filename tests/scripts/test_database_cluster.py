"""A cluster of its own: made, started, stopped; nobody else may look in."""

import stat

import psycopg
import pytest

from scripts import database_cluster
from scripts.database_cluster import private_cluster


@pytest.mark.slow
def test_it_works(tmp_path):
    cluster = private_cluster(tmp_path / "var")
    try:
        cluster.start()
        assert stat.S_IMODE(cluster.socket.stat().st_mode) == 0o700
        with psycopg.connect(host=str(cluster.socket), user="groundwork", dbname="groundwork") as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute(
                "SELECT count(*) FROM pg_available_extensions WHERE name='postgis'"
            ).fetchone() == (1,)
        cluster.start()  # again: nothing to do
        assert cluster.running()
    finally:
        cluster.stop()
    assert not cluster.running()


def test_a_long_path_has_its_socket_elsewhere(tmp_path):
    cluster = private_cluster(tmp_path / ("long" * 30))
    assert len(str(cluster.socket)) <= database_cluster.LONGEST_SOCKET
    assert cluster.url == f"postgis://groundwork@/groundwork?host={cluster.socket}"
    cluster.socket.rmdir()
