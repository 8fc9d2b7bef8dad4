"""What goes wrong at each door: WeChat's error codes at `/wx`, the SMS provider's at `/sms`, plain sentences at `/_stub`."""

# The texts are what the platform sends today; callers must never compare them, a `rid` follows each.
ERRMSG = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40037: "invalid template_id",
    40066: "invalid url",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip, not in whitelist",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43101: "user refuse to accept the msg",
    43107: "subscribe message capability is banned",
    43108: "Cannot make concurrent calls to the same OpenID, please try again",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45168: "hit blacklist keyword",
    47001: "data format error",
    47002: "data format error, unicode escapes are not allowed, send UTF-8",
    47003: "argument invalid!",
    48001: "api unauthorized",
    50002: "user limited",
    87008: "invalid sig_method",
    87009: "invalid signature",
}


class WeChatError(Exception):
    """A refusal as the platform words it; it leaves the house as HTTP 200."""

    def __init__(self, errcode: int, errmsg: str | None = None) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or ERRMSG.get(errcode, "error")


class ProviderError(Exception):
    """A refusal of the SMS provider: its service's as HTTP 200 with a Code, its gateway's as 4xx."""

    def __init__(self, code: str, status: int = 200) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Misuse(Exception):
    """Somebody used `/_stub` or wrote a fixture in a way that cannot be meant; the sentence says where."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
