"""A real browser, driven as a person drives one: Chromium over its chromedriver, Firefox over its Marionette.

Both speak the commands of W3C WebDriver, Chromium as HTTP and Firefox, which has that built in, as JSON on a socket;
so nothing has to be installed but the browsers themselves. Every connection that a browser makes goes to a proxy of
the test's own, which lets none through and counts them.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of a reference to an element (W3C WebDriver, section 12.1)."""
_PATIENCE = 60.0
"""Seconds for what a busy machine may take."""

TAB, ENTER, ESCAPE, BACKSPACE, SPACE = "\ue004", "\ue007", "\ue00c", "\ue003", " "
UP, DOWN, LEFT, RIGHT = "\ue013", "\ue015", "\ue012", "\ue014"
SHIFT, CONTROL = "\ue008", "\ue009"

_CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check"),
    *("--disable-domain-reliability", "--disable-client-side-phishing-detection", "--lang=en-US"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    "--disable-features=Translate,OptimizationHints,MediaRouter,CertificateTransparencyComponentUpdater",
)
_FIREFOX = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.region.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False,
    "browser.sessionstore.interval": 500,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "captivedetect.canonicalURL": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.disable_beforeunload": True,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "en-US",
    "marionette.port": 0,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.allow_hijacking_localhost": True,
    "network.proxy.type": 1,
    "security.remote_settings.intermediates.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.server": "data:,",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}

Send = Callable[[str, str, dict[str, Any]], Any]
"""Send a command by its name for HTTP ("POST url") and for Marionette, with its parameters; gives its result."""


class DriverError(Exception):
    """What the browser says of a command that failed."""


@dataclass
class Trap:
    """A proxy that lets nothing through. `asked` is the first line of each connection."""

    asked: list[str] = field(default_factory=list)
    port: int = 0

    @contextlib.contextmanager
    def open(self) -> Iterator[Trap]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
            threading.Thread(target=self._listen, args=(server,), daemon=True).start()
            yield self
            server.shutdown(socket.SHUT_RDWR)

    def _listen(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(2)
                    self.asked.append(connection.recv(400).split(b"\r\n")[0].decode("utf-8", "replace"))
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")


@dataclass
class Browser:
    """A browser with one window. `downloads` is where it saves, `profile` where it keeps what it keeps."""

    name: str
    send: Send
    trap: Trap
    downloads: Path
    profile: Path

    def open(self, url: str) -> None:
        self.send("POST url", "WebDriver:Navigate", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """What the body of a function returns in the page."""
        parameters = {"script": script, "args": list(arguments)}
        return self.send("POST execute/sync", "WebDriver:ExecuteScript", parameters)

    def wait_for(self, script: str, *arguments: object) -> Any:
        """What a script returns as soon as that is true."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if result := self.run(f"return {script}", *arguments):
                return result
            time.sleep(0.05)
        raise AssertionError(f"still not: {script}\n{self.text('body')}")

    def text(self, css: str) -> str:
        return str(self.run("return document.querySelector(arguments[0]).innerText", css))

    def find(self, css: str) -> str:
        found = self.send("POST element", "WebDriver:FindElement", {"using": "css selector", "value": css})
        return str(found[_ELEMENT])

    def click(self, css: str) -> None:
        element = self.find(css)
        self.send(f"POST element/{element}/click", "WebDriver:ElementClick", {"id": element})

    def give(self, css: str, text: str) -> None:
        """Type into an element, or hand a file's path to it."""
        element = self.find(css)
        parameters = {"id": element, "text": text}
        self.send(f"POST element/{element}/value", "WebDriver:ElementSendKeys", parameters)

    def keys(self, text: str, *held: str) -> None:
        """Press keys one after the other, whatever they go to, with others held down."""
        presses: list[dict[str, str]] = [{"type": "keyDown", "value": key} for key in held]
        for key in text:
            presses += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        presses += [{"type": "keyUp", "value": key} for key in reversed(held)]
        actions = {"actions": [{"type": "key", "id": "keyboard", "actions": presses}]}
        self.send("POST actions", "WebDriver:PerformActions", actions)

    def answer(self, *, yes: bool) -> str:
        """Answer the question that the browser asks; gives its text."""
        text = str(self.send("GET alert/text", "WebDriver:GetAlertText", {}))
        how = ("accept", "WebDriver:AcceptAlert") if yes else ("dismiss", "WebDriver:DismissAlert")
        self.send(f"POST alert/{how[0]}", how[1], {})
        return text

    def size(self, width: int, height: int) -> None:
        if self.name == "Chromium":  # whose window has a least width
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self.devtools("Emulation.setDeviceMetricsOverride", metrics)
        else:
            self.send("POST window/rect", "WebDriver:SetWindowRect", {"width": width, "height": height})

    def picture(self, path: Path) -> None:
        """What stands in the window, as PNG."""
        data = self.send("GET screenshot", "WebDriver:TakeScreenshot", {"full": False})
        path.write_bytes(base64.b64decode(data))

    def offline(self, yes: bool) -> None:
        """Whether it thinks that it has no network."""
        if self.name == "Chromium":
            conditions = {"offline": yes, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
            self.devtools("Network.emulateNetworkConditions", conditions)
        else:
            self.send("", "Marionette:SetContext", {"value": "chrome"})
            self.run("Services.io.manageOfflineStatus = false; Services.io.offline = arguments[0]", yes)
            self.send("", "Marionette:SetContext", {"value": "content"})

    def devtools(self, method: str, parameters: dict[str, Any]) -> Any:
        """A command of Chromium's own."""
        return self.send("POST goog/cdp/execute", "", {"cmd": method, "params": parameters})

    def requests(self) -> list[str]:
        """The addresses that pages in Chromium asked for since the last call."""
        entries = self.send("POST se/log", "", {"type": "performance"})
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]


@contextlib.contextmanager
def chromium(folder: Path, program: Callable[[str], str]) -> Iterator[Browser]:
    """Chromium with a fresh profile in a folder."""
    driver = [program("chromedriver"), "--port=0"]
    browser = program("chromium")
    with Trap().open() as trap, subprocess.Popen(driver, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = next(match for line in process.stdout if (match := re.search(r"started .* on port (\d+)", line)))
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=_PATIENCE)
            profile, downloads = folder / "profile", folder / "downloads"
            downloads.mkdir(parents=True)
            proxy = (f"--proxy-server=127.0.0.1:{trap.port}", "--proxy-bypass-list=<-loopback>")
            options = {
                "goog:chromeOptions": {
                    "binary": browser,
                    "args": [*_CHROMIUM, *proxy, f"--user-data-dir={profile}"],
                    "prefs": {"download.default_directory": str(downloads)},
                },
                "goog:loggingPrefs": {"performance": "ALL"},
                "unhandledPromptBehavior": "ignore",
            }

            def call(method: str, path: str, parameters: dict[str, Any]) -> Any:
                body = json.dumps(parameters) if method == "POST" else None
                connection.request(method, path, body, {"Content-Type": "application/json"})
                value = json.loads(connection.getresponse().read())["value"]
                if isinstance(value, dict) and "error" in value:
                    raise DriverError(f"{value['error']}: {value['message'].splitlines()[0]}")
                return value

            session = call("POST", "/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]

            def send(command: str, marionette: str, parameters: dict[str, Any]) -> Any:
                del marionette
                method, path = command.split(" ")
                return call(method, f"/session/{session}/{path}", parameters)

            try:
                yield Browser("Chromium", send, trap, downloads, profile)
            finally:
                call("DELETE", f"/session/{session}", {})
        finally:
            process.terminate()


@contextlib.contextmanager
def firefox(folder: Path, program: Callable[[str], str]) -> Iterator[Browser]:
    """Firefox with a fresh profile in a folder."""
    profile, downloads = folder / "profile", folder / "downloads"
    profile.mkdir(parents=True)
    downloads.mkdir()
    with Trap().open() as trap:
        settings = dict(_FIREFOX)
        for kind in ("http", "ssl"):
            settings |= {f"network.proxy.{kind}": "127.0.0.1", f"network.proxy.{kind}_port": trap.port}
        settings |= {"browser.download.folderList": 2, "browser.download.dir": str(downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items()]
        (profile / "user.js").write_text("".join(lines))
        command = [program("firefox-esr"), "--headless", "--marionette", "--remote-allow-system-access", "--no-remote"]
        command += ["--profile", str(profile)]
        with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                with _marionette(profile) as connection:
                    yield Browser("Firefox", connection, trap, downloads, profile)
            finally:
                process.terminate()


@contextlib.contextmanager
def _marionette(profile: Path) -> Iterator[Send]:
    """A session: messages are JSON after their length in bytes and a colon."""
    port, end = profile / "MarionetteActivePort", time.monotonic() + _PATIENCE
    while not port.exists() or not port.read_text():
        assert time.monotonic() < end, "Firefox does not start"
        time.sleep(0.1)
    with socket.create_connection(("127.0.0.1", int(port.read_text())), _PATIENCE) as connection:
        stream = connection.makefile("rb")

        def receive() -> Any:
            length = b""
            while not length.endswith(b":"):
                letter = stream.read(1)
                assert letter, "Firefox has ended"
                length += letter
            return json.loads(stream.read(int(length[:-1])))

        def send(command: str, marionette: str, parameters: dict[str, Any]) -> Any:
            del command
            message = json.dumps([0, 1, marionette, parameters]).encode()
            connection.sendall(b"%d:%s" % (len(message), message))
            _, _, error, result = receive()
            if error:
                raise DriverError(f"{error['error']}: {error['message']}")
            return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

        receive()
        send("", "WebDriver:NewSession", {"unhandledPromptBehavior": "ignore"})
        yield send
