"""What a browser reports about the content policy: its rule is logged, and nothing else of it, whatever was sent."""

import json

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from hypothesis import given
from hypothesis import strategies as st

from itb.policy_report import KIND, RULES, policy_report, rule_of
from tests.security.canaries import NAME, found_in
from tests.security.test_logs import Log, log

__all__ = ["log"]

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["csp-report", "effective-directive"]), inner)
    ),
)


def test_the_policy_leads_to_it() -> None:
    (address,) = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["report-uri"]
    assert resolve(address).func is policy_report


def test_the_rule_is_logged_and_nothing_that_the_page_holds(client: Client, db: None, log: Log) -> None:
    told = {
        "effective-directive": "script-src-elem",
        "script-sample": NAME,
        "document-uri": f"http://x/{NAME}",
    }
    response = client.post("/policy-report", json.dumps({"csp-report": told}), content_type=KIND)
    assert response.status_code == 204
    line = log.read()
    assert "event=policy.broken rule=script-src-elem" in line
    assert not found_in(line)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b'{"csp-report": 1}', b"[" * 100_000])
def test_what_is_no_report_says_so(body: bytes) -> None:
    assert rule_of(body) == "unreadable"


def test_a_form_is_no_report(client: Client, db: None, log: Log) -> None:
    assert client.post("/policy-report", {"csp-report": NAME}).status_code == 204
    line = log.read()
    assert "event=policy.broken rule=unreadable" in line
    assert not found_in(line)


@given(JSON)
def test_no_report_puts_a_word_of_its_own_into_the_log(report: object) -> None:
    assert rule_of(json.dumps(report).encode()) in {*RULES, "unreadable", "unknown"}
