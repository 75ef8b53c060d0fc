"""The routes: path and method → handler."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import Route

from vectorize_emulator.handlers import control, indexes, legacy, metadata_indexes, page, vectors


class AccountId(Convertor[str]):
    """32 lower-case hexadecimal digits. Each such ID is an account."""

    regex = "[0-9a-f]{32}"

    def convert(self, value: str) -> str:
        """Return the ID unchanged."""
        return value

    def to_string(self, value: str) -> str:
        """Return the ID unchanged."""
        return value


register_url_convertor("account", AccountId())

ACCOUNT = "/client/v4/accounts/{account_id:account}"
INDEXES = f"{ACCOUNT}/vectorize/v2/indexes"
INDEX = INDEXES + "/{index_name}"
V1_INDEXES = f"{ACCOUNT}/vectorize/indexes"

API = [
    Route(INDEXES, indexes.create_index, methods=["POST"]),
    Route(INDEXES, indexes.list_indexes, methods=["GET"]),
    Route(INDEX, indexes.get_index, methods=["GET"]),
    Route(INDEX, indexes.delete_index, methods=["DELETE"]),
    Route(f"{INDEX}/info", indexes.get_index_info, methods=["GET"]),
    Route(f"{INDEX}/insert", vectors.insert_vectors, methods=["POST"]),
    Route(f"{INDEX}/upsert", vectors.upsert_vectors, methods=["POST"]),
    Route(f"{INDEX}/query", vectors.query_vectors, methods=["POST"]),
    Route(f"{INDEX}/get_by_ids", vectors.get_by_ids, methods=["POST"]),
    Route(f"{INDEX}/delete_by_ids", vectors.delete_by_ids, methods=["POST"]),
    Route(f"{INDEX}/list", vectors.list_vectors, methods=["GET"]),
    Route(f"{INDEX}/metadata_index/create", metadata_indexes.create_metadata_index, methods=["POST"]),
    Route(f"{INDEX}/metadata_index/list", metadata_indexes.list_metadata_indexes, methods=["GET"]),
    Route(f"{INDEX}/metadata_index/delete", metadata_indexes.delete_metadata_index, methods=["POST"]),
]
LEGACY = [
    Route(V1_INDEXES, legacy.list_v1_indexes, methods=["GET"]),
    Route(V1_INDEXES, legacy.create_v1_index, methods=["POST"]),
    Route(V1_INDEXES + "/{index_name}", legacy.any_v1_operation, methods=["GET", "PUT", "DELETE"]),
    *(
        Route(V1_INDEXES + "/{index_name}/" + operation, legacy.any_v1_operation, methods=["POST"])
        for operation in ("insert", "upsert", "query", "get-by-ids", "delete-by-ids")
    ),
]
CONTROL = [
    Route("/_emulator/faults", control.add_faults, methods=["POST"]),
    Route("/_emulator/faults", control.clear_faults, methods=["DELETE"]),
    Route("/_emulator/requests", control.list_requests, methods=["GET"]),
    Route("/_emulator/requests", control.clear_requests, methods=["DELETE"]),
    Route("/_emulator/settings", control.get_settings, methods=["GET"]),
    Route("/_emulator/settings", control.change_settings, methods=["PATCH"]),
    Route("/_emulator/process", control.process, methods=["POST"]),
    Route("/_emulator/pause", control.pause, methods=["POST"]),
    Route("/_emulator/resume", control.resume, methods=["POST"]),
    Route("/_emulator/reset", control.reset, methods=["POST"]),
    Route("/_emulator/accounts/{account_id:account}/indexes/{index_name}", control.set_index, methods=["POST"]),
]
PAGES = [Route("/", page.show_page, methods=["GET"])]
