"""Uploads: the files of a request, streamed from where they are.

`form` is the body of a request as a value, and `multipart` how it looks on the wire: both are pure. `sources`
looks at the files before anything is sent, and opens them; `body` sends one after the other through one
buffer, so that a hundred large files take no more memory than one small one.
"""
