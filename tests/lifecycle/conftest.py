"""The real provider process of each front end over gRPC, an engine that only listens, and a real HTTP API."""

import inspect
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from google.rpc import status_pb2
from pulumi.dynamic.dynamic import ReadResult, serialize_provider
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from pulumi_cloudflare_vectorize.dynamic import IndexProvider, MetadataIndexProvider
from pulumi_cloudflare_vectorize.lifecycle.terms import PYTHON, SCHEMA, Terms
from pulumi_cloudflare_vectorize.resource_types import INDEX, METADATA_INDEX

TOKEN = "s3cret-token"
TIMEOUT_S = 60.0
# SDKs before 3.216 drop the inputs of a read, and answer a defect without a traceback.
SDK_STORES_INPUTS = "inputs" in inspect.signature(ReadResult.__init__).parameters


@dataclass
class Api:
    """A running emulator, seen from one account of its own."""

    base_url: str
    account_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    token: str = TOKEN

    @property
    def indexes_url(self) -> str:
        return f"{self.base_url}/accounts/{self.account_id}/vectorize/v2/indexes"

    @property
    def control_url(self) -> str:
        return self.base_url.removesuffix("/client/v4") + "/_emulator"

    def call(self, method: str, url: str, body: Any = None) -> Any:
        response = requests.request(
            method, url, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=TIMEOUT_S
        )
        return response.json() if response.content else None

    def indexes(self) -> dict[str, Any]:
        return {index["name"]: index for index in self.call("GET", self.indexes_url)["result"]}

    def add(self, name: str, dimensions: int = 32, metric: str = "cosine", **more: Any) -> None:
        body = {"name": name, "config": {"dimensions": dimensions, "metric": metric}, **more}
        assert self.call("POST", self.indexes_url, body)["success"]

    def remove(self, name: str) -> None:
        self.call("DELETE", f"{self.indexes_url}/{name}")

    def arrange(self, name: str, **what: Any) -> None:
        self.call("POST", f"{self.control_url}/accounts/{self.account_id}/indexes/{name}", what)

    def fault(self, **fault: Any) -> None:
        path = f"*/{self.account_id}/vectorize/v2/{fault.pop('path')}" if "path" in fault else self.account_id
        self.call("POST", f"{self.control_url}/faults", {"path": path, **fault})

    def asked(self) -> list[str]:
        log = self.call("GET", f"{self.control_url}/requests")["requests"]
        prefix = f"/client/v4/accounts/{self.account_id}/vectorize/v2/indexes"
        return [f"{r['method']} {r['path'].removeprefix(prefix)}".strip() for r in log if r["path"].startswith(prefix)]


class Engine(engine_pb2_grpc.EngineServicer):
    """Keeps what providers log."""

    def __init__(self) -> None:
        self.logged: list[Any] = []

    def Log(self, request, context):  # noqa: N802 -- the name of the RPC
        self.logged.append(request)
        return empty_pb2.Empty()


class Failed(Exception):  # noqa: N818 -- reads as a statement in the tests
    """A call that ended in an error: what the engine makes of it."""

    def __init__(self, error: grpc.RpcError) -> None:
        status = status_pb2.Status()
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status.ParseFromString(value)
        self.status = status
        self.traceback = error.details() or ""
        self.text = status.message or error.details()
        super().__init__(self.text)


@dataclass(frozen=True)
class FrontEnd:
    """What differs between the two front ends on the wire.

    Attributes:
        name: for the names of the tests.
        module: of the provider process.
        types: the type tokens of an index and of a metadata index.
        terms: the words of its messages.
        keys: what Pulumi stores of the provider of each type with every resource. Empty for a plugin.
    """

    name: str
    module: str
    types: tuple[str, str]
    terms: Terms
    keys: tuple[str, str] = ("", "")

    @property
    def is_plugin(self) -> bool:
        return self.name == "plugin"

    def urn(self, resource: str, *, is_metadata: bool = False) -> str:
        return f"urn:pulumi:dev::shop::{self.types[is_metadata]}::{resource}"


DYNAMIC = FrontEnd(
    "dynamic",
    "pulumi.dynamic",
    (INDEX.dynamic, METADATA_INDEX.dynamic),
    PYTHON,
    (serialize_provider(IndexProvider()), serialize_provider(MetadataIndexProvider())),
)
PLUGIN = FrontEnd("plugin", "pulumi_cloudflare_vectorize.plugin.server", (INDEX.plugin, METADATA_INDEX.plugin), SCHEMA)


def only(front_end: FrontEnd) -> pytest.MarkDecorator:
    """Run a test for one front end, because it is about its wire format."""
    return pytest.mark.parametrize("front_end", [front_end], indirect=True, ids=[front_end.name])


@dataclass
class Provider:
    """A provider process, used for the resources of one account. `is_metadata` is the kind of resource of its calls."""

    front_end: FrontEnd
    stub: provider_pb2_grpc.ResourceProviderStub
    account_id: str | None = None
    name: str = "docs"
    is_metadata: bool = False
    is_configured: bool = False
    configuring: threading.RLock = field(default_factory=threading.RLock)

    @property
    def urn(self) -> str:
        return self.front_end.urn(self.name, is_metadata=self.is_metadata)

    @property
    def key(self) -> str:
        return self.front_end.keys[self.is_metadata]

    def configure(self, **config: str) -> None:
        """Configure the provider as the engine does. A plugin gets the keys of its own namespace only."""
        keys = {key.replace("_", ":", 1): value for key, value in config.items()}
        if self.front_end.is_plugin:
            keys = {key.partition(":")[2]: value for key, value in keys.items()}
        self.is_configured = True
        self.send("Configure", provider_pb2.ConfigureRequest(args=struct(keys)))

    def call(self, method: str, kind: str, **fields: Any) -> Any:
        return self.send(method, getattr(provider_pb2, f"{kind}Request")(urn=self.urn, **fields))

    def send(self, method: str, request: Any) -> Any:
        with self.configuring:
            if self.front_end.is_plugin and not self.is_configured:
                self.configure()
        try:
            return getattr(self.stub, method)(request, timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            raise Failed(error) from error

    def check(self, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
        return self.call("Check", "Check", news=self.props(news), olds=self.props(olds or {}))

    def diff(self, olds: dict[str, Any], news: dict[str, Any], *, with_key: bool = True) -> Any:
        return self.call(
            "Diff", "Diff", id="docs", olds=self.props(olds) if with_key else struct(olds), news=self.props(news)
        )

    def create(self, inputs: dict[str, Any], timeout: float = 0.0) -> Any:
        return self.call("Create", "Create", properties=self.props(inputs), timeout=timeout)

    def read(self, id: str, state: dict[str, Any]) -> Any:
        """Refresh a resource."""
        return self.call("Read", "Read", id=id, properties=self.props(state), inputs=self.props(state))

    def look_up(self, id: str, state: dict[str, Any] | None = None) -> Any:
        """Import a resource, or read one that the program does not manage."""
        return self.call("Read", "Read", id=id, properties=self.props(state or {}))

    def update(self, olds: dict[str, Any], news: dict[str, Any]) -> Any:
        return self.call("Update", "Update", id="docs", olds=self.props(olds), news=self.props(news))

    def delete(self, id: str, state: dict[str, Any]) -> Any:
        return self.call("Delete", "Delete", id=id, properties=self.props(state))

    def props(self, values: dict[str, Any]) -> struct_pb2.Struct:
        return struct({**values, "__provider": self.key} if self.key else values)

    def inputs(self, **news: Any) -> dict[str, Any]:
        """Check a declaration, and return its canonical form."""
        given = {"config": {"dimensions": 32, "metric": "cosine"}, "name": "docs", "accountId": self.account_id, **news}
        answer = self.check({key: value for key, value in given.items() if value is not None})
        assert not answer.failures, answer.failures
        return plain(answer.inputs)


def read_inputs(answer: Any) -> dict[str, Any]:
    """Return the inputs that a read answered: as such, or, with an older SDK, as they stand among the outputs."""
    if SDK_STORES_INPUTS:
        return plain(answer.inputs)
    keys = {"config", "name", "namePrefix", "description", "accountId", "metadataIndexes", "forceDestroy", "adopt"}
    keys |= {"retainOnDelete"}
    keys |= {"indexName", "propertyName", "indexType"}
    return {key: value for key, value in plain(answer.properties).items() if key in keys}


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def plain(made: struct_pb2.Struct) -> dict[str, Any]:
    """Turn a struct into a dict without the hidden keys."""
    return {key: value for key, value in MessageToDict(made).items() if not key.startswith("__")}


@pytest.fixture(scope="session")
def emulator(tmp_path_factory) -> Iterator[str]:
    """The base URL of an emulator of this test session."""
    command = [
        sys.executable,
        "-m",
        "vectorize_emulator",
        "serve",
        "--port",
        "0",
        "--token",
        TOKEN,
        "--rate-limit",
        "0",
    ]
    with (tmp_path_factory.mktemp("emulator") / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout
    yield process.stdout.readline().split()[-1]
    process.terminate()
    process.communicate(timeout=TIMEOUT_S)


@pytest.fixture
def api(emulator) -> Api:
    return Api(emulator)


@pytest.fixture(scope="session")
def listener() -> Iterator[Engine]:
    listener = Engine()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    engine_pb2_grpc.add_EngineServicer_to_server(listener, server)
    listener.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield listener
    server.stop(0).wait()


@pytest.fixture
def engine(listener) -> Engine:
    """The engine that listens; it has heard nothing yet."""
    listener.logged.clear()
    return listener


@contextmanager
def provider_process(front_end: FrontEnd, listener: Engine, directory: Path, env: dict[str, str]) -> Iterator[Any]:
    """Run a provider process in a directory of its own; its stderr is kept there."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CLOUDFLARE_")}
    command = [sys.executable, "-u", "-m", front_end.module, f"127.0.0.1:{listener.port}"]
    with (directory / "stderr").open("a") as stderr:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=directory,
            env={**clean, "PULUMI_PROJECT": "shop", **env},
        )
    assert process.stdout
    with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    process.terminate()
    process.communicate(timeout=TIMEOUT_S)


@pytest.fixture(scope="session", params=[DYNAMIC, PLUGIN], ids=lambda front_end: front_end.name)
def front_end(request) -> FrontEnd:
    """Each test runs once for each front end."""
    return request.param


@pytest.fixture(scope="session")
def shared_process(front_end, listener, emulator, tmp_path_factory) -> Iterator[Provider]:
    env = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_BASE_URL": emulator}
    with provider_process(front_end, listener, tmp_path_factory.mktemp("provider"), env) as stub:
        provider = Provider(front_end, stub)
        provider.configure()
        yield provider


@pytest.fixture
def provider(shared_process, engine, api) -> Provider:
    """A provider process that other tests use too, each with an account of its own."""
    return replace(shared_process, account_id=api.account_id)


@pytest.fixture
def start(front_end, engine, tmp_path, api) -> Iterator[Callable[..., Provider]]:
    """Start a provider process of this test's own, as each run of the engine does; the environment's settings may be changed."""
    settings = {
        "CLOUDFLARE_API_TOKEN": TOKEN,
        "CLOUDFLARE_ACCOUNT_ID": api.account_id,
        "CLOUDFLARE_BASE_URL": api.base_url,
    }
    with ExitStack() as stack:
        yield lambda **env: Provider(
            front_end, stack.enter_context(provider_process(front_end, engine, tmp_path, {**settings, **env}))
        )
