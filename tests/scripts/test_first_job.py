"""The demo world's job names scenes by their ids."""

import json

from scripts.first_job import first_job

NAMES = {"before": "S2B_BEFORE", "after": "S2A_AFTER"}


class Portal:
    def __init__(self, *services):
        self.services = services

    def ask(self, path):
        if path == "/api/services":
            return [{"id": service} for service in self.services]
        features = [{"id": f"id-{when}", "properties": {"name": name}} for when, name in NAMES.items()]
        return {"features": [{"id": "other", "properties": {"name": "S2A_OTHER"}}, *features]}


def world(folder):
    jobs = [
        {"service": "pair", "name": "Two", "parameters": {"input1": "before", "input2": "after", "classes": 4}},
        {"service": "single", "name": "One", "parameters": {"input": "after"}},
    ]
    paths = {when: f"scenes/{name}.SAFE" for when, name in NAMES.items()}
    (folder / "demo.json").write_text(json.dumps({**paths, "jobs": jobs}))
    return folder


def test_the_first_job_of_the_world(tmp_path):
    assert first_job(world(tmp_path), Portal("single", "pair")) == {
        "service": "pair",
        "name": "Two",
        "parameters": {"input1": "id-before", "input2": "id-after", "classes": 4},
    }


def test_a_service_that_is_not_there_is_passed_over(tmp_path):
    assert first_job(world(tmp_path), Portal("single"))["parameters"] == {"input": "id-after"}
