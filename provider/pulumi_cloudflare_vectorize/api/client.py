"""The control plane of the Vectorize v2 API: one method per operation. It contains paths and bodies, no rules and no retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from ..errors import TransportError
from ..waiting import Deadline
from .models import Index, IndexInfo, MetadataIndexes
from .response import ApiResponse, Request
from .retry import Notice, Transport, no_notice

M = TypeVar("M")


@dataclass(frozen=True)
class IndexResponse:
    """An index, and the server's clock in its response (Unix seconds, None without a Date header)."""

    index: Index
    server_time_s: float | None


@dataclass(frozen=True)
class Client:
    """The operations of one API. Every call gets its account and its deadline.

    `notice` receives a line before each retry and each long wait.
    """

    transport: Transport
    notice: Notice = no_notice

    def connect(self) -> None:
        """Load the HTTP library now. Otherwise the first request does it."""
        self.transport.connect()

    def create_index(self, account_id: str, body: Mapping[str, Any], deadline: Deadline) -> Index:
        """Create an index (`POST …/indexes`). `body` contains `name`, `config`, and `description` if there is one.

        Raises:
            AlreadyExistsError: the name is taken, or an earlier attempt of this call had its effect.
        """
        request = Request(f'create index "{body["name"]}"', "POST", _indexes_path(account_id), dict(body))
        return _parse(TypeAdapter(Index), request, self._send(request, deadline))

    def list_indexes(self, account_id: str, deadline: Deadline) -> list[Index]:
        """List every index of the account (`GET …/indexes`). The API has no pages.

        A malformed item is left out. A GET of that index reports what is wrong with it.
        """
        request = Request("list the indexes", "GET", _indexes_path(account_id), is_listing=True)
        items = _parse(TypeAdapter(list[Any]), request, self._send(request, deadline))
        return [index for item in items if (index := _index_or_none(item))]

    def get_index(self, account_id: str, name: str, deadline: Deadline) -> IndexResponse:
        """Get one index (`GET …/indexes/{name}`).

        Raises:
            NotFoundError: it never existed, or was deleted.
        """
        request = Request(f'read index "{name}"', "GET", _index_path(account_id, name))
        response = self._send(request, deadline)
        return IndexResponse(_parse(TypeAdapter(Index), request, response), response.server_time_s)

    def get_index_info(self, account_id: str, name: str, deadline: Deadline) -> IndexInfo:
        """Get the vector count and the last mutation of an index (`GET …/indexes/{name}/info`)."""
        request = Request(f'count the vectors of index "{name}"', "GET", f"{_index_path(account_id, name)}/info")
        return _parse(TypeAdapter(IndexInfo), request, self._send(request, deadline))

    def delete_index(self, account_id: str, name: str, deadline: Deadline) -> None:
        """Delete an index with all its vectors (`DELETE …/indexes/{name}`).

        Raises:
            NotFoundError: it is absent, perhaps because of an earlier attempt of this call.
        """
        self._send(Request(f'delete index "{name}"', "DELETE", _index_path(account_id, name)), deadline)

    def create_metadata_index(
        self, account_id: str, name: str, property_name: str, index_type: str, deadline: Deadline
    ) -> None:
        """Create a metadata index (`POST …/metadata_index/create`). The list shows it seconds to minutes later.

        Raises:
            AlreadyExistsError: the property has one, or an old one is still being deleted (40004).
        """
        body = {"propertyName": property_name, "indexType": index_type}
        self._change_metadata_index("create", account_id, name, body, deadline)

    def delete_metadata_index(self, account_id: str, name: str, property_name: str, deadline: Deadline) -> None:
        """Delete a metadata index (`POST …/metadata_index/delete`). It disappears from the list later.

        Raises:
            NotFoundError: the property has none (40005), or there is no such index.
        """
        self._change_metadata_index("delete", account_id, name, {"propertyName": property_name}, deadline)

    def list_metadata_indexes(self, account_id: str, name: str, deadline: Deadline) -> dict[str, str]:
        """List an index's metadata indexes (`GET …/metadata_index/list`): property name → type in lower case."""
        path = f"{_index_path(account_id, name)}/metadata_index/list"
        request = Request(f'list the metadata indexes of index "{name}"', "GET", path)
        return _parse(TypeAdapter(MetadataIndexes), request, self._send(request, deadline)).types()

    def _change_metadata_index(
        self, verb: str, account_id: str, name: str, body: dict[str, str], deadline: Deadline
    ) -> None:
        action = f'{verb} metadata index "{body["propertyName"]}" of index "{name}"'
        path = f"{_index_path(account_id, name)}/metadata_index/{verb}"
        self._send(Request(action, "POST", path, body), deadline)

    def _send(self, request: Request, deadline: Deadline) -> ApiResponse:
        return self.transport.send(request, deadline, self.notice)


def _index_or_none(item: Any) -> Index | None:
    try:
        return Index.model_validate(item)
    except ValidationError:
        return None


def _parse(adapter: TypeAdapter[M], request: Request, response: ApiResponse) -> M:
    try:
        return adapter.validate_python(response.result)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in item["loc"]) or "result" for item in error.errors()[:3])
        raise TransportError(
            f"cannot {request.action}: the response differs from the API's documentation at {places}",
            request.place,
            "Check the base URL, then run the command again",
        ) from error


def _indexes_path(account_id: str) -> str:
    return f"/accounts/{quote(account_id, safe='')}/vectorize/v2/indexes"


def _index_path(account_id: str, name: str) -> str:
    return f"{_indexes_path(account_id)}/{quote(name, safe='')}"
