"""The Vectorize v2 API: one method for each operation, models in and out. Knows paths and bodies, no rules and no retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from .envelope import Answer, Request
from .errors import TransportError
from .models import Index, IndexInfo, MetadataIndexes
from .transport import Transport
from .waiting import Deadline

M = TypeVar("M")


@dataclass(frozen=True)
class Seen:
    """An index, and the server's clock when it answered (Unix seconds; None when it sent no date)."""

    index: Index
    server_time_s: float | None


@dataclass(frozen=True)
class Client:
    """The operations on one API; every call names its account and its deadline."""

    transport: Transport

    def connect(self) -> None:
        """Get ready for the first request, which takes a moment; without it that request does so."""
        self.transport.connect()

    def create_index(self, account_id: str, body: Mapping[str, Any], deadline: Deadline) -> Index:
        """Create an index (`POST …/indexes`); `body` holds `name`, `config` and perhaps `description`.

        Raises:
            AlreadyExistsError: the name is taken, or an earlier try of this very call worked.
        """
        request = Request(f'create index "{body["name"]}"', "POST", _indexes_path(account_id), dict(body))
        return _parse(TypeAdapter(Index), request, self.transport.send(request, deadline))

    def list_indexes(self, account_id: str, deadline: Deadline) -> list[Index]:
        """List every index of the account (`GET …/indexes`): the API does not page.

        An item that cannot be read is left out: a GET of that index reports what is wrong with it.
        """
        request = Request("list the indexes", "GET", _indexes_path(account_id), is_listing=True)
        items = _parse(TypeAdapter(list[Any]), request, self.transport.send(request, deadline))
        return [index for item in items if (index := _index_or_none(item))]

    def get_index(self, account_id: str, name: str, deadline: Deadline) -> Seen:
        """Get one index (`GET …/indexes/{name}`).

        Raises:
            NotFoundError: it never existed, or was deleted.
        """
        request = Request(f'read index "{name}"', "GET", _index_path(account_id, name))
        answer = self.transport.send(request, deadline)
        return Seen(_parse(TypeAdapter(Index), request, answer), answer.server_time_s)

    def get_index_info(self, account_id: str, name: str, deadline: Deadline) -> IndexInfo:
        """Get an index's counters (`GET …/indexes/{name}/info`)."""
        request = Request(f'count the vectors of index "{name}"', "GET", f"{_index_path(account_id, name)}/info")
        return _parse(TypeAdapter(IndexInfo), request, self.transport.send(request, deadline))

    def delete_index(self, account_id: str, name: str, deadline: Deadline) -> None:
        """Delete an index with all its vectors (`DELETE …/indexes/{name}`).

        Raises:
            NotFoundError: it is absent already, perhaps by an earlier try of this very call.
        """
        self.transport.send(Request(f'delete index "{name}"', "DELETE", _index_path(account_id, name)), deadline)

    def create_metadata_index(
        self, account_id: str, name: str, property_name: str, index_type: str, deadline: Deadline
    ) -> None:
        """Ask for a metadata index (`POST …/metadata_index/create`); it becomes visible in the list seconds to minutes later.

        Raises:
            AlreadyExistsError: there is one for this property, or an old one is still being deleted (40004).
        """
        body = {"propertyName": property_name, "indexType": index_type}
        self._change_metadata_index("create", account_id, name, body, deadline)

    def delete_metadata_index(self, account_id: str, name: str, property_name: str, deadline: Deadline) -> None:
        """Ask for the end of a metadata index (`POST …/metadata_index/delete`); it leaves the list later.

        Raises:
            NotFoundError: there is none for this property (40005), or no such index.
        """
        self._change_metadata_index("delete", account_id, name, {"propertyName": property_name}, deadline)

    def list_metadata_indexes(self, account_id: str, name: str, deadline: Deadline) -> dict[str, str]:
        """List an index's metadata indexes (`GET …/metadata_index/list`): property name → type in lower case."""
        path = f"{_index_path(account_id, name)}/metadata_index/list"
        request = Request(f'list the metadata indexes of index "{name}"', "GET", path)
        return _parse(TypeAdapter(MetadataIndexes), request, self.transport.send(request, deadline)).types()

    def _change_metadata_index(
        self, verb: str, account_id: str, name: str, body: dict[str, str], deadline: Deadline
    ) -> None:
        action = f'{verb} metadata index "{body["propertyName"]}" of index "{name}"'
        path = f"{_index_path(account_id, name)}/metadata_index/{verb}"
        self.transport.send(Request(action, "POST", path, body), deadline)


def _index_or_none(item: Any) -> Index | None:
    try:
        return Index.model_validate(item)
    except ValidationError:
        return None


def _indexes_path(account_id: str) -> str:
    return f"/accounts/{quote(account_id, safe='')}/vectorize/v2/indexes"


def _index_path(account_id: str, name: str) -> str:
    return f"{_indexes_path(account_id)}/{quote(name, safe='')}"


def _parse(adapter: TypeAdapter[M], request: Request, answer: Answer) -> M:
    try:
        return adapter.validate_python(answer.result)
    except ValidationError as error:
        missing = ", ".join(".".join(str(part) for part in item["loc"]) or "result" for item in error.errors()[:3])
        raise TransportError(
            f"cannot {request.action}: the answer has another form than the API documents, at {missing} "
            f"({request.place}) — check the base URL, then run it again"
        ) from error
