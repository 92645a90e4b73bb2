"""`./run.py bom`: docs/sbom.cdx.json, the bill of materials in CycloneDX, from production lock and licences.

The same lock gives the same bytes: no moment, no serial number, no address, nothing of the machine that wrote it.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from itb.local.process import ROOT
from itb.local.trouble import Trouble

LOCK = "requirements/production.txt"
BILL = ROOT / "docs" / "sbom.cdx.json"
ROOT_COMPONENT = "root-component"  # as cyclonedx_py calls the product itself
KEPT = ("type", "name", "version", "purl")
_LICENCE = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
_NEEDED_BY = re.compile(r"# (?:via |  )([\w.-]+)")
_VENDORED = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def main() -> None:
    """Write the bill, or say why it cannot be written."""
    bill = bill_of_materials()
    text = json.dumps(bill, indent=1, sort_keys=True) + "\n"
    if complaint := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"The bill is not CycloneDX: {complaint}")
    BILL.write_text(text)
    print(f"{BILL.relative_to(ROOT)}: {len(bill['components'])} components.")


def bill_of_materials() -> dict[str, Any]:
    """What cyclonedx_py reads in the lock, without what differs from machine to machine, and with what is kept here."""
    bill = read_lock()
    licences = dict(_LICENCE.findall(page()))
    packages = [package(component, licences) for component in bill["components"]]
    bill["components"] = sorted([*packages, *vendored()], key=lambda each: str(each["bom-ref"]))
    bill["dependencies"] = list(dependencies())
    bill["metadata"] = {"component": bill["metadata"]["component"]}
    return bill


def page() -> str:
    """The list of licences."""
    return (ROOT / "docs" / "licences.md").read_text()


def read_lock() -> dict[str, Any]:
    """The lock in CycloneDX, by cyclonedx_py."""
    options = ["--pyproject", "pyproject.toml", "--output-reproducible", "--short-PURLs", "-o", "-"]
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", LOCK, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble(f"{LOCK} cannot be read: {done.stderr.strip()}")
    return dict(json.loads(done.stdout))


def package(component: dict[str, Any], licences: dict[str, str]) -> dict[str, Any]:
    """A package of the lock, with its licence. Raises Trouble for one that the list does not know."""
    name = component["name"]
    if name not in licences:
        raise Trouble(f"{name} is not in docs/licences.md: read its licence and add it.")
    kept = {key: component[key] for key in KEPT}
    return {**kept, "bom-ref": name, "licenses": [{"expression": licences[name]}]}


def vendored() -> Iterator[dict[str, Any]]:
    """What is kept beside the packages; a file of our tree carries its sum."""
    for name, version, licence, where in _VENDORED.findall(page()):
        registry = "pypi" if name == "pip" else "npm"
        component: dict[str, Any] = {
            "type": "library",
            "name": name,
            "version": version,
            "purl": f"pkg:{registry}/{name}@{version}",
            "bom-ref": name,
            "licenses": [{"expression": licence}],
        }
        file = ROOT / where.strip("`")
        if file.is_file():
            component["hashes"] = [
                {"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}
            ]
        yield component


def dependencies() -> Iterator[dict[str, Any]]:
    """Which package is there for which, from the lock's own remarks."""
    beside: list[str] = [name for name, *_ in _VENDORED.findall(page())]
    needed: dict[str, list[str]] = {ROOT_COMPONENT: beside, **{name: [] for name in beside}}
    for block in re.split(r"\n(?=\w)", (ROOT / LOCK).read_text()):
        name = block.partition("==")[0]
        needed.setdefault(name, [])
        for parent in _NEEDED_BY.findall(block):
            needed.setdefault(ROOT_COMPONENT if parent == "itb" else parent, []).append(name)
    for name in sorted(needed):
        yield {"ref": name, "dependsOn": sorted(needed[name])}


if __name__ == "__main__":
    main()
