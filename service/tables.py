"""The tables of the store, in SQL that every database of the list understands: SQLite, PostgreSQL, openGauss, 达梦, Kingbase.

So: no JSON operators, no RETURNING, no ON CONFLICT, no arrays, no booleans in WHERE, names of at most 30 bytes, and
``autoincrement=True`` written out. Times are UTC without offset. JSON travels as text.

What people and the engine did is only ever added: ``events`` numbers what happened to a request (version 1, 2, 3 …), the
detail of an event stands under the same request and version, and the current state is the last event. ``heads`` repeats
that last event once per request so that a queue needs no search; it can be rebuilt from ``events`` and never says more.
Accounts, sessions and tokens do change; what changed them stands in ``audit_log``.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData()
_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up in INTEGER columns only
_CODE, _HASH, _NAME, _WORDS = String(64), String(80), String(200), String(500)


def _id() -> Column[Any]:
    return Column("id", _Number, primary_key=True, autoincrement=True)


def _of_request(**more: Any) -> Column[Any]:
    return Column("request_id", _Number, ForeignKey("requests.id"), nullable=False, **more)


def _stamp(name: str = "made_at") -> Column[Any]:
    return Column(name, DateTime(), nullable=False)


requests = Table(
    "requests", metadata, _id(),
    Column("ref", _WORDS, nullable=False),  # the hotline's own number, or ""
    Column("title", Text(), nullable=False),  # masked
    Column("content", Text(), nullable=False),  # masked
    Column("spans", Text(), nullable=False),  # JSON: what was masked, counted in the text as received
    Column("caller_kind", _WORDS, nullable=False),
    Column("place", _WORDS, nullable=False),
    Column("channel", _WORDS, nullable=False),
    Column("received_at", _CODE, nullable=False),  # ISO 8601 as told, or the time of entry
    Column("confidential", Integer(), nullable=False),  # 1: a report 举报 whose reporter must not become known
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("requests_ref", "ref"),
    sqlite_autoincrement=True,  # an id that retention freed is never given again
)  # fmt: skip

originals = Table(
    "originals", metadata, _of_request(primary_key=True, autoincrement=False),
    Column("key_id", _CODE, nullable=False),
    Column("sealed", LargeBinary(), nullable=False),  # title and text as received, encrypted
)  # fmt: skip

identities = Table(
    "identities", metadata, _of_request(primary_key=True, autoincrement=False),
    Column("key_id", _CODE, nullable=False),
    Column("sealed", LargeBinary(), nullable=False),  # who called, encrypted
)  # fmt: skip

phone_marks = Table(
    "phone_marks", metadata, _of_request(primary_key=True, autoincrement=False),
    Column("mark", _CODE, primary_key=True),  # keyed hash of a telephone number
    Index("phone_marks_mark", "mark"),
)  # fmt: skip

suggestions = Table(
    "suggestions", metadata, _id(), _of_request(),
    Column("answers", Text(), nullable=False),  # JSON: what the caller had answered by then
    Column("shown", Text(), nullable=False),  # JSON: the whole suggestion, with its wording, as it was shown
    Column("engine", _NAME, nullable=False),
    Column("model", _NAME, nullable=False),
    Column("profile", _NAME, nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("suggestions_request", "request_id"),
)  # fmt: skip

events = Table(
    "events", metadata, _id(), _of_request(),
    Column("version", Integer(), nullable=False),  # 1, 2, 3 … within a request
    Column("action", _CODE, nullable=False),
    Column("state", _CODE, nullable=False),  # the state after it
    Column("owner", _NAME, nullable=False),  # who works on it after it, or ""
    Column("once", _CODE, nullable=True),  # hash of caller and idempotency key
    Column("once_body", _CODE, nullable=False),  # keyed hash of the body that came with it
    _stamp(), Column("made_by", _NAME, nullable=False),
    UniqueConstraint("request_id", "version", name="events_version"),
    UniqueConstraint("once", name="events_once"),
    sqlite_autoincrement=True,
)  # fmt: skip

decisions = Table(
    "decisions", metadata, _id(), _of_request(),
    Column("version", Integer(), nullable=False),
    Column("action", _CODE, nullable=False),  # auto, accept, choose, override or close
    Column("suggestion_id", _Number, ForeignKey("suggestions.id"), nullable=True),
    Column("unit", _NAME, nullable=False), Column("area", _NAME, nullable=False),
    Column("item", _NAME, nullable=False),
    Column("co_units", Text(), nullable=False),  # JSON list of codes
    Column("reason", Text(), nullable=False),  # masked
    UniqueConstraint("request_id", "version", name="decisions_version"),
)  # fmt: skip

refusals = Table(
    "refusals", metadata, _id(), _of_request(),
    Column("version", Integer(), nullable=False),
    Column("unit", _NAME, nullable=False), Column("area", _NAME, nullable=False),
    Column("reason", _WORDS, nullable=False),  # a reason of refusals.csv
    Column("note", Text(), nullable=False),  # masked
    UniqueConstraint("request_id", "version", name="refusals_version"),
)  # fmt: skip

finals = Table(
    "finals", metadata, _id(), _of_request(),
    Column("version", Integer(), nullable=False),
    Column("unit", _NAME, nullable=False), Column("area", _NAME, nullable=False),
    Column("item", _NAME, nullable=False),
    UniqueConstraint("request_id", "version", name="finals_version"),
)  # fmt: skip

heads = Table(
    "heads", metadata, _of_request(primary_key=True, autoincrement=False),
    Column("version", Integer(), nullable=False),
    Column("state", _CODE, nullable=False),
    Column("owner", _NAME, nullable=False),
    Column("unit", _NAME, nullable=False),  # of the last decision or final, or ""
    Column("due_at", DateTime(), nullable=True),  # by when the first stage is due
    Column("urgency", _CODE, nullable=False), Column("urgent", Integer(), nullable=False),  # 0 特急, 1 紧急, 2 一般: the order of the queue
    Column("changed_at", DateTime(), nullable=False),  # since when it stands as it does; who took it up changes nothing in that
    Index("heads_state", "state", "urgent", "request_id"), Index("heads_owner", "owner", "state"), Index("heads_due", "due_at"),
)  # fmt: skip

tombstones = Table(
    "tombstones", metadata, Column("request_id", _Number, primary_key=True, autoincrement=False),
    Column("state", _CODE, nullable=False), Column("unit", _NAME, nullable=False),
    Column("versions", Integer(), nullable=False),  # how many events it had
    _stamp(), _stamp("purged_at"),
)  # fmt: skip

accounts = Table(
    "accounts", metadata, _id(),
    Column("name", _NAME, nullable=False), Column("shown", _NAME, nullable=False),
    Column("role", _CODE, nullable=False),  # "" until the security administrator grants one
    Column("password", _WORDS, nullable=False),  # argon2, or "" until the invitation was used
    Column("failures", Integer(), nullable=False),
    Column("locked_until", DateTime(), nullable=True),
    Column("disabled", Integer(), nullable=False),
    _stamp(),
    UniqueConstraint("name", name="accounts_name"),
)  # fmt: skip

invitations = Table(
    "invitations", metadata, Column("mark", _CODE, primary_key=True),  # SHA-256 of the link's secret
    Column("account_id", _Number, ForeignKey("accounts.id"), nullable=True),  # None: the first set-up
    Column("expires_at", DateTime(), nullable=False), Column("used_at", DateTime(), nullable=True),
)  # fmt: skip

logins = Table(
    "logins", metadata, Column("mark", _CODE, primary_key=True),  # SHA-256 of the cookie
    Column("account_id", _Number, ForeignKey("accounts.id"), nullable=False),
    Column("csrf", _CODE, nullable=False),
    _stamp(), _stamp("seen_at"), Column("ended_at", DateTime(), nullable=True),
    Index("logins_account", "account_id"),
)  # fmt: skip

tokens = Table(
    "tokens", metadata, _id(),
    Column("mark", _CODE, nullable=False),  # SHA-256 of the token
    Column("name", _NAME, nullable=False), Column("role", _CODE, nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
    Column("expires_at", DateTime(), nullable=False), Column("ended_at", DateTime(), nullable=True),
    UniqueConstraint("mark", name="tokens_mark"),
)  # fmt: skip

bindings = Table(
    "bindings", metadata, _id(),
    Column("account_id", _Number, ForeignKey("accounts.id"), nullable=False),
    Column("issuer", _NAME, nullable=False), Column("subject", _WORDS, nullable=False),  # as the identity provider knows the owner
    _stamp(), Column("made_by", _NAME, nullable=False),
    UniqueConstraint("issuer", "subject", name="bindings_subject"), UniqueConstraint("account_id", "issuer", name="bindings_account"),
)  # fmt: skip

audit_log = Table(
    "audit_log", metadata, Column("seq", _Number, primary_key=True, autoincrement=False),
    _stamp(), Column("made_by", _NAME, nullable=False), Column("source", _NAME, nullable=False),
    Column("action", _CODE, nullable=False), Column("subject", _WORDS, nullable=False),
    Column("result", _CODE, nullable=False), Column("detail", Text(), nullable=False),
    Column("hash", _HASH, nullable=False),
    Index("audit_log_made", "made_at"),
)  # fmt: skip

audit_chain = Table(
    "audit_chain", metadata, Column("id", Integer(), primary_key=True, autoincrement=False),  # one row, 1: also the store's lock
    Column("seq", _Number, nullable=False), Column("hash", _HASH, nullable=False),  # the last entry
    Column("base_seq", _Number, nullable=False), Column("base_hash", _HASH, nullable=False),  # the last entry that retention removed
)  # fmt: skip

switches = Table(
    "switches", metadata, _id(),
    Column("name", _NAME, nullable=False), Column("value", Text(), nullable=False), Column("reason", Text(), nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("switches_name", "name"),
)  # fmt: skip

auto_outcomes = Table(
    "auto_outcomes", metadata, _id(), _of_request(),  # what became of what could go out by itself
    Column("version", Integer(), nullable=False),  # of the decision
    Column("unit", _NAME, nullable=False),  # UNIT or UNIT@town, the first candidate
    Column("accepted", Integer(), nullable=True),  # 1, 0, or None: not known yet
    _stamp(), Column("told_at", DateTime(), nullable=True),
    UniqueConstraint("request_id", "version", name="auto_outcomes_version"),
    Index("auto_outcomes_waiting", "accepted", "made_at"),
)  # fmt: skip

guards = Table(
    "guards", metadata, Column("unit", _NAME, primary_key=True),  # UNIT, UNIT@town, or * for all: triage.drift.State
    Column("seen", Integer(), nullable=False), Column("wrong", Integer(), nullable=False),
    Column("evidence", Float(), nullable=False),
    Column("recent", Integer(), nullable=False), Column("recent_wrong", Integer(), nullable=False),
    Column("stopped", Integer(), nullable=False), Column("stopped_at", DateTime(), nullable=True),
)  # fmt: skip

profile_versions = Table(
    "profile_versions", metadata, _id(),
    Column("city", _NAME, nullable=False), Column("words", _NAME, nullable=False),  # code of the city; version as profile.toml says it
    Column("fingerprint", _CODE, nullable=False),
    Column("content", LargeBinary(), nullable=False),  # the tables, as a ZIP of CSV files: a backup holds them, every machine can unpack them
    Column("note", Text(), nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
    UniqueConstraint("fingerprint", name="profile_versions_print"),
)  # fmt: skip

activations = Table(
    "activations", metadata, _id(),
    Column("what", _CODE, nullable=False),  # profile or model
    Column("target", _NAME, nullable=False),  # number of a profile version, folder of a model, or "": what the settings name
    Column("starts_at", DateTime(), nullable=False),
    Column("cancels", _Number, nullable=True),  # the planned activation that does not happen
    Column("reason", Text(), nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("activations_what", "what", "starts_at"),
)  # fmt: skip

imports = Table(
    "imports", metadata, _id(),
    Column("digest", _CODE, nullable=False),  # SHA-256 of the file
    Column("name", _NAME, nullable=False),
    Column("result", Text(), nullable=False),  # JSON: counts, and the rows that failed with their codes; no text
    _stamp(), Column("made_by", _NAME, nullable=False),
    UniqueConstraint("digest", name="imports_digest"),
)  # fmt: skip

feedback = Table(
    "feedback", metadata, _id(), _of_request(),
    Column("contacted", Integer(), nullable=True),  # 1: the caller was contacted in time, 0: not; None: not told
    Column("contacted_at", DateTime(), nullable=True),
    Column("closed_at", DateTime(), nullable=True),  # when the work on it ended 办结
    Column("resolved", _CODE, nullable=False),  # a word of feedback.RESOLVED, or "": not told
    Column("satisfied", _CODE, nullable=False),  # a word of feedback.SATISFIED, or ""
    Column("reopened", Integer(), nullable=True),  # 1: worked on again 重办
    Column("note", Text(), nullable=False),  # masked
    Column("once", _CODE, nullable=True), Column("once_body", _CODE, nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
    UniqueConstraint("once", name="feedback_once"), Index("feedback_request", "request_id"),
    sqlite_autoincrement=True,
)  # fmt: skip

tag_marks = Table(
    "tag_marks", metadata, _id(), _of_request(),
    Column("tag", _CODE, nullable=False), Column("value", _NAME, nullable=False),
    Column("held", Integer(), nullable=False),  # 1: somebody gave it, 0: somebody took it away; the last row counts
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("tag_marks_request", "request_id"),
    sqlite_autoincrement=True,
)  # fmt: skip

tag_rules = Table(
    "tag_rules", metadata, _id(),
    Column("code", _CODE, nullable=False), Column("name", _NAME, nullable=False),
    Column("definition", Text(), nullable=False), Column("rule", Text(), nullable=False),  # an expression of triage/tag.py
    Column("state", _CODE, nullable=False),  # draft, published or ended; what holds is the last row of a code that is no draft
    _stamp(), Column("made_by", _NAME, nullable=False),
    Column("reason", Text(), nullable=False, server_default=""),  # masked
    Index("tag_rules_code", "code"),
)  # fmt: skip

saved_views = Table(
    "saved_views", metadata, _id(),
    Column("name", _NAME, nullable=False), Column("query", Text(), nullable=False),  # the address without its path; "": removed
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("saved_views_owner", "made_by", "name"),
)  # fmt: skip

alert_acts = Table(
    "alert_acts", metadata, _id(),
    Column("alert", _CODE, nullable=False),  # the mark of a finding, the same however often it is found
    Column("action", _CODE, nullable=False),  # own, release, mute or unmute
    Column("owner", _NAME, nullable=False), Column("reason", Text(), nullable=False),  # masked
    Column("until", DateTime(), nullable=True),  # a mute ends then
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("alert_acts_alert", "alert"),
)  # fmt: skip

topic_acts = Table(
    "topic_acts", metadata, _id(),
    Column("topic", _CODE, nullable=False),  # its mark then; new requests move it
    Column("requests", Text(), nullable=False),  # JSON: numbers of the requests that it held, by which it is known again
    Column("action", _CODE, nullable=False),  # own, release, mute or unmute
    Column("owner", _NAME, nullable=False), Column("reason", Text(), nullable=False),  # masked
    Column("until", DateTime(), nullable=True),  # a mute ends then
    _stamp(), Column("made_by", _NAME, nullable=False),
)  # fmt: skip

relabel_batches = Table(
    "relabel_batches", metadata, _id(),
    Column("note", Text(), nullable=False),  # why, in a person's words; masked
    Column("engine", _NAME, nullable=False), Column("model", _NAME, nullable=False), Column("profile", _NAME, nullable=False),
    Column("taxonomy", _NAME, nullable=False),
    _stamp(), Column("made_by", _NAME, nullable=False),
)  # fmt: skip

relabel_acts = Table(
    "relabel_acts", metadata, _id(),
    Column("batch_id", _Number, ForeignKey("relabel_batches.id"), nullable=False),
    Column("action", _CODE, nullable=False),  # apply, undo or remove: the last one of a batch holds; none: it was never finished
    _stamp(), Column("made_by", _NAME, nullable=False),
    Index("relabel_acts_batch", "batch_id"),
)  # fmt: skip

relabels = Table(
    "relabels", metadata, _id(), _of_request(),
    Column("batch_id", _Number, ForeignKey("relabel_batches.id"), nullable=False),
    Column("unit", _NAME, nullable=False), Column("item", _NAME, nullable=False), Column("unit_p", Float(), nullable=False),
    Column("was_unit", _NAME, nullable=False), Column("was_item", _NAME, nullable=False),
    Column("confirmed", Integer(), nullable=False),  # 1: a person's label was there, and it was asked to replace it
    Column("model", _NAME, nullable=False), Column("profile", _NAME, nullable=False), Column("taxonomy", _NAME, nullable=False),
    UniqueConstraint("batch_id", "request_id", name="relabels_once"),
    Index("relabels_request", "request_id"),
)  # fmt: skip

jobs = Table(
    "jobs", metadata, _id(),
    Column("kind", _CODE, nullable=False),  # upload or period
    Column("name", _NAME, nullable=False),  # as its owner knows it: the file's name, or the period
    Column("folder", _CODE, nullable=False),  # of its files; cannot be guessed
    Column("source", _CODE, nullable=False), Column("suffix", _CODE, nullable=False),  # kinds of input and output
    Column("since", _CODE, nullable=False), Column("until", _CODE, nullable=False),
    Column("state", _CODE, nullable=False),  # waiting, running, paused, done, failed or cancelled
    Column("done", _Number, nullable=False), Column("total", _Number, nullable=False),  # rows
    Column("message", _WORDS, nullable=False),  # why it failed, or how many rows have errors
    _stamp(), Column("made_by", _NAME, nullable=False),
    _stamp("seen_at"),  # the last sign of life
    _stamp("expires_at"),
    Index("jobs_state", "state"), Index("jobs_owner", "made_by"),
    sqlite_autoincrement=True,
)  # fmt: skip
