"""Make the first two accounts: an administrator and a demo user."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.models import User


class Command(BaseCommand):
    """Make the accounts that are missing, with random passwords: printed once, and kept in a file of mode 600."""

    help = "Make an administrator and a demo user where they are missing; passwords are kept in a file (mode 600)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for addresses and the file."""
        parser.add_argument("--admin", default="admin@groundwork.localhost", help="(default: %(default)s)")
        parser.add_argument("--demo", default="demo@groundwork.localhost", help="(default: %(default)s)")
        parser.add_argument("--file", type=Path, default=settings.VAR_DIR / "passwords", help="(default: %(default)s)")

    def handle(self, *args: Any, admin: str, demo: str, file: Path, **options: Any) -> None:
        """Make what is missing; touch nothing that is there."""
        makers = {admin: User.objects.create_superuser, demo: User.objects.create_user}
        for email, make in makers.items():
            if User.objects.filter(email=email.lower()).exists():
                self.stdout.write(f"{email}: there already")
                continue
            password = secrets.token_urlsafe(12)
            keep(file, f"{email} {password}\n")
            make(email, password)
            self.stdout.write(f"{email}: password {password}")
        self.stdout.write(f"Passwords are kept in {file}.")


def keep(file: Path, line: str) -> None:
    """Add a line to a file that only its owner can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)
    with file.open("a") as stream:
        stream.write(line)
