"""What the jobs refuse; `portal.errors` gives each its HTTP status."""

from apps.errors import PortalError


class NoWorker(PortalError):
    """No living worker can run the job (503)."""

    code = "no_worker"


class JobEnded(PortalError):
    """The job has ended: there is nothing to cancel (409)."""

    code = "job_ended"


class JobNotEnded(PortalError):
    """The job has not ended: it cannot be deleted yet (409)."""

    code = "job_not_ended"


class QuotaExceeded(PortalError):
    """The user's results fill the space they may use (409)."""

    code = "quota_exceeded"
