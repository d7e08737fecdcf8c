from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.config import DEFAULT_PASSWORD
from roomdeck.core.errors import DecryptError, UsageError
from roomdeck.core.signaling.secrets import (
    Secrets,
    normalise_room,
    normalise_stream,
    password_from_text,
)

KEY = "808d646f7eb92052344e1e668e340c852f8d675754acfae11d8cc49233c36eba"
IV = bytes(range(16))
SEALED = (
    "e6e3b01add0693c318f82913da88759f4ce2aff7724171e27f88329a14ba43f3"
    "4af6dff434f68f88b0681754a7a1f64b"
)
OFFER = {"type": "offer", "sdp": "v=0\r\n"}


@pytest.mark.parametrize(
    ("password", "salt", "suffix", "room", "room_id"),
    [
        (DEFAULT_PASSWORD, "vdo.ninja", "808d64", "testroom", "01081e4801f6d08a"),
        (DEFAULT_PASSWORD, "vdo.ninja", "808d64", "RecorderTest1", "e9ce47477b868620"),
        (DEFAULT_PASSWORD, "vdo.ninja", "808d64", "My_Room", "5147cb34752d360c"),
        (DEFAULT_PASSWORD, "vdo.ninja", "808d64", "labroom1", "63f7b0b02ca3f964"),
        ("s3cret", "vdo.ninja", "c08e16", "testroom", "f10411db6e9391ad"),
        ("p@ss word/é", "vdo.ninja", "bb0cc6", "testroom", "7d1691d852f8625e"),
        (DEFAULT_PASSWORD, "vdo.example.org", "75bd15", "testroom", "0885ca3f0b03434e"),
    ],
)
def test_hash_vectors(password: str, salt: str, suffix: str, room: str, room_id: str) -> None:
    secrets = Secrets(password, salt)
    assert secrets.suffix == suffix
    assert secrets.room_id(room) == room_id
    assert Secrets(f" {password}\ufeff\n", salt).suffix == suffix


def test_default_salt_and_key() -> None:
    assert Secrets(DEFAULT_PASSWORD).key == bytes.fromhex(KEY)


def test_encryption_vector() -> None:
    secrets = Secrets(DEFAULT_PASSWORD)
    assert secrets.encrypt(OFFER, IV) == (SEALED, IV.hex())
    assert secrets.decrypt(SEALED, IV.hex()) == OFFER


def test_every_message_has_its_own_vector() -> None:
    secrets = Secrets(DEFAULT_PASSWORD)
    assert len({secrets.encrypt(OFFER)[1] for _ in range(20)}) == 20


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)


@settings(deadline=None)
@given(st.text(min_size=1), JSON)
def test_what_is_encrypted_opens(password: str, value: object) -> None:
    secrets = Secrets(f"x{password}")
    assert secrets.decrypt(*secrets.encrypt(value)) == value


@settings(deadline=None)
@given(st.one_of(st.text(), st.binary().map(bytes.hex)), st.binary(max_size=20).map(bytes.hex))
def test_arbitrary_ciphertext_is_a_decrypt_error(value: str, vector: str) -> None:
    with pytest.raises(DecryptError):
        Secrets(DEFAULT_PASSWORD).decrypt(value, vector)


def test_a_wrong_password_does_not_open() -> None:
    with pytest.raises(DecryptError, match="password and salt"):
        Secrets("other").decrypt(SEALED, IV.hex())
    with pytest.raises(DecryptError, match="no password"):
        Secrets(None).decrypt(SEALED, IV.hex())


def test_plaintext_that_a_page_did_not_escape_opens() -> None:
    sealed = _encrypt_bytes('{"label":"é"}'.encode("latin-1"))
    assert Secrets(DEFAULT_PASSWORD).decrypt(*sealed) == {"label": "é"}


@pytest.mark.parametrize("plain", [b"[" * 100_000, b'"\\ud800"', b"", b"not json", b"\xff\xfe"])
def test_plaintext_that_is_no_json_is_a_decrypt_error(plain: bytes) -> None:
    with pytest.raises(DecryptError):
        Secrets(DEFAULT_PASSWORD).decrypt(*_encrypt_bytes(plain))


def _encrypt_bytes(plain: bytes) -> tuple[str, str]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    padding = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(bytes.fromhex(KEY)), modes.CBC(IV)).encryptor()
    data = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return data.hex(), IV.hex()


@pytest.mark.parametrize("password", [None, "", "  "])
def test_without_a_password_names_are_sent_as_they_are(password: str | None) -> None:
    secrets = Secrets(password)
    assert not secrets.enabled
    assert (secrets.suffix, secrets.key) == ("", None)
    assert secrets.room_id(" My Room! ") == "My_Room_"
    assert secrets.stream_on_wire("guest A") == "guest_A"
    assert secrets.stream_shown("guestA808d64") == "guestA808d64"


def test_stream_ids_carry_the_suffix() -> None:
    secrets = Secrets(DEFAULT_PASSWORD)
    assert secrets.stream_on_wire("guestA") == "guestA808d64"
    assert secrets.stream_shown("guestA808d64") == "guestA"
    assert secrets.stream_shown("guestAc08e16") == "guestAc08e16"
    assert secrets.stream_shown("808d64") == "808d64"
    assert secrets.stream_on_wire("x" * 44) == "x" * 44 + "808d64"
    assert secrets.stream_on_wire("x" * 60) == "x" * 44 + "808d64"


def test_a_worker_opens_messages_without_the_password() -> None:
    secrets = Secrets(DEFAULT_PASSWORD)
    worker = Secrets.from_key(secrets.key, secrets.suffix)
    assert worker.decrypt(SEALED, IV.hex()) == OFFER
    assert worker.stream_shown("guestA808d64") == "guestA"
    assert not Secrets.from_key(None, "").enabled
    with pytest.raises(RuntimeError):
        worker.room_id("testroom")


def test_nothing_shows_the_password_or_the_key() -> None:
    secrets = Secrets("hunter2", "salty.example")
    for text in (repr(secrets), str(secrets), f"{secrets!r:>40}", repr([secrets])):
        assert "hunter2" not in text
        assert "salty" not in text
        assert secrets.key is not None
        assert secrets.key.hex()[:6] not in text
        assert repr(secrets.key) not in text
    assert not hasattr(secrets, "__dict__")
    assert repr(secrets) != repr(Secrets(None))


def test_the_hash_of_a_link_is_a_prefix_of_the_suffix() -> None:
    secrets = Secrets(DEFAULT_PASSWORD)
    assert secrets.matches("808")
    assert secrets.matches("808D64")
    assert secrets.matches("")
    assert not secrets.matches("909")
    assert not Secrets(None).matches("808")


def test_the_hash_of_an_old_link_was_made_with_another_salt() -> None:
    old = sha256(b"s3cretobs.ninja").hexdigest()
    secrets = Secrets("s3cret")
    assert secrets.matches(old[:4])
    assert not secrets.matches(old[:3])
    assert not Secrets("other").matches(old[:4])


def test_unusable_input_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        Secrets("\ud800")
    with pytest.raises(UsageError):
        Secrets("x").room_id("  ")


@pytest.mark.parametrize(
    ("typed", "room"),
    [
        ("  My Room ", "My_Room"),
        ("a - b", "a_b"),
        ("Комната 1", "_1"),
        ("x" * 40, "x" * 30),
        ("Case_Kept", "Case_Kept"),
        ("", ""),
    ],
)
def test_room_names_are_normalised_as_by_the_page(typed: str, room: str) -> None:
    assert normalise_room(typed) == room


def test_stream_ids_are_normalised_as_by_the_page() -> None:
    assert normalise_stream(" a/../b ") == "a_b"
    assert normalise_stream("x" * 64) == "x" * 64
    assert normalise_stream("x" * 80) == "x" * 70


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert normalise_room(normalise_room(name)) == normalise_room(name)
    assert normalise_stream(normalise_stream(name)) == normalise_stream(name)


@pytest.mark.parametrize("text", ["false", "0", "off", "nopassword", "", " False "])
def test_words_that_switch_the_password_off(text: str) -> None:
    assert password_from_text(text) is None


def test_other_passwords_are_kept_as_typed() -> None:
    assert password_from_text("Falsely ") == "Falsely "
