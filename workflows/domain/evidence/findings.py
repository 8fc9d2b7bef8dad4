"""What a check may find odd about a photo or a proof: how heavily it weighs, what it says, and what to do about it.

A finding is stored as `{"code", "facts"}`. Codes are permanent: an old row must still be read, so none is ever taken away.
`hold`: never pays without a person, whatever else is known. `red`: does not pay by itself either. `hint`: pays by itself unless
hints add up to ODD_POINTS. Nothing here ever rejects: a person does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from config.text import Text

Level = Literal["hold", "red", "hint"]
HOLD: Final = "hold"
RED: Final = "red"
HINT: Final = "hint"
MOST_POINTS: Final = 100
ODD_POINTS: Final = 40


@dataclass(frozen=True)
class Finding:
    """How much one code weighs, in points of a hundred, and its sentences; both may name facts in braces."""

    level: Level
    points: int
    says: Text
    advice: Text


_NEW_CODE = Text(
    en="Get a new code, write it on paper and take the photo again.",
    zh="请获取新验证码，手写在纸上，拍进画面重拍。",
)
_ON_THE_SPOT = Text(en="Take a new picture on the spot.", zh="请到现场重新拍摄。")

FINDINGS: Final[Mapping[str, Finding]] = {
    "challenge_missing": Finding(
        HOLD,
        100,
        Text(en="The photo came without its one-time code.", zh="照片没有对应的一次性验证码。"),
        _NEW_CODE,
    ),
    "challenge_unknown": Finding(
        HOLD,
        100,
        Text(
            en="The one-time code was not given out for this task, this person and this phone.",
            zh="验证码不是发给本任务、本人和本手机的。",
        ),
        Text(
            en="Open the task on the phone that takes the photos and use the code shown there.",
            zh="请用拍照的手机打开任务，使用其中显示的验证码重拍。",
        ),
    ),
    "challenge_used": Finding(
        HOLD, 100, Text(en="The one-time code had been used before.", zh="验证码之前已经用过。"), _NEW_CODE
    ),
    "challenge_expired": Finding(
        HOLD,
        100,
        Text(
            en="The photo was taken more than 24 hours, or arrived more than 72 hours, after its code was given out.",
            zh="验证码发出超过 24 小时才拍摄，或超过 72 小时才上传。",
        ),
        _NEW_CODE,
    ),
    "seen_before_exactly": Finding(
        HOLD,
        100,
        Text(en="Exactly this picture had been sent before.", zh="完全相同的照片以前提交过。"),
        _ON_THE_SPOT,
    ),
    "wrong_owner": Finding(
        HOLD,
        100,
        Text(en="The photo was taken for another task or by another company.", zh="照片属于其他任务或其他单位。"),
        Text(en="Take the photo within this task.", zh="请在本任务内重新拍摄。"),
    ),
    "outside_window": Finding(
        HOLD,
        100,
        Text(en="The photo was taken on {day}, outside the promotion's period.", zh="照片拍摄于 {day}，不在活动期内。"),
        Text(en="Take it between {first} and {last}.", zh="请在 {first} 至 {last} 之间拍摄。"),
    ),
    "seen_before": Finding(
        RED,
        60,
        Text(en="A picture that looks nearly the same had been sent before.", zh="几乎一样的照片以前提交过。"),
        _ON_THE_SPOT,
    ),
    "place_far": Finding(
        RED,
        50,
        Text(
            en="The phone was {distance_m} m from the place; {radius_m} m are allowed.",
            zh="手机距门店 {distance_m} 米，允许范围为 {radius_m} 米。",
        ),
        Text(en="Take and send the proof at the place itself.", zh="请到门店现场拍摄并提交。"),
    ),
    "place_refused": Finding(
        RED,
        30,
        Text(en="No location was given.", zh="没有提供位置。"),
        Text(
            en="Nothing to do: a person looks at the proof instead. With the location it can go faster.",
            zh="无需处理，将改由人工审核；提供位置可能更快。",
        ),
    ),
    "place_unknown": Finding(
        RED,
        30,
        Text(
            en="The location is only known to {accuracy_m} m: too roughly to tell.",
            zh="定位误差达 {accuracy_m} 米，无法核对。",
        ),
        Text(
            en="Step outside, wait until the phone has found its place, and send it again.",
            zh="请到室外等手机定位准确后重新提交。",
        ),
    ),
    "site_unknown": Finding(
        HINT,
        5,
        Text(en="Where this place is has not been recorded.", zh="系统里没有该门店的位置，无法核对。"),
        Text(en="The brand can add it to the promotion.", zh="品牌方可在活动中补充位置。"),
    ),
    "late_capture": Finding(
        RED,
        30,
        Text(en="The photo arrived {hours} hours after it was taken.", zh="照片拍摄 {hours} 小时后才上传。"),
        Text(en="Send photos within 72 hours.", zh="请在拍摄后 72 小时内上传。"),
    ),
    "taken_before_code": Finding(
        RED,
        50,
        Text(
            en="By the phone's clock the photo was taken {minutes} minutes before its code was given out.",
            zh="按手机时间，照片在验证码发出前 {minutes} 分钟就已拍摄。",
        ),
        Text(
            en="Set the phone's clock to automatic and take the photo again with the code.",
            zh="请将手机时间设为自动，再带验证码重拍。",
        ),
    ),
    "clock_off": Finding(
        HINT,
        15,
        Text(en="The phone's clock is {minutes} minutes fast.", zh="手机时间快了 {minutes} 分钟。"),
        Text(en="Set the phone's clock to automatic.", zh="请将手机时间设为自动。"),
    ),
    "impossible_travel": Finding(
        RED,
        50,
        Text(
            en="The same person took photos {km} km apart within {minutes} minutes.",
            zh="同一人在 {minutes} 分钟内于相距 {km} 公里的两处拍照。",
        ),
        Text(
            en="Whoever is at the place takes the photos, signed in as themself.",
            zh="请由实际到场的人用自己的账号拍摄。",
        ),
    ),
    "two_places": Finding(
        RED,
        50,
        Text(
            en="The same person took photos for another store within {seconds} seconds.",
            zh="同一人在 {seconds} 秒内还为另一家门店拍了照。",
        ),
        Text(en="Take each store's photos at that store.", zh="请到每家门店现场分别拍摄。"),
    ),
    "burst": Finding(
        HINT,
        15,
        Text(en="{count} photos were taken within {seconds} seconds.", zh="{seconds} 秒内拍了 {count} 张照片。"),
        Text(en="Take your time: each photo shows what was asked for.", zh="请逐张按要求拍摄。"),
    ),
    "blurred": Finding(
        HINT,
        15,
        Text(en="The photo is blurred.", zh="照片模糊。"),
        Text(en="Hold the phone still, tap to focus, take it again.", zh="请拿稳手机，点按对焦后重拍。"),
    ),
    "dark": Finding(
        HINT,
        15,
        Text(en="The photo is too dark.", zh="照片太暗。"),
        Text(en="Switch on a light or the flash and take it again.", zh="请开灯或打开闪光灯后重拍。"),
    ),
    "too_small": Finding(
        HINT,
        15,
        Text(en="The photo has too few pixels.", zh="照片分辨率太低。"),
        Text(en="Take it again in a higher quality.", zh="请用更高画质重拍。"),
    ),
    "screen_like": Finding(
        RED,
        40,
        Text(en="The photo looks as if it was taken of a screen.", zh="照片像是翻拍屏幕得到的。"),
        Text(en="Take the real thing, not a picture of it.", zh="请直接拍摄实物，不要翻拍。"),
    ),
    "unreadable": Finding(
        RED,
        60,
        Text(en="The photo cannot be opened.", zh="照片无法打开。"),
        Text(en="Take it again.", zh="请重新拍摄。"),
    ),
    "album": Finding(
        HINT,
        10,
        Text(en="The photo comes from the album.", zh="照片来自相册。"),
        Text(en="Nothing to do: this promotion allows it.", zh="无需处理，本活动允许使用相册。"),
    ),
    "album_not_allowed": Finding(
        RED,
        40,
        Text(
            en="The photo comes from the album; this shot is taken with the camera.",
            zh="照片来自相册，而此项要求现场拍摄。",
        ),
        Text(en="Take it with the camera, within the task.", zh="请在任务中用相机现场拍摄。"),
    ),
    "unchecked": Finding(
        RED,
        30,
        Text(en="The photo could not be checked in time.", zh="照片未能及时完成自动检查。"),
        Text(en="Nothing to do: a person looks at it.", zh="无需处理，将由人工查看。"),
    ),
}
_UNKNOWN = Finding(
    RED,
    30,
    Text(en="Something about this photo is unusual.", zh="这张照片有异常。"),
    Text(en="A person looks at it.", zh="将由人工查看。"),
)


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "?"


def of(code: str) -> Finding:
    """What stands behind a code. One that a newer release wrote goes to a person."""
    return FINDINGS.get(code, _UNKNOWN)


def says(code: str, facts: Mapping[str, Any]) -> Text:
    """What was found, for a reviewer who decides on it."""
    return _filled(of(code).says, facts)


def sentence(code: str, facts: Mapping[str, Any]) -> Text:
    """What was found and what to do about it, for the person who took the photo."""
    found = of(code)
    what, advice = _filled(found.says, facts), _filled(found.advice, facts)
    return Text(en=f"{what.en} {advice.en}", zh=f"{what.zh}{advice.zh}")


def points(codes: Iterable[str]) -> int:
    """How odd it all is together: 0, nothing, to 100."""
    return min(MOST_POINTS, sum(of(code).points for code in codes))


def is_held(codes: Iterable[str]) -> bool:
    """Does one of them hold a claim by itself?"""
    return any(of(code).level == HOLD for code in codes)


def may_pay_by_itself(codes: Iterable[str]) -> bool:
    """Is there nothing that a person must see?"""
    found = list(codes)
    return all(of(code).level == HINT for code in found) and points(found) < ODD_POINTS


def _filled(text: Text, facts: Mapping[str, Any]) -> Text:
    known = _Facts(facts)
    return Text(en=text.en.format_map(known), zh=text.zh.format_map(known))
