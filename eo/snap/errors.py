"""What can go wrong with SNAP, in plain words."""

from eo.errors import EoError


class InvalidGraph(EoError):
    """A graph that this release of SNAP would not take."""

    code = "invalid_snap_graph"


class SnapNotFound(EoError):
    """No SNAP on this machine, or one that cannot be used."""

    code = "snap_not_found"


class SnapFailed(EoError):
    """SNAP did not do its work; `output_tail` holds the last lines it printed."""

    code = "snap_failed"

    def __init__(self, message: str, *, hint: str = "", output_tail: str = "") -> None:
        super().__init__(message, hint=hint)
        self.output_tail = output_tail


class SnapTimeout(SnapFailed):
    """SNAP was still running when its time was over."""

    code = "snap_timeout"


class EmptyOutput(SnapFailed):
    """SNAP said that all went well, and what it wrote is missing, cut off or holds no data."""

    code = "snap_empty_output"
