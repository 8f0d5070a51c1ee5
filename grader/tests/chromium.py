"""A headless Chromium for the tests of pages, driven over WebDriver (w3.org/TR/webdriver2)."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENTER, TAB = "\ue007", "\ue004"
# Chromium drops keys that are pressed before a page's first frame is drawn.
_AFTER_TWO_FRAMES = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
_QUIET = ("background-networking", "component-update", "sync", "gpu", "dev-shm-usage")


def is_installed() -> bool:
    return all(shutil.which(program) for program in ("chromium", "chromedriver"))


class Browser:
    """One browser window of a given size."""

    def __init__(self, address: str) -> None:
        self._address = address

    def show(self, page: Path, width: int, dark: bool = False) -> None:
        """Open a file in a window of some width in pixels, in the light or the dark scheme."""
        self.resize(width)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", {"features": [scheme]})
        self._devtools("Emulation.setFocusEmulationEnabled", {"enabled": True})
        self.ask("url", {"url": page.as_uri()})
        self.ask("execute/async", {"script": _AFTER_TWO_FRAMES, "args": []})

    def resize(self, width: int) -> None:
        """Change the window's width in pixels, without reloading the page."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", size)

    def run(self, script: str) -> Any:
        """Run JavaScript as the driver, which no policy of the page stops, and return its value."""
        return self.ask("execute/sync", {"script": script, "args": []})

    def press(self, *keys: str) -> None:
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def logged(self) -> list[str]:
        """Return the browser's warnings and errors since the last call."""
        return [entry["message"] for entry in self.ask("se/log", {"type": "browser"})]

    def ask(self, command: str, arguments: dict[str, Any]) -> Any:
        return _post(f"{self._address}/{command}", arguments)

    def _devtools(self, command: str, arguments: dict[str, Any]) -> Any:
        return self.ask("goog/cdp/execute", {"cmd": command, "params": arguments})


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile, and end it afterwards."""
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        _lift_limit_of_memory(driver.pid)
        address = f"http://127.0.0.1:{_port(driver)}/session"
        arguments = ["--headless", "--no-sandbox", "--no-first-run", f"--user-data-dir={profile}"]
        options = {"args": arguments + [f"--disable-{name}" for name in _QUIET]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = _post(address, {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        try:
            yield Browser(f"{address}/{session}")
        finally:  # a browser outlives its driver unless its session is deleted
            request = urllib.request.Request(f"{address}/{session}", method="DELETE")
            urllib.request.urlopen(request, timeout=30).close()
    finally:
        driver.terminate()
        driver.wait(timeout=30)


def _lift_limit_of_memory(pid: int) -> None:
    """Let a process use memory although a check in this one has limited it, which is inherited."""
    import resource  # only Unix has it

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.prlimit(pid, resource.RLIMIT_DATA, (hard, hard))


def _port(driver: "subprocess.Popen[str]") -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        if found := re.search(r"started successfully on port (\d+)", line):
            return int(found[1])
    raise RuntimeError("chromedriver did not start")


def _post(address: str, value: dict[str, Any]) -> Any:
    body = json.dumps(value).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]
