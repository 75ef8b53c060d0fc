"""Which path and method lead to which handler."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import Route

from vectorize_emulator.handlers import control, indexes


class AccountId(Convertor[str]):
    """32 lower-case hexadecimal digits; any such id is an account of its own."""

    regex = "[0-9a-f]{32}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("account", AccountId())

ACCOUNT = "/client/v4/accounts/{account_id:account}"
INDEXES = f"{ACCOUNT}/vectorize/v2/indexes"
INDEX = INDEXES + "/{index_name}"

API = [
    Route(INDEXES, indexes.create_index, methods=["POST"]),
    Route(INDEXES, indexes.list_indexes, methods=["GET"]),
    Route(INDEX, indexes.get_index, methods=["GET"]),
    Route(INDEX, indexes.delete_index, methods=["DELETE"]),
    Route(f"{INDEX}/info", indexes.get_index_info, methods=["GET"]),
]
CONTROL = [
    Route("/_emulator/faults", control.add_faults, methods=["POST"]),
    Route("/_emulator/faults", control.clear_faults, methods=["DELETE"]),
    Route("/_emulator/requests", control.list_requests, methods=["GET"]),
    Route("/_emulator/requests", control.clear_requests, methods=["DELETE"]),
    Route("/_emulator/knobs", control.get_knobs, methods=["GET"]),
    Route("/_emulator/knobs", control.change_knobs, methods=["PATCH"]),
    Route("/_emulator/reset", control.reset, methods=["POST"]),
    Route("/_emulator/accounts/{account_id:account}/indexes/{index_name}", control.set_index, methods=["POST"]),
]
