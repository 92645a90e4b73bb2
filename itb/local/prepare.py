"""Brings the database to the present, in one Django process: migrations, then the demo clinics when asked.

`python -m itb.local.prepare [--demo]`; what `demo` prints is the only output.
"""

import os
import sys
from importlib import import_module
from types import ModuleType

import django
from django.core.management import call_command


def main(*, demo: bool) -> None:
    """Migrate; with `demo`, see that the invented clinics are there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")
    django.setup()
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    if demo:
        moved_clock().install()
        call_command("demo")


def moved_clock() -> ModuleType:
    """Our module of that name, which has models, and so cannot be imported before Django is set up."""
    return import_module("itb.local.moved_clock")


if __name__ == "__main__":
    main(demo="--demo" in sys.argv)
