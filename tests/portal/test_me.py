"""Oneself over REST."""

import pytest

pytestmark = pytest.mark.django_db


def test_change_the_name(browser, user):
    response = browser.patch("/api/me", {"first_name": "Ada"}, content_type="application/json")
    assert response.json()["first_name"] == "Ada"
    user.refresh_from_db()
    assert user.first_name == "Ada"


def test_the_quota_is_not_the_users_to_change(browser, user):
    response = browser.patch("/api/me", {"quota_bytes": 1}, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {
            "field": "quota_bytes",
            "message": "There is no such member. There are: first_name, last_name.",
            "code": "invalid",
        }
    ]
