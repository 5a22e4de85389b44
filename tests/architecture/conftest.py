"""Users, their browsers and their programs."""

from people import browser, program, user

__all__ = ["browser", "program", "user"]
