"""`leap config show`: every setting, and where it comes from."""

import os
from typing import Any, NamedTuple

from leap.cli.connection import names_of_settings
from leap.cli.errors import ExitCode, explain
from leap.cli.messages import print_json, print_line, report
from leap.cli.settings import Settings, takes
from leap.configuration import ENVIRONMENT_VARIABLES, Configuration
from leap.exceptions import ClientConfigurationError
from leap.setting_values import DEFAULT_HOST, DIRECT

_HIDDEN = "(hidden)"

_OPTIONS = {"host": "--host", "access_token": "--api-key"}

# Usable values, in place of those that are not, to get at the others.
_STAND_INS: dict[str, Any] = {
    "host": DEFAULT_HOST,
    "access_token": "none",
    "connect_timeout": 1,
    "read_timeout": 1,
    "pool_size": 1,
    "max_retries": 1,
    "deadline": 1,
    "max_response_bytes": 1,
    "response_validation": "warn",
    "ssl_ca_cert": __file__,
    "cert_file": __file__,
    "key_file": __file__,
    "verify_ssl": True,
    "proxy": DIRECT,
    "allow_insecure_transport": True,
}


class _Row(NamedTuple):
    setting: str
    value: Any
    source: str | None
    """The option or the variable that it comes from; None if nobody has set it."""


@takes("host", "api_key", "json")
def show(settings: Settings) -> ExitCode:
    """Show every setting, and where it comes from; of the API key, only whether there is one.

    It ends with 2 if one of them cannot be used.
    """
    given = {"host": settings.host, "access_token": settings.api_key}
    values, problems = _values(given)
    rows = [_Row(name, values[name], _source(name, given, variable)) for name, variable in _variables()]
    for row in rows:
        if settings.json:
            print_json(row._asdict())
        else:
            value = (
                "-" if row.value is None else f"{row.value:g}" if isinstance(row.value, float) else row.value
            )
            default = "not set" if row.value is None else "default"
            print_line(f"{row.setting:<25} {value!s:<26} {row.source or default}")
    for problem in problems:
        report(problem)
    return ExitCode.USAGE if problems else ExitCode.OK


def _variables() -> list[tuple[str, str]]:
    """The settings and their environment variables; the model is one of the command line alone."""
    return [*ENVIRONMENT_VARIABLES.items(), ("model", "LEAP_MODEL_ID")]


def _source(name: str, given: dict[str, str | None], variable: str) -> str | None:
    if given.get(name):
        return _OPTIONS[name]
    return variable if os.environ.get(variable) else None


def _values(given: dict[str, str | None]) -> tuple[dict[str, Any], list[str]]:
    """The value of each setting, and what is wrong with those that cannot be used."""
    arguments: dict[str, Any] = {name: value for name, value in given.items() if value}
    unusable: dict[str, Any] = {"access_token": _HIDDEN}
    problems: list[str] = []
    if not _source("access_token", given, ENVIRONMENT_VARIABLES["access_token"]):
        unusable["access_token"] = None
        arguments["access_token"] = _STAND_INS["access_token"]
    while True:
        try:
            configuration = Configuration(**arguments)
        except ClientConfigurationError as error:
            source = str(error).partition(":")[0]
            name = next(
                name for name, variable in ENVIRONMENT_VARIABLES.items() if source in (name, variable)
            )
            explanation = explain(error, names=names_of_settings(given.get("host")))
            problems.append(explanation.message if explanation else str(error))
            # Not what it is: a password may have been put into an address.
            unusable[name] = "(not usable)"
            arguments[name] = _STAND_INS[name]
            if name == "key_file":
                # What is wrong with it may be that it stands alone.
                arguments.setdefault("cert_file", os.environ.get("LEAP_CERT_FILE") or __file__)
        else:
            values = {name: getattr(configuration, name) for name in ENVIRONMENT_VARIABLES}
            if "cert_file" in arguments and not os.environ.get("LEAP_CERT_FILE"):
                values["cert_file"] = None
            if configuration.proxy is not None:
                scheme, separator, place = configuration.proxy.rpartition("//")
                values["proxy"] = f"{scheme}{separator}{place.rpartition('@')[2]}"
            return values | unusable | {"model": os.environ.get("LEAP_MODEL_ID") or None}, problems
