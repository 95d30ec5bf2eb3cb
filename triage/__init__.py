"""Reads what citizens and companies tell a 12345 hotline and says which unit should handle it."""

from triage.errors import TriageError
from triage.records import Request, Suggestion
from triage.suggest import Engine

__all__ = ["Engine", "Request", "Suggestion", "TriageError"]
