"""A file that is the body of a call, as it is."""

from typing import Any

from fastapi import Request

from service.failures import refuse

FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
"""What the schema says of it."""


async def sent(request: Request) -> bytes:
    """The body. Its size is bounded by ``BodyLimit``, which answers 413 before more is read.

    Raises ``wrong_type`` for a form that has the file as one of its parts: the marks around the parts would be read as rows.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    data = b"" if kind.startswith("multipart/") else await request.body()
    if kind.startswith("multipart/") or (data.startswith(b"--") and b"content-disposition:" in data[:1000].lower()):
        raise refuse("wrong_type", "a form (multipart), not a file. Send the file alone as the body: curl --data-binary @FILE.")
    return data
