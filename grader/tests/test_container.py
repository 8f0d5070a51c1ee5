"""The container file for teachers: what can be held against the project without building it."""

import re
import tomllib

from grader.editions import find_kata

ROOT = find_kata().root
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
STEPS = re.findall(r"^([A-Z]+) ", DOCKERFILE, re.MULTILINE)


def test_the_image_contains_everything_that_a_kata_needs() -> None:
    taken = {line[1:] for line in IGNORED if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {name.partition("/")[0] for name in wheel["force-include"]}
    assert "*" in IGNORED and taken >= {"grader", "exercises", "README.md"} | needed
    assert all((ROOT / name).exists() for name in taken)


def test_nothing_runs_as_root_or_with_more_rights() -> None:
    assert STEPS.index("USER") < STEPS.index("ENTRYPOINT")
    assert "USER 1000:1000" in DOCKERFILE
    assert not re.search(r"privileged|cap-add|security-opt|sudo", DOCKERFILE)


def test_torch_is_the_tested_version_for_the_cpu() -> None:
    assert "grep '^torch==' constraints.txt" in DOCKERFILE and "whl/cpu" in DOCKERFILE
    assert DOCKERFILE.index("whl/cpu") < DOCKERFILE.index("-c constraints.txt -e .")
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert re.search(r"^torch==", constraints, re.MULTILINE)
