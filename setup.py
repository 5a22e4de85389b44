"""The named command lines are read off the registry: adding a service edits no packaging."""

import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).parent))

from services.core.registry import all_services

setup(
    entry_points={
        "console_scripts": [f"{s.command}=services.core.command:named" for s in all_services().values() if s.command]
    }
)
