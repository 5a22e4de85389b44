"""What `gpt` prints: progress while it runs, its last lines when it has failed, and its help."""

import re

_PERCENT = re.compile(r"\.(\d{1,3})%")
_KEPT_CHARACTERS = 8_000
_KEPT_LINES = 40
_ERROR = re.compile(r"^\s*(?:Error|SEVERE|ERROR)\b:?\s*(.+)|^\s*(?:[\w.]+(?:Exception|Error)): (.+)")
_FRAME = re.compile(r"^\s*(?:at |\.\.\. \d+ more)")
_OPTION = re.compile(r"^\s*-P(\w+)=<", re.MULTILINE)
_VERSION = re.compile(r"SNAP\s+Release\s+version\s*:?\s*(\d+(?:\.\d+)*)", re.IGNORECASE)
_NO_MEMORY = ("OutOfMemoryError", "Cannot construct DataBuffer", "GC overhead limit", "insufficient memory")


class Console:
    """Takes the output of `gpt` in pieces, as they come; a line of progress (`....10%....20%`) grows piecemeal."""

    def __init__(self) -> None:
        self._text = ""
        self.fraction = 0.0  # done so far

    def feed(self, piece: str) -> None:
        """Take a piece."""
        recent = self._text[-5:] + piece
        self._text = (self._text + piece)[-_KEPT_CHARACTERS:]
        told = (int(found.group(1)) / 100 for found in _PERCENT.finditer(recent))
        self.fraction = max([self.fraction, *(fraction for fraction in told if fraction <= 1)])

    @property
    def tail(self) -> str:
        """The last lines."""
        return "\n".join(self._text.splitlines()[-_KEPT_LINES:])

    def reason(self) -> str:
        """Return the last line that speaks of an error, else the last line; "" where nothing was printed."""
        lines = [line.strip() for line in self._text.splitlines() if line.strip() and not _FRAME.match(line)]
        errors = [found for line in lines if (found := _ERROR.match(line))]
        if errors:
            return next(group for group in errors[-1].groups() if group).strip()
        return lines[-1] if lines else ""

    def ran_out_of_memory(self) -> bool:
        """Say whether Java complained of too little memory."""
        return any(words in self._text for words in _NO_MEMORY)


def version_in(text: str) -> str | None:
    """Return the version that `gpt --diag` tells, None where it tells none."""
    found = _VERSION.search(text)
    return found.group(1) if found else None


def parameters_in(text: str) -> tuple[str, ...]:
    """Return the names of an operator's parameters that `gpt <Operator> -h` tells, empty where it tells none."""
    return tuple(dict.fromkeys(_OPTION.findall(text)))
