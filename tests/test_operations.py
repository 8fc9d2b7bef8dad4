"""What operators are told is so: settings, figures, alerts, commands and examples are those of the code."""

import importlib
import pkgutil
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click import Group
from flask import Flask
from prometheus_client import REGISTRY

from api.app import create_app
from config.settings import Settings, SettingsError

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGE = (DOCS / "operations.md").read_text(encoding="utf-8")
RULES = yaml.safe_load((EXAMPLES / "prometheus-rules.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
COMPOSE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
UNITS = sorted((EXAMPLES / "systemd").iterdir())
OF_THE_SERVERS = {"PORT", "WEB_CONCURRENCY", "PROMETHEUS_MULTIPROC_DIR"}
ONLY_OF_THE_DEMO = {"STUB_URL"}
PARTS_OF_A_METRIC = ("_total", "_bucket", "_count", "_sum", "_created")


class Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def settings_read() -> set[str]:
    """Every setting that a start looks for."""
    names: set[str] = set()
    for environ in (Asked({"PARTNERLINE_ENV": "test", "STUB_URL": "x"}), Asked(example_environment())):
        Settings.from_env(environ)
        names |= environ.names
    return {name for name in names if not name.endswith("_FILE")} - ONLY_OF_THE_DEMO


def example_environment() -> dict[str, str]:
    """The example's settings, as a process gets them; where a file holds a secret, a made-up one."""
    lines = (EXAMPLES / "partnerline.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    made_up = {"DATABASE_URL": "postgresql://db/partnerline"}
    plain = {name: value for name, value in given.items() if not name.endswith("_FILE")}
    secrets = {name.removesuffix("_FILE") for name in given if name.endswith("_FILE")}
    return {**plain, **{name: made_up.get(name, f"made-up-{name}-0123456789abcdef") for name in secrets}}


def rows_under(heading: str) -> list[list[str]]:
    """The first table under a heading of the page, cell by cell, without its head."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def figures() -> set[str]:
    """What all processes count, under the names that Prometheus sees; not every one counts everything."""
    for package in ("notifications", "workflows", "api"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
    families = [family for family in REGISTRY.collect() if family.name.startswith("partnerline_")]
    return {f"{family.name}_total" if family.type == "counter" else family.name for family in families}


class TestSettings:
    def test_every_setting_is_described_and_none_that_is_not_there(self) -> None:
        named = {name for row in rows_under("Settings") for name in re.findall(r"`([A-Z0-9_]+)`", row[0])}
        assert named == settings_read()

    def test_the_example_starts_in_production(self) -> None:
        assert Settings.from_env(example_environment()).is_production

    @pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PHOTO_STORE"])
    def test_what_is_missing_is_named_in_one_line(self, name: str) -> None:
        environ = {key: value for key, value in example_environment().items() if key != name}
        with pytest.raises(SettingsError) as error:
            Settings.from_env(environ)
        assert str(error.value) == f"{name} is required in production (set {name} or {name}_FILE)"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://db/x"),
            ("REDIS_URL", "http://redis"),
            ("SECRET_KEY", "short"),
            ("WECHAT_API_BASE", "http://api.weixin.qq.com"),
            ("SMS_BASE", "http://dysmsapi.aliyuncs.com"),
            ("SMS_PRICE_FEN", "-1"),
            ("METRICS_PORT", "high"),
            ("WECHAT_APP_SECRET", ""),
            ("WECHAT_MINIPROGRAM_STATE", "beta"),
            ("TRUSTED_PROXIES", "many"),
            ("LOG_LEVEL", "LOUD"),
            ("RATE_LIMITS", "off"),
            ("AUDIT_ANCHORS", "anchors.jsonl"),
        ],
    )
    def test_what_is_unsafe_is_named_in_one_line_without_its_secret(self, name: str, value: str) -> None:
        with pytest.raises(SettingsError) as error:
            Settings.from_env({**example_environment(), name: value})
        assert name in str(error.value)
        assert "\n" not in str(error.value)
        assert "made-up" not in str(error.value)


class TestExamples:
    def test_no_example_names_a_setting_that_is_not_there(self) -> None:
        known = settings_read() | OF_THE_SERVERS
        in_file = re.findall(r"^#? ?([A-Z_]+)=", (EXAMPLES / "partnerline.env").read_text(encoding="utf-8"), re.M)
        in_compose = [name for service in ours() for name in service["environment"]]
        assert {name.removesuffix("_FILE") for name in (*in_file, *in_compose)} <= known

    def test_compose_runs_each_process_with_secrets_and_volumes_that_it_declares(self) -> None:
        commands = {name: service.get("command", "") for name, service in COMPOSE["services"].items()}
        assert "wsgi:app" in commands["web"]
        assert commands["worker"].endswith(" worker")
        assert commands["clock"].endswith(" clock")
        assert " db backup " in commands["backup"]
        for service in COMPOSE["services"].values():
            assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
            assert {name.split(":")[0] for name in service.get("volumes", [])} <= set(COMPOSE["volumes"])
            assert set(service.get("depends_on", [])) <= set(COMPOSE["services"])

    def test_each_secret_file_that_compose_names_is_one_it_mounts(self) -> None:
        for service in ours():
            files = [value for name, value in service["environment"].items() if name.endswith("_FILE")]
            assert {value.removeprefix("/run/secrets/") for value in files} == set(service["secrets"])

    @pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
    def test_a_unit_says_what_it_must(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        keys = re.findall(r"^([A-Za-z]+)=", text, re.M)
        assert "Description" in keys
        assert ("OnCalendar" if path.suffix == ".timer" else "ExecStart") in keys
        assert all(re.match(r"^(\[\w+\]|[A-Za-z]+=.*|#.*|)$", line) for line in text.splitlines())

    @pytest.mark.parametrize("process", ["worker@", "clock"])
    def test_who_writes_the_anchors_may_write_where_they_go(self, process: str) -> None:
        """Workers write them, and the clock while Redis is away; the disk is closed to a unit but for the paths it names."""
        anchors = re.search(r"^AUDIT_ANCHORS=(.+)/", (EXAMPLES / "partnerline.env").read_text("utf-8"), re.M)
        unit = (EXAMPLES / "systemd" / f"partnerline-{process}.service").read_text("utf-8")
        writable = re.search(r"^ReadWritePaths=(.+)$", unit, re.M)
        assert anchors
        assert writable
        assert f"-{anchors[1]}" in writable[1].split()

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
    def test_systemd_reads_the_units(self, tmp_path: Path) -> None:
        for path in UNITS:
            text = path.read_text(encoding="utf-8").replace("EnvironmentFile=", "EnvironmentFile=-")
            text = re.sub(r"/opt/partnerline/\.venv/bin/\w+", "/bin/true", text).replace(
                "/opt/partnerline", str(tmp_path)
            )
            (tmp_path / path.name).write_text(text, encoding="utf-8")
        names = [str(tmp_path / path.name.replace("@.", "@1.")) for path in UNITS]
        done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")

    def test_nginx_is_told_all_that_the_app_relies_on(self) -> None:
        text = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
        for needed in (
            "proxy_request_buffering on",
            "X-Forwarded-For $remote_addr",
            "X-Forwarded-Proto",
            "max_body_size",
        ):
            assert needed in text
        assert text.count("{") == text.count("}")


def ours() -> Iterator[dict[str, Any]]:
    """The services of compose that are ours."""
    return (service for service in COMPOSE["services"].values() if "build" in service)


class TestWatching:
    def test_every_figure_is_described_and_none_that_is_not_counted(self) -> None:
        """Shown red by a counter that nobody described."""
        assert {row[0].strip("`") for row in rows_under("What to watch")} >= figures()
        described = {row[0].strip("`") for row in rows_under("What to watch") if row[0].startswith("`partnerline_")}
        assert described == figures()

    def test_alerts_look_at_figures_that_are_counted(self) -> None:
        named = {name for rule in RULES for name in re.findall(r"\bpartnerline_\w+", rule["expr"])}
        assert named
        assert {name for name in named if name not in figures() and _whole(name) not in figures()} == set()

    def test_every_alert_says_what_it_means_and_what_to_do(self) -> None:
        for rule in RULES:
            assert {"summary", "do"} <= set(rule["annotations"])
            assert rule["labels"]["severity"] in {"page", "ticket"}

    def test_the_page_lists_exactly_the_alerts(self) -> None:
        assert set(re.findall(r"`(Partnerline[A-Z]\w+)`", PAGE)) == {rule["alert"] for rule in RULES}


def _whole(name: str) -> str:
    end = next((end for end in PARTS_OF_A_METRIC if name.endswith(end)), "")
    return name.removesuffix(end)


class TestThePage:
    def test_its_links_lead_somewhere(self) -> None:
        for text, folder in ((PAGE, DOCS), ((ROOT / "README.md").read_text(encoding="utf-8"), ROOT)):
            links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
            assert links
            assert [link for link in links if not (folder / link).exists()] == []

    def test_every_command_it_names_is_there(self, settings: Settings) -> None:
        groups = _commands(create_app(settings))
        named = re.findall(r"`(?:flask (?:--app wsgi )?)?(\w+) (\w+)(?: [^`]*)?`", PAGE)
        unknown = {f"{group} {name}" for group, name in named if group in groups and name not in groups[group]}
        assert unknown == set()
        assert ("db", "upgrade") in named


def _commands(app: Flask) -> dict[str, set[str]]:
    return {name: set(found.commands) for name, found in app.cli.commands.items() if isinstance(found, Group)}
