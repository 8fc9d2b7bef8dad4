"""What a phone sends to sign in, in each of the ways there are."""

from marshmallow import Schema, fields, validate

from api.phone.schemas import Asked, short

_LONGEST_CODE = 512
_LONGEST_PHONE = 40
_DEVICE = {"description": "The installation's own lasting id."}
_SMS_CODE = {"description": "The code sent to the number that the invitation's person is bound to."}


class WechatSignInSchema(Asked):
    """Sign in by the code that wx.login gave; with an invitation's token, bind this WeChat person."""

    via = fields.String(required=True, validate=validate.OneOf(["wechat"], error="choice_unknown"))
    app = short(64, metadata={"description": "The mini-program's id."})
    code = short(_LONGEST_CODE)
    device = short(128, metadata=_DEVICE)
    invitation = short(_LONGEST_CODE, required=False, load_default=None, allow_none=True)
    sms_code = short(16, required=False, load_default=None, allow_none=True, metadata=_SMS_CODE)


class InvitationSignInSchema(Asked):
    """Sign in by an invitation alone."""

    via = fields.String(required=True, validate=validate.OneOf(["invitation"], error="choice_unknown"))
    token = short(_LONGEST_CODE)
    device = short(128)
    sms_code = short(16, required=False, load_default=None, allow_none=True, metadata=_SMS_CODE)


class SmsSignInSchema(Asked):
    """Sign in by the code sent to a number, on the device that asked for it."""

    via = fields.String(required=True, validate=validate.OneOf(["sms"], error="choice_unknown"))
    phone = short(_LONGEST_PHONE, metadata={"description": "With its country code: +8613800001234."})
    code = short(16, metadata={"description": "Six digits."})
    device = short(128, metadata=_DEVICE)


class SmsCodeSchema(Asked):
    """Have a code sent to a number."""

    phone = short(_LONGEST_PHONE, metadata={"description": "With its country code: +8613800001234."})
    device = short(128, metadata=_DEVICE)


class SmsCodeAnswerSchema(Schema):
    """The same for every number: when the next code may be asked for."""

    retry_after_s = fields.Integer(
        required=True, metadata={"description": "Seconds until the next code may be asked for."}
    )
