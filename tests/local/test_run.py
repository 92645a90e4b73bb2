"""run.py: what it says before there is anything but Python."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from itb.local.process import ROOT

OLDEST_READER = (3, 7)
NOWHERE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "PIP_RETRIES": "0",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_FIND_LINKS": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What run.py needs to begin with."""
    shutil.copy2(ROOT / "run.py", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def run(tree: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [os.path.realpath(sys.executable), "run.py", *words],
        cwd=tree,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_an_old_python_can_read_it_up_to_the_sentence_that_refuses_it() -> None:
    tree = ast.parse((ROOT / "run.py").read_text(), feature_version=OLDEST_READER)
    second, third = tree.body[1:3]
    assert isinstance(second, ast.Import)
    assert [name.name for name in second.names] == ["sys"]
    assert isinstance(third, ast.If)
    assert "version_info" in ast.unparse(third.test)


def test_it_lists_its_commands_without_installing_anything(tree: Path) -> None:
    done = run(tree, "--help")
    assert done.returncode == 0
    for command in (
        "up",
        "test",
        "manage",
        "python",
        "bench",
        "fuzz",
        "chaos",
        "mutants",
        "lint",
        "audit",
        "bom",
    ):
        assert f"  {command}" in done.stdout
    assert not (tree / ".venv").exists()


def test_an_unknown_command_is_one_sentence(tree: Path) -> None:
    done = run(tree, "fly")
    assert done.returncode == 1
    assert (
        done.stderr
        == "run.py knows no command fly; it knows up, test, manage, python, bench, fuzz, chaos, mutants, screenshots, "
        "lint, audit, bom.\n"
    )


def test_without_a_network_it_says_so_and_takes_up_again_later(tree: Path) -> None:
    done = run(tree, "up", **NOWHERE)
    assert done.returncode == 1
    assert done.stderr.startswith("The package index cannot be reached")
    assert len(done.stderr.splitlines()) == 1
    assert not (tree / ".venv" / "installed.json").exists()


def test_an_environment_whose_python_has_gone_is_remade(tree: Path) -> None:
    (tree / ".venv" / "bin").mkdir(parents=True)
    (tree / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    run(tree, "up", **NOWHERE)
    assert (tree / ".venv" / "bin" / "python").exists()


def test_an_installation_that_was_cut_short_is_made_anew(tree: Path) -> None:
    run(tree, "up", **NOWHERE)
    half = tree / ".venv" / "half-unpacked"
    half.touch()
    (tree / ".local" / "installing").touch()
    for name in ("production", "local"):
        (tree / "requirements" / f"{name}.txt").write_text("")
    run(tree, "manage", "check")
    assert not half.exists()
    assert (tree / ".venv" / "installed.json").exists()


def test_a_package_that_was_exchanged_is_not_installed(tree: Path) -> None:
    (tree / "requirements" / "production.txt").write_text(
        f"pip @ {next(tree.glob('requirements/vendor/*.whl')).as_uri()} --hash=sha256:{'0' * 64}\n"
    )
    (tree / "requirements" / "local.txt").write_text("")
    done = run(tree, "up", **NOWHERE)
    assert done.returncode == 1
    assert done.stderr.startswith("A package is not the one that requirements/ names")


def test_an_environment_that_is_complete_is_not_installed_again(tree: Path) -> None:
    for name in ("production", "local"):
        (tree / "requirements" / f"{name}.txt").write_text("")
    first, second = run(tree, "manage", "check"), run(tree, "manage", "check")
    assert "Installing" in first.stdout
    assert "Installing" not in second.stdout
    assert set(json.loads((tree / ".venv" / "installed.json").read_text())) == {"production", "local"}


def test_a_failed_addition_leaves_what_was_there_in_use(tree: Path) -> None:
    for name in ("production", "local"):
        (tree / "requirements" / f"{name}.txt").write_text("")
    run(tree, "manage", "check")
    assert run(tree, "test", **NOWHERE).stderr.startswith("The package index cannot be reached")
    assert "Installing" not in run(tree, "manage", "check").stdout


def test_a_folder_that_may_not_be_written_is_one_sentence(tree: Path) -> None:
    (tree / ".local").write_text("a file where the folder should be")
    done = run(tree, "up")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
