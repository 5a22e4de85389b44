"""`.env.example` lists every name that the settings read."""

import re

from scripts.places import ROOT

READ = re.compile(r'env\.(?:str|int|float|bool|list|dict|db|email_url)\(\s*"([A-Z_]+)"')


def test_env_example_is_complete():
    read = set(READ.findall((ROOT / "portal" / "settings.py").read_text()))
    listed = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert len(read) > 20
    assert read - listed == set()
