"""What each code says to a person, in both languages, and which HTTP status a problem carries.

Codes are stable and part of the contract; sentences may get better. `{facts}` come from the error that carries the code.
"""

from collections.abc import Mapping
from typing import NamedTuple

from config.text import Text


class Saying(NamedTuple):
    """One problem: its HTTP status, what it is called, and what to do about it."""

    status: int
    title: Text
    detail: Text


_NOTHING_LEFT = Text(en="The brand withdrew this. Nothing is left to answer.", zh="品牌方已撤回，无需再答复。")
WITHDRAWN = Saying(409, Text(en="Withdrawn", zh="已撤回"), _NOTHING_LEFT)  # superseded, with nothing in its place

PROBLEMS: Mapping[str, Saying] = {
    "malformed": Saying(
        400,
        Text(en="Not readable", zh="内容无法读取"),
        Text(en="The body is not valid JSON with one meaning.", zh="提交的内容不是有效的 JSON。"),
    ),
    "bad_request": Saying(
        400,
        Text(en="Not understood", zh="请求无法理解"),
        Text(en="The request is not well formed.", zh="请求格式不正确。"),
    ),
    "multipart_malformed": Saying(
        400,
        Text(en="Upload not whole", zh="上传不完整"),
        Text(en="The upload did not arrive whole. Send it again.", zh="上传内容不完整，请重新发送。"),
    ),
    "idempotency_key_missing": Saying(
        400,
        Text(en="Idempotency-Key missing", zh="缺少 Idempotency-Key"),
        Text(
            en="Send an Idempotency-Key header with this call, a new one for each new thing.",
            zh="请在请求头中带上 Idempotency-Key，每件新事用一个新值。",
        ),
    ),
    "idempotency_key_malformed": Saying(
        400,
        Text(en="Idempotency-Key not readable", zh="Idempotency-Key 无法读取"),
        Text(
            en="An Idempotency-Key is 1 to 255 visible ASCII characters.",
            zh="Idempotency-Key 应为 1 至 255 个可见字符。",
        ),
    ),
    "cursor_malformed": Saying(
        400,
        Text(en="Unknown place in the list", zh="翻页位置无效"),
        Text(en="Use `next` of the page before as `after`.", zh="请用上一页的 next 作为 after。"),
    ),
    "signed_out": Saying(
        401, Text(en="Sign in first", zh="请先登录"), Text(en="This needs a signed-in caller.", zh="此操作需要登录。")
    ),
    "wrong_credential": Saying(
        401,
        Text(en="Wrong kind of credential", zh="凭证类型不对"),
        Text(
            en="Phones use a session token, brand systems an API key.", zh="手机端使用登录令牌，品牌系统使用 API 密钥。"
        ),
    ),
    "session_ended": Saying(
        401,
        Text(en="Signed out", zh="登录已失效"),
        Text(en="This sign-in has ended. Please sign in again.", zh="登录已结束，请重新登录。"),
    ),
    "key_invalid": Saying(
        401,
        Text(en="API key not valid", zh="API 密钥无效"),
        Text(en="This API key is unknown, revoked or expired.", zh="此 API 密钥不存在、已撤销或已过期。"),
    ),
    "code_invalid": Saying(
        401,
        Text(en="Sign-in code not valid", zh="登录码无效"),
        Text(
            en="This code is not right or has run out. Please try again, or ask for a new one.",
            zh="验证码不正确或已失效，请重试或重新获取。",
        ),
    ),
    "code_used": Saying(
        401,
        Text(en="Sign-in code used up", zh="登录码已使用"),
        Text(en="This code has been used. Please sign in again.", zh="此登录码已被使用，请重新登录。"),
    ),
    "not_bound": Saying(
        401,
        Text(en="Not known yet", zh="尚未绑定"),
        Text(
            en="Nobody is bound to this WeChat account. Open the invitation that you were sent.",
            zh="此微信尚未绑定任何人，请打开收到的邀请。",
        ),
    ),
    "phone_code_needed": Saying(
        401,
        Text(en="Phone code needed", zh="需要短信验证码"),
        Text(
            en="This invitation was opened on another device. Enter the code that was sent to the bound number.",
            zh="此邀请已在另一台设备上打开，请输入发送到绑定手机号的验证码。",
        ),
    ),
    "invitation_used": Saying(
        401,
        Text(en="Invitation used up", zh="邀请已使用"),
        Text(en="This invitation has been used. Ask for a new one.", zh="此邀请已被使用，请索取新的邀请。"),
    ),
    "invitation_expired": Saying(
        401,
        Text(en="Invitation expired", zh="邀请已过期"),
        Text(
            en="This invitation has expired. A fresh link was sent by text message to the number it belongs to.",
            zh="此邀请已过期，新的链接已通过短信发送到绑定的手机号。",
        ),
    ),
    "invitation_invalid": Saying(
        401,
        Text(en="Invitation not valid", zh="邀请无效"),
        Text(
            en="This invitation is unknown or has expired. Ask for a new one.",
            zh="此邀请不存在或已过期，请索取新的邀请。",
        ),
    ),
    "forbidden": Saying(
        403,
        Text(en="Not allowed", zh="没有权限"),
        Text(en="Your role does not allow this.", zh="您的角色不能进行此操作。"),
    ),
    "role_not_allowed": Saying(
        403,
        Text(en="Not for your role", zh="您的角色不能处理"),
        Text(en="A colleague with another role has to answer this.", zh="此事项需由其他角色的同事处理。"),
    ),
    "flow_unknown": Saying(
        404, Text(en="Unknown flow", zh="流程不存在"), Text(en="There is no such flow.", zh="没有这个流程。")
    ),
    "not_found": Saying(
        404,
        Text(en="Not found", zh="没有找到"),
        Text(en="There is nothing here for you.", zh="这里没有您可以查看的内容。"),
    ),
    "photo_not_ready": Saying(
        404,
        Text(en="Picture not ready", zh="图片尚未就绪"),
        Text(en="The photo is safe; its picture is ready in a moment.", zh="照片已安全收到，图片稍后即可查看。"),
    ),
    "photo_unreadable": Saying(
        404,
        Text(en="Photo cannot be read", zh="照片无法读取"),
        Text(en="This photo cannot be opened. Take it again.", zh="这张照片打不开，请重新拍摄。"),
    ),
    "method_not_allowed": Saying(
        405,
        Text(en="Not possible here", zh="不支持的方法"),
        Text(en="This address does not take this method.", zh="此地址不支持该方法。"),
    ),
    "not_acceptable": Saying(
        406,
        Text(en="Not available so", zh="无法提供"),
        Text(en="There is no such representation.", zh="没有这种格式。"),
    ),
    "request_timeout": Saying(
        408, Text(en="Too slow", zh="请求超时"), Text(en="The request did not arrive in time.", zh="请求未能及时到达。")
    ),
    "conflict": Saying(
        409,
        Text(en="Things have changed", zh="情况已变化"),
        Text(en="Something newer stands. Look at it and try again.", zh="已有更新的内容，请查看后重试。"),
    ),
    "idempotency_key_in_use": Saying(
        409,
        Text(en="Still at work", zh="正在处理"),
        Text(
            en="A call with this Idempotency-Key is still running. Try again shortly.",
            zh="相同的请求正在处理，请稍后重试。",
        ),
    ),
    "answer_id_reused": Saying(
        409,
        Text(en="Answer id used twice", zh="回答编号重复"),
        Text(en="Another answer was stored under this id.", zh="此编号下已保存了另一个回答。"),
    ),
    "already_answered": Saying(
        409,
        Text(en="Already answered", zh="已经回答"),
        Text(en="This has been answered; the result stands.", zh="此事已有回答，以已有结果为准。"),
    ),
    "stale_revision": Saying(
        409,
        Text(en="Not the latest", zh="不是最新内容"),
        Text(en="The conversation has moved on. Look at it and answer again.", zh="对话已有更新，请查看后再回答。"),
    ),
    "superseded": Saying(
        409,
        Text(en="Replaced", zh="已被替换"),
        Text(en="The document has changed; go on in the new conversation.", zh="单据已变更，请在新的对话中继续。"),
    ),
    "taken_over": Saying(
        409,
        Text(en="A colleague took over", zh="同事已接手"),
        Text(en="A colleague goes on with this conversation.", zh="同事正在继续此对话。"),
    ),
    "conversation_closed": Saying(
        409,
        Text(en="Conversation closed", zh="对话已结束"),
        Text(en="This conversation has ended. Open its task again.", zh="此对话已结束，请重新打开待办事项。"),
    ),
    "conversation_id_reused": Saying(
        409,
        Text(en="Conversation id used twice", zh="对话编号重复"),
        Text(en="Another conversation was opened under this id.", zh="此编号下已有另一个对话。"),
    ),
    "not_startable": Saying(
        409,
        Text(en="Not possible now", zh="现在不能办理"),
        Text(en="As this stands now, there is nothing to start on it.", zh="按目前的状态，无法办理此事项。"),
    ),
    "task_cancelled": Saying(
        409,
        Text(en="Task withdrawn", zh="待办已撤销"),
        Text(en="The brand has withdrawn this. There is nothing to do.", zh="品牌方已撤销此事项，无需处理。"),
    ),
    "task_superseded": Saying(
        409,
        Text(en="Task replaced", zh="待办已更新"),
        Text(en="This has changed, and nothing of it is left to answer.", zh="此事项已变更，无需再答复。"),
    ),
    "task_done": Saying(
        409,
        Text(en="Task done", zh="待办已完成"),
        Text(en="This has been answered.", zh="此事项已有答复。"),
    ),
    "capacity_request_changed": Saying(
        409,
        Text(en="Request changed", zh="产能需求已变更"),
        Text(en="The brand has changed this request meanwhile.", zh="品牌方已变更此产能需求。"),
    ),
    "capacity_request_withdrawn": Saying(
        409,
        Text(en="Request withdrawn", zh="产能需求已撤回"),
        Text(
            en="A withdrawn request stays as it is. Ask under another reference.",
            zh="已撤回的产能需求不再变更，请使用新的编号。",
        ),
    ),
    "claim_changed": Saying(
        409,
        Text(en="Proof changed", zh="凭证已变更"),
        Text(en="This proof has moved on meanwhile. Open it again.", zh="此凭证已有变化，请重新打开。"),
    ),
    "promotion_changed": Saying(
        409,
        Text(en="Promotion changed", zh="活动已变更"),
        Text(en="The brand has changed this promotion meanwhile.", zh="品牌方已变更此活动。"),
    ),
    "promotion_withdrawn": Saying(
        409,
        Text(en="Promotion withdrawn", zh="活动已撤回"),
        Text(
            en="A withdrawn promotion stays as it is. Publish under another reference.",
            zh="已撤回的活动不再变更，请使用新的编号。",
        ),
    ),
    "order_changed": Saying(
        409,
        Text(en="Order changed", zh="订单已变更"),
        Text(en="The brand has changed this order meanwhile.", zh="品牌方已变更此订单。"),
    ),
    "order_cancelled": Saying(
        409,
        Text(en="Order cancelled", zh="订单已取消"),
        Text(
            en="This order was cancelled; place a new one under a new reference.", zh="此订单已取消，请使用新编号下单。"
        ),
    ),
    "person_erased": Saying(
        409,
        Text(en="This person was erased", zh="该人员资料已删除"),
        Text(
            en="Whoever {ref} was has been erased for good. Somebody new needs a new reference.",
            zh="编号 {ref} 的人员资料已永久删除。如需新增人员，请使用新的编号。",
        ),
    ),
    "person_suspended": Saying(
        409,
        Text(en="Person suspended", zh="人员已停用"),
        Text(en="This person is suspended and could not sign in.", zh="此人员已停用，无法登录。"),
    ),
    "person_without_phone": Saying(
        409,
        Text(en="Person without a number", zh="人员没有手机号"),
        Text(en="No phone number is bound to this person. Give them one first.", zh="此人员没有绑定手机号，请先填写。"),
    ),
    "sms_off": Saying(
        409,
        Text(en="No text messages here", zh="未开通短信"),
        Text(
            en="No text messages are sent here. Use WeChat or an invitation link.",
            zh="本系统未开通短信，请使用微信或邀请链接。",
        ),
    ),
    "person_without_membership": Saying(
        409,
        Text(en="Person acts for nobody", zh="人员没有所属组织"),
        Text(en="Give this person a membership first.", zh="请先为此人员设置所属组织。"),
    ),
    "report_id_reused": Saying(
        409,
        Text(en="Report id used twice", zh="报告编号重复"),
        Text(en="Another report was counted under this id.", zh="此编号下已有另一份报告。"),
    ),
    "photo_id_reused": Saying(
        409,
        Text(en="Photo id used twice", zh="照片编号重复"),
        Text(
            en="Another photo was received under this id. Send this one under a new id.",
            zh="此编号下已收到另一张照片，请换一个编号发送。",
        ),
    ),
    "too_many_photos": Saying(
        409,
        Text(en="Too many photos", zh="照片过多"),
        Text(
            en="No more photos fit into this conversation. Finish it with those it has.",
            zh="此对话的照片数量已达上限，请用已有的照片完成。",
        ),
    ),
    "brand_exists": Saying(
        409, Text(en="Brand exists", zh="品牌已存在"), Text(en="There is a brand of this name.", zh="已有同名品牌。")
    ),
    "two_keys_live": Saying(
        409,
        Text(en="Two keys live", zh="已有两个密钥"),
        Text(
            en="At most two keys of one name live at once. Revoke one first.",
            zh="同名密钥最多两个同时有效，请先撤销一个。",
        ),
    ),
    "stale_version": Saying(
        412,
        Text(en="Not the latest version", zh="不是最新版本"),
        Text(en="Somebody changed it since. Read it again and decide.", zh="内容已被他人修改，请重新读取后再决定。"),
    ),
    "same_reviewer": Saying(
        409,
        Text(en="A second person decides", zh="须由另一位审核人决定"),
        Text(
            en="You gave the first approval. Ask a colleague to give the second.",
            zh="初审是您通过的，请由其他同事复审。",
        ),
    ),
    "settlement_paid": Saying(
        409,
        Text(en="Already paid", zh="已付款"),
        Text(
            en="This was paid already. Settle it with the partner; it is not undone here.",
            zh="此笔已付款，不能在此撤销，请与合作伙伴另行结算。",
        ),
    ),
    "settlement_reversed": Saying(
        409,
        Text(en="Taken back", zh="已撤回"),
        Text(
            en="This line was taken back, or takes one back. Nothing is paid for it.",
            zh="此行已撤回或用于撤回，无需付款。",
        ),
    ),
    "payload_too_large": Saying(
        413,
        Text(en="Too large", zh="内容过大"),
        Text(en="The body is larger than is taken here.", zh="提交的内容超过大小限制。"),
    ),
    "unsupported_media_type": Saying(
        415,
        Text(en="Wrong content type", zh="内容类型不对"),
        Text(en="Send application/json.", zh="请以 application/json 发送。"),
    ),
    "multipart_expected": Saying(
        415,
        Text(en="Wrong content type", zh="内容类型不对"),
        Text(en="Send the photo as multipart/form-data.", zh="请以 multipart/form-data 发送照片。"),
    ),
    "photo_type": Saying(
        415,
        Text(en="Not a photo", zh="不是照片"),
        Text(en="Send a photo as JPEG, PNG, WebP or HEIC.", zh="请发送 JPEG、PNG、WebP 或 HEIC 格式的照片。"),
    ),
    "photo_broken": Saying(
        422,
        Text(en="Photo damaged on the way", zh="照片传输受损"),
        Text(en="The photo changed on its way here. Send it again.", zh="照片在传输中受损，请重新发送。"),
    ),
    "album_not_allowed": Saying(
        422,
        Text(en="Only from the camera", zh="只能现场拍摄"),
        Text(
            en="Take this photo now with the camera; the album does not count here.",
            zh="请现场拍照，此处不能使用相册图片。",
        ),
    ),
    "invalid": Saying(
        422,
        Text(en="Some fields are not right", zh="部分内容有误"),
        Text(en="Nothing was stored. Each field at fault is named.", zh="未保存任何内容，有误之处均已列出。"),
    ),
    "idempotency_key_reused": Saying(
        422,
        Text(en="Idempotency-Key used for something else", zh="Idempotency-Key 已用于其他内容"),
        Text(en="Use a new Idempotency-Key for other content.", zh="内容不同时请使用新的 Idempotency-Key。"),
    ),
    "rate_limited": Saying(
        429, Text(en="Too many calls", zh="请求过于频繁"), Text(en="Please wait a little.", zh="请稍候再试。")
    ),
    "internal": Saying(
        500,
        Text(en="Something went wrong", zh="系统出错"),
        Text(
            en="It is our fault and has been noted. Try again, or name the request id to us.",
            zh="这是我们的问题，已经记录。请重试，或告知我们请求编号。",
        ),
    ),
    "login_blocked": Saying(
        401,
        Text(en="WeChat refused", zh="微信拒绝登录"),
        Text(en="WeChat does not let this account sign in.", zh="微信不允许此账号登录。"),
    ),
    "unavailable": Saying(
        503,
        Text(en="Not available right now", zh="暂时不可用"),
        Text(en="Please try again in a moment.", zh="请稍后重试。"),
    ),
    "photo_store_away": Saying(
        503,
        Text(en="Photos cannot be kept right now", zh="暂时无法保存照片"),
        Text(
            en="The photo is not here yet. Keep it on the phone; it will be sent again in a moment.",
            zh="照片尚未收到，请保留在手机上，稍后会重新发送。",
        ),
    ),
    "newer_release": Saying(
        503,
        Text(en="Being updated", zh="正在更新"),
        Text(
            en="We are updating. Please try again in a moment; nothing is lost.",
            zh="系统正在更新，请稍后重试，内容不会丢失。",
        ),
    ),
    "login_busy": Saying(
        503,
        Text(en="WeChat is busy", zh="微信繁忙"),
        Text(en="WeChat did not answer in time. Please try again.", zh="微信未能及时响应，请重试。"),
    ),
}
