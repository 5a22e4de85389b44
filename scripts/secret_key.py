"""The key that signs cookies and links, made once and kept where only its owner can read it."""

import os
import secrets
from pathlib import Path


def keep_secret_key(path: Path) -> None:
    """Make the key, unless the environment or the file has one."""
    if os.environ.get("SECRET_KEY") or os.environ.get("SECRET_KEY_FILE") or path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(secrets.token_urlsafe(50) + "\n")
