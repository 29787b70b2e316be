"""Invented pupils with their parents, by the words of the national templates."""

from __future__ import annotations

import random

from tests.collection.outside.pages import Rec

COUNTY = "520424"
_SURNAMES = "王李张刘陈杨黄吴赵周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严赖覃洪武莫孔"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛超明霞秀平刚桂建文华英慧玉梅鹏飞宇浩然子轩欣怡梓涵诗雨佳琪思远晨曦雅婷俊熙博睿可馨若瑶天佑嘉豪梦洁家乐心悦志远春兰海燕晓东国庆红霞"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check(body: str) -> str:
    """The 17 digits with their check character (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


class People:
    """Pupils and parents from one seed; no name, number or phone is given twice."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names: set[str] = set()
        self.numbers: set[str] = set()
        self.phones: set[str] = set()

    def name(self, surname: str = "") -> str:
        while True:
            made = (surname or self.random.choice(_SURNAMES)) + "".join(self.random.sample(_GIVEN, 2))
            if made not in self.names:
                self.names.add(made)
                return made

    def number(self, born: str, male: bool, county: str = COUNTY) -> str:
        while True:
            made = check(f"{county}{born}{self.random.randrange(0, 90):02d}{self.random.randrange(0, 5) * 2 + male}")
            if made not in self.numbers:
                self.numbers.add(made)
                return made

    def phone(self) -> str:
        while True:
            made = self.random.choice(("138", "139", "151", "187")) + f"{self.random.randrange(10**8):08d}"
            if made not in self.phones and len(set(made)) > 4:
                self.phones.add(made)
                return made

    def birthday(self, first: int) -> str:
        """A day in the school year that begins on 1 September of ``first``."""
        month = self.random.randrange(9, 21)
        return f"{first + (month > 12)}{(month - 1) % 12 + 1:02d}{self.random.randrange(1, 29):02d}"

    def pupil(self, code: str, stage: int, year: int, number: int) -> Rec:
        """A pupil of class ``number`` of the stage that began in ``year``."""
        male = self.random.random() < 0.5
        born = self.birthday(year - {1: 7, 2: 13, 3: 16}[stage])
        surname = self.random.choice(_SURNAMES)
        village = self.random.choice(("关索街道滨江路", "花江镇建设街", "坡贡镇幸福路", "岗乌镇中街"))
        home = f"贵州省安顺市关岭布依族苗族自治县{village}{self.random.randrange(1, 300)}号"
        division = COUNTY + "000000"
        pupil = Rec(
            {
                "学校标识码": code,
                "姓名": self.name(surname),
                "性别": "男" if male else "女",
                "出生日期": born,
                "出生地": division,
                "籍贯": "贵州省安顺市关岭布依族苗族自治县",
                "民族": self.random.choice(("汉族", "布依族", "苗族")),
                "国籍": "中国",
                "证件类型": "居民身份证",
                "证件号": self.number(born, male),
                "港澳台侨外": "否",
                "健康状况": "健康或良好",
                "政治面貌": "群众",
                "户口性质": "农业户口",
                "户口": division,
                "班号": f"{year}{stage}{number:02d}",
                "入学年月": f"{year}09",
                "入学方式": "统一招生考试/普通入学" if stage == 3 else "就近入学",
                "就读方式": "走读",
                "现住址": home,
                "通信地址": home,
                "家庭地址": home,
                "联系电话": self.phone(),
                "邮政编码": "561300",
                "独生": "否",
                "学前": "是",
                "留守": "非留守儿童",
                "农村留守": "否",
                "残疾": "否",
                "残疾类型": "无残疾",
                "随班": "非随班就读",
                "寄宿": "否",
                "随迁": "否",
                "孤儿": "否",
                "烈士": "否",
                "资助": "否",
                "一补": "否",
                "购买": "否",
                "距离": "2",
                "方式": "步行",
                "校车": "否",
                "来源": "正常入学",
            }
        )
        for member, (relation, parent_male) in enumerate((("父亲", True), ("母亲", False)), 1):
            age = int(born[:4]) - self.random.randrange(24, 34)
            pupil.update(
                {
                    f"{member}姓名": self.name(surname if parent_male else ""),
                    f"{member}关系": relation,
                    f"{member}现住址": home,
                    f"{member}户口": division,
                    f"{member}电话": self.phone(),
                    f"{member}监护人": "是",
                    f"{member}证件类型": "居民身份证",
                    f"{member}证件号": self.number(f"{age}0{self.random.randrange(1, 10)}15", parent_male),
                    f"{member}民族": str(pupil["民族"]),
                    f"{member}单位": "务农",
                }
            )
        return pupil
