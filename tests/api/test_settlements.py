"""What a brand owes for approved claims: listed, opened by a bookkeeper, and paid."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from flask import Flask

from api.brand import settlement_sheet
from config import clock, database
from notifications import outbox
from tests import make
from tests.acceptance.stack import ROOT
from tests.api.conftest import Caller, World
from tests.claims import Campaign
from workflows.domain import keys
from workflows.domain.access import SCOPES
from workflows.domain.claims import deciding, settlements
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import Claim, SettlementLine
from workflows.domain.errors import Invalid

PAID = {"paid_on": "2026-11-21", "payment_ref": "ICBC-0001"}
LIST = "/api/v1/brand/settlements"


@pytest.fixture
def campaign(app: Flask) -> Iterator[Campaign]:  # noqa: ARG001 - the database it lives in
    with clock.frozen(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)), database.transaction():
        made = Campaign()
    with clock.frozen(datetime(2026, 11, 22, 3, 0, tzinfo=UTC)):
        yield made


@pytest.fixture
def erp(app: Flask, campaign: Campaign) -> Caller:
    return Caller(app.test_client(), keys.create_key(campaign.brand, SCOPES, "erp"))


def approved(campaign: Campaign, **facts: Any) -> Claim:
    made = campaign.sent(**facts)
    return deciding.decide(campaign.reviewer, made.public_id, 1, Decision("approve", "yes"))


def undone(campaign: Campaign, made: Claim) -> None:
    deciding.decide(campaign.colleague, made.public_id, made.version, Decision("reject", "no", "not_as_agreed"))


def line_of(made: Claim) -> str:
    found: SettlementLine = SettlementLine.get(SettlementLine.claim == made.id)
    return found.public_id


def sheet(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def test_a_line_says_whom_what_and_for_which_claim(campaign: Campaign, erp: Caller) -> None:
    made = approved(campaign)

    (line,) = erp.get(LIST).get_json()["items"]
    assert line | {"id": "", "created_at": ""} == {
        "id": "",
        "claim": made.public_id,
        "promotion": campaign.promotion.ref,
        "promotion_title": {"en": "Autumn display", "zh": "秋季陈列"},
        "partner": campaign.distributor.ref,
        "partner_name": campaign.distributor.name,
        "store": made.site_organisation.ref,
        "store_name": made.site_organisation.name,
        "amount": "200.00",
        "currency": "CNY",
        "state": "open",
        "reverses": None,
        "paid_on": None,
        "payment_ref": None,
        "created_at": "",
    }


def test_lines_come_page_by_page_and_by_what_is_asked_for(campaign: Campaign, erp: Caller) -> None:
    first, second = approved(campaign), approved(campaign)
    undone(campaign, second)

    def ids(query: str) -> list[str]:
        return [line["claim"] + line["amount"] for line in erp.get(f"{LIST}?{query}").get_json()["items"]]

    page = erp.get(f"{LIST}?limit=2").get_json()
    assert [line["state"] for line in page["items"]] == ["open", "reversed"]
    rest = erp.get(f"{LIST}?limit=2&after={page['next']}").get_json()
    assert [(line["amount"], line["reverses"]) for line in rest["items"]] == [("-200.00", page["items"][1]["id"])]
    assert rest["next"] is None
    assert ids("paid=false") == [f"{first.public_id}200.00"]
    assert ids("paid=true") == []
    assert len(ids(f"partner={campaign.distributor.ref}&promotion={campaign.promotion.ref}&since=2026-11-22")) == 3
    assert ids("partner=another") == ids("promotion=another") == ids("since=2026-11-23") == []


def test_a_payment_is_noted_once_and_the_partners_owner_is_told(campaign: Campaign, erp: Caller) -> None:
    made = approved(campaign)
    path = f"{LIST}/{line_of(made)}/payment"

    answers = [erp.put(path, PAID) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].get_json() == answers[1].get_json()
    assert (answers[0].get_json()["state"], answers[0].get_json()["payment_ref"]) == ("paid", "ICBC-0001")
    assert [event.type for event in campaign.events()].count("settlement.paid") == 1
    corrected = erp.put(path, {**PAID, "payment_ref": "ICBC-0002"})
    assert corrected.get_json()["payment_ref"] == "ICBC-0002"
    owner, place = campaign.owner.person or "", str(campaign.distributor.id)
    told = [row.payload["outcome"]["en"] for row in outbox.notices_of(owner, place, 9)]
    assert [one for one in told if one.startswith("Paid")] == ["Paid: CNY 200.00 on 2026-11-21"]
    field, agency = campaign.field.person or "", str(campaign.agency.id)
    assert "Paid" not in str([row.payload for row in outbox.notices_of(field, agency, 9)])


def test_what_was_taken_back_is_not_paid_and_what_is_paid_is_not_taken_back(campaign: Campaign, erp: Caller) -> None:
    first, second = approved(campaign), approved(campaign)
    undone(campaign, first)

    for line in erp.get(LIST).get_json()["items"]:
        if line["claim"] == first.public_id:
            answer = erp.put(f"{LIST}/{line['id']}/payment", PAID)
            assert (answer.status_code, answer.get_json()["code"]) == (409, "settlement_reversed")
    erp.put(f"{LIST}/{line_of(second)}/payment", PAID)
    with pytest.raises(Exception, match="settlement_paid"):
        undone(campaign, second)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"payment_ref": "1"}, "/paid_on", "required"),
        ({**PAID, "paid_on": "2026-11-23"}, "/paid_on", "date_too_late"),
        ({**PAID, "payment_ref": " "}, "/payment_ref", "required"),
        ({**PAID, "payment_ref": "x" * 65}, "/payment_ref", "too_long"),
        ({**PAID, "amount": "1"}, "/amount", "unknown_field"),
    ],
)
def test_a_payment_that_says_nothing_clear_is_refused(
    campaign: Campaign, erp: Caller, body: dict[str, str], pointer: str, code: str
) -> None:
    answer = erp.put(f"{LIST}/{line_of(approved(campaign))}/payment", body)
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.get_json()["errors"]] == [(pointer, code)]


def test_a_bookkeeper_opens_the_file_with_days_amounts_and_codes_as_they_are(campaign: Campaign, erp: Caller) -> None:
    made = approved(campaign)
    erp.put(f"{LIST}/{line_of(made)}/payment", {**PAID, "payment_ref": "0012345678901234567890"})

    answer = erp.get(f"{LIST}.xlsx", Accept_Language="en")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="settlements.xlsx"'
    heading, row = sheet(answer.data)
    cells = dict(zip(heading, row, strict=True))
    assert cells["Date"] == datetime(2026, 11, 22)  # noqa: DTZ001 - a day in a spreadsheet has no zone
    assert cells["Paid on"] == datetime(2026, 11, 21)  # noqa: DTZ001
    assert (cells["Amount"], cells["Currency"], cells["State"]) == (200, "CNY", "paid")
    assert cells["Payment reference"] == "0012345678901234567890"
    assert (cells["Promotion title"], cells["Partner"]) == ("Autumn display", campaign.distributor.ref)
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.worksheets[0].cell(2, heading.index("Amount") + 1).number_format == "0.00"


def test_the_file_speaks_the_language_that_is_asked_for(campaign: Campaign, erp: Caller) -> None:
    approved(campaign)
    heading, row = sheet(erp.get(f"{LIST}.xlsx", Accept_Language="zh-CN").data)
    assert heading[:4] == ["日期", "结算单号", "活动编号", "活动名称"]
    assert "秋季陈列" in row
    assert "待付款" in row


@pytest.mark.parametrize("name", ["=1+1", "+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_no_cell_is_ever_a_formula(campaign: Campaign, erp: Caller, name: str) -> None:
    approved(campaign)
    campaign.distributor.name = name
    campaign.distributor.save()

    book = openpyxl.load_workbook(io.BytesIO(erp.get(f"{LIST}.xlsx").data))
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row} <= {"s", "n", "d", "inlineStr"}
    assert name in sheet(erp.get(f"{LIST}.xlsx").data)[1]
    rows = list(csv.reader(io.StringIO(erp.get(f"{LIST}.csv").data.decode("utf-8-sig"))))
    assert f"'{name}" in rows[1]


def test_the_same_lines_as_text_add_up(campaign: Campaign, erp: Caller) -> None:
    first, second = approved(campaign), approved(campaign)
    undone(campaign, first)
    rows = list(csv.DictReader(io.StringIO(erp.get(f"{LIST}.csv", Accept_Language="en").data.decode("utf-8-sig"))))
    assert [row["Amount"] for row in rows] == ["200.00", "200.00", "-200.00"]
    assert rows[1]["Claim"] == second.public_id


def test_a_file_is_read_in_parts_and_one_that_is_too_long_is_refused(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        approved(campaign)
    query = settlements.lines_of(campaign.system)
    monkeypatch.setattr(settlements, "_AT_ONCE", 2)
    assert len({line["id"] for line in settlements.exported(query)}) == 5
    monkeypatch.setattr(settlements, "MOST_EXPORTED", 4)
    with pytest.raises(Invalid):
        settlements.exported(query)


def test_a_file_holds_only_what_its_reader_may_see() -> None:
    row = {"id": "stl_1", "amount": "1.00", "partner": "P-1"}
    made = settlement_sheet.sheet_of(settlement_sheet.CSV, [row], {"id", "amount"}, "en", "UTC")
    with made:
        assert made.read().decode("utf-8-sig").split() == ["Settlement", "line,Amount", "stl_1,1.00"]


def test_an_operator_sees_whether_every_line_adds_up(app: Flask, campaign: Campaign) -> None:
    approved(campaign)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["settlements", "verify"]).output == "every line adds up\n"

    SettlementLine.update(amount=1).execute()
    told = runner.invoke(args=["settlements", "verify"])
    assert (told.exit_code, "its lines come to 1, 20000 stands beside them" in told.output) == (1, True)


def test_a_web_process_that_starts_does_not_wait_for_what_writes_spreadsheets() -> None:
    looked = (
        "import sys; import api.app; print('xlsxwriter' in sys.modules, 'api.brand.settlement_sheet' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", looked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_strangers_other_brands_and_smaller_keys_get_nothing(app: Flask, campaign: Campaign, world: World) -> None:
    made = approved(campaign)
    stranger = Caller(app.test_client(), keys.create_key(make.brand(), SCOPES, "erp"))
    lesser = Caller(app.test_client(), keys.create_key(campaign.brand, ["settlements:read"], "books"))

    assert stranger.get(LIST).get_json()["items"] == []
    assert len(sheet(stranger.get(f"{LIST}.xlsx").data)) == 1
    assert stranger.put(f"{LIST}/{line_of(made)}/payment", PAID).status_code == 404
    assert lesser.put(f"{LIST}/{line_of(made)}/payment", PAID).status_code == 403
    assert world.phone().get(LIST).status_code == 401
