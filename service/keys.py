"""The keys of the store: data keys that encrypt, the newest for what is new, and one index key for telephone numbers.

As text, one key a line: a name, a blank, 32 bytes in base64. The line ``index`` is the index key; of the others the last is
used from now on, and all of them can read. To rotate: ``triage keys rotate``, restart, ``triage keys reseal``.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from triage.errors import UsageError

INDEX = "index"
AES, SM4 = "aes", "sm4"
_SIZE, _NONCE, _TAG = 32, 12, 16


@dataclass(frozen=True)
class Keys:
    """``data``: name → key, in order; the last one encrypts. ``cipher``: ``aes`` (AES-256-GCM) or ``sm4`` (SM4-GCM)."""

    data: Mapping[str, bytes]
    index: bytes
    cipher: str = AES

    @property
    def newest(self) -> str:
        """What new rows name as their key: cipher and name."""
        return f"{self.cipher}:{list(self.data)[-1]}"

    def seal(self, clear: bytes, place: str) -> tuple[str, bytes]:
        """Key name and ciphertext. ``place`` (table and row) is bound in: a ciphertext moved to another row does not open."""
        nonce = secrets.token_bytes(_NONCE)
        worker = Cipher(self._algorithm(self.newest), modes.GCM(nonce)).encryptor()
        worker.authenticate_additional_data(place.encode())
        return self.newest, nonce + worker.update(clear) + worker.finalize() + worker.tag

    def unseal(self, key: str, sealed: bytes, place: str) -> bytes:
        """The clear bytes. Raises UsageError when the key is not there or the ciphertext was changed or moved."""
        nonce, body, tag = sealed[:_NONCE], sealed[_NONCE:-_TAG], sealed[-_TAG:]
        worker = Cipher(self._algorithm(key), modes.GCM(nonce, tag)).decryptor()
        worker.authenticate_additional_data(place.encode())
        try:
            return worker.update(body) + worker.finalize()
        except InvalidTag:
            raise UsageError(f"{place}: does not open with key {key}: changed, moved, or another key of that name.", "bad_seal") from None

    def mark(self, kind: str, words: str) -> str:
        """A keyed hash: equal for equal words, and of no use without the index key. 64 hexadecimal digits."""
        return hmac.new(self.index, f"{kind}\x00{words}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _algorithm(self, key: str) -> algorithms.AES | algorithms.SM4:
        cipher, _, name = key.partition(":")
        if name not in self.data:
            raise UsageError(f"no key {name!r} is known (there are {', '.join(self.data)}). Put its line back into the key file.", "no_key")
        derived = hmac.new(self.data[name], cipher.encode(), hashlib.sha256).digest()
        return algorithms.SM4(derived[:16]) if cipher == SM4 else algorithms.AES(derived)


def parse(text: str, where: str, cipher: str = AES) -> Keys:
    """Keys from text. Raises UsageError naming the line that is wrong, never its key."""
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, key = line.strip().partition(" ")
        try:
            found[name] = base64.b64decode(key.strip(), validate=True)
        except binascii.Error:
            raise UsageError(f"{where}:{number}: the key {name!r} is not base64. Write it as: name, blank, 32 bytes in base64.", "bad_key") from None
        if len(found[name]) != _SIZE:
            raise UsageError(f"{where}:{number}: the key {name!r} has {len(found[name])} bytes, not {_SIZE}.", "bad_key")
    index = found.pop(INDEX, b"")
    if not found or not index:
        raise UsageError(f"{where}: it needs a line 'index' and at least one other key. Make one: triage keys create FILE", "bad_key")
    return Keys(found, index, cipher)


def load(path: Path, cipher: str = AES) -> Keys:
    """Keys from a file, made with fresh ones (readable by its owner only) when it is not there yet."""
    if not path.exists():
        create(path)
    return parse(path.read_text(encoding="ascii", errors="replace"), str(path), cipher)


def create(path: Path) -> None:
    """Writes fresh keys, unless somebody else just did."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    write = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(write, "w", encoding="ascii") as file:
        file.write(
            f"# Keep a copy of this file away from the database and its backups: without it sealed data is lost.\n{INDEX} {_fresh()}\nk1 {_fresh()}\n"
        )
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(part, path)  # unlike a rename, never replaces keys that are in use
    part.unlink()


def rotate(path: Path) -> str:
    """Adds a fresh data key, which encrypts from the next start on; its name."""
    if not path.exists():
        raise UsageError(f"{path}: there is no key file. Name the one in use: TRIAGE_KEYS_FILE or TRIAGE_DATA.", "no_key")
    keys = load(path)
    name = next(f"k{number}" for number in range(len(keys.data) + 1, 10**6) if f"k{number}" not in keys.data)
    text = path.read_text(encoding="ascii")
    part = path.with_name(f".{path.name}.{os.getpid()}")
    write = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(write, "w", encoding="ascii") as file:
        file.write(f"{text.rstrip()}\n{name} {_fresh()}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return name


def _fresh() -> str:
    return base64.b64encode(secrets.token_bytes(_SIZE)).decode()
