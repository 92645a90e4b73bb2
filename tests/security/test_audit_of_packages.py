"""`./run.py audit`: it asks for every package, and where it cannot ask it fails."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from itb.local.audit import KNOWN_FAULTY, LOCKS, verdict
from itb.local.trouble import Trouble
from tests.local.conftest import ended

# pip-audit comes with `./run.py lint`: a machine without it skips these and says so. CI has it or fails.
with_pip_audit = pytest.mark.skipif(
    not os.environ.get("CI") and not find_spec("pip_audit"), reason="pip-audit comes with ./run.py lint"
)


@contextmanager
def service(*faulty: str) -> Iterator[str]:
    """A service on the loopback that speaks OSV's words and knows one fault of each package named."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.1"}]}]
            affected = [{"package": {"name": asked, "ecosystem": "PyPI"}, "ranges": ranges}]
            known = {"vulns": [{"id": "TEST-1", "summary": "A fault", "affected": affected}]}
            body = json.dumps(known if asked in faulty else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def audit(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    return ended(folder, "audit", "--vulnerability-service", "osv", "--osv-url", url, "--timeout", "5")


@with_pip_audit
def test_a_service_that_cannot_be_reached_is_a_failure_in_words(tmp_path: Path) -> None:
    done = audit(tmp_path, "http://127.0.0.1:9/")
    assert done.returncode == 1
    assert done.stderr.startswith("Nothing was checked: the service of known faults gave no answer.")
    assert len(done.stderr.splitlines()) == 1


@with_pip_audit
def test_a_service_that_finds_nothing_in_a_package_full_of_faults_is_not_believed(tmp_path: Path) -> None:
    with service() as url:
        done = audit(tmp_path, url)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing was checked: the service knows no fault of {KNOWN_FAULTY}")


@with_pip_audit
def test_a_known_fault_is_named_with_the_version_that_mends_it(tmp_path: Path) -> None:
    with service("jinja2", "django") as url:
        done = audit(tmp_path, url)
    assert done.returncode == 1
    assert done.stderr.startswith("Known faults:")
    assert ": TEST-1, mended in 99.1" in done.stderr


@with_pip_audit
def test_every_lock_without_a_fault_is_a_pass_that_says_how_many_were_checked(tmp_path: Path) -> None:
    with service("jinja2") as url:
        done = audit(tmp_path, url)
    assert f"packages of {len(LOCKS)} locks were checked" in done.stdout
    assert done.returncode == 0


def test_a_package_that_the_service_passed_over_is_no_pass() -> None:
    checked = {"name": "django", "version": "5.2.19", "vulns": []}
    passed_over = {"name": "celery", "skip_reason": "Dependency not found"}
    with pytest.raises(Trouble, match="1 packages could not be checked: celery"):
        verdict([checked, passed_over])
