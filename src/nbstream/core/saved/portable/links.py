"""Links, images, and addresses of pages and mail."""

from __future__ import annotations

import re

from .code import MATH, rewrite_between

# Every pattern must be fast on text of any length: a repeated part excludes the first character of the next part.

# The punctuation of other scripts, without the dashes and dots that join letters in an address.
_FOREIGN = "[\u00ab\u00bb\u060c\u061b\u061f\u06d4\u0964\u0965\u2012\u2014-\u2027\u2030-\u205e\u2190-\u21ff"
_FOREIGN += "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
_URL = r"https?://[!#%-'*-;=?-Z^_a-z|~]+"
_HOST = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+"
_LOCAL = r"(?<![A-Za-z0-9.+_\\-])(?:[A-Za-z0-9.+_-]|\\_){1,64}"
_ADDRESS = re.compile(
    rf"{MATH}|(?P<image>(?<!\\)!)?(?P<label>\[[^\[\]\n]*\])(?:\((?P<target>[^()\s]*)|\[[^\[\]\n]*\])"
    r"|\]\((?P<end>[^()\s]*)|^[ \t>]*\[[^\[\]\n]*\]:"
    rf"|<(?P<angled>{_URL})>(?={_FOREIGN})|<(?P<angled_mail>[A-Za-z0-9.+_-]+@{_HOST})>|<[^<>\s]*>"
    # A bracket ends an address that it encloses, unless the text of a link ends there.
    rf"|(?P<bare>{_URL})(?P<next>{_FOREIGN}|\](?![(\[]))?|(?P<local>{_LOCAL})@(?P<host>{_HOST})",
    re.M,
)
_TOP_LEVEL = re.compile(r"\.(?:[A-Za-z]+|xn--[A-Za-z0-9-]+)\Z")
_VERSION = re.compile(r"v?[0-9]+\.(?:[0-9]|[A-Za-z](?:\.|\Z))")


def write_links(text: str) -> str:
    """Write out the addresses of a paragraph that is not yet sanitised."""
    if "://" not in text and "@" not in text:
        return text
    return rewrite_between(text, lambda piece: _ADDRESS.sub(_link, piece))


def _link(found: re.Match[str]) -> str:
    if found["target"]:
        # An image is a link, and its exclamation mark would be text.
        is_image = found["image"] and found["target"].startswith("http")
        label = "[Image]" if is_image and found["label"] == "[]" else found["label"]
        return f"{'' if is_image else found['image'] or ''}{label}({_without_brackets(found['target'])}"
    if found["end"]:
        return f"]({_without_brackets(found['end'])}"
    if found["angled"]:
        return f"[{found['angled']}]({found['angled']})"
    if found["angled_mail"]:
        return _mail_link(found["angled_mail"])
    if found["local"]:
        return _mail(found[0], found["local"], found["host"])
    if not found["bare"] or not found["next"]:
        return found[0]
    address = found["bare"].rstrip("*_~'.,:;!?")
    return f"[{address}]({address}){found[0][len(address) :]}"


def _without_brackets(address: str) -> str:
    """Encode the brackets of a link's address, which the sanitiser does not allow."""
    return address.replace("[", "%5B").replace("]", "%5D")


def _mail(found: str, local: str, host: str) -> str:
    """Write a mail address with escapes as a link. Escape the `@` of a package's version, such as `vite@5.1`."""
    if not _TOP_LEVEL.search(host) or _VERSION.match(host):
        return f"{local}\\@{host}"
    return _mail_link(found.replace("\\_", "_")) if "\\" in local else found


def _mail_link(address: str) -> str:
    text = address.replace("_", "\\_")
    return f"[{text}](mailto:{address})"
