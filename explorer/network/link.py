"""A whole network as a short text for an address, and back; anybody may have written what is read.

The text is a digit for the format, then base64url of zlib of JSON in which each node has its kind
and the fields that are not at their defaults.
"""

import base64
import binascii
import json
import re
import zlib
from typing import Any

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec
from explorer.network.blocks import Block
from explorer.network.spec import MAX_JSON_BYTES, NetworkSpec, read_network

FORMAT = "1"
MOST_CHARACTERS = 100_000
"""Longest text that is looked at; what is written is far shorter, `ui.links` says how short."""

_TEXT = re.compile(r"[A-Za-z0-9_-]+=*")
_REMEDY = "Ask for the link again, or for the network's JSON file."


def network_to_text(spec: NetworkSpec) -> str:
    """The network as letters, digits, "-" and "_" only, which need no escape in an address."""
    written: dict[str, Any] = {
        "name": spec.name,
        "input": spec.input.model_dump(mode="json"),
        "layers": [_node(node) for node in spec.layers],
    }
    if spec.normalisation:
        written["normalisation"] = spec.normalisation.model_dump(mode="json")
    packed = zlib.compress(json.dumps(written, separators=(",", ":")).encode(), 9)
    return FORMAT + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _node(node: LayerSpec) -> dict[str, Any]:
    chosen = node.model_dump(mode="json", exclude_defaults=True)
    written = {"kind": node.kind, **chosen}
    if isinstance(node, Block):
        for field in node.list_fields:
            if field in chosen:  # each list again, with the kinds in it
                written[field] = _lists(getattr(node, field))
    return written


def _lists(value: Any) -> Any:
    """Nodes, or lists of them, as deep as the field has them."""
    return [_lists(entry) if isinstance(entry, tuple) else _node(entry) for entry in value]


def network_from_text(text: str) -> NetworkSpec:
    """The network that `network_to_text` wrote.

    Raises:
        ExplorerError: If the text is cut off, damaged, too large, or says no network.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExplorerError(
            f"The link's network has {len(text):,} characters; at most {MOST_CHARACTERS:,} are "
            "read.",
            _REMEDY,
        )
    if not text.startswith(FORMAT):
        raise ExplorerError(
            f"The link's network begins with {text[:1]!a}, not with {FORMAT!a}: it is from "
            "another version, or no network.",
            _REMEDY,
        )
    if not _TEXT.fullmatch(text):
        raise ExplorerError(
            "The link's network has characters in it that no link is written with.", _REMEDY
        )
    return read_network(_unpacked(text.removeprefix(FORMAT).rstrip("=")))


def _unpacked(text: str) -> bytes:
    """The JSON, of which never more is unpacked than a network may have."""
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        reader = zlib.decompressobj()
        unpacked = reader.decompress(packed, MAX_JSON_BYTES + 1)
    except (binascii.Error, zlib.error) as error:
        raise _damaged(text) from error
    if len(unpacked) > MAX_JSON_BYTES:
        raise ExplorerError(
            f"The link's network unpacks to more than the {MAX_JSON_BYTES:,} bytes a network may "
            "have.",
            _REMEDY,
        )
    if not reader.eof:
        raise _damaged(text)
    return unpacked


def _damaged(text: str) -> ExplorerError:
    return ExplorerError(
        f"The link's network cannot be read: its {len(text):,} characters are cut off or changed.",
        _REMEDY,
    )
