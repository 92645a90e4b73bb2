"""The drill: a clinic's database is lost and comes back: `./run.py bench drill [--rows N]`.

Invented pumps with refills and programmes by the hundred thousand, swept and told of; then backup, everything dropped,
restore. What came back is compared with what was lost: every row, every forecast computed anew from its facts, every
open alert; and no letter leaves before a person has confirmed. On servers of its own, with fsync. Prints a table for
people, and as its last line one JSON object.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pyrage import x25519

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from itb.local.postgres import throw_away  # noqa: E402
from itb.local.stack import SERVERS, Stack  # noqa: E402

ROWS = 300_000


def main() -> None:
    """Start the servers, do the drill in their surroundings, and say how it went; 1 where anything came back other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS, help="facts; a pump has 150")
    rows = parser.parse_args().rows
    folder, key = Path(tempfile.mkdtemp(prefix="itb-drill-")), x25519.Identity.generate()
    (folder / "key.txt").write_text(str(key))
    extra = {"BACKUP_RECIPIENTS": str(key.to_public()), "PYTHONPATH": str(ROOT)}
    try:
        with Stack(folder, parts=SERVERS, extra=extra) as stack:
            words = [sys.executable, "benchmarks/_drill.py", str(folder), str(rows)]
            done = subprocess.run(words, env=stack.environment, stdout=subprocess.PIPE, text=True, check=True)
    finally:
        throw_away(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)
    figures = json.loads(done.stdout.splitlines()[-1])
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):44}{value:>14}")
    print(json.dumps(figures))
    sys.exit(any(value for name, value in figures.items() if name.startswith("other_")))


if __name__ == "__main__":
    main()
