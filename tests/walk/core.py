"""One provider process: the only file here that knows how the front ends are called.

The calls are those of `dynamic.handlers`, or the requests of `plugin.resources`, with a session on an account in memory and a fake
clock.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import pulumi
from pulumi.runtime.proto import provider_pb2

import pulumi_cloudflare_vectorize.lifecycle.metadata_index.reconcile  # noqa: F401 -- its pool is replaced
from pulumi_cloudflare_vectorize.config import Timeouts
from pulumi_cloudflare_vectorize.dynamic.handlers import Handlers
from pulumi_cloudflare_vectorize.dynamic.sdk_internals import Call
from pulumi_cloudflare_vectorize.dynamic.values import PROVIDER_KEY
from pulumi_cloudflare_vectorize.errors import PartialResultError, VectorizeError
from pulumi_cloudflare_vectorize.lifecycle.context import Context
from pulumi_cloudflare_vectorize.lifecycle.kinds import IndexKind, MetadataIndexKind
from pulumi_cloudflare_vectorize.lifecycle.naming import name_prefix
from pulumi_cloudflare_vectorize.lifecycle.operation import Operation
from pulumi_cloudflare_vectorize.lifecycle.run_state import RunState
from pulumi_cloudflare_vectorize.lifecycle.terms import PYTHON, SCHEMA, Terms
from pulumi_cloudflare_vectorize.plugin.resources import Resources
from pulumi_cloudflare_vectorize.plugin.values import from_struct, to_struct
from pulumi_cloudflare_vectorize.resource_types import INDEX, METADATA_INDEX
from pulumi_cloudflare_vectorize.unknown import UNKNOWN as OUR_UNKNOWN
from pulumi_cloudflare_vectorize.waiting import Deadline, Slots
from tests.walk.account import ACCOUNT_ID, METRIC, AccountClient

UNKNOWN = pulumi.output.Unknown()
_KINDS = {"index": IndexKind, "meta": MetadataIndexKind}


class Failed(Exception):  # noqa: N818 -- reads as a statement
    """A call that ended in an error. A partial one names what it made."""

    def __init__(self, text: str, id_: str = "", outputs: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.id = id_
        self.outputs = outputs

    @property
    def is_partial(self) -> bool:
        return self.outputs is not None


@dataclass(frozen=True)
class Verdict:
    """What a diff says. `changes` of None leaves it to the engine to compare the inputs."""

    changes: bool | None
    replaces: bool
    delete_before_replace: bool


class Log(list):
    """A reporter that keeps what it is reported."""

    def info(self, text: str) -> None:
        self.append(text)

    def warning(self, text: str) -> None:
        self.append(text)

    def progress(self, text: str) -> None:
        pass


class _Session:
    """Stands for `lifecycle.session.Session`: one client and the facts of one run."""

    def __init__(self, client: AccountClient, terms: Terms) -> None:
        self.client = client
        self.terms = terms
        self.run = RunState()
        self.log = Log()
        self.timeouts = Timeouts()

    def for_create(self, operation: Operation) -> Context:
        return self._context(operation, self.timeouts.create_s)

    def for_delete(self, operation: Operation) -> Context:
        return self._context(operation, self.timeouts.delete_s)

    def for_metadata_index(self, operation: Operation) -> Context:
        return self._context(operation, self.timeouts.metadata_index_s)

    def _context(self, operation: Operation, timeout_s: float) -> Context:
        deadline = Deadline.after(timeout_s, self.client.account.clock)
        return Context(
            self.client,  # type: ignore[arg-type]
            self.run,
            self.log,
            deadline,
            ACCOUNT_ID,
            operation.urn,
            self.timeouts.metadata_index_s,
            self.terms,
        )


class Provider:
    """The provider process of one operation of the engine, with its own memory."""

    def __init__(self, client: AccountClient, terms: Terms = PYTHON) -> None:
        self.client = client
        self._session = _Session(client, terms)

    @property
    def log(self) -> list[str]:
        """The messages to the user."""
        return self._session.log

    def check(self, kind: str, urn: str, olds: dict, news: dict) -> tuple[dict[str, Any], list[str]]:
        """Return checked inputs and failures."""
        raise NotImplementedError

    def diff(self, kind: str, urn: str, id_: str, outputs: dict, news: dict) -> Verdict:
        """Return what a change of the inputs does."""
        raise NotImplementedError

    def create(self, kind: str, urn: str, inputs: dict) -> tuple[str, dict[str, Any]]:
        """Return the ID and the outputs."""
        raise NotImplementedError

    def read(self, kind: str, urn: str, id_: str, outputs: dict) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """Return the ID, the outputs and the inputs. None if the resource is gone."""
        raise NotImplementedError

    def update(self, kind: str, urn: str, id_: str, outputs: dict, news: dict) -> dict[str, Any]:
        """Return the outputs."""
        raise NotImplementedError

    def delete(self, kind: str, urn: str, id_: str, outputs: dict) -> None:
        """Delete the resource."""
        raise NotImplementedError


class DynamicProvider(Provider):
    """The calls of Pulumi's dynamic server."""

    def __init__(self, client: AccountClient) -> None:
        super().__init__(client)
        self._handlers = {name: Handlers(kind(self._session)) for name, kind in _KINDS.items()}  # type: ignore[arg-type]

    def check(self, kind: str, urn: str, olds: dict, news: dict) -> tuple[dict[str, Any], list[str]]:
        result = self._call(kind, urn, "check", _sent(olds) if olds else {}, _sent(news))
        failures = [f"{failure.property}: {failure.reason}" for failure in result.failures]
        return _stored(result.inputs), failures

    def diff(self, kind: str, urn: str, id_: str, outputs: dict, news: dict) -> Verdict:
        result = self._call(kind, urn, "diff", id_, _sent(outputs), _sent(news))
        return Verdict(result.changes, bool(result.replaces), bool(result.delete_before_replace))

    def create(self, kind: str, urn: str, inputs: dict) -> tuple[str, dict[str, Any]]:
        result = self._call(kind, urn, "create", _sent(inputs))
        return result.id, _stored(result.outs)

    def read(self, kind: str, urn: str, id_: str, outputs: dict) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        result = self._call(kind, urn, "read", id_, _sent(outputs))
        return (result.id, _stored(result.outs), _stored(result.inputs)) if result.id else None

    def update(self, kind: str, urn: str, id_: str, outputs: dict, news: dict) -> dict[str, Any]:
        return _stored(self._call(kind, urn, "update", id_, _sent(outputs), _sent(news)).outs)

    def delete(self, kind: str, urn: str, id_: str, outputs: dict) -> None:
        self._call(kind, urn, "delete", id_, _sent(outputs))

    def _call(self, kind: str, urn: str, verb: str, *arguments: Any) -> Any:
        try:
            with _one_after_the_other():
                return getattr(self._handlers[kind], verb)(Call(SimpleNamespace(urn=urn)), *arguments)
        except PartialResultError as error:
            raise Failed(str(error), error.id, _stored(error.outputs)) from error
        except VectorizeError as error:
            raise Failed(str(error)) from error


# What a program of the dynamic provider sends in addition. The engine passes neither to a plugin.
_OF_THE_SDK = ("retainOnDelete", "separateMetadataIndexes")
_PLUGIN_TYPES = {"index": INDEX.plugin, "meta": METADATA_INDEX.plugin}


class PluginProvider(Provider):
    """The requests to the plugin."""

    def __init__(self, client: AccountClient) -> None:
        super().__init__(client, SCHEMA)
        self._resources = Resources(self._session, Slots(0, client.account.clock))  # type: ignore[arg-type]

    def check(self, kind: str, urn: str, olds: dict, news: dict) -> tuple[dict[str, Any], list[str]]:
        declared = {key: value for key, value in news.items() if key not in _OF_THE_SDK}
        response = self._call(kind, urn, "check", olds=to_struct(_known(olds)), news=to_struct(_known(declared)))
        return from_struct(response.inputs), [failure.reason for failure in response.failures]

    def diff(self, kind: str, urn: str, id_: str, outputs: dict, news: dict) -> Verdict:
        response = self._call(kind, urn, "diff", id=id_, olds=to_struct(outputs), news=to_struct(_known(news)))
        is_changed = response.changes == provider_pb2.DiffResponse.DIFF_SOME
        return Verdict(is_changed, bool(response.replaces), response.deleteBeforeReplace)

    def create(self, kind: str, urn: str, inputs: dict) -> tuple[str, dict[str, Any]]:
        response = self._call(kind, urn, "create", properties=to_struct(inputs))
        return response.id, from_struct(response.properties)

    def read(self, kind: str, urn: str, id_: str, outputs: dict) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        state = to_struct(outputs)
        response = self._call(kind, urn, "read", id=id_, properties=state, inputs=state)
        return (response.id, from_struct(response.properties), from_struct(response.inputs)) if response.id else None

    def update(self, kind: str, urn: str, id_: str, outputs: dict, news: dict) -> dict[str, Any]:
        response = self._call(kind, urn, "update", id=id_, olds=to_struct(outputs), news=to_struct(news))
        return from_struct(response.properties)

    def delete(self, kind: str, urn: str, id_: str, outputs: dict) -> None:
        self._call(kind, urn, "delete", id=id_, properties=to_struct(outputs))

    def _call(self, kind: str, urn: str, verb: str, **fields: Any) -> Any:
        head, types, name = urn.rsplit("::", 2)
        parents, is_child, _ = types.rpartition("$")
        typed = f"{head}::{parents}{is_child}{_PLUGIN_TYPES[kind]}::{name}"
        request = getattr(provider_pb2, f"{verb.capitalize()}Request")(urn=typed, **fields)
        try:
            with _one_after_the_other():
                return getattr(self._resources, verb)(request)
        except PartialResultError as error:
            raise Failed(str(error), error.id, error.outputs) from error
        except VectorizeError as error:
            raise Failed(str(error)) from error


def _known(properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties with the wire format's unknown values."""
    return {key: OUR_UNKNOWN if value is UNKNOWN else value for key, value in properties.items()}


PROVIDERS: dict[str, type[Provider]] = {"dynamic": DynamicProvider, "plugin": PluginProvider}


def declared_index(
    project: str,
    stack: str,
    logical_name: str,
    *,
    name: str | None,
    dimensions: int,
    description: str,
    force: bool,
    adopt: bool,
    retain: bool,
    metadata: dict[str, str],
    separate: list[str],
) -> dict[str, Any]:
    """Make the inputs that the SDK sends for a `VectorizeIndex`."""
    inputs: dict[str, Any] = {
        "config": {"dimensions": dimensions, "metric": METRIC},
        "namePrefix": "" if name else name_prefix(project, stack, logical_name),
        "description": description or None,
        "metadataIndexes": dict(metadata) or None,
        "forceDestroy": force or None,
        "adopt": adopt or None,
        "retainOnDelete": retain or None,
        "name": name,
        "separateMetadataIndexes": separate or None,
    }
    return {key: value for key, value in inputs.items() if value is not None}


def declared_metadata_index(*, index_name: Any, property_name: str, type_: str, force: bool) -> dict[str, Any]:
    """Make the inputs that the SDK sends for a `VectorizeMetadataIndex`."""
    inputs = {"indexName": index_name, "propertyName": property_name, "indexType": type_}
    return {**inputs, "forceDestroy": True} if force else inputs


def is_unconfirmed(outputs: dict[str, Any]) -> bool:
    """Whether a state holds a metadata index that was never seen."""
    return bool(outputs.get("unconfirmed"))


def _sent(properties: dict[str, Any]) -> dict[str, Any]:
    return {**properties, PROVIDER_KEY: "by reference"}


def _stored(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != PROVIDER_KEY}


class _Serial:
    """Stands for a thread pool: runs each task at once, so that the same sequence gives the same requests."""

    def __init__(self, **_: Any) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future:
        outcome: Future = Future()
        try:
            outcome.set_result(call(*arguments))
        except Exception as error:  # noqa: BLE001 -- raised again where the outcome is requested
            outcome.set_exception(error)
        return outcome

    def map(self, call: Callable[..., Any], items: Iterable[Any]) -> Iterator[Any]:
        outcomes = [self.submit(call, item) for item in items]
        return (outcome.result() for outcome in outcomes)


@lru_cache(maxsize=1)
def _modules_with_pools() -> list[Any]:
    return [
        module
        for name, module in sys.modules.items()
        if name.startswith("pulumi_cloudflare_vectorize.lifecycle") and hasattr(module, "ThreadPoolExecutor")
    ]


@contextmanager
def _one_after_the_other() -> Iterator[None]:
    modules = _modules_with_pools()
    pools = [module.ThreadPoolExecutor for module in modules]
    for module in modules:
        module.ThreadPoolExecutor = _Serial
    try:
        yield
    finally:
        for module, pool in zip(modules, pools, strict=True):
            module.ThreadPoolExecutor = pool
