"""Addresses that the settings give."""

from urllib.parse import urlsplit

from billing.errors import Finding, Misconfigured


def checked_url(url: str, setting: str) -> str:
    """Check an address of the settings: https, or anything on this machine itself.

    Raises:
        Misconfigured: it is none.
    """
    try:
        parts = urlsplit(url)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        parts, usable = urlsplit(""), False
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not usable or parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.password:
        code = "platform_url_invalid"
    elif parts.scheme == "http" and not local:
        code = "platform_url_not_secure"
    else:
        return url.rstrip("/")
    finding = Finding(code=code, where=setting, values={"setting": setting})
    raise Misconfigured(code, findings=(finding,), setting=setting)
