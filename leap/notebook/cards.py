"""Cards: a job, or several, as a piece of HTML for the output of a notebook.

It brings its style along, runs no script, and takes its colours from the page around it. What it says stands
there without the style as well, since some readers of notebooks leave that out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from leap.jobs.reading import KNOWN, entity_of, picture_urls, reason_of, state_of
from leap.notebook.facts import facts_of, size_of, value_of
from leap.notebook.markup import page_address, picture_address, text

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CARDS = 100
"""How many jobs a contact sheet shows; it says how many more there are."""

# Pixels. For readers that leave the style out; the style has its own.
_PLAIN_WIDTH = 320
_PLAIN_CARD_WIDTH = 160

# Characters; more are cut off.
_LONGEST_PROMPT = 4_000
_LONGEST_ON_CARD = 400
_LONGEST_VALUE = 200

# Facts that take a line for themselves.
_WIDE = ("Created", "Model", "Job")
_AS_WIDE = ' class="leap-wide"'

_WORDS = {
    "queued": "no pictures yet",
    "processing": "the pictures are being drawn",
    "finished": "but it names no pictures",
}


def html_of(job_or_jobs: object) -> str:
    """A job with its pictures and parameters as HTML; several as a contact sheet.

    Args:
        job_or_jobs: A job, a list or tuple of jobs, or the response that carries either.
    """
    shown = entity_of(job_or_jobs)
    inner = _sheet(shown) if isinstance(shown, list | tuple) else _job(shown)
    # What is between dollar signs in a prompt is no formula.
    return f'<div class="leap-output tex2jax_ignore mathjax_ignore"><style>{_style()}</style>{inner}</div>'


@cache
def _style() -> str:
    return files("leap.notebook").joinpath("output.css").read_text("utf-8")


def _job(job: object) -> str:
    """A job with everything that it says of itself."""
    urls = picture_urls(job)
    prompt = value_of(job, "prompt")
    negative = value_of(job, "negativePrompt")
    pictures = "".join(_pictures(urls, prompt, size_of(job), _PLAIN_WIDTH))
    facts = "".join(
        f"<div{_AS_WIDE if name in _WIDE else ''}>"
        f'<dt>{text(name)}</dt><dd dir="auto">{text(value, _LONGEST_VALUE)}</dd></div>'
        for name, value in facts_of(job)
    )
    about = _state(job, urls)
    if negative:
        words = f"<span>Negative prompt: </span><bdi>{text(negative, _LONGEST_PROMPT)}</bdi>"
        about = f'<p class="leap-negative">{words}</p>{about}'
    if prompt:
        about = f'<p class="leap-prompt" dir="auto">{text(prompt, _LONGEST_PROMPT)}</p>{about}'
    if facts:
        about += f'<dl class="leap-facts">{facts}</dl>'
    shown = f'<div class="leap-pictures" data-count="{len(urls)}">{pictures}</div>' if urls else ""
    return f'<div class="leap-job">{shown}<div class="leap-about">{about}</div></div>'


def _sheet(jobs: Sequence[object]) -> str:
    """Jobs beside each other, each with what tells it from the others."""
    cards = "".join(f"<li>{_card(job)}</li>" for job in jobs[:MOST_CARDS])
    left = len(jobs) - MOST_CARDS
    more = f'<p class="leap-more">… and {left:,} more</p>' if left > 0 else ""
    return f'<ul class="leap-sheet">{cards}</ul>{more}' if jobs else '<p class="leap-more">no jobs</p>'


def _card(job: object) -> str:
    urls = picture_urls(job)
    prompt = value_of(job, "prompt")
    short = text(prompt, _LONGEST_ON_CARD)
    pictures = "".join(_pictures(urls, prompt[:_LONGEST_ON_CARD], size_of(job), _PLAIN_CARD_WIDTH))
    told = _state(job, urls)
    if not urls:
        pictures, told = f'<div class="leap-none">{told}</div>', ""
    elif state_of(job) == "finished":
        told = ""
    seed = value_of(job, "seed")
    facts = [f"seed {seed}" if seed else "", size_of(job)]
    small = " · ".join(text(fact, _LONGEST_VALUE) for fact in facts if fact)
    return (
        f'<div class="leap-pictures" data-count="{len(urls)}">{pictures}</div>'
        f'<p class="leap-prompt" dir="auto" title="{short}">{short}</p>'
        f"{told}"
        f'<p class="leap-small">{small}</p>'
    )


def _state(job: object, urls: Sequence[str]) -> str:
    """The state of a job, and what it means."""
    if not isinstance(job, Mapping):
        return f'<p class="leap-state">this is no job, but a value of the type {text(type(job).__name__)}</p>'
    state = state_of(job)
    words = reason_of(job) if state == "failed" else _WORDS.get(state) if not urls else None
    detail = f": {text(words, _LONGEST_ON_CARD)}" if words else ""
    look = state if state in KNOWN else "unknown"
    named = f"<b>{text(state, _LONGEST_VALUE)}</b>"
    return f'<p class="leap-state" data-state="{look}" dir="auto">{named}{detail}</p>'


def _pictures(urls: Sequence[str], prompt: str, size: str, plain_width: int) -> list[str]:
    """The pictures, each a link to itself; one whose address is of no use is told of."""
    shown = []
    for index, url in enumerate(urls, 1):
        address = picture_address(url)
        place = f"{index} of {len(urls)}"
        if address is None:
            shown.append(f'<span class="leap-none">picture {place} has no address that can be shown</span>')
            continue
        words = prompt or "a picture without a prompt"
        alt = text(words if len(urls) == 1 else f"{words} ({place})", _LONGEST_PROMPT)
        title = f' title="{text(size)}"' if size else ""
        image = (
            f'<img src="{address}" alt="{alt}" width="{plain_width}" loading="lazy" decoding="async"'
            f' referrerpolicy="no-referrer"{title}>'
        )
        page = page_address(url)
        link = f'<a href="{page}" target="_blank" rel="noopener noreferrer">{image}</a>' if page else image
        shown.append(f'<div class="leap-picture">{link}</div>')
    return shown
