"""Music on the gallery is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from leap import Leap
    from leap.emulator import Emulator

PLAYED = """async (player) => {
  const heard = new Promise((resolve) => (player.ontimeupdate = () => player.currentTime > 0 && resolve()));
  await player.play();
  await heard;
  return [player.duration, player.muted, player.error];
}"""


def test_the_player_plays(client: Leap, emulator: Emulator, open_page: Callable[..., Page]) -> None:
    """The browser plays the sound of a music job on its card, and a click on the player stays there."""
    client.generate_music.create_audio_and_wait(prompt="a calm piano", mode="music", duration=2)
    page = open_page(emulator.url)
    player = page.locator(".card audio")
    assert player.evaluate(PLAYED) == [2, False, None]
    player.click(position={"x": 5, "y": 5})
    assert page.url == f"{emulator.url}/"
