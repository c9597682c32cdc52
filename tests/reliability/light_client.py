"""An HTTP client that takes little processor time, and so leaves the cores to the server.

One connection for each request, as the first one of a browser. Cookies are kept, redirects aren't followed.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


@dataclass
class Answer:
    """A response, and the seconds until it was complete. `status` is 0 without one."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    seconds: float = 0.0

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def json(self) -> Any:
        return json.loads(self.text)


class LightClient:
    """A browser of one host, which may be served on another port of this machine than it says."""

    def __init__(self, host: str, *, port: int = 0, timeout: float = 120.0) -> None:
        self.host, self.timeout = host, timeout
        self.port = port or int(host.partition(":")[2])
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> Answer:
        return await self.request("GET", path)

    async def post(self, path: str, form: dict[str, str]) -> Answer:
        return await self.request("POST", path, urlencode(form))

    async def request(self, method: str, path: str, body: str = "") -> Answer:
        """Send a request. Return the answer, or one with the status 0 if none came in time."""
        started = time.monotonic()
        try:
            answer = await asyncio.wait_for(self._exchange(method, path, body), self.timeout)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            answer = Answer()
        answer.seconds = time.monotonic() - started
        return answer

    async def _exchange(self, method: str, path: str, body: str) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", "Connection: close"]
            if self.cookies:
                cookies = "; ".join("=".join(pair) for pair in self.cookies.items())
                lines.append(f"Cookie: {cookies}")
            if method == "POST":
                lines.append(f"Origin: http://{self.host}")
                lines.append("Content-Type: application/x-www-form-urlencoded")
                lines.append(f"Content-Length: {len(body)}")
            writer.write("\r\n".join([*lines, "", body]).encode())
            return self._parse(await reader.read(-1))
        finally:
            writer.close()

    def _parse(self, data: bytes) -> Answer:
        head, _blank, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if not first.startswith("HTTP/"):
            raise ConnectionResetError
        headers = {}
        for name, _colon, value in (line.partition(": ") for line in lines):
            headers[name.lower()] = value
            if name.lower() == "set-cookie":
                cookie, _equals, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        return Answer(status=int(first.split()[1]), headers=headers, text=body.decode(errors="replace"))
