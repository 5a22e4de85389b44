"""The log of a job."""

from pathlib import Path

import pytest

from apps.jobs import log
from apps.jobs.log import CUT, Log, read_log


def test_it_appends_and_stamps(tmp_path: Path) -> None:
    words = Log(tmp_path / "log.txt")
    words.write(b"from the child\n")
    words.note("from the supervisor")
    first, second = (tmp_path / "log.txt").read_text().splitlines()
    assert first == "from the child"
    assert second[:2] == "20" and second.endswith("Z from the supervisor")


def test_it_is_cut_once_even_over_two_attempts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_BYTES", 10)
    Log(tmp_path / "log.txt").write(b"12345678")
    second = Log(tmp_path / "log.txt")
    second.write(b"abcd")
    second.write(b"efgh")
    assert (tmp_path / "log.txt").read_bytes() == b"12345678ab" + CUT


def test_it_is_read_in_pages_that_split_no_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.txt"
    path.write_text("aéb")
    monkeypatch.setattr(log, "PAGE_BYTES", 2)
    assert read_log(path, 0) == ("a", 1)
    assert read_log(path, 1) == ("é", 3)
    assert read_log(path, 3) == ("b", 4)
    assert read_log(path, 4) == ("", 4)


def test_no_log_yet_is_an_empty_one(tmp_path: Path) -> None:
    assert read_log(tmp_path / "log.txt", 7) == ("", 7)


def test_a_log_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    Log(tmp_path / "no" / "folder" / "log.txt").note("words")
