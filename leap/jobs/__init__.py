"""Jobs: what one wants of a job beyond the four calls, which is its pictures.

`image_jobs` is mixed into the generated tag; openapi.yaml names it (`x-mixin`). It is thin, and imports
nothing before it is needed. What decides is in `polling` and `paging`, which know no clock, no thread and no
socket, so that an asynchronous client can use them as they are; `waiting` and `listing` do what these say,
and `reading` tells what a job says of itself.
"""
