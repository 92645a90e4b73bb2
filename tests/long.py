"""What takes long has a short form in every run, and its long one in `./run.py test --long`, which .ci/run calls."""

import os
from collections.abc import Sequence

IS_LONG = os.environ.get("ITB_LONG") == "1"


def some(everything: Sequence[str], *few: str) -> Sequence[str]:
    """Everything in the long form, these few in the short one."""
    assert set(few) <= set(everything), "the few are some of them"
    return everything if IS_LONG else few
