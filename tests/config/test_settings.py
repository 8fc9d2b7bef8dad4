"""What stops the start, and what a command in the demo runs with."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings, SettingsError

PRODUCTION = {
    "DATABASE_URL": "postgresql://db/partnerline",
    "REDIS_URL": "redis://redis/0",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "PHOTO_STORE": "file:/srv/photos",
}


def production(**changes: str) -> Settings:
    return Settings.from_env({**PRODUCTION, **changes})


class TestProduction:
    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::]",
            "localhost",
            "localhost.",
            "LOCALHOST",
            "wx.localhost",
            "127.0.0.1.",
            "１２７.0.0.1",
            "ip6-localhost",
        ],
    )
    def test_wechat_is_never_this_machine_however_it_is_written(self, host: str) -> None:
        with pytest.raises(SettingsError, match="WECHAT_API_BASE must"):
            production(WECHAT_API_BASE=f"https://{host}/")

    @pytest.mark.parametrize("host", ["api.weixin.qq.com", "128.1", "10.0.0.7:8443", "[2001:db8::1]"])
    def test_wechat_may_be_anywhere_else(self, host: str) -> None:
        assert production(WECHAT_API_BASE=f"https://{host}/").wechat.api_base == f"https://{host}"

    def test_a_setting_given_twice_stops_the_start(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text(PRODUCTION["SECRET_KEY"])
        with pytest.raises(SettingsError, match="SECRET_KEY and SECRET_KEY_FILE are both set"):
            production(SECRET_KEY_FILE=str(tmp_path / "key"))

    def test_a_secret_may_come_from_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "key").write_text("a secret of its own, from a file of its own\n")
        found = production(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))
        assert found.secret_key == "a secret of its own, from a file of its own"

    def test_older_secrets_are_known_without_the_blanks_around_them(self) -> None:
        assert production(SECRET_KEY_OLD=" first, second ,,").old_secret_keys == ("first", "second")

    def test_nothing_is_taken_from_the_state_folder(self, tmp_path: Path) -> None:
        (tmp_path / "secrets.json").write_text(json.dumps({"SECRET_KEY": PRODUCTION["SECRET_KEY"]}))
        with pytest.raises(SettingsError, match="SECRET_KEY is required"):
            production(SECRET_KEY="", STATE_DIR=str(tmp_path))


class TestTheDemo:
    def demo(self, state_dir: Path, **changes: str) -> Settings:
        return Settings.from_env({"PARTNERLINE_ENV": "demo", "STATE_DIR": str(state_dir), **changes})

    def test_without_more_it_lives_in_its_state_folder(self, tmp_path: Path) -> None:
        found = self.demo(tmp_path)
        assert found.database_url == f"sqlite:///{tmp_path}/partnerline.db"
        assert found.photo_store == f"file:{tmp_path}/photos"
        assert found.redis_url == "redis://127.0.0.1:6379/0"

    def test_it_finds_the_redis_of_its_state_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "redis").mkdir()
        monkeypatch.chdir(tmp_path)  # a socket's name is short
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("redis/redis.sock")
            assert self.demo(Path()).redis_url == f"unix://{tmp_path}/redis/redis.sock"

    def test_a_command_runs_with_what_make_run_keeps_and_what_it_is_told(self, tmp_path: Path) -> None:
        kept: dict[str, dict[str, Any]] = {
            "secrets.json": {"SECRET_KEY": "kept", "WECHAT_APP_SECRET": "kept too"},
            "settings.json": {"WECHAT_APP_ID": "wxdemo", "LOG_LEVEL": "ERROR"},
        }
        for name, settings in kept.items():
            (tmp_path / name).write_text(json.dumps(settings))
        found = self.demo(tmp_path, LOG_LEVEL="DEBUG")
        assert (found.secret_key, found.wechat.app_secret, found.log_level) == ("kept", "kept too", "DEBUG")
        assert found.wechat.is_active

    def test_a_kept_file_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "secrets.json").write_text("{")
        with pytest.raises(SettingsError, match=r"secrets\.json cannot be read"):
            self.demo(tmp_path)


def test_anchors_go_nowhere_in_production_unless_it_is_said_where() -> None:
    assert production().audit_anchors is None
    assert production(AUDIT_ANCHORS="/mnt/outside/anchors.jsonl").audit_anchors == Path("/mnt/outside/anchors.jsonl")
    with pytest.raises(SettingsError, match="AUDIT_ANCHORS must be an absolute path"):
        production(AUDIT_ANCHORS="anchors.jsonl")


SMS = {"SMS_KEY_ID": "k", "SMS_KEY_SECRET": "s", "SMS_SIGN": "伙伴通道", "SMS_TEMPLATE_CODE": "SMS_1"}


def test_text_messages_need_an_account_in_full() -> None:
    assert not Settings.from_env(PRODUCTION).sms.is_active
    sms = Settings.from_env({**PRODUCTION, **SMS}).sms
    assert (sms.is_active, sms.templates, sms.base) == (True, {"code": "SMS_1"}, "https://dysmsapi.aliyuncs.com")
    for missing in ("SMS_KEY_SECRET", "SMS_SIGN", "SMS_TEMPLATE_CODE"):
        with pytest.raises(SettingsError, match=missing):
            Settings.from_env({**PRODUCTION, **SMS, missing: ""})


@pytest.mark.parametrize("base", ["http://dysmsapi.aliyuncs.com", "https://127.0.0.1/sms", "https://localhost"])
def test_production_sends_no_text_message_in_the_clear_or_to_itself(base: str) -> None:
    with pytest.raises(SettingsError, match="SMS_BASE"):
        Settings.from_env({**PRODUCTION, **SMS, "SMS_BASE": base})


def test_the_secret_of_text_messages_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    environ = {**PRODUCTION, **SMS, "SMS_KEY_SECRET_FILE": str(tmp_path / "secret")}
    del environ["SMS_KEY_SECRET"]
    settings = Settings.from_env(environ)
    assert settings.sms.key_secret == "from a file"
    assert "from a file" not in repr(settings)


S3 = {"PHOTO_STORE": "s3://photos/prod", "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "made-up-secret"}


class TestPhotoStore:
    @pytest.mark.parametrize(
        "url", ["/srv/photos", "photos", "file:", "file:/", "s3:photos", "s3://", "ftp://host/photos"]
    )
    def test_what_is_no_store_stops_the_start(self, url: str) -> None:
        with pytest.raises(SettingsError, match="PHOTO_STORE must be"):
            production(PHOTO_STORE=url)

    def test_production_names_an_absolute_folder(self) -> None:
        with pytest.raises(SettingsError, match="PHOTO_STORE must name an absolute path"):
            production(PHOTO_STORE="file:photos")

    @pytest.mark.parametrize("name", ["S3_ACCESS_KEY", "S3_SECRET_KEY"])
    def test_an_s3_service_needs_a_key(self, name: str) -> None:
        with pytest.raises(SettingsError, match=f"{name} is required"):
            production(**{**S3, name: ""})

    def test_its_secret_may_come_from_a_file_and_is_never_shown(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("made-up-secret\n")
        found = production(**{**S3, "S3_SECRET_KEY": "", "S3_SECRET_KEY_FILE": str(tmp_path / "secret")})
        assert found.s3.secret_key == "made-up-secret"
        assert "made-up-secret" not in repr(found)

    @pytest.mark.parametrize(
        "endpoint", ["http://s3.example.com", "ftp://s3.example.com", "s3.example.com", "https://"]
    )
    def test_photos_do_not_travel_in_the_clear(self, endpoint: str) -> None:
        with pytest.raises(SettingsError, match="S3_ENDPOINT must be"):
            production(**S3, S3_ENDPOINT=endpoint)

    @pytest.mark.parametrize("endpoint", ["https://oss-cn-shanghai.aliyuncs.com", "http://127.0.0.1:9000"])
    def test_a_service_is_reached_encrypted_or_on_this_machine(self, endpoint: str) -> None:
        assert production(**S3, S3_ENDPOINT=f"{endpoint}/", S3_BUCKET_IN="host").s3.base == endpoint
