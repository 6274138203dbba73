"""Proxies: which one a URL is asked through."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from urllib3 import PoolManager, ProxyManager
from urllib3.util import make_headers

from leap.exceptions import ClientConfigurationError
from leap.secret import Secret, concealed
from leap.setting_values import DIRECT, is_loopback
from leap.setting_values import proxy as proxy_url

if TYPE_CHECKING:
    from ssl import SSLContext


def proxy_for(url: str, configured: str | None) -> str | None:
    """The proxy for a URL; None if it is asked directly.

    Args:
        url: What is asked for.
        configured: The setting: a proxy for everything, `DIRECT` for none, None for the environment's.
    """
    if configured is not None:
        return None if configured == DIRECT else configured
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    return _from_environment(url)


def _from_environment(url: str) -> str | None:
    # It is slow to import, and most programs have no proxy.
    from urllib.request import getproxies_environment, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    # No proxy can reach the loopback of another machine.
    if is_loopback(host):
        return None
    proxies = {scheme: concealed(url) for scheme, url in getproxies_environment().items()}
    place = f"{host}:{parts.port}" if parts.port else host
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(place):
        return None
    try:
        return proxy_url(proxy if "://" in proxy else concealed(f"http://{proxy}"))
    except ValueError as error:
        raise ClientConfigurationError(f"the environment's proxy for {parts.scheme}: {error}") from None


def manager_through(
    proxy: str | None, *, tls_to_proxy: SSLContext | None = None, **settings: Any
) -> PoolManager:
    """A manager of pools that go through a proxy, or through none.

    Args:
        proxy: The URL of the proxy, perhaps with a user and a password.
        tls_to_proxy: What a proxy of https is trusted by.
        **settings: Of the pools.
    """
    if proxy is None:
        return PoolManager(**settings)
    parts = urlsplit(proxy)
    headers = {}
    if parts.username is not None:
        account = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        named = make_headers(proxy_basic_auth=account)
        headers = {name: Secret(value) for name, value in named.items()}
    # Without the account, which would be shown in errors.
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return ProxyManager(address, proxy_headers=headers, proxy_ssl_context=tls_to_proxy, **settings)
