"""A file that is the body of a call, as it is."""

from typing import Any

from fastapi import Request

FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
"""What the schema says of it."""


async def sent(request: Request) -> bytes:
    """The body. Its size is bounded by ``BodyLimit``, which answers 413 before more is read."""
    return await request.body()
