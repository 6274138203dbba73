"""OpenTelemetry: its instrumentation of urllib3 sees the calls, with no code of ours."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from leap import ApiConnectionError, Leap, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Loopback
    from opentelemetry.sdk.trace import ReadableSpan

    from leap.emulator import Emulator

TOKEN = "leap-token-5f0e1c"  # noqa: S105 - that of conftest.py, looked for in what must not show it


@pytest.fixture
def provider() -> Iterator[TracerProvider]:
    """A provider of tracers that is nobody else's."""
    provider = TracerProvider()
    yield provider
    provider.shutdown()


@pytest.fixture
def spans(provider: TracerProvider) -> Iterator[Callable[[], tuple[ReadableSpan, ...]]]:
    """The spans of what urllib3 did, while the instrumentation is in place."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    URLLib3Instrumentor().instrument(tracer_provider=provider)
    yield exporter.get_finished_spans
    URLLib3Instrumentor().uninstrument()


def url_of(span: ReadableSpan) -> Any:
    """The URL of a span, whichever of OpenTelemetry's names it has."""
    attributes = span.attributes or {}
    return attributes.get("url.full", attributes.get("http.url"))


def status_of(span: ReadableSpan) -> Any:
    """The HTTP status of a span, whichever of OpenTelemetry's names it has."""
    attributes = span.attributes or {}
    return attributes.get("http.response.status_code", attributes.get("http.status_code"))


def test_a_call_is_a_span(
    emulated: Leap, emulator: Emulator, spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    """Each call of each method is one span with method, URL and status."""
    job = emulated.generate_images.create(prompt="a fox", model_id="m", width=64, height=64).body
    emulated.generate_images.find_all(model_id="m", page=1)
    emulated.generate_images.find_one(model_id="m", inference_id=job.id)
    emulated.generate_images.remove(model_id="m", inference_id=job.id)
    with pytest.raises(NotFoundError):
        emulated.generate_images.find_one(model_id="m", inference_id=job.id)
    jobs = f"{emulator.url}/api/v1/images/models/m/inferences"
    assert [(span.name, url_of(span), status_of(span)) for span in spans()] == [
        ("POST", jobs, 200),
        ("GET", f"{jobs}?page=1", 200),
        ("GET", f"{jobs}/{job.id}", 200),
        ("DELETE", f"{jobs}/{job.id}", 200),
        ("GET", f"{jobs}/{job.id}", 404),
    ]
    assert {span.kind for span in spans()} == {SpanKind.CLIENT}


def test_an_attempt_is_a_span(
    emulated: Leap, emulator: Emulator, spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    """A call that is tried again is a span for each attempt, with the status of that attempt."""
    emulator.faults.add(status=503, times=1)
    emulator.faults.add(status=429, retry_after=1, times=1)
    assert emulated.generate_images.find_all(model_id="m").attempts == 3
    assert [status_of(span) for span in spans()] == [503, 429, 200]


def test_an_attempt_without_an_answer_is_a_span_too(
    leap_at: Callable[..., Leap], spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    """A connection that is refused is a span that has failed."""
    with socket.socket() as bound:  # bound and not listening: it refuses connections
        bound.bind(("127.0.0.1", 0))
        leap = leap_at(f"http://127.0.0.1:{bound.getsockname()[1]}", max_retries=1)
        with pytest.raises(ApiConnectionError):
            leap.generate_images.find_all(model_id="m")
    assert [(span.status.status_code, status_of(span)) for span in spans()] == [(StatusCode.ERROR, None)] * 2


def test_a_streamed_call_is_a_span(emulated: Leap, spans: Callable[[], tuple[ReadableSpan, ...]]) -> None:
    """A streamed call is one span as well."""
    with emulated.generate_images.find_all(model_id="m", stream=True) as response:
        assert response.response.read() == b"[]"
    assert [status_of(span) for span in spans()] == [200]


def test_no_span_holds_the_token(
    emulated: Leap, emulator: Emulator, spans: Callable[[], tuple[ReadableSpan, ...]]
) -> None:
    """The token is nowhere in a span, neither in an attribute nor in an event, also where a call fails."""
    emulator.faults.add(method="POST", status=500, times=1)
    emulator.faults.add(method="POST", reset="after", times=1)
    emulated.generate_images.find_all(model_id="m", extra_headers={"Authorization": "Bearer o-t-h-e-r"})
    for _ in range(2):
        with pytest.raises(Exception, match="POST"):
            emulated.generate_images.create(prompt="a fox", model_id="m", width=64, height=64)
    told = [span.to_json() for span in spans()]
    assert len(told) == 3
    assert any("Connection" in each for each in told)  # the exception is among what was told
    assert not any(TOKEN in each or "o-t-h-e-r" in each for each in told)


def test_a_client_from_before_is_seen_and_let_go(
    leap_at: Callable[..., Leap], emulator: Emulator, provider: TracerProvider
) -> None:
    """The instrumentation may come and go while a client is in use, over the same connections."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    leap = leap_at(emulator.url)
    leap.generate_images.find_all(model_id="m")
    URLLib3Instrumentor().instrument(tracer_provider=provider)
    try:
        leap.generate_images.find_all(model_id="m")
    finally:
        URLLib3Instrumentor().uninstrument()
    leap.generate_images.find_all(model_id="m")
    assert len(exporter.get_finished_spans()) == 1


def test_the_trace_is_carried_on(
    leap: Leap,
    loopback: Loopback,
    answer_of: Callable[..., bytes],
    job: dict[str, Any],
    provider: TracerProvider,
    spans: Callable[[], tuple[ReadableSpan, ...]],
) -> None:
    """The spans are below that of the caller, and the server is told which trace it is part of."""
    loopback.answer(answer_of({}, "503 Service Unavailable"), answer_of(job))
    with provider.get_tracer("a program").start_as_current_span("draw a fox") as above:
        leap.generate_images.find_one(model_id="m", inference_id="i")
    context = above.get_span_context()
    *attempts, _above = spans()
    assert len(attempts) == 2
    for span, request in zip(attempts, loopback.requests, strict=True):
        assert span.parent is not None
        assert span.parent.span_id == context.span_id
        _version, trace, parent, _flags = request.headers["traceparent"].split("-")
        assert (int(trace, 16), int(parent, 16)) == (context.trace_id, span.context.span_id)


def test_a_download_is_a_span(
    emulated: Leap, spans: Callable[[], tuple[ReadableSpan, ...]], tmp_path: Any
) -> None:
    """Fetching a picture is a span like another, without the token."""
    job = emulated.generate_images.create_and_wait(
        prompt="a fox", model_id="m", width=64, height=64, poll_interval=0.001
    )
    before = len(spans())
    emulated.generate_images.download(job, tmp_path)
    (span,) = spans()[before:]
    assert (url_of(span), status_of(span)) == (job.images[0].uri, 200)
    assert TOKEN not in span.to_json()
