"""The one place that does HTTP.

Only here is urllib3 imported, so that every way in which a connection can fail is turned into an
`ApiException` in one place. `client` holds the connections to the host of the API, `fetching` those to
where its pictures are, which get no access token; `failures` knows what to call what goes wrong.
"""

from leap.api_client.client import ApiClient
from leap.api_response import ApiResponse, ApiResponseWithoutDeserialization

# The API's document names the responses as this module's.
__all__ = ["ApiClient", "ApiResponse", "ApiResponseWithoutDeserialization"]
