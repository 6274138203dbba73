"""Headers that are arguments: checked and sent as those of a path or a query are."""

from __future__ import annotations

from typing import Any

import pytest

from leap import SchemaValidationError
from leap.operation import Operation, Parameter
from leap.schemas import NumberSchema, StrSchema, Unset

TRACED: Operation[Unset] = Operation(
    "read",
    "GET",
    "/things",
    header_parameters=[
        Parameter("x_trace_id", "X-Trace-Id", StrSchema, required=True),
        Parameter("x_level", "X-Level", NumberSchema),
    ],
    response=Unset,
)


@pytest.mark.parametrize(
    "arguments",
    [
        {"x_trace_id": "a b", "x_level": 5},
        {"header_params": {"X-Trace-Id": "a b", "X-Level": 5}},
        {"header_params": {"x_trace_id": "a b", "x_level": 5}},
        {"x_trace_id": "a b", "header_params": {"X-Level": 5}},
    ],
)
def test_headers_are_given_in_both_forms(arguments: dict[str, Any]) -> None:
    """By their Python names or in one mapping, beside the client's own."""
    request = TRACED.request(arguments, {"User-Agent": "test"})
    assert request.headers == {
        "User-Agent": "test",
        "Accept": "application/json",
        "X-Trace-Id": "a b",
        "X-Level": "5",
    }
    assert request.target == "/things"


def test_one_that_is_not_required_may_be_left_out() -> None:
    """None means that too."""
    assert "X-Level" not in TRACED.request({"x_trace_id": "a", "x_level": None}, {}).headers


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "x_trace_id: is missing"),
        ({"x_trace_id": 5}, "x_trace_id: got 5 (int), needs a string"),
        ({"x_trace_id": "a", "x_level": "5"}, "x_level: got '5' (str), needs a number"),
        ({"x_trace_id": "a\r\nX-Evil: 1"}, "x_trace_id: got 'a\\r\\nX-Evil: 1' (str), needs text in Latin-1"),
        ({"x_trace_id": "→"}, "x_trace_id: got '→' (str), needs text in Latin-1"),
        ({"x_trace_id": "a", "header_params": {"X-Other": "b"}}, "header_params.X-Other: is no parameter"),
        (
            {"x_trace_id": "a", "header_params": {"X-Trace-Id": "b"}},
            "header_params.X-Trace-Id: is given twice",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused(arguments: dict[str, Any], fault: str) -> None:
    """With its path; a line break would begin another header."""
    with pytest.raises(SchemaValidationError) as caught:
        TRACED.request(arguments, {})
    assert [each[: len(fault)] for each in caught.value.faults] == [fault]


def test_a_body_of_an_unknown_kind_is_no_operation() -> None:
    """What cannot be encoded is noticed by the first call, not by the server."""
    operation = Operation("send", "POST", "/things", content_type="text/csv", response=Unset)
    with pytest.raises(ValueError, match="cannot be sent as text/csv"):
        operation.request({"extra_body": {"a": 1}}, {})
