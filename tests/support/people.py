"""Users, their browsers and their programs, for every test that needs them."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.tokens import create_token

PASSWORD = "correct horse battery"


@pytest.fixture
def user(db) -> User:
    """A user."""
    return User.objects.create_user("ada@example.org", PASSWORD)


@pytest.fixture
def browser(user: User) -> Client:
    """A browser in which the user is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def program(user: User) -> Callable[..., Client]:
    """Makes clients that send a token with the named scopes."""

    def make(*scopes: str, **kwargs: int) -> Client:
        _, secret = create_token(user, "nightly", scopes, **kwargs)
        return Client(headers={"authorization": f"Token {secret}"})

    return make
