"""A job and a contact sheet as HTML: what they say, and that what others wrote stays text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leap.notebook import contact_sheet, html_of
from leap.notebook.cards import MOST_CARDS

ADDRESS = "https://pictures.test/1.png"
MARKUP = "\"'><img src=x onerror=alert(1)><script>alert(1)</script></style><b title='"

OURS = {"a", "b", "bdi", "dd", "div", "dl", "dt", "img", "li", "p", "span", "style", "ul"}
HANDLED = {
    "alt",
    "class",
    "data-count",
    "data-state",
    "decoding",
    "dir",
    "href",
    "loading",
    "referrerpolicy",
    "rel",
    "src",
    "target",
    "title",
    "width",
}


class Page(HTMLParser):
    """What a browser would find in a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that opens."""
        self.tags.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """See to it that what closes is what is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note what can be read."""
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def images(self) -> list[dict[str, str | None]]:
        """The attributes of its pictures."""
        return [attributes for tag, attributes in self.tags if tag == "img"]

    @property
    def text(self) -> str:
        """What can be read."""
        return "\n".join(self.words)


def finished(job: dict[str, Any], *uris: Any, **changes: Any) -> dict[str, Any]:
    """The job with pictures at these addresses."""
    images = [{"id": str(number), "uri": uri} for number, uri in enumerate(uris)]
    return {**job, "state": "finished", "status": "finished", "images": images, **changes}


def test_a_finished_job_shows_its_pictures_and_parameters(job: dict[str, Any]) -> None:
    """Each picture is there by its address, loaded when it comes into sight, and so is every parameter."""
    page = Page(html_of(finished(job, ADDRESS, "https://pictures.test/2.png")))
    assert [image["src"] for image in page.images] == [ADDRESS, "https://pictures.test/2.png"]
    assert [image["alt"] for image in page.images] == [
        f"{job['prompt']} (1 of 2)",
        f"{job['prompt']} (2 of 2)",
    ]
    assert {image["loading"] for image in page.images} == {"lazy"}
    for said in (
        job["prompt"],
        job["negativePrompt"],
        "4523184",
        "1024 × 1024",  # noqa: RUF001 - a multiplication sign
        "50",
        "7",
        "finished",
        "2023-05-09 13:18:46 UTC",
        job["modelId"],
        job["id"],
    ):
        assert said in page.words


def test_a_time_is_shown_in_utc_and_a_whole_number_without_a_point(job: dict[str, Any]) -> None:
    """What the service writes in other ways reads the same."""
    page = Page(html_of({**job, "createdAt": "2023-05-09T15:18:46+02:00", "seed": 4523184.0}))
    assert "2023-05-09 13:18:46 UTC" in page.words
    assert "4523184" in page.words


@pytest.mark.parametrize("written", ["yesterday", "0001-01-01T00:00:00+14:00", "2023-05-09 13:18:46"])
def test_a_time_that_is_none_is_shown_as_it_came(job: dict[str, Any], written: str) -> None:
    """Nothing is made up: neither a date nor a time zone."""
    assert written in Page(html_of({**job, "createdAt": written})).words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "queued"}, "no pictures yet"),
        ({"state": "processing"}, "the pictures are being drawn"),
        ({"state": "finished"}, "but it names no pictures"),
        ({"state": "failed", "reason": "out of memory"}, "out of memory"),
        ({"state": "paused", "status": None}, "paused"),
    ],
)
def test_a_job_without_pictures_says_why(job: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    """Alone and on a contact sheet."""
    for shown in ({**job, **changes}, [{**job, **changes}]):
        page = Page(html_of(shown))
        assert page.images == []
        assert said in page.text
        assert changes["state"] in page.words


def test_markup_of_others_is_text(job: dict[str, Any]) -> None:
    """Whatever field it is in, it opens no tag and adds no attribute."""
    everywhere = {key: MARKUP if isinstance(value, str) else value for key, value in job.items()}
    page = Page(html_of([finished(everywhere, ADDRESS, MARKUP, state=MARKUP)]))
    alone = Page(html_of(finished(everywhere, ADDRESS, MARKUP, state=MARKUP, width=MARKUP, height=MARKUP)))
    for each in (page, alone):
        assert {tag for tag, _ in each.tags} <= OURS
        assert {name for _, attributes in each.tags for name in attributes} <= HANDLED
        assert MARKUP in each.words
        assert [image["src"] for image in each.images] == [ADDRESS]
        assert each.open == []


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "file:///etc/passwd",
        "//pictures.test/1.png",
        "/images/1.png",
        "https://pictures.test/a b.png",
        "https://pictures.test/\n1.png",
        " https://pictures.test/1.png",
        "",
        None,
        7,
    ],
)
def test_only_addresses_of_pictures_are_followed(job: dict[str, Any], uri: Any) -> None:
    """What is neither http, nor https, nor a picture in itself, is told of and gets into no attribute."""
    for shown in (finished(job, uri), [finished(job, uri)]):
        page = Page(html_of(shown))
        assert page.images == []
        assert [attributes for tag, attributes in page.tags if tag == "a"] == []
        assert "picture 1 of 1 has no address that can be shown" in page.text


def test_a_picture_in_its_address_is_shown_and_not_linked(job: dict[str, Any]) -> None:
    """Browsers open no page of such an address."""
    page = Page(html_of(finished(job, "data:image/png;base64,iVBORw0KGgo=")))
    assert [image["src"] for image in page.images] == ["data:image/png;base64,iVBORw0KGgo="]
    assert [tag for tag, _ in page.tags if tag == "a"] == []


def test_dollars_in_a_prompt_are_no_formula(job: dict[str, Any]) -> None:
    """The output tells MathJax, in either of its versions, to leave it alone."""
    ((_, attributes), *_) = Page(html_of(job)).tags
    assert {"tex2jax_ignore", "mathjax_ignore"} <= set((attributes["class"] or "").split())


def test_what_no_page_can_hold_is_replaced(job: dict[str, Any]) -> None:
    """Half a surrogate pair or a control character in a prompt does not break the notebook's file."""
    html = html_of({**job, "prompt": "a\ud800b\x00c\x1b[31md"})
    assert "a\ufffdb\ufffdc\ufffd[31md" in Page(html).words
    assert html.encode()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "createdAt",
    "id",
    "images",
    "modelId",
    "negativePrompt",
    "prompt",
    "seed",
    "state",
    "status",
    "width",
]


@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING) | ANYTHING)
def test_anything_is_shown_somehow(shown: Any) -> None:
    """A job that breaks the contract, or is none, is well-formed HTML of ours, alone and among others."""
    for each in (shown, [shown], (shown,)):
        page = Page(html_of(each))
        assert page.open == []
        assert {tag for tag, _ in page.tags} <= OURS


def test_a_number_too_long_to_be_written_is_left_out(job: dict[str, Any]) -> None:
    """Python refuses to write it; the rest of the job is shown."""
    page = Page(html_of({**job, "seed": 10**5000}))
    assert job["prompt"] in page.words
    assert "Seed" not in page.words


def test_a_contact_sheet_shows_so_many_jobs_and_tells_of_the_rest(job: dict[str, Any]) -> None:
    """A notebook with a thousand jobs in it can still be opened."""
    page = Page(html_of(contact_sheet(finished(job, ADDRESS) for _ in range(MOST_CARDS + 1_234))))
    assert len(page.images) == MOST_CARDS
    assert "… and 1,234 more" in page.words


def test_no_jobs_are_said_to_be_none() -> None:
    """An empty page of the list is not an empty output."""
    assert Page(html_of(())).words == ["no jobs"]
