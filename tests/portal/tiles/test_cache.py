"""The tiles in memory."""

from portal.tiles.cache import TileCache


def test_what_was_used_longest_ago_makes_room():
    cache = TileCache(10)
    cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert cache.get("a") == b"12345"
    cache.put("c", b"1")
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("c")) == (b"12345", b"1")


def test_a_tile_put_twice_counts_once():
    cache = TileCache(10)
    for _ in range(5):
        cache.put("a", b"12345")
    cache.put("b", b"12345")
    assert cache.get("a") == b"12345"


def test_a_tile_too_large_is_not_kept():
    cache = TileCache(10)
    cache.put("a", b"1" * 11)
    assert cache.get("a") is None
