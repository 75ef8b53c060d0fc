"""Requests that no engine sends: the plugin returns one line for each, and serves the next one."""

import grpc
import pytest
from google.protobuf import struct_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from pulumi_cloudflare_vectorize.lifecycle.inputs import IndexInputs, MetadataIndexInputs
from tests.lifecycle.conftest import PLUGIN, TIMEOUT_S, TOKEN, only, provider_process

pytestmark = only(PLUGIN)

REQUESTS = 1000
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
KEYS = [
    *(field.alias for model in (IndexInputs, MetadataIndexInputs) for field in model.model_fields.values()),
    *("createdOn", "indexCreatedOn", "dimensions", "metric", "unconfirmedMetadataIndexes", "unconfirmed", "__provider"),
    *("apiToken", "workers", "baseUrl", *SECRET),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["docs", "string", "cosine", "0" * 32, rpc.UNKNOWN, "1b47061264138c4ac30d75fd1eb44270"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
PROPERTIES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)
TYPES = ["vectorize:index:VectorizeIndex", "vectorize:index:VectorizeMetadataIndex"]
URNS = st.one_of(
    st.sampled_from([f"urn:pulumi:dev::shop::{type_}::docs" for type_ in TYPES]),
    st.builds("urn:pulumi:{}::{}::vectorize:index:VectorizeIndex::{}".format, *[st.text(max_size=6)] * 3),
    st.text(max_size=12),
)
IDS = st.sampled_from(["", "docs", "docs/tenant", "a/b/c"]) | st.text(max_size=8)
METHODS = {
    "CheckConfig": ("Check", ("olds", "news")),
    "DiffConfig": ("Diff", ("olds", "news", "old_inputs")),
    "Check": ("Check", ("olds", "news")),
    "Diff": ("Diff", ("id", "olds", "news", "old_inputs")),
    "Create": ("Create", ("properties",)),
    "Read": ("Read", ("id", "properties", "inputs")),
    "Update": ("Update", ("id", "olds", "news")),
    "Delete": ("Delete", ("id", "properties")),
}


def struct_of(properties) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    for key, value in properties.items():
        made.fields[key].CopyFrom(value_of(value))
    return made


def value_of(value) -> struct_pb2.Value:
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=struct_of(value))
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=map(value_of, value)))
    fields = {bool: "bool_value", float: "number_value", str: "string_value"}
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    return struct_pb2.Value(**{fields[type(value)]: value})


@st.composite
def requests(draw):
    method = draw(st.sampled_from([*METHODS, "Invoke"]))
    if method == "Invoke":
        token = draw(st.sampled_from(["getVectorizeIndex", "listVectorizeIndexes", "getVectorizeIndexInfo", "other"]))
        return method, provider_pb2.InvokeRequest(tok=f"vectorize:index:{token}", args=struct_of(draw(PROPERTIES)))
    kind, fields = METHODS[method]
    values = {name: draw(IDS) if name == "id" else struct_of(draw(PROPERTIES)) for name in fields}
    if kind in ("Create", "Update"):
        values["preview"] = draw(st.booleans())
    if kind in ("Create", "Update", "Delete"):
        values["timeout"] = 1.0
    return method, getattr(provider_pb2, f"{kind}Request")(urn=draw(URNS), **values)


def outcome(stub, method, message):
    """Send a request, and return the code and the text of its error. None and "" if it succeeds."""
    try:
        getattr(stub, method)(message, timeout=TIMEOUT_S)
    except grpc.RpcError as error:
        return error.code(), error.details() or ""
    return None, ""


@pytest.fixture(scope="module")
def plugin(front_end, listener, emulator, tmp_path_factory):
    """A process of its own, because these requests leave facts in it that contradict each other."""
    env = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_BASE_URL": emulator}
    with provider_process(front_end, listener, tmp_path_factory.mktemp("plugin"), env) as stub:
        stub.Configure(provider_pb2.ConfigureRequest(), timeout=TIMEOUT_S)
        yield stub


@settings(max_examples=REQUESTS, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(request=requests())
def test_a_malformed_request_is_one_line_and_the_plugin_keeps_serving(plugin, request):
    code, text = outcome(plugin, *request)
    assert code in (None, grpc.StatusCode.UNKNOWN)
    assert len(text.splitlines()) == (0 if code is None else 1)
    assert "Traceback" not in text
    assert "Exception calling application" not in text
