"""Every setting of a client: where it comes from, and what it may be."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import pytest

from leap import ClientConfigurationError, Configuration, Leap, OpenApiException
from leap.configuration import ENVIRONMENT_VARIABLES, Settings

SECRET = "leap-secret-5f0e1c"  # noqa: S105 - a token that nothing accepts


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ENVIRONMENT_VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


def settings_of(configuration: Configuration) -> dict[str, Any]:
    """Every setting by its name."""
    return {name: getattr(configuration, name) for name in ENVIRONMENT_VARIABLES}


def refusal(**settings: Any) -> str:
    """What a configuration is refused for."""
    with pytest.raises(ClientConfigurationError) as caught:
        Configuration(**{"access_token": SECRET, **settings})
    return str(caught.value)


def test_defaults() -> None:
    """With nothing but a token, every setting has its documented default."""
    assert settings_of(Configuration(access_token=SECRET)) == {
        "host": "https://api.tryleap.ai",
        "access_token": SECRET,
        "connect_timeout": 5.0,
        "read_timeout": 60.0,
        "max_retries": 2,
        "deadline": None,
        "pool_size": 64,
        "response_validation": "warn",
        "max_response_bytes": 268_435_456,
        "ssl_ca_cert": None,
        "verify_ssl": True,
        "cert_file": None,
        "key_file": None,
        "proxy": None,
        "allow_insecure_transport": False,
    }


@pytest.fixture
def in_the_environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Settings that the environment has, and what they are in Python."""
    texts = {
        "LEAP_HOST": "http://127.0.0.1:8000/",
        "LEAP_API_KEY": "from-the-environment",
        "LEAP_CONNECT_TIMEOUT": "0.5",
        "LEAP_READ_TIMEOUT": "90",
        "LEAP_POOL_SIZE": "3",
        "LEAP_RESPONSE_VALIDATION": "strict",
        "LEAP_SSL_CA_CERT": __file__,
        "LEAP_MAX_RETRIES": "0",
        "LEAP_DEADLINE": "30",
        "LEAP_MAX_RESPONSE_BYTES": "1000",
        "LEAP_VERIFY_SSL": "no",
        "LEAP_CERT_FILE": __file__,
        "LEAP_KEY_FILE": __file__,
        "LEAP_PROXY": "http://user:word@proxy.test:3128",
        "LEAP_ALLOW_INSECURE_TRANSPORT": "1",
    }
    for variable, text in texts.items():
        monkeypatch.setenv(variable, text)
    return {
        "host": "http://127.0.0.1:8000",
        "access_token": "from-the-environment",
        "connect_timeout": 0.5,
        "read_timeout": 90.0,
        "pool_size": 3,
        "response_validation": "strict",
        "ssl_ca_cert": __file__,
        "max_retries": 0,
        "deadline": 30.0,
        "max_response_bytes": 1000,
        "verify_ssl": False,
        "cert_file": __file__,
        "key_file": __file__,
        "proxy": "http://user:word@proxy.test:3128",
        "allow_insecure_transport": True,
    }


def test_the_environment_has_a_variable_for_each_setting(in_the_environment: dict[str, Any]) -> None:
    """Each setting is read from its own variable."""
    assert settings_of(Configuration()) == in_the_environment
    assert set(ENVIRONMENT_VARIABLES) == set(in_the_environment)
    assert set(ENVIRONMENT_VARIABLES) | {"on_request", "on_response"} == set(Settings.__annotations__)


def test_arguments_beat_the_environment(in_the_environment: dict[str, Any]) -> None:
    """A setting that is given counts, and one that is None is taken from the environment."""
    other = Path(__file__).with_name("conftest.py")
    given: dict[str, Any] = {
        "host": "https://leap.test",
        "access_token": SECRET,
        "connect_timeout": 1,
        "read_timeout": 2,
        "pool_size": 4,
        "response_validation": "warn",
        "ssl_ca_cert": str(other),
        "max_retries": 5,
        "deadline": 7,
        "max_response_bytes": 10,
        "verify_ssl": True,
        "cert_file": str(other),
        "key_file": str(other),
        "proxy": "direct",
        "allow_insecure_transport": False,
    }
    assert settings_of(Configuration(**given)) == given
    assert settings_of(Configuration(**dict.fromkeys(given))) == in_the_environment


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set to nothing leaves the default."""
    for variable in ENVIRONMENT_VARIABLES.values():
        monkeypatch.setenv(variable, "")
    assert Configuration(access_token=SECRET).host == "https://api.tryleap.ai"
    with pytest.raises(ClientConfigurationError, match="there is no access token"):
        Configuration()


@pytest.mark.parametrize("make", [Configuration, Leap])
def test_without_a_token_the_error_says_both_ways_to_give_one(make: Any) -> None:
    """The message names the argument and the environment variable."""
    with pytest.raises(ClientConfigurationError) as caught:
        make()
    assert 'Leap(access_token="…")' in str(caught.value)
    assert "LEAP_API_KEY" in str(caught.value)
    assert isinstance(caught.value, OpenApiException)


def test_a_leap_takes_a_configuration_or_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """`Leap(configuration)`, `Leap(**settings)` and `Leap()` with the environment configure alike."""
    configuration = Configuration(access_token=SECRET, host="http://127.0.0.1:1")
    assert Leap(configuration).api_client.configuration is configuration
    assert settings_of(Leap(access_token=SECRET, host="http://127.0.0.1:1").api_client.configuration) == (
        settings_of(configuration)
    )
    monkeypatch.setenv("LEAP_API_KEY", SECRET)
    monkeypatch.setenv("LEAP_HOST", "http://127.0.0.1:1")
    assert settings_of(Leap().api_client.configuration) == settings_of(configuration)
    with pytest.raises(TypeError, match="give a configuration or settings, not both: host"):
        Leap(configuration, host="http://127.0.0.1:2")
    with pytest.raises(ClientConfigurationError, match="hots"):
        Leap(access_token=SECRET, hots="http://127.0.0.1:1")  # type: ignore[call-arg]


def test_the_token_is_in_no_repr() -> None:
    """Neither the configuration nor the client shows the token."""
    configuration = Configuration(access_token=SECRET)
    leap = Leap(configuration)
    for shown in (repr(configuration), str(configuration), f"{configuration}", repr(leap), str(leap),
                  repr(leap.api_client), repr(leap.generate_images)):  # fmt: skip
        assert SECRET not in shown
    assert "host='https://api.tryleap.ai'" in repr(configuration)


def test_a_client_shows_in_what_it_differs() -> None:
    """The `repr` of a client made by `with_options` tells its options, and of a token that there is one."""
    leap = Leap(access_token=SECRET, host="https://leap.test", max_retries=5)
    assert repr(leap) == "Leap(host='https://leap.test')"
    patient = leap.with_options(max_retries=8, timeout=(5, 9), access_token=SECRET * 2)
    assert repr(patient) == (
        "Leap(host='https://leap.test', access_token='…', max_retries=8, read_timeout=9.0)"
    )
    assert repr(patient.with_options(max_retries=5, access_token=SECRET, read_timeout=60)) == repr(leap)


@pytest.mark.parametrize(
    "token",
    ["", " ", f"{SECRET}\n", f" {SECRET}", f"{SECRET}\r\nX-Evil: 1", f"{SECRET}é", f"{SECRET}\x00",
     SECRET.encode(), [SECRET], 5],
)  # fmt: skip
def test_a_token_that_cannot_be_sent_is_refused_and_not_shown(token: Any) -> None:
    """Line breaks, spaces and other types are told of without the token, wherever it came from."""
    message = refusal(access_token=token)
    assert message.startswith("access_token: ")
    assert SECRET not in message


def test_a_wrong_setting_of_the_environment_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable that has to be changed, and the chain of causes shows no token."""
    monkeypatch.setenv("LEAP_API_KEY", f"{SECRET}\n")
    with pytest.raises(ClientConfigurationError, match=r"^LEAP_API_KEY: is empty or holds") as caught:
        Configuration()
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__
    monkeypatch.setenv("LEAP_READ_TIMEOUT", "soon")
    with pytest.raises(ClientConfigurationError, match=r"^LEAP_READ_TIMEOUT: needs a number, got 'soon'"):
        Configuration(access_token=SECRET)


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("https://api.tryleap.ai/", "https://api.tryleap.ai"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://leap.test/proxy/v2/", "https://leap.test/proxy/v2"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("HTTPS://LEAP.TEST", "HTTPS://LEAP.TEST"),
        ("https://leap.test:", "https://leap.test:"),
        ("https://xn--bcher-kva.test", "https://xn--bcher-kva.test"),
    ],
)
def test_a_host_is_a_url(given: str, host: str) -> None:
    """Scheme, host, perhaps a port and a path; a slash at the end changes nothing."""
    assert Configuration(access_token=SECRET, host=given).host == host


@pytest.mark.parametrize(
    "host",
    [
        "", "api.tryleap.ai", "//api.tryleap.ai", "ftp://api.tryleap.ai", "https://", "https:///path",
        "https://leap.test:x", "https://leap.test:99999", "https://leap.test:0", "https://leap.test:-1",
        "https://leap.test/?a=b", "https://leap.test/?", "https://leap.test#a", "https://leap.test/#",
        "https://leap.test\r\n", "https://leap.test/a b", "https://bücher.test", "https://[::1", "https://\x00",
        5, b"https://leap.test", None.__class__,
    ],
)  # fmt: skip
def test_a_wrong_host_is_refused(host: Any) -> None:
    """What is no URL of a host, and what could change the requests' addresses, is refused at once."""
    assert refusal(host=host).startswith("host: ")


@pytest.mark.parametrize("end", ["", ":80", ":port", ":99999", "/path", "?a=b"])
def test_a_password_in_a_host_is_refused_and_not_shown(end: str) -> None:
    """User names and passwords have no place in a host, and no message shows them."""
    message = refusal(host=f"https://user:{SECRET}@leap.test{end}")
    assert message.startswith("host: ")
    assert SECRET not in message


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout"])
def test_timeouts_are_seconds(name: str) -> None:
    """A number above 0 that a socket can wait, or its text, as the environment has it."""
    for given, seconds in ((5, 5.0), (0.001, 0.001), ("2.5", 2.5), (2_147_483, 2_147_483.0)):
        assert getattr(Configuration(access_token=SECRET, **{name: given}), name) == seconds
    for wrong in (0, -1, math.nan, math.inf, "soon", "", "nan", True, [5], 1e10, 2_147_484, 10**400, 1j):
        assert refusal(**{name: wrong}).startswith(f"{name}: needs a ")


def test_the_pool_size_is_a_whole_number() -> None:
    """At least one connection, and no fraction of one."""
    assert Configuration(access_token=SECRET, pool_size=1).pool_size == 1
    assert Configuration(access_token=SECRET, pool_size="8").pool_size == 8  # type: ignore[arg-type]
    for wrong in (0, -1, 1.5, "many", True, math.nan, math.inf, 10**400):
        assert refusal(pool_size=wrong).startswith("pool_size: needs a ")


@pytest.mark.parametrize("wrong", ["", "WARN", "off", True, ["warn"]])
def test_response_validation_is_one_of_two(wrong: Any) -> None:
    """What is neither "warn" nor "strict" is refused."""
    assert refusal(response_validation=wrong).startswith(
        "response_validation: needs 'warn' or 'strict', got "
    )


def test_a_ca_file_has_to_be_there(tmp_path: Path) -> None:
    """A path of a file, as text or as Path; a directory or nothing is refused."""
    file = tmp_path / "ca.pem"
    file.touch()
    assert Configuration(access_token=SECRET, ssl_ca_cert=str(file)).ssl_ca_cert == str(file)
    assert Configuration(access_token=SECRET, ssl_ca_cert=file).ssl_ca_cert == str(file)  # type: ignore[arg-type]
    for wrong in (str(tmp_path), str(tmp_path / "none.pem"), "", "\x00", 5, str(file).encode()):
        assert refusal(ssl_ca_cert=wrong).startswith("ssl_ca_cert: needs the path of a file, got ")


def test_a_configuration_is_frozen() -> None:
    """Settings can be neither changed, nor deleted, nor added, and the message says what to do instead."""
    configuration: Any = Configuration(access_token=SECRET)
    with pytest.raises(AttributeError, match="make another with its own host"):
        configuration.host = "https://leap.test"
    with pytest.raises(AttributeError, match="make another without host"):
        del configuration.host
    with pytest.raises(AttributeError):
        configuration.hots = "https://leap.test"
    assert configuration.host == "https://api.tryleap.ai"


def test_a_configuration_pickles_and_copies_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It comes back as it was, whatever the environment and the disk say by then."""
    file = tmp_path / "ca.pem"
    file.touch()
    for ssl_ca_cert in (None, str(file)):
        configuration = Configuration(
            access_token=SECRET, host="https://leap.test", read_timeout=1.5, ssl_ca_cert=ssl_ca_cert
        )
        frozen = pickle.dumps(configuration)
        monkeypatch.setenv("LEAP_SSL_CA_CERT", __file__)
        if ssl_ca_cert:
            file.unlink()
        for again in (pickle.loads(frozen), copy.copy(configuration), copy.deepcopy(configuration)):  # noqa: S301
            assert settings_of(again) == settings_of(configuration)
            assert SECRET not in repr(again)
        monkeypatch.delenv("LEAP_SSL_CA_CERT")


def test_settings_have_names() -> None:
    """A host or token cannot be mistaken for the other: there are no positional settings."""
    with pytest.raises(TypeError):
        Configuration("https://leap.test")  # type: ignore[misc]


def test_a_bare_token_is_told_where_to_go() -> None:
    """`Leap("…")` says how a token is given, and does not show it."""
    with pytest.raises(TypeError, match="access_token=") as caught:
        Leap("sk-secret")  # type: ignore[arg-type]  # the mistake itself
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("acces_token", "access_token"), ("api_key", "access_token"), ("retries", "max_retries"), ("zzz", None)],
)
def test_a_setting_that_there_is_not_is_named(name: str, meant: str | None) -> None:
    """A misspelt setting is named with the one that was probably meant, and those that there are."""
    mistake: dict[str, Any] = {name: "sk-secret"}
    with pytest.raises(ClientConfigurationError, match="there are host, access_token") as caught:
        Leap(**mistake)
    said = str(caught.value)
    assert said.startswith(f"there is no setting {name}{f' (did you mean {meant}?)' if meant else ';'}")
    assert "secret" not in said
    with (
        Leap(access_token=SECRET) as leap,
        pytest.raises(ClientConfigurationError, match=f"^{name}: is no setting") as caught,
    ):
        leap.with_options(**mistake)
    assert (f"did you mean {meant}?" in str(caught.value)) is (meant is not None)
    assert "secret" not in str(caught.value)


def test_a_timeout_of_a_client_is_told_its_names() -> None:
    """`timeout=` belongs to calls and `with_options`; a client has two settings in its place."""
    with pytest.raises(ClientConfigurationError, match="connect_timeout and read_timeout"):
        Leap(access_token=SECRET, timeout=3)  # type: ignore[call-arg]  # the mistake itself


@pytest.mark.parametrize("timeout", [-1, (1, -1), (-1, 1), "soon"])
def test_what_is_wrong_with_a_timeout_is_said_of_it(timeout: Any) -> None:
    """`with_options(timeout=…)` complains of the timeout, and of the setting only if that was given."""
    configuration = Configuration(access_token=SECRET)
    with pytest.raises(ClientConfigurationError, match=r"^timeout: needs"):
        configuration.with_options(timeout=timeout)
    with pytest.raises(ClientConfigurationError, match=r"^connect_timeout: needs"):
        configuration.with_options(timeout=2, connect_timeout=-1)


def test_a_value_of_the_wrong_kind_is_called_by_its_type() -> None:
    """The message is a sentence for every type, and does not show the value."""
    with pytest.raises(
        ClientConfigurationError, match=r"^access_token: needs text, got a value of type int$"
    ):
        Configuration(access_token=4711)  # type: ignore[arg-type]  # the mistake itself
