"""Downloads: the URLs of what a job has made -> files.

`files` fetches those of a job, several at once; `transfer` one of them, going on where a connection broke;
`placing` gives it its name; `names` and `recognition` decide how a file may be called and whether what came
is what was to come.
"""

from leap.downloads.files import download_files

__all__ = ["download_files"]
