"""Wrong settings are told with an id and what to do."""

import pytest
from django.db import OperationalError

from portal import checks


def ids(found):
    return [message.id for message in found]


def test_all_is_well_here(db):
    found = [
        check() for check in (checks.check_secret_key, checks.check_debug, checks.check_hosts, checks.check_folders)
    ]
    assert found == [[], [], [], []]
    assert checks.check_postgis(databases=["default"]) == []


def test_a_short_key(settings):
    settings.SECRET_KEY = "x" * 49
    assert ids(checks.check_secret_key()) == ["groundwork.E001"]


def test_debug_is_for_this_machine_only(settings):
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["localhost"]
    assert checks.check_debug() == []
    settings.ALLOWED_HOSTS = ["localhost", "portal.example.org"]
    (found,) = checks.check_debug()
    assert (found.id, found.msg) == ("groundwork.E002", "DEBUG is on, and the portal answers for portal.example.org.")


def test_every_host(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert ids(checks.check_hosts()) == ["groundwork.E003"]


@pytest.mark.parametrize(("https", "expected"), [(True, []), (False, ["groundwork.W001"])])
def test_a_public_portal_wants_https(settings, https, expected):
    settings.HTTPS = https
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    assert ids(checks.check_site_url()) == expected


def test_a_folder_that_cannot_be_written_to(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.RESULTS_ROOT = tmp_path / "file" / "results"
    (found,) = checks.check_folders()
    assert found.id == "groundwork.E004"
    assert str(settings.RESULTS_ROOT) in found.msg
    assert "set RESULTS_ROOT" in found.hint


def test_a_database_that_is_away(monkeypatch):
    def away():
        raise OperationalError("no such socket")

    monkeypatch.setattr(checks.connection, "cursor", away)
    (found,) = checks.check_postgis(databases=["default"])
    assert (found.id, found.msg) == ("groundwork.E005", "The database cannot be reached: no such socket")


def test_nobody_asks_the_database_unasked():
    assert checks.check_postgis(databases=None) == []
