"""Every setting, typed and frozen, read once from the environment.

Only `PARTNERLINE_ENV=demo` and `=test` relax anything; everything else, unset included, is production, where a
missing or unsafe value stops the start with one line that names it. Each secret can also come from a file:
`NAME_FILE`. A command in the demo that is given STATE_DIR runs with what `make run` keeps there.
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from config.blobs import S3Account, opened
from config.environment import KEPT_FILES, Environment, SettingsError, Source

__all__ = ["KEPT_FILES", "Settings", "SettingsError", "SmsSettings", "WeChatSettings"]

_MINIMUM_SECRET_LENGTH = 32
_OURSELVES = frozenset({"localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"})
_RELAXED_SECRET = "only-for-demo-and-test-0123456789abcdef"  # noqa: S105 - production refuses to start without its own


@dataclass(frozen=True)
class WeChatSettings:
    """The mini-program's account, and where WeChat's servers are.

    `templates` maps a kind of notice (`task`, `result`) to the id of the subscribe-message template that carries it.
    """

    app_id: str = ""
    app_secret: str = field(default="", repr=False)
    api_base: str = "https://api.weixin.qq.com"
    templates: Mapping[str, str] = field(default_factory=dict)
    miniprogram_state: str = "formal"

    @property
    def is_active(self) -> bool:
        """Is there an account to sign people in and to send with?"""
        return bool(self.app_id)


@dataclass(frozen=True)
class SmsSettings:
    """The account at the text-message provider, and what a message costs.

    `templates` maps a kind of message (`code`, `invitation`, `task`) to its approved template. price_fen is what one part
    of a message costs, daily_fen what a brand may spend a day unless its own limit says otherwise.
    """

    key_id: str = ""
    key_secret: str = field(default="", repr=False)
    base: str = "https://dysmsapi.aliyuncs.com"
    sign: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    price_fen: int = 5
    daily_fen: int = 10_000

    @property
    def is_active(self) -> bool:
        """Is there an account to send text messages with?"""
        return bool(self.key_id)


@dataclass(frozen=True)
class Settings:
    """What one process runs with."""

    environment: Environment
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    old_secret_keys: tuple[str, ...] = field(default=(), repr=False)
    photo_store: str = ""
    s3: S3Account = field(default_factory=S3Account)
    state_dir: Path = Path("var")
    public_url: str = ""
    stub_url: str = ""
    wechat: WeChatSettings = field(default_factory=WeChatSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    trusted_proxies: int = 0
    log_level: str = "INFO"
    audit_anchors: Path | None = None
    rate_limits: bool = True
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"

    @property
    def is_production(self) -> bool:
        """Neither demo nor test."""
        return self.environment == "production"

    @property
    def is_demo(self) -> bool:
        """Started by `make run`: a made-up world on one machine's loopback."""
        return self.environment == "demo"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The current secret, then those that still open older data."""
        return (self.secret_key, *self.old_secret_keys)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment. Raises SettingsError."""
        source = Source(environ)
        settings = cls(
            environment=source.environment,
            database_url=_database_url(source),
            redis_url=_redis_url(source),
            secret_key=_secret_key(source),
            old_secret_keys=tuple(filter(None, map(str.strip, source.text("SECRET_KEY_OLD").split(",")))),
            photo_store=_photo_store(source),
            s3=_s3(source),
            state_dir=source.state_dir,
            public_url=source.text("PUBLIC_URL").rstrip("/"),
            stub_url="" if source.environment == "production" else source.text("STUB_URL").rstrip("/"),
            wechat=_wechat(source),
            sms=_sms(source),
            trusted_proxies=source.whole_number("TRUSTED_PROXIES", 0, most=5),
            log_level=source.one_of("LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
            audit_anchors=_audit_anchors(source),
            rate_limits=source.one_of("RATE_LIMITS", ("on", "off")) == "on",
            metrics_port=source.whole_number("METRICS_PORT", 0, most=65_535),
            metrics_host=source.text("METRICS_HOST", "127.0.0.1"),
        )
        if settings.is_production and not settings.rate_limits:
            raise SettingsError("RATE_LIMITS=off is for tests and measurements only")
        return settings


def _database_url(source: Source) -> str:
    url = source.required("DATABASE_URL", relaxed=f"sqlite:///{source.state_dir / 'partnerline.db'}")
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise SettingsError("DATABASE_URL must begin with postgresql:// or sqlite:///")
    return url


def _photo_store(source: Source) -> str:
    url = source.required("PHOTO_STORE", relaxed=f"file:{source.state_dir / 'photos'}")
    try:
        opened(url)
    except ValueError:
        raise SettingsError("PHOTO_STORE must be file:/folder or s3://bucket/prefix") from None
    if source.environment == "production" and url.startswith("file:") and not url.startswith("file:/"):
        raise SettingsError(f"PHOTO_STORE must name an absolute path, not {url!r}")
    return url


def _s3(source: Source) -> S3Account:
    account = S3Account(
        endpoint=source.text("S3_ENDPOINT").rstrip("/"),
        region=source.text("S3_REGION", "us-east-1"),
        access_key=source.text("S3_ACCESS_KEY"),
        secret_key=source.text("S3_SECRET_KEY"),
        by_host=source.one_of("S3_BUCKET_IN", ("path", "host")) == "host",
    )
    if source.text("PHOTO_STORE").startswith("s3://"):
        needed = {"S3_ACCESS_KEY": account.access_key, "S3_SECRET_KEY": account.secret_key}
        _require_with("PHOTO_STORE=s3://…", **needed)
    _refuse_endpoint(account.endpoint, source.environment == "production")
    return account


def _refuse_endpoint(endpoint: str, is_production: bool) -> None:
    """Photos are personal: between two machines they travel encrypted."""
    parts = urlsplit(endpoint)
    if endpoint and (parts.scheme not in {"https", "http"} or not parts.hostname):
        raise SettingsError(f"S3_ENDPOINT must be an address such as https://s3.example.com, not {endpoint!r}")
    if is_production and parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise SettingsError(f"S3_ENDPOINT must be an https address in production, not {endpoint!r}")


def _audit_anchors(source: Source) -> Path | None:
    """Where anchors go; in production nowhere unless said: a path on our own disk would keep nothing outside."""
    own = "" if source.environment == "production" else str(source.state_dir / "audit-anchors.jsonl")
    path = source.text("AUDIT_ANCHORS", own)
    if source.environment == "production" and path and not Path(path).is_absolute():
        raise SettingsError(f"AUDIT_ANCHORS must be an absolute path, not {path!r}")
    return Path(path) if path else None


def _redis_url(source: Source) -> str:
    own = (source.state_dir / "redis" / "redis.sock").resolve()
    url = source.required("REDIS_URL", relaxed=f"unix://{own}" if own.exists() else "redis://127.0.0.1:6379/0")
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL must begin with redis://, rediss:// or unix://")
    return url


def _secret_key(source: Source) -> str:
    secret = source.required("SECRET_KEY", relaxed=_RELAXED_SECRET)
    if source.environment == "production" and (len(secret) < _MINIMUM_SECRET_LENGTH or secret == _RELAXED_SECRET):
        raise SettingsError(f"SECRET_KEY must be at least {_MINIMUM_SECRET_LENGTH} random characters of its own")
    return secret


def _wechat(source: Source) -> WeChatSettings:
    settings = WeChatSettings(
        app_id=source.text("WECHAT_APP_ID"),
        app_secret=source.text("WECHAT_APP_SECRET"),
        api_base=source.text("WECHAT_API_BASE", "https://api.weixin.qq.com").rstrip("/"),
        templates=_templates(source, "WECHAT", ("task", "result")),
        miniprogram_state=source.one_of("WECHAT_MINIPROGRAM_STATE", ("formal", "trial", "developer")),
    )
    if settings.is_active:
        _require_with("WECHAT_APP_ID", WECHAT_APP_SECRET=settings.app_secret)
    if source.environment == "production":
        _refuse_unsafe_base("WECHAT_API_BASE", settings.api_base)
    return settings


def _sms(source: Source) -> SmsSettings:
    settings = SmsSettings(
        key_id=source.text("SMS_KEY_ID"),
        key_secret=source.text("SMS_KEY_SECRET"),
        base=source.text("SMS_BASE", "https://dysmsapi.aliyuncs.com").rstrip("/"),
        sign=source.text("SMS_SIGN"),
        templates=_templates(source, "SMS", ("code", "invitation", "task")),
        price_fen=source.whole_number("SMS_PRICE_FEN", 5, most=10_000),
        daily_fen=source.whole_number("SMS_DAILY_FEN", 10_000, most=100_000_000),
    )
    if settings.is_active:
        _require_with("SMS_KEY_ID", SMS_KEY_SECRET=settings.key_secret, SMS_SIGN=settings.sign)
        _require_with("SMS_KEY_ID", SMS_TEMPLATE_CODE=settings.templates.get("code", ""))
    if source.environment == "production":
        _refuse_unsafe_base("SMS_BASE", settings.base)
    return settings


def _templates(source: Source, channel: str, kinds: tuple[str, ...]) -> dict[str, str]:
    named = {kind: source.text(f"{channel}_TEMPLATE_{kind.upper()}") for kind in kinds}
    return {kind: template for kind, template in named.items() if template}


def _require_with(given: str, **needed: str) -> None:
    for name, value in needed.items():
        if not value:
            raise SettingsError(f"{name} is required where {given} is set")


def _refuse_unsafe_base(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise SettingsError(f"{name} must be an https address in production, not {url!r}")
    if not parts.hostname.isascii():  # letters that look like digits become digits on the way to the resolver
        raise SettingsError(f"{name} must be written in ASCII in production, not {url!r}")
    if _is_loopback(parts.hostname):
        raise SettingsError(f"{name} must not point at this machine in production, not {url!r}")


def _is_loopback(host: str) -> bool:
    """Is it this machine, however it is written: `127.1`, `2130706433`, `0x7f.1`, `::ffff:127.0.0.1`, `localhost.`?"""
    name = host.rstrip(".")
    if name in _OURSELVES or name.endswith(".localhost"):
        return True
    address = _address(name)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return address is not None and (address.is_loopback or address.is_unspecified)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name))  # as the resolver reads short, octal and hexadecimal forms
    except OSError:
        pass
    try:
        return ipaddress.IPv6Address(name)
    except ValueError:
        return None
