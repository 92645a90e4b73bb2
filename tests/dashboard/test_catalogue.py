"""The catalogue as a page: whole, in every version, with a clinic's own beside it."""

import html
import re
from decimal import Decimal

import pytest
from django.test import Client

from itb.dashboard.catalogue import figure_of, sections
from itb.infusion.catalogue import catalogue
from tests.cast import Cast

PAGE = "/clinic/catalogue/"


def text(client: Client, address: str = PAGE) -> str:
    return html.unescape(client.get(address).content.decode())


def test_every_constant_is_on_the_page_with_value_source_date_and_mark(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor.user)
    rows = dict(re.findall(r'<tr role="row" id="([^"]+)">(.*?)</tr>', text(client), re.DOTALL))
    assert rows.keys() == catalogue().constants.keys()
    for path, constant in catalogue().constants.items():
        assert constant.source in rows[path]
        assert constant.date in rows[path]
        assert ("unconfirmed</span>" in rows[path]) == constant.unconfirmed
        assert re.search(rf">{re.escape(constant.text.split()[0])} <span", rows[path])


def test_every_constant_is_found_by_its_path_and_by_itself() -> None:
    for path, constant in catalogue().constants.items():
        assert figure_of(path).constant is constant
        assert figure_of(constant).path == path
    with pytest.raises(KeyError):
        figure_of("pump_models.sundial")


def test_the_unconfirmed_ones_can_be_seen_alone() -> None:
    shown = [f for s in sections(catalogue(), unconfirmed=True) for e in s.entries for f in e.figures]
    expected = {path for path, constant in catalogue().constants.items() if constant.unconfirmed}
    assert {figure.path for figure in shown} == expected


def test_a_version_is_shown_by_its_number_and_one_that_there_is_not_is_not_found(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.nurse.user)
    assert "Version 1, entered 2026-11-22" in text(client, f"{PAGE}?version=1")
    for odd in ("0", "99", "x", "1" + "0" * 400, "\0", "٣", ""):
        assert client.get(PAGE, {"version": odd}).status_code == 404


def test_the_clinics_page_leads_to_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor.user)
    assert f'href="{PAGE}"' in text(client, "/clinic/")


def test_only_an_administrator_is_offered_to_add(client: Client, cast: Cast) -> None:
    cast.own_model()
    client.force_login(cast.nurse.user)
    page = text(client)
    assert "Quayside 30" in page
    assert "models/add/" not in page
    client.force_login(cast.administrator.user)
    assert "models/add/?key=own-quayside-30" in text(client)


def test_a_clinics_own_shows_its_source_and_its_older_versions(client: Client, cast: Cast) -> None:
    cast.own_model()
    cast.own_model(version=2, reservoir_ml=Decimal(28), source="Leaflet 8")
    cast.own_product()
    client.force_login(cast.nurse.user)
    page = text(client)
    newest, older = (
        page.index("own.own-quayside-30.2.reservoir_ml"),
        page.index("own.own-quayside-30.1.reservoir_ml"),
    )
    assert newest < page.index("Older versions of Quayside 30") < older
    for words in (
        "Leaflet 7",
        "Leaflet 8",
        "this clinic's own",
        "Quay compound 1500 mcg/mL, 20 mL bag",
        "Protocol 12",
    ):
        assert words in page


def test_another_clinics_own_is_not_there(client: Client, cast: Cast) -> None:
    cast.own_model()
    cast.own_product()
    client.force_login(cast.stranger.user)
    page = text(client)
    assert "Quayside" not in page
    assert "Quay compound" not in page
