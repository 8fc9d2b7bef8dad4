"""Values that break readers, databases and pages: as raw JSON, as texts of an address or a query, as whole bodies."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_MEGABYTE = 1_000_000
_DEEP = 1_000

# Each is the raw JSON of one value.
VALUES: Mapping[str, str] = {
    "NUL": r'"a\u0000b"',
    "lone surrogate": r'"\ud800"',
    "reversed surrogates": r'"\udc00\ud800"',
    "right-to-left override": r'"\u202e001"',
    "isolate": r'"\u2066a"',
    "zero width": r'"\u200b"',
    "byte order mark": r'"\ufeff"',
    "noncharacter": r'"\uffff"',
    "line separator": r'"a\u2028b"',
    "newline": r'"a\nb"',
    "escape": r'"\u001b[31m"',
    "emoji": '"👩‍👩‍👧‍👦"',
    "letters that grow": '"' + "\ufdfa" * 60 + '"',
    "combining marks": '"' + "a" + "\u0301" * 3_000 + '"',
    "full-width digits": '"１２３"',
    "arabic digits": '"٣"',
    "superscript": '"²"',
    "nothing": '""',
    "spaces": '"   "',
    "ideographic space": '"\u3000"',
    "1 MB": '"' + "x" * _MEGABYTE + '"',
    "65 letters": '"' + "x" * 65 + '"',
    "deep list": "[" * _DEEP + "]" * _DEEP,
    "deep object": '{"a":' * _DEEP + "1" + "}" * _DEEP,
    "31 deep": "[" * 20 + "]" * 20,
    "list": '["a"]',
    "empty list": "[]",
    "list of nulls": "[null,null]",
    "long list": "[" + ",".join(["1"] * 10_001) + "]",
    "object": '{"a":"b"}',
    "empty object": "{}",
    "object with odd keys": r'{"":1,"\u0000":2,"__proto__":3,"a.b":4,"~1":5}',
    "duplicate keys": '{"a":1,"a":2}',
    "null": "null",
    "true": "true",
    "false": "false",
    "zero": "0",
    "minus zero": "-0",
    "minus one": "-1",
    "fraction": "1.5",
    "10^19": "10000000000000000000",
    "2^63": "9223372036854775808",
    "2^31": "2147483648",
    "5,000 digits": "9" * 5_000,
    "1e400": "1e400",
    "1e-400": "1e-400",
    "1E5": "1E5",
    "NaN": "NaN",
    "minus infinity": "-Infinity",
    "text NaN": '"NaN"',
    "text 10^19": '"10000000000000000000"',
    "text 1e400": '"1e400"',
    "text minus zero": '"-0"',
    "text minus": '"-5"',
    "text of 39 digits": '"' + "9" * 39 + '"',
    "many decimals": '"0.00000000000000000001"',
    "year 9999": '"9999-12-31"',
    "year 0": '"0000-00-00"',
    "year 10000": '"10000-01-01"',
    "moment in year 9999": '"9999-12-31T23:59:59-23:59"',
    "moment in year 1": '"0001-01-01T00:00:00+23:59"',
    "leap second": '"2026-12-31T23:59:60Z"',
    "31 February": '"2027-02-31"',
    "week date": '"2027-W01-1"',
    "SQL": '"\'; DROP TABLE person; --"',
    "SQL wildcard": '"%_%"',
    "HTML": '"<script>alert(1)</script>"',
    "format": '"{0.__class__.__mro__} %s %n"',
    "formula": '"=HYPERLINK(\\"http://x\\")"',
    "traversal": '"../../../etc/passwd"',
    "dots": '".."',
    "percent": '"%00%2e%2e%2f"',
    "log line": r'"a\r\nlevel=error"',
}

# Texts of an address or a query, as they stand in a URL.
TEXTS = (
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF%FE",
    "%C0%AF",
    "%E2%80%AE001",
    "%E2%80%8B",
    "%EF%BB%BF",
    "%0D%0ASet-Cookie:x",
    "%20",
    ".",
    "%2E%2E",
    "..%2F..%2Fetc%2Fpasswd",
    "%5C..%5C",
    "'%3B%20DROP%20TABLE%20person%3B--",
    "%3Cscript%3E",
    "%F0%9F%91%A9",
    "%EF%BC%91%EF%BC%92",
    "x" * 65,
    "x" * 5_000,
    "-1",
    "-0",
    "0",
    "1.5",
    "1e400",
    "NaN",
    "10000000000000000000",
    "9223372036854775808",
    "9" * 5_000,
    "9999-12-31",
    "0000-00-00",
    "true",
    "null",
    "%5B%5D",
    "%7B%22a%22:1%7D",
    "W10",
    "WzFd",
    "WzFlNDAwXQ",
    "%25s%25n",
    "self",
    "{0}",
)

# Whole bodies, with the type they claim.
BODIES: Mapping[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "spaces": (b"   ", "application/json"),
    "null": (b"null", "application/json"),
    "number": (b"1", "application/json"),
    "text": (b'"a"', "application/json"),
    "list": (b"[]", "application/json"),
    "cut off": (b'{"name":', "application/json"),
    "two documents": (b"{}{}", "application/json"),
    "comment": (b"{/*a*/}", "application/json"),
    "single quotes": (b"{'a':1}", "application/json"),
    "NaN": (b"NaN", "application/json"),
    "raw NUL": (b'{"name":"\x00"}', "application/json"),
    "broken UTF-8": (b'{"name":"\xff\xfe"}', "application/json"),
    "raw surrogate": (b'{"name":"\xed\xa0\x80"}', "application/json"),
    "UTF-16": ('{"name":"a"}'.encode("utf-16"), "application/json"),
    "UTF-32": ('{"name":"a"}'.encode("utf-32"), "application/json; charset=utf-32"),
    "byte order mark": (b'\xef\xbb\xbf{"name":"a"}', "application/json"),
    "duplicate keys": (b'{"name":"a","name":"b"}', "application/json"),
    "odd keys": (rb'{"\ud800":1,"\u0000":2,"__proto__":3,"constructor":4,"":5}', "application/json"),
    "10,000 keys": (json.dumps({f"k{place}": 1 for place in range(10_000)}).encode(), "application/json"),
    "a key of 1 MB": (json.dumps({"k" * _MEGABYTE: 1}).encode(), "application/json"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, "application/json"),
    "deep and cut off": (b'{"a":' * 100_000, "application/json"),
    "9 MB": (b'{"name":"' + b"x" * 9_000_000 + b'"}', "application/json"),
    "plain text": (b'{"name":"a"}', "text/plain"),
    "no type": (b'{"name":"a"}', ""),
    "a broken type": (b'{"name":"a"}', "application/json; charset=;;\x7f"),
    "an unknown charset": (b'{"name":"a"}', "application/json; charset=klingon"),
    "a form": (b"name=a&name=b", "application/x-www-form-urlencoded"),
    "multipart": (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
    "multipart without boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "XML": (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "application/xml"),
}

HEADERS: Mapping[str, tuple[str, ...]] = {
    "Idempotency-Key": ("", " ", '""', '"', "x" * 256, "x" * 9_000, "é", "\x7f", "%00", "a,b", "\t"),
    "If-Match": ('"', '""', '"x"', "W/", '"99999999999999999999"', '"-1"', "*, *", '"1", "2"', "\xff"),
    "If-None-Match": ('"', "*", "W/", "\xff", '"' + "x" * 5_000 + '"'),
    "Accept-Language": ("xx", "zh;q=nan", "zh;q=1e400", "*;q=-1", ",,,;", "zh-" + "x" * 5_000, "\xff"),
    "Accept-Encoding": ("gzip;q=x", "gzip;q=nan", "\xff", "*"),
    "Accept": ("text/html", "image/*;q=nan", "\xff"),
    "Authorization": (
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "bearer pls_",
        "Bearer pls_\xff",
        "Bearer plk_" + "x" * 9_000,
    ),
    "X-Request-Id": ("", "a\tb", "x" * 500, "<script>", "é"),
    "X-Forwarded-For": ("1.2.3.4, \xff", "x" * 5_000),
    "Host": ("", "a b", "[::1", "evil.example", "x" * 300),
    "Content-Length": ("-1", "abc", "1e5"),
    "Range": ("bytes=0-0", "bytes=abc"),
}

_HERE = "@here@"


def spoiled(body: Any, absent: tuple[str, ...] = ()) -> Iterator[tuple[str, str, bytes]]:
    """`body` with each of its fields, one at a time, having each of the values: where, which value, and the raw JSON."""
    for where, marked in _marked(body, absent):
        raw = json.dumps(marked, ensure_ascii=False)
        for name, value in VALUES.items():
            yield where, name, raw.replace(f'"{_HERE}"', value).encode("utf-8", "surrogatepass")


def _marked(body: Any, absent: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """`body` with one place after the other marked, and named."""
    if isinstance(body, dict):
        for key, inner in body.items():
            yield f"/{key}", {**body, key: _HERE}
            for where, marked in _marked(inner):
                yield f"/{key}{where}", {**body, key: marked}
        for key in absent:
            yield f"/{key}", {**body, key: _HERE}
    elif isinstance(body, list):
        for place, inner in enumerate(body):
            before, after = body[:place], body[place + 1 :]
            yield f"/{place}", [*before, _HERE, *after]
            for where, marked in _marked(inner):
                yield f"/{place}{where}", [*before, marked, *after]
