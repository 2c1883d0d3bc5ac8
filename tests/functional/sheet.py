# SPDX-License-Identifier: Apache-2.0
"""sheet.py - penalty files as departments export them (双公示), and the rejects of an import."""

import csv
import io

import town

# Code and Chinese heading of each column; the last five hold what must never be sent.
COLUMNS = {
    "CF_XDR_MC": "行政相对人名称", "CF_XDR_LB": "行政相对人类别",
    "CF_XDR_SHXYM": "行政相对人代码_1（统一社会信用代码）", "CF_WSH": "行政处罚决定书文号",
    "CF_WFXW": "违法行为类型", "CF_SY": "违法事实", "CF_YJ": "处罚依据", "CF_CFLB": "处罚类别",
    "CF_NR": "处罚内容", "CF_NR_FK": "罚款金额（万元）",
    "CF_NR_WFFF": "没收违法所得、没收非法财物的金额（万元）",
    "CF_NR_ZKDX": "暂扣或吊销证照名称及编号", "CF_JDRQ": "处罚决定日期", "CF_YXQ": "处罚有效期",
    "CF_GSJZQ": "公示截止期", "CF_CFJG": "处罚机关", "CF_CFJGDM": "处罚机关统一社会信用代码",
    "CF_SJLY": "数据来源单位", "CF_SJLYDM": "数据来源单位统一社会信用代码", "BZ": "备注",
    "CF_FRDB": "法定代表人", "CF_FR_ZJHM": "法定代表人证件号码",
}
OF_REJECTS = ["行号", "列", "原因", "处理办法"]


def row(office, number, entity=None, **changes):
    """The number-th penalty of an office, of the entity of that number; changes by code."""
    entity = number if entity is None else entity
    cells = {
        "CF_XDR_MC": f"示例县第{entity}食品有限公司", "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": town.entity(entity), "CF_WSH": f"示市监罚〔2026〕{number}号",
        "CF_WFXW": "未按规定公示年度报告", "CF_SY": "当事人逾期未公示年度报告，情节\"一般\"",
        "CF_YJ": "《企业信息公示暂行条例》第十七条", "CF_CFLB": "警告;罚款",
        "CF_NR": "警告，\n并处罚款人民币五千元", "CF_NR_FK": "0.5",
        "CF_JDRQ": town.days_ago(20 + number % 10).replace("-", "/"), "CF_YXQ": "2099/12/31",
        "CF_GSJZQ": "2099-12-31", "CF_CFJG": office.name, "CF_CFJGDM": office.uscc,
        "CF_SJLY": office.name, "CF_SJLYDM": office.uscc, "CF_FRDB": "张三",
    }
    return {**cells, **changes}


def text(rows, chinese=False, columns=None):
    out = io.StringIO()
    columns = columns or list(COLUMNS)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([COLUMNS[code] if chinese else code for code in columns])
    writer.writerows([[cells.get(code, "") for code in columns] for cells in rows])
    return out.getvalue()


def read_rejects(path):
    """The rows of a rejects file, as dictionaries by heading."""
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "a mark that tells spreadsheets the encoding"
    found = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    return [{**cells, "行号": int(cells["行号"])} for cells in found]


def write_rejects(path, rows):
    """A rejects file as a clerk saves it after correcting it."""
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
