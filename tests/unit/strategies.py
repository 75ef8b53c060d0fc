"""What the property tests draw from: JSON-like values, and declarations and states that are legal or nearly so."""

from typing import Any

from hypothesis import strategies as st

from pulumi_cloudflare_vectorize.api.models import METADATA_TYPES, METRICS, PRESETS
from pulumi_cloudflare_vectorize.unknown import UNKNOWN
from tests.unit.fakes import ACCOUNT_ID, declared

PREFIX = "docs-11111111"
OTHER_ACCOUNT = "f" * 32

# Everything that can come out of a program or a state file, with `UNKNOWN` at any depth.
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def keyed(keys: list[str], values: st.SearchStrategy[Any] = json_like) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a dict that has some of the keys, each with any value."""
    return st.dictionaries(st.sampled_from(keys), values)


# Nearly legal shapes and maps of types next to plain rubbish: rubbish alone seldom gets past the first rule.
near_configs = keyed(["dimensions", "metric", "preset", "other"], st.sampled_from([768, 768.0, *METRICS, *PRESETS]))
near_metadata = st.dictionaries(
    st.sampled_from(["tenant", "a.b", "$x", ""]), st.sampled_from(METADATA_TYPES) | json_like
)
any_declarations = keyed([*declared(), "other"], json_like | near_configs | near_metadata)

configs = st.one_of(
    st.just(UNKNOWN),
    st.fixed_dictionaries({"preset": st.sampled_from([*PRESETS, UNKNOWN])}),
    st.fixed_dictionaries(
        {
            "dimensions": st.one_of(st.integers(1, 1536), st.integers(1, 1536).map(float), st.just(UNKNOWN)),
            "metric": st.sampled_from([*METRICS, UNKNOWN]),
        }
    ),
)
metadata_types = st.dictionaries(
    st.sampled_from(["tenant", "price", "a.b", "ü"]), st.sampled_from([*METADATA_TYPES, UNKNOWN])
)
legal_declarations = st.fixed_dictionaries(
    {"config": configs},
    optional={
        "name": st.sampled_from(["docs", "a-b", UNKNOWN, None]),
        "namePrefix": st.just(PREFIX),
        "description": st.one_of(st.none(), st.text(), st.just(UNKNOWN)),
        "accountId": st.sampled_from([ACCOUNT_ID, OTHER_ACCOUNT, UNKNOWN, None]),
        "metadataIndexes": st.one_of(st.none(), st.just(UNKNOWN), metadata_types),
        "forceDestroy": st.sampled_from([True, False, UNKNOWN, None]),
        "adopt": st.sampled_from([True, False, UNKNOWN, None]),
    },
)
legal_metadata_declarations = st.fixed_dictionaries(
    {
        "indexName": st.sampled_from(["docs", UNKNOWN]),
        "propertyName": st.one_of(st.just(UNKNOWN), st.sampled_from(["tenant", "a.b", "ü", "x" * 512])),
        "indexType": st.sampled_from([*METADATA_TYPES, UNKNOWN]),
    },
    optional={"accountId": st.sampled_from([ACCOUNT_ID, UNKNOWN, None])},
)
