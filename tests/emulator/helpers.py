"""What the emulator's tests share: a small client, and an emulator in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx

DIMENSIONS = 32
NDJSON = "application/x-ndjson"


def unit(position, value=1.0, dimensions=DIMENSIONS):
    """A vector that is zero except one place."""
    values = [0.0] * dimensions
    values[position] = value
    return values


def ndjson(*vectors):
    return "\n".join(json.dumps(vector) for vector in vectors).encode()


class Answer:
    def __init__(self, response):
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.body = response.json()

    @property
    def result(self):
        assert self.body["success"], self.body
        return self.body["result"]

    @property
    def code(self):
        return self.body["errors"][0]["code"] if self.body["errors"] else None

    @property
    def message(self):
        return self.body["errors"][0]["message"]


class Api:
    """One account of an emulator, or of the real service."""

    def __init__(self, base_url, token, account_id, control_url=None):
        self.http = httpx.Client(timeout=60)
        self.headers = {"Authorization": f"Bearer {token}"}
        self.account_url = f"{base_url}/accounts/{account_id}"
        self.control_url = control_url

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def call(self, method, path, *, v1=False, headers=None, **options):
        url = f"{self.account_url}/vectorize{'' if v1 else '/v2'}/indexes{path}"
        return Answer(self.http.request(method, url, headers={**self.headers, **(headers or {})}, **options))

    def control(self, method, path, json=None):
        response = self.http.request(method, self.control_url + path, json=json)
        response.raise_for_status()
        return response.json()

    def create(self, name="docs", dimensions=DIMENSIONS, metric="cosine", **more):
        body = {"name": name, "config": {"dimensions": dimensions, "metric": metric}, **more}
        return self.call("POST", "", json=body).result

    def write(self, operation, name, *vectors, **options):
        return self.call(
            "POST", f"/{name}/{operation}", content=ndjson(*vectors), headers={"Content-Type": NDJSON}, **options
        )

    def upsert(self, name, *vectors):
        mutation = self.write("upsert", name, *vectors).result["mutationId"]
        self.process()
        return mutation

    def index_metadata(self, name, prop, index_type="string"):
        body = {"propertyName": prop, "indexType": index_type}
        mutation = self.call("POST", f"/{name}/metadata_index/create", json=body).result["mutationId"]
        self.process()
        return mutation

    def query(self, name, vector=None, **body):
        return self.call("POST", f"/{name}/query", json={"vector": vector or unit(0), **body})

    def ids(self, name, **body):
        return [match["id"] for match in self.query(name, **body).result["matches"]]

    def get(self, name, *ids):
        return self.call("POST", f"/{name}/get_by_ids", json={"ids": list(ids)}).result

    def info(self, name):
        return self.call("GET", f"/{name}/info").result

    def process(self):
        return self.control("POST", "/process")["processed"]


class Process:
    """`vectorize-emulator serve` as a process."""

    def __init__(self, *flags):
        command = [sys.executable, "-m", "vectorize_emulator", "serve", "--port", "0", "--rate-limit", "0", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline().strip()
        self.base_url = self.line.rpartition(" ")[2]
        self.control_url = self.base_url.removesuffix("/client/v4") + "/_emulator"
        self._clients = []

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self._finish()

    def stop(self):
        """End it as a service manager would, and return its exit code and what it wrote to stderr."""
        self.process.send_signal(signal.SIGTERM)
        return self._finish()

    def _finish(self):
        for client in self._clients:
            client.http.close()
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors

    def api(self, account_id="0" * 32, token="any"):
        self._clients.append(Api(self.base_url, token, account_id, self.control_url))
        return self._clients[-1]


@contextmanager
def running(*flags):
    process = Process(*flags)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.stop()


README = Path(__file__).parents[2] / "emulator" / "README.md"
