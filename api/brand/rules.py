"""The brand's rule: which of a supplier's answers stand at once, and which a person decides."""

from typing import Any

from api.auth import actor, scopes
from api.brand.schemas import RuleSchema
from api.door import Door
from api.parsing import object_body
from api.showing import show
from workflows.domain.purchasing import rules

blueprint = Door("rules", __name__, url_prefix="/api/v1/brand", description="Rules of the brand")


@blueprint.get("/rules/order-confirmation")
@blueprint.response(200, RuleSchema)
@scopes("rules:read")
def get_rule() -> dict[str, Any]:
    """The rule for answers to orders"""
    return show("confirmation_rule", rules.rule_document(rules.rule_of(actor().brand_id)))


@blueprint.put("/rules/order-confirmation")
@blueprint.document(RuleSchema)
@blueprint.response(200, RuleSchema)
@scopes("rules:write")
def put_rule() -> dict[str, Any]:
    """Replace the rule for answers to orders"""
    return show("confirmation_rule", rules.rule_document(rules.set_rule(actor(), object_body())))
