#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_penalties.py - penalty files as departments send them, of invented companies.

    make_penalties.py --rows 1000 --out penalties.csv
    make_penalties.py --rows 1000 --bad 50 --natural 20 --encoding gb18030 --headings zh

The same options give the same bytes. Every code is valid by all three tests and has letters in it, so
that it is no identity number; every name begins with 示例 (example). With --bad some rows are damaged
as spreadsheets and typists damage them; with --natural some are about persons, with identity numbers
drawn at random.
"""

import argparse
import csv
import datetime
import io
import random
import sys

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O S V Z
ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]  # GB 11714-1997
IDENTITY_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]  # GB 11643-1999

COLUMNS = [  # CF_ code, Chinese heading
    ("CF_XDR_MC", "行政相对人名称"),
    ("CF_XDR_LB", "行政相对人类别"),
    ("CF_XDR_SHXYM", "行政相对人代码_1（统一社会信用代码）"),
    ("CF_FRDB", "法定代表人"),
    ("CF_XDR_ZJLX", "证件类型"),
    ("CF_XDR_ZJHM", "证件号码"),
    ("CF_WSH", "行政处罚决定书文号"),
    ("CF_WFXW", "违法行为类型"),
    ("CF_SY", "违法事实"),
    ("CF_YJ", "处罚依据"),
    ("CF_CFLB", "处罚类别"),
    ("CF_NR", "处罚内容"),
    ("CF_NR_FK", "罚款金额（万元）"),
    ("CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）"),
    ("CF_NR_ZKDX", "暂扣或吊销证照名称及编号"),
    ("CF_JDRQ", "处罚决定日期"),
    ("CF_YXQ", "处罚有效期"),
    ("CF_GSJZQ", "公示截止期"),
    ("CF_CFJG", "处罚机关"),
    ("CF_CFJGDM", "处罚机关统一社会信用代码"),
    ("CF_SJLY", "数据来源单位"),
    ("CF_SJLYDM", "数据来源单位统一社会信用代码"),
    ("BZ", "备注"),
]
PERSONAL = {"CF_FRDB", "CF_XDR_ZJLX", "CF_XDR_ZJHM"}

REGIONS = ["110105", "110108", "310115", "320506", "330106", "440305", "510107", "610113"]
FIRST = "青松 远山 明湖 金穗 云杉 长河 新禾 海星 石榴 白桦 晨光 百川 锦程 瑞丰 泰和 启明".split()
TRADES = "食品 餐饮管理 建筑工程 机械制造 物业服务 医药 商贸 物流 电子科技 环保设备 农业发展 广告传媒".split()
FORMS = ["有限公司", "有限责任公司", "股份有限公司"]

OFFENCES = [  # kind, fact, basis, penalties, fine in 10,000 yuan (least, most)
    ("生产经营不符合食品安全标准的食品",
     "当事人于{month}月销售的一批次预包装食品经检验菌落总数不符合食品安全国家标准，货值金额{value}元。",
     "《中华人民共和国食品安全法》第一百二十四条第一款", ["罚款", "没收违法所得、没收非法财物"], (5, 20)),
    ("发布虚假广告",
     "当事人在其网店页面宣称产品“销量第一”，不能提供证明材料，\n广告费用{value}元。",
     "《中华人民共和国广告法》第五十五条第一款", ["罚款"], (0.5, 10)),
    ("未按规定公示价格", "当事人经营场所内在售商品未标明价格，经责令改正后已改正。",
     "《中华人民共和国价格法》第四十二条", ["警告"], (0, 0)),
    ("未经许可从事经营活动", "当事人未取得许可从事相关经营活动，违法所得{value}元，已停止经营。",
     "《中华人民共和国行政许可法》第八十一条", ["罚款", "没收违法所得、没收非法财物"], (1, 8)),
    ("施工现场安全管理不到位", "检查发现施工现场临边防护缺失，脚手架验收记录不全，限期整改后复查合格。",
     "《中华人民共和国安全生产法》第一百零一条", ["罚款", "责令停产停业"], (2, 15)),
    ("计量器具未经检定", "当事人使用的两台电子秤未申请强制检定。",
     "《中华人民共和国计量法》第二十五条", ["罚款"], (0.05, 0.2)),
    ("通报批评事项", "当事人未按期报送统计资料，经催报后补报。",
     "《中华人民共和国统计法》第四十四条", ["通报批评"], (0, 0)),
]


def uscc(random_, region):
    """A code whose organisation part begins with MA, as those given out since 2015 do."""
    body = "MA" + "".join(random_.choice(ALPHABET) for _ in range(6))
    total = sum(int(c, 36) * w for c, w in zip(body, ORGANISATION_WEIGHTS))
    check = 11 - total % 11
    code = "91" + region + body + {10: "X", 11: "0"}.get(check, str(check))
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + ALPHABET[-total % 31]


def identity_number(random_):
    digits = random_.choice(REGIONS) + "19%02d%02d%02d" % (
        random_.randint(60, 99), random_.randint(1, 12), random_.randint(1, 28))
    digits += "%03d" % random_.randint(0, 999)
    total = sum(int(c) * w for c, w in zip(digits, IDENTITY_WEIGHTS))
    return digits + "10X98765432"[total % 11]


def company(random_, number):
    region = random_.choice(REGIONS)
    name = "示例%s%s%s%s" % (random_.choice(FIRST), random_.choice(FIRST),
                             random_.choice(TRADES), random_.choice(FORMS))
    return "%s（%d号）" % (name, number), uscc(random_, region)


def amount(random_, least, most):
    """10,000 yuan with at most six decimals, written as departments do."""
    value = random_.uniform(least, most)
    return ("%.*f" % (random_.choice([0, 1, 2, 2, 4, 6]), value)).rstrip(".") if most else ""


def penalty(random_, options, number, entity):
    kind, fact, basis, penalties, (least, most) = random_.choice(OFFENCES)
    day = options.until - datetime.timedelta(days=random_.randrange(options.days))
    fine = amount(random_, least, most) if "罚款" in penalties else ""
    content = "；".join(penalties) + ("，罚款%s万元" % fine if fine else "") + "。"
    return {
        "CF_XDR_MC": entity[0],
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": entity[1],
        "CF_FRDB": "示例某",
        "CF_WSH": "示市监处罚〔%d〕%d号" % (day.year, number),
        "CF_WFXW": kind,
        "CF_SY": fact.format(month=random_.randint(1, 12), value=random_.randint(100, 90000)),
        "CF_YJ": basis,
        "CF_CFLB": random_.choice(["；", ";", "；"]).join(penalties),
        "CF_NR": content,
        "CF_NR_FK": fine,
        "CF_NR_WFFF": amount(random_, 0.1, 3) if len(penalties) > 1 and "没收" in penalties[1] else "",
        "CF_JDRQ": day.strftime(
            random_.choice(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"])),
        "CF_YXQ": "2099-12-31" if random_.random() < 0.5 else "",
        "CF_CFJG": options.decider_name,
        "CF_CFJGDM": options.decider,
        "CF_SJLY": options.decider_name,
        "CF_SJLYDM": options.decider,
        "BZ": random_.choice(["", "", "", "已缴纳罚款", "当事人已整改"]),
    }


def change(field, how):
    return lambda random_, row: row.update({field: how(random_, row)})


def wrong_check(_, row):
    code = row["CF_XDR_SHXYM"]
    return code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % 31]


def serial(_, row):
    return str(46000 + len(row["CF_SY"]))


DAMAGES = [  # what typists and spreadsheets do; in turn
    change("CF_XDR_SHXYM", lambda r, row: "9.%05dE+17" % r.randrange(100000)),
    change("CF_XDR_SHXYM", wrong_check),
    change("CF_XDR_SHXYM", lambda r, row: row["CF_XDR_SHXYM"][:-1]),
    change("CF_XDR_SHXYM", lambda r, row: row["CF_XDR_SHXYM"][:8] + "O" + row["CF_XDR_SHXYM"][9:]),
    change("CF_JDRQ", serial),
    change("CF_JDRQ", lambda r, row: "15/3/2026"),
    change("CF_NR_FK", lambda r, row: "1.2345678"),
    change("CF_NR_FK", lambda r, row: "5万元"),
    change("CF_SY", lambda r, row: ""),
    change("CF_SY", lambda r, row: "联系人电话139" + "%08d" % r.randrange(10**8)),
    change("CF_SY", lambda r, row: "责任人身份证号" + identity_number(r)),
    change("CF_WSH", lambda r, row: "20260001.0"),
]


def person(random_, options, number):
    row = penalty(random_, options, number, ("示例人员%d" % number, ""))
    row.update({"CF_XDR_LB": "自然人", "CF_FRDB": "", "CF_XDR_ZJLX": "居民身份证",
                "CF_XDR_ZJHM": identity_number(random_)})
    return row


def rows(options):
    random_ = random.Random(options.seed)
    entities = [company(random_, i + 1) for i in range(options.entities or options.rows // 3 + 1)]
    # The first rows are good, so that a script finds codes to go on with.
    candidates = range(min(10, options.rows // 2), options.rows)
    special = random_.sample(candidates, min(len(candidates), options.bad + options.natural))
    bad = {number: i for i, number in enumerate(special[:options.bad])}
    natural = set(special[options.bad:])
    for number in range(options.rows):
        if number in natural:
            yield person(random_, options, number + 1)
            continue
        row = penalty(random_, options, number + 1, random_.choice(entities))
        if number in bad:
            DAMAGES[bad[number] % len(DAMAGES)](random_, row)
        yield row


def main():
    parser = argparse.ArgumentParser(
        description="Penalty files of invented companies.", allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--entities", type=int, default=0, help="companies; a third of the rows")
    parser.add_argument("--bad", type=int, default=0, help="damaged rows")
    parser.add_argument("--natural", type=int, default=0, help="rows about persons")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--encoding", choices=["utf-8", "utf-8-sig", "gb18030"], default="utf-8")
    parser.add_argument("--headings", choices=["cf", "zh"], default="cf")
    parser.add_argument("--until", type=datetime.date.fromisoformat, default=datetime.date.today(),
                        help="last date of a decision; today")
    parser.add_argument("--days", type=int, default=60, help="decisions lie within so many days")
    parser.add_argument("--decider", default="111101080000000277")
    parser.add_argument("--decider-name", default="示例区市场监督管理局")
    parser.add_argument("--out", default="-")
    options = parser.parse_args()

    columns = [c for c in COLUMNS if options.natural > 0 or c[0] not in PERSONAL]
    file = sys.stdout.buffer if options.out == "-" else open(options.out, "wb")
    with io.TextIOWrapper(file, encoding=options.encoding, newline="") as text:
        writer = csv.writer(text)
        writer.writerow([column[options.headings == "zh"] for column in columns])
        for row in rows(options):
            writer.writerow([row.get(column[0], "") for column in columns])


if __name__ == "__main__":
    main()
