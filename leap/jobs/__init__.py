"""Jobs: what one wants of a job beyond the calls of the API, which is what it makes.

`image_jobs`, `model_trainings` and `music_jobs` are mixed into the generated tags; openapi.yaml names them
(`x-mixin`). They are thin, import nothing before it is needed, and say what is their own: `verbs` does what
all of them do. What decides is in `polling` and `paging`, which know no clock, no thread and no socket, so
that an asynchronous client can use them as they are; `waiting` and `listing` do what these say, and `reading`
tells what a job says of itself.
"""
