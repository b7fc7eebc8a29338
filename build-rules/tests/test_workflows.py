"""What GitHub runs and shows: it parses, what it calls exists, and nothing of others can change."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml")
               if path.name != "config.yml")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
"""Scripts of this repository, as workflows call them."""
CALLED = re.compile(r"(?:^|\s)((?:\.ci|build-rules|lab)/[\w./-]+|\./[\w-]+)", re.MULTILINE)


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """All steps, and jobs that are workflows themselves."""
    jobs = workflow["jobs"].values()
    return [step for job in jobs for step in job.get("steps", [job])]


def test_there_are_workflows_and_forms():
    assert names(WORKFLOWS) == ["release.yml", "test.yml"]
    assert names(FORMS) == ["bug.yml", "idea.yml", "version.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_actions_are_pinned_by_the_hash_of_their_commit(path):
    text = path.read_text("utf-8")
    used = [step["uses"] for step in steps(yaml.safe_load(text)) if "uses" in step]
    assert used
    for action in used:
        if action.startswith("./"):
            assert (ROOT / action).is_file()
        else:
            assert PINNED.fullmatch(action), action
            # whoever reads it sees which release that is
            assert re.search(re.escape(action) + r" # v\d+\.\d+\.\d+\n", text), action


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_scripts_that_are_called_exist(path):
    commands = [step["run"] for step in steps(yaml.safe_load(path.read_text("utf-8")))
                if "run" in step]
    called = [script for command in commands for script in CALLED.findall(command)]
    assert called
    for script in called:
        assert (ROOT / script).stat().st_mode & 0o111, script
    for command in commands:
        # what somebody typed must not become part of a script
        assert "${{" not in command, command


@pytest.mark.parametrize("path", WORKFLOWS, ids=names(WORKFLOWS))
def test_workflows_may_read_and_no_more_unless_a_job_says_so(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    writing = [name for name, job in workflow["jobs"].items() if "permissions" in job]
    assert writing == (["release"] if path.name == "release.yml" else [])


@pytest.mark.parametrize("path", FORMS, ids=names(FORMS))
def test_forms_ask_in_a_way_that_github_shows(path):
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= form.keys()
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert all(part["type"] in {"textarea", "input", "dropdown", "checkboxes"} for part in asked)
    assert all(part["attributes"]["label"] for part in asked)
    ids = [part["id"] for part in asked]
    assert len(set(ids)) == len(ids)
    for part in asked:
        assert part["type"] != "dropdown" or len(part["attributes"]["options"]) > 1
