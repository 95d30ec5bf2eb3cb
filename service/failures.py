"""What the service refuses, and the HTTP status of each refusal. Codes are stable; messages are for people."""

from http import HTTPStatus

from triage.errors import RequestError, TriageError

STATUS = {
    "text_too_long": 413,
    "not_ready": 503,
    "no_store": 503,
    "busy": 503,
    "no_oidc": 503,
    "bad_host": 421,
    "disk_full": 507,
    "bad_login": 401,
    "bad_oidc": 401,
    "not_logged_in": 401,
    "locked_out": 429,
    "no_account": 403,
    "no_right": 403,
    "bad_csrf": 403,
    "bad_link": 403,
    "unknown_request": 404,
    "unknown_suggestion": 404,
    "unknown_account": 404,
    "unknown_token": 404,
    "unknown_version": 404,
    "unknown_model": 404,
    "unknown_batch": 404,
    "unknown_report": 404,
    "unknown_topic": 404,
    "unknown_alert": 404,
    "unknown_finding": 404,
    "unknown_job": 404,
    "unknown_tag": 404,
    "too_many_jobs": 429,
    "purged": 410,
    "conflict": 409,
    "wrong_state": 409,
    "key_reused": 409,
    "not_automatic": 409,
    "name_taken": 409,
    "subject_taken": 409,
    "own_account": 409,
    "last_administrator": 409,
    "archive_too_large": 413,
    "too_many_cells": 413,
    "too_many_rows": 413,
    "too_many_closely": 413,
    "wrong_type": 415,
    "bad_archive": 422,
    "bad_path": 422,
    "bad_workbook": 422,
    "bad_encoding": 422,
    "empty_file": 422,
    "missing_column": 422,
    "duplicate_column": 422,
    "missing_sheet": 422,
    "unknown_column": 422,
    "no_such_profile": 422,
    "bad_profile": 422,
    "bad_bundle": 422,
    "unknown_code": 422,
    "town_needed": 422,
    "unknown_role": 422,
    "weak_password": 422,
    "bad_cursor": 422,
    "reason_needed": 422,
    "bad_value": 422,
}
"""Status of an error by its code; otherwise 422 for a request that cannot be read and 400 for anything else."""


class ServiceError(TriageError):
    """What the service refuses; ``code`` is one of ``STATUS``. ``fields`` go into the answer beside the message."""

    code = "bad_value"

    def __init__(self, message: str, code: str | None = None, fields: dict[str, str | int] | None = None) -> None:
        super().__init__(message, code)
        self.fields = fields or {}


def refuse(code: str, message: str, **fields: str | int) -> ServiceError:
    """The error of a code. Raises KeyError for a code that has no status: it would surprise whoever calls."""
    STATUS[code]
    return ServiceError(message, code, fields)


def status_of(error: TriageError) -> int:
    """The HTTP status of an error."""
    return STATUS.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, RequestError) else HTTPStatus.BAD_REQUEST)
