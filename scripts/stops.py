"""How a command of `make` ends when it cannot go on."""


class Stop(Exception):
    """Cannot go on: the message says what is wrong, and what to do about it."""
