"""Nobody calls upward, and the core is pure."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_each_package_imports_only_from_those_below_it() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_importing_the_core_loads_no_django_and_no_celery() -> None:
    script = (
        "import pkgutil, sys, itb.infusion\n"
        "for module in pkgutil.walk_packages(itb.infusion.__path__, 'itb.infusion.'):\n"
        "    if not module.name.endswith('__main__'): __import__(module.name)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'celery', 'kombu', 'psycopg'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
