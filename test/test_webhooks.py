"""Webhooks: what came is a job or a clear error, and only URLs of our own are known again."""

from __future__ import annotations

import json
from array import array
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap import ApiValueError, NotFoundError, ResponseValidationWarning, WebhookPayloadError, webhooks
from leap.emulator import Emulator
from leap.models import InferenceEntity

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "0123456789abcdef"  # noqa: S105 - a secret of the tests
URL = "https://example.com/a/hook?user=7"
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    "form",
    [
        json.dumps,
        lambda job: json.dumps(job).encode(),
        lambda job: bytearray(json.dumps(job).encode()),
        lambda job: memoryview(json.dumps(job).encode()),
        lambda job: json.dumps(job).encode("utf-16"),
        lambda job: job,
        InferenceEntity,
    ],
    ids=["str", "bytes", "bytearray", "memoryview", "utf-16", "dict", "entity"],
)
def test_a_payload_is_a_typed_job(job: dict[str, Any], form: Callable[[Any], Any]) -> None:
    """Whatever a framework gives of the body becomes the DTO, and what was given stays as it is."""
    before = json.dumps(job)
    entity = webhooks.parse(form(job))
    assert isinstance(entity, InferenceEntity)
    assert entity == job
    assert json.dumps(job) == before
    assert entity.created_at.year == 2023


def test_a_job_that_breaks_the_contract_is_given_all_the_same(job: dict[str, Any]) -> None:
    """A paid job is not lost to a state that nobody knows yet; the warning points to the caller."""
    with pytest.warns(ResponseValidationWarning, match="state: got 'hibernating'") as told:
        assert webhooks.parse({**job, "state": "hibernating"})["state"] == "hibernating"
    assert told[0].filename == __file__


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "the payload is empty"),
        ("", "the payload is empty"),
        ("<html>\x1b[2J", r"is not JSON \(.*\): <html>\\x1b\[2J"),
        (b"\xff\xfe\x00", "is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "is an array, needs a JSON object"),
        ("7", "is a number"),
        ("null", "is null"),
        ("{}", r"names no job: its id is None"),
        ('{"id": 7}', "its id is 7"),
        ('{"id": ".."}', "its id is '..'"),
        (None, "got None"),
        (7, "got 7"),
        (b" " * (webhooks.MOST_BYTES + 1), "more than 1048576 bytes"),
        (memoryview(array("q", [7] * 131_073)), "more than 1048576 bytes"),
    ],
    ids=lambda each: repr(each)[:17] if not isinstance(each, memoryview) else "memoryview",
)
def test_what_is_no_job_is_said_in_one_line(payload: Any, said: str) -> None:
    """The error names what came, on one line that is short and harmless to a terminal."""
    with pytest.raises(WebhookPayloadError, match=said) as caught:
        webhooks.parse(payload)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_mapping_that_is_nested_too_deeply_is_none() -> None:
    """What a framework has made of a hostile body is refused like the body itself."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(WebhookPayloadError, match="nested too deeply"):
        webhooks.parse({"id": "1", "images": deep})


@pytest.mark.filterwarnings("ignore::leap.ResponseValidationWarning")
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")], ids=["arrays", "objects"])
def test_no_depth_breaks_it(opening: str, closing: str) -> None:
    """However deep a value is, it is a job or an error, also where JSON can be read and no more than that."""
    for depth in range(100, 3000, 50):
        payload = f'{{"id": "1", "x": {opening * depth}7{closing * depth}}}'
        for form in (payload, payload.encode()):
            with suppress(WebhookPayloadError):
                assert webhooks.parse(form)["id"] == "1"


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["id", "state", "images", "x"]) | st.text(), inner)
    ),
)


@pytest.mark.filterwarnings("ignore::leap.ResponseValidationWarning")
@given(st.binary() | st.text() | ANY_JSON.map(json.dumps) | st.dictionaries(st.text(), ANY_JSON))
def test_nothing_that_is_sent_breaks_it(payload: Any) -> None:
    """Any bytes, text or JSON is a job with an id, or a `WebhookPayloadError`."""
    with suppress(WebhookPayloadError):
        assert webhooks.parse(payload)["id"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/",
        URL,
        "http://127.0.0.1:8000/hook",
        "https://example.com/ä/hook?q=ü&empty=&flag",
        "https://example.com/a%2Fb/%7Euser?next=%2Fhome&next=2",
        "https://example.com/?leap_tokens=1",
        "https://example.com//hook",
        "HTTPS://Example.com:443/hook?&a=1&&b=+&c;d&",
        "https://example.com/?" + "a&" * 1000,
    ],
)
def test_a_secured_url_is_known_again(url: str) -> None:
    """By the whole URL, by its path alone, and under another host; what was in it before is still there."""
    secured = webhooks.secure_url(url, SECRET, now=NOW)
    parts = urlsplit(secured)
    assert secured.startswith(url)
    assert webhooks.verify(secured, SECRET, now=NOW + 1)
    assert webhooks.verify(f"{parts.path or '/'}?{parts.query}", SECRET, now=NOW + 1)
    assert webhooks.verify(f"http://10.0.0.1:8000{parts.path}?{parts.query}", SECRET, now=NOW + 1)


def test_how_a_framework_writes_the_url_does_not_count() -> None:
    """The same path and query in another percent-encoding are the same."""
    slashed = webhooks.secure_url("https://example.com/a%2Fb", SECRET, now=NOW)
    assert webhooks.verify(slashed.replace("%2F", "/"), SECRET, now=NOW)
    secured = webhooks.secure_url(
        "https://example.com/~user/a b".replace(" ", "%20") + "?q=%7e", SECRET, now=NOW
    )
    assert webhooks.verify(secured.replace("~", "%7E").replace("%7e", "~"), SECRET, now=NOW)


def test_no_two_urls_are_alike() -> None:
    """A token holds 128 bits of chance, so that one tells nothing of another."""
    assert len({webhooks.secure_url(URL, SECRET, now=NOW) for _ in range(100)}) == 100


def altered() -> list[str]:
    """A secured URL, changed in one place."""
    secured = webhooks.secure_url(URL, SECRET, now=NOW)
    token = parse_qs(urlsplit(secured).query)["leap_token"][0]
    expiry, nonce, code = token.split(".")
    other = webhooks.secure_url("https://example.com/another", SECRET, now=NOW)
    return [
        URL,
        secured.replace("/a/", "/b/"),
        secured.replace("user=7", "user=8"),
        secured.replace("user=7&", ""),
        f"{secured}&admin=1",
        f"{secured}&leap_token={token}",
        secured.replace(expiry, str(int(expiry) + 1)),
        secured.replace(nonce, nonce[::-1]),
        secured.replace(code, code[::-1]),
        secured.replace(code, ""),
        secured[:-1],
        secured.replace(token, parse_qs(urlsplit(other).query)["leap_token"][0]),
        secured.replace(token, quote("٣" * 10 + "." + nonce + "." + code)),
        f"{URL}&leap_token=",
        f"{URL}&leap_token=1.2.3",
        "",
        "http://[",
        "/?" + "a&" * 2000,
    ]


@pytest.mark.parametrize("number", range(len(altered())))
def test_nothing_else_is(number: int) -> None:
    """Whoever changes the path, the query, the time or the token is not let in, and nothing breaks."""
    assert not webhooks.verify(altered()[number], SECRET, now=NOW)


@pytest.mark.parametrize("part", ["example.com", "/a/", "user", "7"])
def test_half_a_character_breaks_nothing(part: str) -> None:
    """A URL that has a token in the right form, and what no encoding can hold elsewhere, is not ours."""
    secured = webhooks.secure_url(URL, SECRET, now=NOW)
    # The host does not count, whatever it is.
    assert webhooks.verify(secured.replace(part, f"{part}\udcff", 1), SECRET, now=NOW) is (
        part == "example.com"
    )


@given(st.text() | st.none() | st.integers() | st.binary() | st.just([]))
def test_no_url_breaks_it(url: Any) -> None:
    """Whatever is given as a URL is one that is not ours."""
    assert not webhooks.verify(url, SECRET)


def test_a_url_expires() -> None:
    """It holds for as long as was said, and no longer."""
    secured = webhooks.secure_url(URL, SECRET, expires_in=60, now=NOW)
    assert webhooks.verify(secured, SECRET, now=NOW + 59)
    assert not webhooks.verify(secured, SECRET, now=NOW + 60)


def test_a_secret_can_be_replaced() -> None:
    """URLs of the old secret hold as long as it is given beside the new one, which makes the new URLs."""
    new = b"another secret of 16 bytes"
    old_url = webhooks.secure_url(URL, SECRET)
    assert webhooks.verify(old_url, [new, SECRET])
    assert not webhooks.verify(old_url, new)
    assert webhooks.verify(webhooks.secure_url(URL, [new, SECRET]), new)


def test_a_secured_url_is_secured_anew() -> None:
    """An old token gives way to the new one."""
    for name in ("leap_token", "leap%5Ftoken"):
        old = webhooks.secure_url(URL, SECRET).replace("leap_token", name)
        twice = webhooks.secure_url(f"{old}&last=1", SECRET)
        assert twice.startswith(f"{URL}&last=1&leap_token=")
        assert twice.count("token") == 1
        assert webhooks.verify(twice, SECRET)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("example.com/hook", "absolute http or https URL"),
        ("ftp://example.com/", "absolute http or https URL"),
        ("https://", "absolute http or https URL"),
        ("https://[", "absolute http or https URL"),
        ("https://a:99999/", "absolute http or https URL"),
        ("https://example.com/a b", "absolute http or https URL"),
        ("https://example.com/\n", "absolute http or https URL"),
        (None, "got None"),
        ("https://user:password@example.com/", "user name or a password"),
        ("ftp://user:password@example.com/", "got 'example.com/'"),
        ("https://example.com/#there", "fragment"),
        ("https://example.com/#", "fragment"),
    ],
)
def test_what_is_no_url_for_webhooks_is_refused(url: Any, said: str) -> None:
    """The error says why, and shows no password and no query."""
    with pytest.raises(ApiValueError, match=f"url: .*{said}") as caught:
        webhooks.secure_url(url, SECRET)
    assert "user:password" not in str(caught.value)


@pytest.mark.parametrize(
    "secret", ["", "short", b"fifteen bytes..", None, 7, [], [SECRET, "short"]], ids=repr
)
def test_what_is_no_secret_is_refused(secret: Any) -> None:
    """A secret that could be guessed is none; the error does not show it."""
    for use in (webhooks.secure_url, webhooks.verify):
        with pytest.raises(
            ApiValueError, match="secret: needs text or bytes, at least 16 bytes long"
        ) as caught:
            use(URL, secret)
        assert "short" not in str(caught.value)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), "60", 1e12, 10**400], ids=repr)
def test_what_is_no_time_is_refused(seconds: Any) -> None:
    """A URL holds for some time that has an end."""
    with pytest.raises(ApiValueError, match="expires_in: got"):
        webhooks.secure_url(URL, SECRET, expires_in=seconds)


def test_the_api_has_the_last_word(leap_at: Callable[..., Any]) -> None:
    """`confirm` gives the job as the API has it, whatever was sent, and does not know what was made up."""
    with Emulator(speed=float("inf")) as emulator:
        leap = leap_at(emulator.url)
        job = leap.generate_images.create_and_wait(
            prompt="a fox", model_id="m", width=64, height=64, poll_interval=0.001
        )
        assert webhooks.confirm(leap, webhooks.parse({**job, "state": "failed", "prompt": "a hare"})) == job
        with pytest.raises(NotFoundError):
            webhooks.confirm(leap, webhooks.parse({**job, "id": "made-up"}))
    with pytest.raises(WebhookPayloadError, match="names no modelId"):
        webhooks.confirm(leap, {"id": "1"})
    with pytest.raises(WebhookPayloadError, match="names no modelId"):
        webhooks.confirm(leap, {"id": "1", "modelId": ".."})


def test_the_model_of_a_training_is_read_and_confirmed(leap_at: Callable[..., Any]) -> None:
    """What the webhook of a training is sent is a typed model, and the API has the last word on it too."""
    with Emulator(speed=float("inf")) as emulator:
        workspace = emulator.workspace()
        leap = leap_at(emulator.url).with_options(access_token=workspace.token)
        url = f"{emulator.url}/nobody"
        leap.train_image_models.train_model(image_sample_urls=["https://h/1.png"], webhook_url=url)
        workspace.wait_until_idle(webhooks=True)
        (delivery,) = workspace.deliveries()
        model = webhooks.parse_model(delivery.body or "")
        assert (model.status, model.image_samples) == ("finished", ("https://h/1.png",))
        assert webhooks.confirm_model(leap, {**model, "status": "failed"}) == model
        with pytest.raises(NotFoundError):
            webhooks.confirm_model(leap, webhooks.parse_model({**model, "id": "made-up"}))
    with pytest.raises(WebhookPayloadError, match="names no id"):
        webhooks.confirm_model(leap, {"status": "finished"})
    with pytest.raises(WebhookPayloadError, match="needs a JSON object with a model"):
        webhooks.parse_model("[]")
    with pytest.warns(ResponseValidationWarning, match="the webhook's model breaks the contract") as warned:
        assert webhooks.parse_model('{"id": "1"}')["id"] == "1"
    assert warned[0].filename == __file__
