"""Downloads: the URLs of pictures -> files.

`pictures` fetches those of a job, several at once; `transfer` one of them, going on where a connection broke;
`placing` gives it its name; `names` and `picture_types` decide how a file may be called and whether what came
is a picture.
"""

from leap.downloads.pictures import download_pictures

__all__ = ["download_pictures"]
