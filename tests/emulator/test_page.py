"""The page at `/`: what it says, what it must not say, and how a real browser shows it."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess

import httpx
import pytest

from tests.emulator.helpers import unit

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH; on Debian: apt-get install chromium")


@pytest.fixture
def filled(api):
    """An account with something of everything on the page."""
    api.create("docs", description="<b>bold</b> & about 'docs'")
    api.index_metadata("docs", "kind")
    api.index_metadata("docs", 'in"jected<i>'.replace('"', ""), "number")
    api.upsert("docs", {"id": "a", "values": unit(0)})
    api.write("insert", "docs", {"id": "b", "values": unit(1)})
    api.create("a" * 64, dimensions=1536, metric="euclidean")
    api.call("GET", "/<script>alert(1)</script>")
    api.control("POST", "/faults", {"status": 503, "message": "out to lunch"})
    api.call("GET", "")
    return api


def page_of(api):
    response = httpx.get(api.control_url.removesuffix("_emulator"))
    assert response.status_code == 200
    return response


def test_the_page_shows_what_the_emulator_holds_and_was_asked(filled):
    text = page_of(filled).text
    for shown in (
        "docs",
        "kind: string",
        "1 mutation pending",
        "processing is paused",
        "1536 dimensions",
        "out to lunch",
    ):
        assert shown in text, shown
    assert filled.account_url.rpartition("/")[2] in text


def test_the_page_escapes_what_others_wrote_and_shows_no_credential(filled):
    text = page_of(filled).text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<script" not in text
    assert "<i>" not in text
    assert "emulator-test-token" not in text


def test_the_page_asks_for_nothing_from_outside(filled):
    response = page_of(filled)
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    for token in ("src=", "@import", "url("):
        assert token not in response.text
    assert set(re.findall(r'href="(.)', response.text)) == {"#"}


def test_a_long_description_does_not_fill_the_page(api):
    api.create(description="x" * 100_000)
    api.control("DELETE", "/requests")
    text = page_of(api).text
    assert "x" * 190 in text
    assert len(text) < 10_000


def test_an_empty_emulator_shows_how_to_begin(api):
    api.control("DELETE", "/requests")
    text = page_of(api).text
    assert "No indexes yet" in text
    assert "curl " in text


def browse(url, tmp_path, *flags):
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    result = subprocess.run([*command, profile, *flags, url], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@needs_chromium
@pytest.mark.slow
def test_a_real_browser_renders_the_page_and_nothing_overflows_a_phone(filled, tmp_path, vectorize_emulator):
    """A frame of a phone's width is laid out by Chromium; a script of the test's own page measures it."""
    url = filled.control_url.removesuffix("_emulator")
    html = page_of(filled).text
    probe = tmp_path / "probe.html"
    script = (
        "<script>addEventListener('load', () => { const d = document.documentElement;"
        " const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1);"
        " const cards = document.querySelectorAll('.card').length;"
        " document.title = `probe ${innerWidth} ${d.scrollWidth} ${wide.length} ${cards}`; });</script>"
    )
    probe.write_text(html.replace("</body>", script + "</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"  # Chromium's own window is never narrower than 500 pixels
    frame.write_text(
        "<iframe id=f src=probe.html width=360 height=800></iframe>"
        "<script>f.onload = () => setTimeout(() => { document.title = f.contentDocument.title; }, 50)</script>",
        encoding="utf-8",
    )
    dom = browse(frame.as_uri(), tmp_path, "--dump-dom", "--allow-file-access-from-files", "--virtual-time-budget=2000")
    _, title = dom.split("probe ", 1)
    width, scroll_width, too_wide, cards = map(int, title.split("<")[0].split())
    assert (width, cards) == (360, 2)
    assert scroll_width <= width
    assert too_wide == 0
    assert "docs" in browse(url, tmp_path, "--dump-dom")


@needs_chromium
@pytest.mark.slow
def test_a_screenshot_shows_a_drawn_page(filled, tmp_path):
    shot = tmp_path / "page.png"
    browse(filled.control_url.removesuffix("_emulator"), tmp_path, f"--screenshot={shot}", "--window-size=800,1000")
    data = shot.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (800, 1000)
    assert len(data) > 10_000  # an empty page of that size is 4 kB
