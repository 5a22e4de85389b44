"""Answers in memory."""

from portal.tiles.cache import Answer, AnswerCache


def answer(body: bytes) -> Answer:
    return Answer("image/png", body)


def test_what_was_used_longest_ago_makes_room():
    cache = AnswerCache(10)
    cache.put("a", answer(b"12345"))
    cache.put("b", answer(b"12345"))
    assert cache.get("a") == answer(b"12345")
    cache.put("c", answer(b"1"))
    assert cache.get("b") is None
    assert (cache.get("a"), cache.get("c")) == (answer(b"12345"), answer(b"1"))


def test_a_tile_put_twice_counts_once():
    cache = AnswerCache(10)
    for _ in range(5):
        cache.put("a", answer(b"12345"))
    cache.put("b", answer(b"12345"))
    assert cache.get("a") == answer(b"12345")


def test_a_tile_too_large_is_not_kept():
    cache = AnswerCache(10)
    cache.put("a", answer(b"1" * 11))
    assert cache.get("a") is None
