"""Bearer tokens and what each may see."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "a-token", "Bearer two words", "Bearer\ta"],
)
def test_without_a_token_there_is_no_answer(api: Any, jobs_path: str, authorization: str | None) -> None:
    """A missing or malformed token is answered 401 in the API's form, on every route."""
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, path in (("GET", jobs_path), ("POST", jobs_path), ("DELETE", jobs_path + "/x")):
        answer = api.request(method, path, headers=headers)
        assert answer.status == 401
        assert answer.json == {"statusCode": 401, "message": "Unauthorized"}
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["Bearer x", "bearer x", "BEARER a.b-c_d~+/=="])
def test_any_token_will_do(api: Any, jobs_path: str, authorization: str) -> None:
    """Any token that is not empty is taken, and the scheme's name in any case."""
    assert api.request("GET", jobs_path, headers={"Authorization": authorization}).status == 200


def test_tokens_do_not_see_each_other(api: Any, emulator: Any, connect: Any, jobs_path: str) -> None:
    """A job is found, listed and deleted with the token that made it, and with no other."""
    job = api.create()
    stranger = connect(emulator)
    assert stranger.request("GET", f"{jobs_path}/{job['id']}").status == 404
    assert stranger.request("DELETE", f"{jobs_path}/{job['id']}").status == 404
    assert stranger.request("GET", jobs_path).json == []
    assert api.read(job["id"])["id"] == job["id"]


def test_the_database_holds_no_token(tmp_path: Any, connect: Any) -> None:
    """A token is nowhere in the file, so the file can be passed on."""
    from leap.emulator import Emulator

    with Emulator(data=tmp_path) as emulator:
        connect(emulator, token="very-secret-token").finished()  # noqa: S106
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 1
    assert not [content for content in files if b"very-secret-token" in content]
