"""A faithful stub of the WeChat servers: one process, loopback only, everything in memory.

Three doors: `/wx/…` answers as api.weixin.qq.com does, `/sms/` as the text-message provider does, `/_stub/…`
plays the people with phones and lets tests look and interfere.
Each feature is one module with a `door` (its routes); what a feature remembers is a part of the `World`.
"""
