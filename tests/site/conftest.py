"""The built pages, served from here to one headless browser that knows no other host."""

import os
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
BUILT = Path(os.environ.get("SKRNN_PAGES", ROOT / "docs" / "_build"))
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def pytest_generate_tests(metafunc):
    if "each_page" in metafunc.fixturenames:
        found = (file.relative_to(BUILT) for file in BUILT.rglob("*.html"))
        names = sorted(file.as_posix() for file in found if file.parts[0] != "_static")
        metafunc.parametrize("each_page", names)


@pytest.fixture(scope="session")
def address():
    if not (BUILT / "index.html").exists():
        pytest.skip(f"the pages are not built in {BUILT}; CONTRIBUTING.md says how")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=BUILT)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def page():
    api = pytest.importorskip("playwright.sync_api", reason="pip install '.[site]' brings it")
    with api.sync_playwright() as playwright:
        path = shutil.which("chromium")
        # Without a sandbox, which root cannot have; the pages are our own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", ALONE])
        yield browser.new_page(viewport={"width": 1280, "height": 800}, has_touch=True)
        browser.close()


@pytest.fixture(scope="session")
def visit(page, address):
    """Return a function that opens a page, and returns it with a list of what goes wrong there."""
    wrong = []

    def note(event, is_wrong, told):
        page.on(event, lambda it: wrong.append(f"{event}: {told(it)}") if is_wrong(it) else None)

    def url(it):
        return it.url

    note("request", lambda it: not it.url.startswith((address, "about:", "data:", "blob:")), url)
    note("requestfailed", lambda it: True, url)
    note("response", lambda it: it.status >= 400, url)
    note("console", lambda it: it.type in {"error", "warning"}, lambda it: it.text)
    note("pageerror", lambda it: True, str)

    def visit(name):
        page.goto("about:blank")  # what the last page had not yet loaded ends here
        wrong.clear()
        page.goto(address + name)
        return page, wrong

    return visit
