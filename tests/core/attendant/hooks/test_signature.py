"""What is signed, as other people's libraries check it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest

from roomdeck.core.attendant.hooks.signature import headers
from roomdeck.core.errors import UsageError


def test_the_example_of_the_specification() -> None:
    made = headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        1614265330.9,
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_any_text_is_a_secret() -> None:
    digest = hmac.new("sésame".encode(), b"evt_1.5.{}", hashlib.sha256).digest()
    signature = headers("evt_1", b"{}", 5.0, "sésame")["webhook-signature"]
    assert signature == f"v1,{b64encode(digest).decode()}"


def test_without_a_secret_nothing_is_signed() -> None:
    assert headers("evt_1", b"{}", 5.0, "") == {"webhook-id": "evt_1", "webhook-timestamp": "5"}


def test_what_says_that_it_is_base64_must_be() -> None:
    with pytest.raises(UsageError, match="base64"):
        headers("evt_1", b"{}", 5.0, "whsec_no!")
