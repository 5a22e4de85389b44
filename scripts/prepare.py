"""Bring the portal's database and files up to date, in one Django process: python -m scripts.prepare DEMO_WORLD.

The secret of a token for the first job goes to the file descriptor of standard output's last line.
"""

import sys

import django


def main(world: str) -> None:
    """Migrate, collect static files, make the accounts, index the demo scenes, print a token for the first job."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("create_accounts", stdout=sys.stderr)
    call_command("index_scenes", world, stdout=sys.stderr)
    call_command("create_token", "demo@groundwork.localhost", name="make run", scopes="read,submit", days=1)


if __name__ == "__main__":
    main(sys.argv[1])
