"""Webhooks: what your server does with the call that tells it of the end of a job or a training.

    url = webhooks.secure_url("https://example.com/leap", secret)     # give this to create(webhook_url=…)

    if not webhooks.verify(request_url, secret):                      # in the handler: 403
        ...
    job = webhooks.confirm(leap, webhooks.parse(request_body))

After a training it is `confirm_model(leap, parse_model(…))`.

The service does not sign its calls: anybody who knows the URL can send anything there. So the URL gets a
token that nobody can guess, and what was sent is believed only once the API itself has said it.
"""

from leap.webhooks.payloads import MOST_BYTES, Payload, confirm, confirm_model, parse, parse_model
from leap.webhooks.signed_urls import LONGEST, TOKEN_PARAMETER, Secret, secure_url, verify

__all__ = [
    "LONGEST",
    "MOST_BYTES",
    "TOKEN_PARAMETER",
    "Payload",
    "Secret",
    "confirm",
    "confirm_model",
    "parse",
    "parse_model",
    "secure_url",
    "verify",
]
