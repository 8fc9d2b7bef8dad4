"""The line between a phone and the photo door, with the weather a test makes; what arrives is kept as the door would read it."""

import email
import email.policy
import hashlib
from dataclasses import dataclass, field

from playwright.sync_api import Page, Route

from tests.browser.every_kind import ID
from tests.pictures import jpeg, shelf

CODE = "7K3P"


@dataclass
class PhotoLine:
    """Photos that arrived, by id: the fields of their form and their bytes. While it is away nothing gets through."""

    page: Page
    is_away: bool = False
    has_code: bool = True
    arrived: dict[str, dict[str, str]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.context.route("**/api/v1/phone/photos/**", self._photo)
        self.page.context.route("**/api/v1/phone/challenges", self._challenge)

    def _photo(self, route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1].split("?")[0]
        if self.is_away:
            route.abort()
        elif route.request.method == "PUT":
            route.fulfill(status=201, json=self._received(name, route))
        elif route.request.method == "HEAD":
            route.fulfill(status=404)
        else:
            route.fulfill(body=jpeg(shelf(9, size=(320, 240))), content_type="image/jpeg")

    def _received(self, name: str, route: Route) -> dict[str, object]:
        head = f"Content-Type: {route.request.headers['content-type']}\r\n\r\n".encode()
        form = email.message_from_bytes(head + (route.request.post_data_buffer or b""), policy=email.policy.HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        content = parts.pop("file").get_payload(decode=True)
        fields = {str(key): str(part.get_payload()) for key, part in parts.items()}
        assert hashlib.sha256(content).hexdigest() == fields["sha256"]
        self.arrived[name], self.sizes[name] = fields, len(content)
        return {"id": name, "sha256": fields["sha256"], "state": "received", "remarks": []}

    def _challenge(self, route: Route) -> None:
        if self.is_away or not self.has_code:
            route.abort()
            return
        far = "2036-12-01T00:00:00Z"
        route.fulfill(json={"items": [{"conversation": ID, "code": CODE, "valid_until": far, "taken_until": far}]})
