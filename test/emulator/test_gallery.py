"""The gallery over HTTP, as a browser without its script gets it, and the events that its script lives on."""

import http.client
import io
import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from leap.emulator import Emulator
from leap.emulator.changes import Changes
from leap.emulator.gallery.tally import Tally
from leap.emulator.jobs import State

MARKUP = "<script>alert('x')</script> <b>&amp;</b> \"quoted\""
RIGHT_TO_LEFT = "قطة على السطح \u202e\u2066"
SECONDS_TO_WAIT = 10.0  # less than the pause between two heartbeats, which bring nothing
EMOJI = "🦊👩‍👩‍👧 in the snow"
HALF_A_PAIR = "half \ud83e of a pair"


class Page(HTMLParser):
    """What a page says: its text, and every element with its attributes."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Give the attributes of all elements of a kind."""
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key.rstrip("_")) == value for key, value in attributes.items())
        ]

    @property
    def cards(self) -> list[str]:
        """The ids of the jobs that it shows, in order."""
        return [
            (found["id"] or "").removeprefix("job-")
            for name, found in self.elements
            if name == "li" and "card" in (found.get("class") or "")
        ]


class Events:
    """An open stream of events, and the page as they have made it so far."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.response = response
        self.parts: dict[str, str] = {}
        self.items: list[str] = []

    def next(self) -> None:
        """Wait for the next message and put it in place."""
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while (line := self.response.readline()) and time.monotonic() < deadline:
            if line.startswith(b"data: "):
                news = json.loads(line.removeprefix(b"data: "))
                self.parts |= news["parts"]
                self.items = news["items"]
                return
        raise AssertionError("no message came")

    def until(self, condition: Callable[[], Any]) -> None:
        """Wait until the page is as it should be."""
        self.next()
        while not condition():
            self.next()


@contextmanager
def events(url: str, path: str) -> Iterator[Events]:
    """Open a stream, and leave it at the end."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS_TO_WAIT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        assert (response.status, response.headers["Content-Type"]) == (
            200,
            "text/event-stream; charset=utf-8",
        )
        yield Events(response)
    finally:
        connection.close()
        response.close()


@pytest.fixture
def own(connect: Callable[..., Any]) -> Iterator[Any]:
    """A workspace of an emulator that no other test uses."""
    with Emulator(speed=float("inf")) as running:
        yield connect(running)


@pytest.fixture
def still(connect: Callable[..., Any]) -> Iterator[Any]:
    """A workspace of an emulator of the test's own in which every job stays queued."""
    with Emulator(speed=1e-6) as running:
        yield connect(running)


def get(api: Any, path: str, status: int = 200) -> Page:
    """Open a page as a browser does, without a token."""
    answer = api.request("GET", path, headers={})
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    return Page(answer)


@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/faults", "/jobs/{id}", "/jobs/none", "/gallery/gallery.js"]
)
def test_a_page_lets_in_nothing_from_elsewhere(api: Any, path: str) -> None:
    """Every page and file forbids other hosts, inline code, framing and guessing of its type."""
    headers = api.request("GET", path.format(id=api.create()["id"]), headers={}).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        **dict.fromkeys(
            ("script-src", "style-src", "img-src", "media-src", "connect-src", "form-action"), "'self'"
        ),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] in {"no-store", "no-cache"}


@pytest.mark.parametrize("path", ["/", "/webhooks", "/faults", "/jobs/{id}", "/jobs/none"])
def test_a_page_holds_no_code_and_no_address_of_another_host(api: Any, path: str) -> None:
    """No page has an inline script, style or handler, and everything that it loads is on this server."""
    page = get(api, path.format(id=api.finished()["id"]), 404 if path.endswith("none") else 200)
    assert page.all("style") == []
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        loaded = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
        assert loaded is None or re.fullmatch(r"/gallery/[\w./-]+", loaded)
    assert [script.get("src") for script in page.all("script")] == ["/gallery/gallery.js"]


def test_the_first_page_says_what_to_do_first(own: Any) -> None:
    """Without a job there is code to copy, with the address by which the browser came."""
    assert f'Leap(host="{own.url}"' in get(own, "/").text
    port = urlsplit(own.url).port
    answer = own.request("GET", "/", headers={"Host": f"localhost:{port}"})
    assert f'Leap(host="http://localhost:{port}"' in Page(answer).text


def test_a_card_tells_of_its_job(api: Any, emulator: Emulator) -> None:
    """A card has prompt, seed, size, model, state, time and workspace; the token is on no page."""
    job = api.finished(prompt="A paper boat", seed=1234567, width=72)
    page = get(api, "/")
    assert job["id"] in page.cards
    workspace = emulator.store.jobs.newest(limit=1)[0].workspace
    for said in (
        "A paper boat",
        "1234567",
        "72\u2009\u00d7\u200964",
        "a-model",
        "finished",
        f"workspace {workspace}",
    ):
        assert said in page.text
    assert page.all("time", datetime=job["createdAt"])
    assert page.all("a", href=f"/jobs/{job['id']}")
    for path in ("/", f"/jobs/{job['id']}", "/webhooks", "/faults"):
        assert api.token not in get(api, path).text


def test_all_pictures_of_a_job_are_shown_with_their_size(api: Any) -> None:
    """Each picture is an image that loads late, takes its room before it is there, and is really there."""
    job = api.finished(numberOfImages=4, width=72)
    for path in (f"/jobs/{job['id']}", "/"):
        shown = [
            image
            for image in get(api, path).all("img", width="72", height="64")
            if (image["src"] or "").removeprefix("/gallery/files/")[:36]
            in {each["id"] for each in job["images"]}
        ]
        assert [image["alt"] for image in shown] == [f"Picture {number} of 4" for number in range(1, 5)]
        for image, each in zip(shown, job["images"], strict=True):
            assert api.request("GET", image["src"], headers={}).body == api.request("GET", each["uri"]).body
    assert {image["loading"] for image in shown} == {"lazy"}


@pytest.mark.parametrize(
    "prompt", [MARKUP, RIGHT_TO_LEFT, EMOJI, HALF_A_PAIR, "\0\r\n\x1b\u2028", "", "x" * 100_000]
)
def test_any_prompt_is_text(own: Any, prompt: str) -> None:
    """Whatever a prompt holds is shown as text on every page and makes none of them fail."""
    job = own.finished(prompt=prompt, negativePrompt=prompt, webhookUrl="http://127.0.0.1:9/" + MARKUP)
    expected = prompt.replace("\ud83e", "\ufffd")
    detail = get(own, f"/jobs/{job['id']}")
    assert expected in detail.text
    for page in (detail, get(own, "/"), get(own, "/webhooks"), get(own, "/?state=finished")):
        assert len(page.all("script")) == 1
        assert page.all("b") == [{}] * len(page.all("b"))
        assert "alert" not in page.text or MARKUP in page.text
    with events(own.url, "/events") as stream:
        stream.next()
        assert stream.items == [f"job-{job['id']}"]


def test_a_long_prompt_does_not_make_a_long_card(own: Any) -> None:
    """A card shows the beginning of a prompt, so that a page of cards stays small."""
    own.create(prompt="x" * 100_000)
    assert len(own.request("GET", "/", headers={}).body) < 30_000


def test_the_json_is_what_the_api_gives(api: Any) -> None:
    """The JSON on the page of a job is the body of `find_one`, on lines."""
    job = api.finished(prompt=HALF_A_PAIR + EMOJI)
    text = get(api, f"/jobs/{job['id']}").text
    document, _ = json.JSONDecoder().raw_decode(text, text.index("{\n"))
    assert document == api.read(job["id"])


def test_the_reason_of_a_failure_is_shown(api: Any, wait_until: Any) -> None:
    """The card and the page of a failed job say why it failed."""
    job_id = api.create(prompt="[fail: out of <memory>]")["id"]
    wait_until(lambda: api.read(job_id)["state"] == "failed")
    for path in ("/?state=failed", f"/jobs/{job_id}"):
        assert "out of <memory>" in get(api, path).text


def test_jobs_are_filtered_by_state(own: Any, wait_until: Any) -> None:
    """Each state has a link with its count, which leads to its jobs only."""
    finished, failed = own.finished()["id"], own.create(prompt="[fail]")["id"]
    wait_until(lambda: own.read(failed)["state"] == "failed")
    page = get(own, "/")
    assert page.cards == [failed, finished]
    assert [page.all("a", href=f"/?state={state}") != [] for state in ("queued", "finished", "failed")] == [
        True
    ] * 3
    assert (
        page.all("nav", id="filters")[0]["data-summary"]
        == "2 jobs: 0 queued, 0 processing, 1 finished, 1 failed"
    )
    assert (get(own, "/?state=finished").cards, get(own, "/?state=failed").cards) == ([finished], [failed])
    assert "No queued jobs" in get(own, "/?state=queued").text


def test_older_jobs_are_on_further_pages(still: Any) -> None:
    """Every job is on exactly one page, the newest first, and each page but the last leads to the next."""
    ids = [still.create()["id"] for _ in range(100)]
    found, path, pages = [], "/?state=queued", 0
    while path:
        page = get(still, path)
        found += page.cards
        pages += 1
        path = (page.all("a", rel="next") or [{"href": ""}])[0]["href"]
    assert (found, pages) == (ids[::-1], 3)


@pytest.mark.parametrize(
    "path", ["/?state=gone", "/?before=x", "/?before=9999999999999999999", "/jobs/none", "/gallery/x"]
)
def test_what_is_not_there_is_said_on_a_page(api: Any, path: str) -> None:
    """An unknown job, state or file is a page with status 404 that leads back."""
    assert get(api, path, 404).all("a", href="/")


def test_a_job_is_deleted_by_a_form(own: Any) -> None:
    """The form on a card deletes the job and leads back to the same list, also a second time."""
    job_id = own.finished()["id"]
    (form,) = get(own, "/?state=finished").all("form", method="post")
    for _ in range(2):
        answer = own.request("POST", form["action"], headers={"Origin": own.url})
        assert (answer.status, answer.headers["location"]) == (303, "/?state=finished")
    assert own.request("GET", f"/jobs/{job_id}", headers={}).status == 404
    assert get(own, "/").cards == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://elsewhere.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_of_another_origin_changes_nothing(
    emulator: Emulator, api: Any, headers: dict[str, str]
) -> None:
    """A form that another site sends is refused, whatever it would delete."""
    job_id = api.finished()["id"]
    rule = emulator.faults.add(path="/nowhere", delay=1)
    for path in (f"/jobs/{job_id}/delete", f"/faults/{rule.id}/remove", "/faults/remove"):
        assert api.request("POST", path, headers=headers).status == 403
    assert api.read(job_id)["id"] == job_id
    assert emulator.faults.remove(rule.id)


def test_webhook_calls_are_shown_with_every_attempt(own: Any, wait_until: Any) -> None:
    """The page of a job and that of all calls tell of each attempt, what came of it and what was sent."""
    job_id = own.finished(webhookUrl="http://127.0.0.1:9/hook?<b>")["id"]
    for path in (f"/jobs/{job_id}", "/webhooks"):
        page = wait_until(lambda path=path: "abandoned" in (page := get(own, path)).text and page)
        assert "http://127.0.0.1:9/hook?<b>" in page.text
        assert "5 attempts" in page.text
        assert page.text.count("ConnectError") == 5
        assert f'"id": "{job_id}"' in page.text


def test_fault_rules_are_told_in_words_and_removed(own: Any) -> None:
    """A rule is shown with what it matches, what it does and its hits; forms remove one or all."""
    rule = {"method": "POST", "path": "/api/**", "status": 503, "retry_after": 7, "times": 1, "skip": 2}
    ids = [
        own.request("POST", "/emulator/faults", each, headers={"Content-Type": "application/json"}).json["id"]
        for each in (rule, {"reset": "after", "token": "secret"}, {"body": "null", "fields": ["seed"]})
    ]
    page = get(own, "/faults")
    for said in (
        "POST /api/**", "after the first 2", "answers 503 Service Unavailable", "0 of 1 hits",
        "says Retry-After: 7",
        "carries the request out, then breaks the connection without an answer", "of one token only",
        "puts null in fields", "namely seed", f"{own.url}/emulator/faults",
    ):  # fmt: skip
        assert said in page.text
    assert "secret" not in page.text
    own.request("POST", f"/faults/{ids[0]}/remove", headers={})
    assert len(own.request("GET", "/emulator/faults").json) == 2
    assert own.request("POST", "/faults/remove", headers={}).headers["location"] == "/faults"
    assert own.request("GET", "/emulator/faults").json == []
    assert "Nothing goes wrong" in get(own, "/faults").text


def test_the_gallery_is_out_of_reach_of_faults(connect: Callable[..., Any]) -> None:
    """A rule for every request neither breaks the gallery nor counts what a person looks at."""
    with Emulator(speed=float("inf")) as running:
        api = connect(running)
        job = api.finished()
        rule = running.faults.add(status=500)
        get(api, "/")
        image = get(api, f"/jobs/{job['id']}").all("img", width="64")[0]
        assert api.request("GET", image["src"], headers={}).status == 200
        assert rule.hits == 0


def test_a_file_is_sent_once(api: Any) -> None:
    """A browser that has the style or the script is told so."""
    tag = api.request("GET", "/gallery/gallery.css", headers={}).headers["etag"]
    answer = api.request("GET", "/gallery/gallery.css", headers={"If-None-Match": tag})
    assert (answer.status, answer.body) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/events", "/webhooks", "/faults", "/gallery/favicon.svg"])
def test_head_ends(api: Any, path: str) -> None:
    """HEAD works on every address, also on that of the events."""
    answer = api.request("HEAD", path, headers={})
    assert (answer.status, answer.body) == (200, b"")


def test_a_job_is_told_of_from_its_submission_to_its_end(own: Any) -> None:
    """An open page hears of a job when it was submitted, when its pictures are there, and when it is gone."""
    with events(own.url, "/events") as stream:
        stream.next()
        assert stream.items == []
        card = f"job-{(job_id := own.create()['id'])}"
        stream.until(lambda: stream.items == [card] and "/gallery/files/" in stream.parts[card])
        own.request("DELETE", f"/api/v1/images/models/a-model/inferences/{job_id}")
        stream.until(lambda: stream.items == [])


def test_a_submission_is_told_of_before_anything_is_drawn(still: Any) -> None:
    """A job that waits is on an open page as soon as it was submitted."""
    with events(still.url, "/events") as stream:
        card = f"job-{still.create()['id']}"
        stream.until(lambda: stream.items == [card])
        assert "is-queued" in stream.parts[card]


def test_the_counts_come_true(still: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts that were a moment old when a job was told of are put right without a further change."""
    looks = itertools.count(1)

    def recent(tally: Tally) -> tuple[Mapping[State, int], bool]:
        is_old = next(looks) == 2  # the first is that of the new connection
        return (dict.fromkeys(State, 0) if is_old else tally.exact()), not is_old

    monkeypatch.setattr(Tally, "recent", recent)
    with events(still.url, "/events") as stream:
        stream.next()
        still.create()
        stream.until(lambda: "1 job: 1 queued" in stream.parts["filters"])


def test_a_new_connection_begins_with_everything(own: Any) -> None:
    """What happened while nobody was connected is in the first message, so nothing can be missed."""
    card = f"job-{own.finished()['id']}"
    with events(own.url, "/events") as stream:
        stream.next()
    assert stream.items == [card]
    assert set(stream.parts) == {"filters", "nothing", "pager", "fault-count", card}


def test_only_what_has_changed_is_sent(still: Any) -> None:
    """A message holds the new card and not those that the page has already."""
    old = still.create()["id"]
    with events(still.url, "/events") as stream:
        stream.next()
        stream.parts.clear()
        new = still.create()["id"]
        stream.until(lambda: len(stream.items) == 2)
        assert stream.items == [f"job-{new}", f"job-{old}"]
        assert {part for part in stream.parts if part.startswith("job-")} == {f"job-{new}"}


def test_an_open_page_does_not_grow(still: Any) -> None:
    """An open page keeps to the jobs that fit on it, however many are submitted."""
    with events(still.url, "/events") as stream:
        cards = [f"job-{still.create()['id']}" for _ in range(60)]
        stream.until(lambda: stream.items[:1] == cards[-1:])
        assert stream.items == cards[:-49:-1]


def test_a_filtered_page_hears_of_its_own_jobs(own: Any, wait_until: Any) -> None:
    """The events of a filtered page list the jobs of that state only."""
    failed = own.create(prompt="[fail]")["id"]
    wait_until(lambda: own.read(failed)["state"] == "failed")
    with events(own.url, "/events?state=finished") as stream:
        stream.next()
        assert stream.items == []
        card = f"job-{own.create()['id']}"
        stream.until(lambda: stream.items == [card])


def test_the_page_of_a_job_hears_of_its_job_and_its_webhook(own: Any) -> None:
    """The events of one job tell of its end, of the calls about it, and of its deletion."""
    job_id = own.create(webhookUrl="http://127.0.0.1:9/")["id"]
    with events(own.url, f"/events/jobs/{job_id}") as stream:
        stream.until(lambda: any("is-abandoned" in html for html in stream.parts.values()))
        assert "is-finished" in stream.parts["job"]
        own.request("POST", f"/jobs/{job_id}/delete", headers={})
        stream.until(lambda: "This job was deleted" in stream.parts["job"])


def test_the_pages_of_faults_and_webhooks_are_live(own: Any) -> None:
    """New rules, their hits and webhook calls reach an open page."""
    json_type = {"Content-Type": "application/json"}
    with events(own.url, "/events/faults") as rules, events(own.url, "/events/webhooks") as calls:
        own.request("POST", "/emulator/faults", {"path": "/api/v2", "delay": 0.001}, headers=json_type)
        rules.until(lambda: len(rules.items) == 1 and ">1<" in rules.parts["fault-count"])
        assert "no hits yet" in rules.parts[rules.items[0]]
        own.request("GET", "/api/v2")
        rules.until(lambda: ">1 hit<" in rules.parts[rules.items[0]])
        own.create(webhookUrl="http://127.0.0.1:9/")
        calls.until(lambda: len(calls.items) == 1)


def test_an_open_page_does_not_hold_up_the_end(
    connect: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Stopping with pages open ends their streams at once and leaves nothing to be cancelled."""
    running = Emulator()
    running.start()
    api = connect(running)
    with events(api.url, "/events") as first, events(api.url, "/events/faults") as second:
        first.next()
        second.next()
        with caplog.at_level(logging.INFO):
            running.stop()
        for stream in (first, second):
            with suppress(OSError, http.client.HTTPException):
                assert stream.response.read() is not None
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_nobody_listens_for_a_page_that_was_closed(
    own: Any, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a browser goes away its listener goes too, whether anything happens or not."""
    listening = []
    real = Changes.listen

    @contextmanager
    def counted(changes: Changes) -> Iterator[Any]:
        with real(changes) as listener:
            listening.append(listener)
            try:
                yield listener
            finally:
                listening.remove(listener)

    monkeypatch.setattr(Changes, "listen", counted)
    for _ in range(5):
        with events(own.url, "/events") as stream:
            stream.next()
            assert listening
    wait_until(lambda: not listening)


def test_music_can_be_played_on_its_card_and_its_page(own: Any) -> None:
    """A finished music job has a player with the sound, which comes in parts as a player asks for them."""
    job = own.played(prompt=MARKUP)
    for path in ("/", f"/jobs/{job['id']}"):
        page = get(own, path)
        (player,) = page.all("audio")
        assert "controls" in player
        assert MARKUP in page.text
        sound = own.request("GET", player["src"], headers={"Range": "bytes=0-3"})
        assert (sound.status, sound.body, sound.headers["content-type"]) == (206, b"RIFF", "audio/wav")
    assert not get(own, f"/jobs/{own.played(prompt='[fail]')['id']}").all("audio")


def test_a_model_shows_its_samples_and_asks_nobody_else(own: Any) -> None:
    """A model's card shows up to four sample pictures and its page all; those elsewhere are only named."""
    files = [("imageSampleFiles", ("a.png", own_picture, "image/png")) for own_picture in _pictures(5)]
    model = own.trained(("name", MARKUP), ("subjectKeyword", "@fox"), *files)
    for path, shown in (("/", 4), (f"/jobs/{model['id']}", 5)):
        page = get(own, path)
        sources = [
            found["src"] or "" for found in page.all("img") if "/gallery/files/" in (found["src"] or "")
        ]
        assert len(sources) == shown
        assert own.request("GET", sources[0], headers={}).body == files[0][1][1]
        assert MARKUP in page.text
        assert "5 samples" in page.text
    elsewhere = own.trained(("imageSampleUrls", "https://pictures.test/<1>.png"))
    page = get(own, f"/jobs/{elsewhere['id']}")
    assert "https://pictures.test/<1>.png" in page.text
    assert not [found for _, found in page.elements if "pictures.test" in (found.get("src") or "")]


def test_a_model_can_be_deleted_on_the_gallery(own: Any) -> None:
    """The form of a card deletes a model as the API does: it draws nothing afterwards."""
    model = own.trained()
    (form,) = get(own, "/").all("form", method="post")
    assert form["data-question"] == "Delete this model and its samples?"
    assert own.request("POST", form["action"] or "", headers={}).status == 303
    assert get(own, "/").cards == []
    refused = own.request("POST", f"/api/v1/images/models/{model['id']}/inferences", {"prompt": "a fox"})
    assert refused.status == 404


def _pictures(count: int) -> list[bytes]:
    pictures = []
    for number in range(count):
        file = io.BytesIO()
        Image.new("RGB", (8, 8), (number, 0, 0)).save(file, "PNG")
        pictures.append(file.getvalue())
    return pictures
