"""Valid index names, and generated names.

A generated name is `<slug>-<identity>-<generation>`. Every index of one declared resource has the same identity. The generation
depends on the inputs that cannot change in place. The same arguments give the same name on every machine.
"""

from __future__ import annotations

import hashlib
import json
import re

# Cloudflare OpenAPI schema `vectorize_index-name` (2024-08-06), and 64 bytes from the Vectorize limits page.
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_-]*[a-z0-9]")
MAX_NAME_BYTES = 64

# 60 bits: two of a billion resources share an identity with a probability below one in two.
IDENTITY_DIGITS = 15
GENERATION_DIGITS = 6
_MAX_SLUG_BYTES = MAX_NAME_BYTES - IDENTITY_DIGITS - GENERATION_DIGITS - 2
_FALLBACK_SLUG = "index"


def name_problem(name: str) -> str | None:
    """Return what is invalid about an index name. None if it is valid."""
    size = len(name.encode(errors="surrogatepass"))
    if size > MAX_NAME_BYTES:
        return f"must be at most {MAX_NAME_BYTES} bytes, got {size}"
    if not NAME_PATTERN.fullmatch(name):
        return (
            "must be lower-case letters, digits, '-' and '_', start with a letter, end with a letter or digit, "
            "and have at least 2 characters"
        )
    return None


def name_prefix(project: str, stack: str, logical_name: str) -> str:
    """Generate `<slug>-<identity>`, which every generation of one declared resource shares."""
    return f"{_slug(logical_name)}-{_digest([project, stack, logical_name], IDENTITY_DIGITS)}"


def generated_name(prefix: str, immutable: object) -> str:
    """Generate the name of the generation that `immutable` (any JSON value) defines."""
    return f"{prefix}-{_digest(immutable, GENERATION_DIGITS)}"


def is_generation_of(prefix: str, name: str) -> bool:
    """Return whether `name` is a generated name of the resource with this prefix."""
    return re.fullmatch(rf"{re.escape(prefix)}-[0-9a-f]{{{GENERATION_DIGITS}}}", name) is not None


def _slug(logical_name: str) -> str:
    legal = re.sub(r"[^a-z0-9_]+", "-", logical_name.lower())
    trimmed = re.sub(r"^[^a-z]+", "", legal)[:_MAX_SLUG_BYTES].rstrip("-_")
    return trimmed or _FALLBACK_SLUG


def _digest(value: object, digits: int) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def to_camel(name: str) -> str:
    """Turn `metadata_indexes` into `metadataIndexes`. A name in camelCase stays as it is."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
