"""Make an API token for a user, on the machine of the portal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Scope, User
from apps.accounts.tokens import DEFAULT_DAYS, create_token


class Command(BaseCommand):
    """Print the secret of a new token, and nothing else, on standard output."""

    help = "Make an API token; its secret is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask whose, what for, what it may do and how long."""
        parser.add_argument("user", help="e-mail address of the account")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument(
            "--scopes", default=",".join(Scope.values), help="with commas between (default: %(default)s)"
        )
        parser.add_argument("--days", type=int, default=DEFAULT_DAYS, help="days until it ends (default: %(default)s)")

    def handle(self, *args: Any, user: str, name: str, scopes: str, days: int, **options: Any) -> str:
        """Make it."""
        wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
        unknown = [scope for scope in wanted if scope not in Scope.values]
        if unknown or not wanted:
            raise CommandError(f"There is no scope {', '.join(unknown)!r}. There are: {', '.join(Scope.values)}.")
        owner = User.objects.filter(email=user.lower()).first()
        if owner is None:
            raise CommandError(f"There is no account {user!r}.")
        return create_token(owner, name, wanted, days)[1]
