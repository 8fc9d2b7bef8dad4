"""What people allow WeChat to deliver: each report of a phone is counted once."""

from typing import Any

from flask import current_app

from api.auth import EVERYONE, actor, roles
from api.door import Door
from api.phone.schemas import ConsentsSchema, LeftSchema
from config.settings import WeChatSettings
from notifications import consents
from notifications.consents import ReportConflict
from workflows.domain.errors import Conflict, Fault, Invalid

blueprint = Door("consents", __name__, url_prefix="/api/v1/phone", description="Consents to messages")


@blueprint.post("/consents")
@blueprint.arguments(ConsentsSchema)
@blueprint.response(200, LeftSchema)
@roles(*EVERYONE)
def report_consents(asked: dict[str, Any]) -> dict[str, Any]:
    """Report what WeChat's question about messages was answered with"""
    account: WeChatSettings = current_app.extensions["partnerline.settings"].wechat
    _refuse_unknown(asked, account)
    try:
        left = consents.credit(str(actor().person), asked["app"], asked["id"], asked["answers"])
    except ReportConflict:
        raise Conflict("report_id_reused") from None
    return {"left": left}


def _refuse_unknown(asked: dict[str, Any], account: WeChatSettings) -> None:
    faults = [Fault(("app",), "app_unknown")] if asked["app"] != account.app_id else []
    known = set(account.templates.values())
    faults += [Fault(("answers", name), "template_unknown") for name in asked["answers"] if name not in known]
    if faults:
        raise Invalid(faults)
