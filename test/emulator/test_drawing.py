"""Drawing by itself: any text at any size."""

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from leap.emulator.drawing import draw
from leap.emulator.drawing.lettering import readable
from leap.emulator.image_request import ImageRequest


def _image(prompt: str, width: int = 256, height: int = 256, seed: float = 1) -> Image.Image:
    png = draw(ImageRequest(prompt=prompt, model_id="m", seed=seed, width=width, height=height), 0)
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.text(st.characters(), max_size=80)
    | st.sampled_from(["", "x" * 5000, "word " * 5000, "\ud800\udc00"]),
    width=st.sampled_from([8, 48, 64, 200, 512]),
    height=st.sampled_from([8, 48, 64, 200, 512]),
    seed=st.integers() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_text_at_any_size_is_drawn(prompt: str, width: int, height: int, seed: float) -> None:
    """Surrogates, controls, emoji, right-to-left and endless words give a picture of the right size."""
    assert _image(prompt, width, height, seed).size == (width, height)


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("a  b\n\tc\0d", "a b c d"),
        ("\ud800 half", "half"),
        ("an 🦉 flies", "an [owl] flies"),
        ("👍🏽", "[thumbs up sign]"),
        ("Größe — “ça”", "Grosse - “ca”"),
        ("שועל אדום in the snow", "[hebrew] in the snow"),
        ("雪中的红狐狸", "[cjk]"),
        ("", ""),
    ],
)
def test_what_cannot_be_set_is_put_into_words(prompt: str, shown: str) -> None:
    """Pictographs and scripts become their names, letters lose accents, controls become spaces."""
    assert readable(prompt) == shown


def test_the_prompt_is_in_the_picture() -> None:
    """White letters stand in the lower part of the picture, more of them for a longer prompt."""

    def letters(prompt: str) -> int:
        foot = _image(prompt, 512, 512).crop((0, 330, 512, 490)).convert("L")
        return sum(foot.histogram()[240:])

    assert letters("") < 50
    assert letters("") < letters("an owl") < letters("an owl that flies above a castle at night")


def test_the_badge_is_in_the_picture() -> None:
    """White letters stand in the upper left corner."""
    picture = _image("an owl", 512, 512).crop((18, 18, 120, 45)).convert("L")
    assert sum(picture.histogram()[190:]) > 60


def test_different_seeds_give_different_scenes() -> None:
    """Twenty seeds give twenty pictures, and not merely another caption."""
    tops = {_image("an owl", 64, 64, seed).crop((0, 0, 64, 24)).tobytes() for seed in range(20)}
    assert len(tops) == 20


def test_the_pictures_of_one_job_show_different_scenes() -> None:
    """Four positions of one job differ in what is drawn, and not merely in the count below it."""
    request = ImageRequest(prompt="an owl", model_id="m", seed=1, width=64, height=64, number_of_images=4)
    pictures = [Image.open(io.BytesIO(draw(request, position))) for position in range(4)]
    assert len({picture.crop((0, 0, 64, 24)).tobytes() for picture in pictures}) == 4


def test_a_picture_is_more_than_one_color() -> None:
    """A picture has many colors and is no noise: its PNG is much smaller than its pixels."""
    image = _image("an owl", 512, 512)
    colors = image.getcolors(512 * 512)
    assert colors
    assert len(colors) > 200
    moved = ImageChops.offset(image, 1, 0)
    assert sum(ImageChops.difference(image, moved).convert("L").histogram()[30:]) < 512 * 512 * 0.1


def test_the_usual_size_is_drawn_in_under_a_second() -> None:
    """1024 by 1024 takes well under a second of processor time."""
    begun = time.process_time()
    _image("A photo of an astronaut riding a horse", 1024, 1024)
    assert time.process_time() - begun < 1
