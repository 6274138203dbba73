"""The emulator goes on where its store fails for a moment."""

import sqlite3
from typing import Any

import pytest

from leap.emulator import Emulator, webhooks, worker
from leap.emulator.store.deliveries import Deliveries
from leap.emulator.store.jobs import Jobs


@pytest.mark.parametrize(
    ("module", "kind", "name"), [(worker, Jobs, "next_unfinished"), (webhooks, Deliveries, "pending")]
)
def test_a_store_that_cannot_be_read_is_asked_again(
    connect: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    module: Any,
    kind: Any,
    name: str,
) -> None:
    """A disk that fails once ends neither the drawing nor the calls of webhooks; it is logged."""
    read = getattr(kind, name)
    failures = [sqlite3.OperationalError("disk I/O error")]

    def fail_once(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return read(*arguments)

    monkeypatch.setattr(module, "SECONDS_TO_TRY_AGAIN", 0.001)
    monkeypatch.setattr(kind, name, fail_once)
    with Emulator(speed=float("inf")) as emulator:
        workspace = emulator.workspace()
        api = connect(emulator, token=workspace.token)
        job_id = api.create(prompt="a fox", width=8, height=8, webhookUrl=f"{emulator.url}/none")["id"]
        workspace.wait_until_idle()
        assert api.read(job_id)["state"] == "finished"
        assert [each.job_id for each in workspace.deliveries()] == [job_id]
    assert any("tried again" in record.getMessage() for record in caplog.records)
