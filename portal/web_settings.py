"""Settings of a process that answers requests: its connections are borrowed from a pool, not made for each.

Workers and commands use `portal.settings`: they hold few connections, fork, and must outlive a database's restart.
"""

from portal.settings import *  # noqa: F403
from portal.settings import DATABASES as SINGLE

DATABASES = {
    "default": {
        **SINGLE["default"],
        "OPTIONS": {**SINGLE["default"].get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": 12, "timeout": 10}},
    }
}
