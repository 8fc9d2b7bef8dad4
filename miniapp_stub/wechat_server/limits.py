"""How often each thing may be done: named limits, counted per app or per person in windows of the virtual clock."""

from dataclasses import dataclass, field

DAY_S = 86_400.0


@dataclass(frozen=True)
class Limit:
    """At most so many uses in a window of so many seconds; the window opens with its first use."""

    most: int
    window_s: float


# The platform's figures as far as they are known: reference/wechat.md §1 to §3, and §8 for text messages, per number.
DEFAULTS = {
    "token_daily": Limit(2_000, DAY_S),
    "stable_token_minute": Limit(10_000, 60.0),
    "stable_token_daily": Limit(500_000, DAY_S),
    "force_refresh_gap": Limit(1, 30.0),
    "force_refresh_daily": Limit(20, DAY_S),
    "login_per_user": Limit(100, 60.0),
    "subscribe_send": Limit(10_000_000, DAY_S),
    "sms_code_minute": Limit(1, 60.0),
    "sms_code_hour": Limit(5, 3_600.0),
    "sms_code_day": Limit(10, DAY_S),
    "sms_notice_day": Limit(50, DAY_S),
}


@dataclass
class Window:
    """Uses counted since the window opened."""

    opened_at: float
    used: int


@dataclass
class Limits:
    """The limits in force and who has used them up how far."""

    limits: dict[str, Limit] = field(default_factory=lambda: dict(DEFAULTS))
    windows: dict[tuple[str, str], Window] = field(default_factory=dict)

    def take(self, name: str, key: str, now: float) -> bool:
        """Count one use; False when the limit is reached, and then it is not counted."""
        limit, window = self.limits[name], self.windows.get((name, key))
        if window is None or now >= window.opened_at + limit.window_s:
            window = self.windows[name, key] = Window(now, 0)
        if window.used >= limit.most:
            return False
        window.used += 1
        return True

    def set(self, name: str, most: int, window_s: float) -> None:
        """Change a limit and forget what was counted under the old one."""
        self.limits[name] = Limit(most, window_s)
        for counted in [key for key in self.windows if key[0] == name]:
            del self.windows[counted]

    def describe(self) -> dict[str, object]:
        """Give every limit with what is used of it."""
        return {
            name: {
                "limit": limit.most,
                "window_s": limit.window_s,
                "used": {key: window.used for (of, key), window in self.windows.items() if of == name},
            }
            for name, limit in self.limits.items()
        }
