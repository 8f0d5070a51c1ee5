"""A learner's clone of an upstream: whatever git does, no text that the grader has seen is lost."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from grader.editions import find_kata
from grader.tests.clone import Clone, clone_into
from grader.tests.test_nothing_lost import (
    BODY,
    COPY,
    NAME,
    TAKE_UP,
    change,
    copies,
    read,
    said,
    write_mine,
)

SPLIT = "exercises/s02_regex_split.py"
COMMIT = ["commit", "-am", "my work"]
PULL = ["pull", "--no-rebase", "--no-edit", "-X", "ours"]  # as README says


def git(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run git with only this repository's configuration."""
    nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    return subprocess.run(
        ["git", *args], cwd=folder, env={**os.environ, **nothing}, capture_output=True, text=True
    )


def git_ok(folder: Path, *args: str) -> str:
    done = git(folder, *args)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def name_the_author(folder: Path) -> None:
    git_ok(folder, "config", "user.name", "A Learner")
    git_ok(folder, "config", "user.email", "learner@example.org")


@pytest.fixture
def upstream(tmp_path: Path) -> Clone:
    """The repository that the kata comes from."""
    upstream = clone_into(tmp_path / "upstream")
    root = find_kata(Path(__file__).parent).root
    shutil.copy(root / ".gitignore", upstream.root / ".gitignore")
    git_ok(upstream.root, "init", "--initial-branch=main")
    name_the_author(upstream.root)
    git_ok(upstream.root, "add", "--all")
    git_ok(upstream.root, "commit", "-m", "a version")
    return upstream


@pytest.fixture
def clone(upstream: Clone, tmp_path: Path) -> Clone:
    """A learner's clone of it."""
    git_ok(tmp_path, "clone", str(upstream.root), "learner")
    name_the_author(tmp_path / "learner")
    return Clone(tmp_path / "learner")


def publish(upstream: Clone, name: str, old: str, new: str) -> None:
    """Change a solution and its stub in a newer version."""
    for folder in ("solutions", "exercises"):
        change(upstream, f"{folder}/{name}", old, new)
    git_ok(upstream.root, "commit", "-am", "a newer version")


def publish_norm(upstream: Clone) -> None:
    publish(upstream, "s09_rms_norm.py", "Scale every vector", "Bring every vector")


def publish_split(upstream: Clone) -> None:
    """Change the very lines that a learner of stage 2 changes."""
    publish(upstream, "s02_regex_split.py", "# Seven branches", "# Seven alternatives")


def write_pattern(clone: Clone) -> str:
    change(clone, SPLIT, 'PATTERN: str = ""  # write this one too', 'PATTERN: str = "mine"')
    raising = '    raise NotImplementedError("split_text is not written yet")'
    change(clone, SPLIT, raising, "    return regex.findall(PATTERN, text)")
    return read(clone, SPLIT)


def test_git_refuses_to_pull_over_a_text_and_then_readme_helps(
    clone: Clone, upstream: Clone
) -> None:
    mine = write_mine(clone)
    publish_norm(upstream)
    refused = git(clone.root, "pull")
    assert refused.returncode != 0 and "would be overwritten" in refused.stderr
    assert read(clone) == mine

    git_ok(clone.root, *COMMIT)
    git_ok(clone.root, *PULL)
    assert read(clone) == mine.replace("Scale every vector", "Bring every vector")
    assert said(clone) == "" and copies(clone) == []


def test_where_both_changed_the_same_lines_the_learners_stay(clone: Clone, upstream: Clone) -> None:
    mine = write_pattern(clone)
    publish_split(upstream)
    git_ok(clone.root, *COMMIT)
    git_ok(clone.root, *PULL)
    assert read(clone, SPLIT) == mine
    assert "Seven alternatives" in read(clone, "solutions/s02_regex_split.py")
    assert said(clone) == ""


def test_readmes_commands_are_those_that_are_tested_here() -> None:
    text = (find_kata(Path(__file__).parent).root / "README.md").read_text(encoding="utf-8")
    assert 'git commit -am "my work" ' in text
    assert f"git {' '.join(PULL)} " in text


def test_a_version_that_leaves_the_stage_alone_is_pulled_at_once(
    clone: Clone, upstream: Clone
) -> None:
    mine = write_mine(clone)
    assert said(clone) == ""
    publish_split(upstream)
    git_ok(clone.root, "pull")
    assert read(clone) == mine and "Seven alternatives" in read(clone, SPLIT)
    assert said(clone) == ""


@pytest.mark.parametrize(
    "command", ["checkout -- exercises", "checkout .", "stash", "reset --hard", "restore ."]
)
def test_a_text_that_git_threw_away_comes_back(clone: Clone, upstream: Clone, command: str) -> None:
    mine = write_mine(clone)
    assert said(clone) == ""
    publish_norm(upstream)
    git_ok(clone.root, *command.split())
    git_ok(clone.root, "pull")
    assert BODY not in read(clone)
    assert said(clone) == f"{NAME}.py is the stub again{TAKE_UP}"
    assert read(clone, COPY) == mine
    assert git_ok(clone.root, "status", "--short") == ""  # git ignores the copy
    assert said(clone) == ""


def test_a_text_whose_stash_conflicts_comes_back_whole(clone: Clone, upstream: Clone) -> None:
    mine = write_pattern(clone)
    assert said(clone) == ""
    publish_split(upstream)
    assert "resulted in conflicts" in git(clone.root, "pull", "--autostash").stderr
    assert "<<<<<<<" in read(clone, SPLIT)
    copy = "exercises/s02_regex_split.mine1.py"
    told = "s02_regex_split.py holds git's conflict marks; to take your text up again:"
    assert said(clone) == f"{told}\n  cp {copy} {SPLIT}"
    assert read(clone, copy) == mine

    shutil.copy(clone.root / copy, clone.root / SPLIT)
    git_ok(clone.root, *COMMIT)
    git_ok(clone.root, *PULL)
    assert said(clone) == "" and read(clone, SPLIT) == mine
