"""Build stuvalid/forms/changsha/region.csv: the places that the import form of Changsha offers, by name.

    python scripts/build_changsha_regions.py

The form's list (September 2026) is the state of January 2023 in the order of the codes, municipalities written twice
(北京北京市海淀区), cities without counties by their towns, Hong Kong, Macao and Taiwan by districts and towns. The counties are
those of `divisions.csv`; what that has not stands in `FURTHER`. Counties that are newer than the form's list are known to
us and not to the form (``offered`` is ``nobody|?``).
"""

from __future__ import annotations

import csv
from pathlib import Path

from stuvalid.codes import divisions

OUT = Path(__file__).parent.parent / "stuvalid" / "forms" / "changsha" / "region.csv"
STATE = 2023
SOURCE = "长沙市新生导入模板 2026 下拉列表"
TWICE = {"11": "北京", "12": "天津", "31": "上海", "50": "重庆"}
# Counties made since.
NEWER = {"500157", "540481", "540581", "653132", "653228", "653229", "659013"}
FURTHER = {
    "广东省东莞市": "东城街道 南城街道 万江街道 莞城街道 石碣镇 石龙镇 茶山镇 石排镇 企石镇 横沥镇 桥头镇 谢岗镇 东坑镇 常平镇 寮步镇 樟木头镇 大朗镇 黄江镇 清溪镇 塘厦镇 凤岗镇 大岭山镇 长安镇 虎门镇 厚街镇 沙田镇 道滘镇 洪梅镇 麻涌镇 望牛墩镇 中堂镇 高埗镇 松山湖管委会 虎门港管委会 东莞生态园",
    "广东省中山市": "石岐区街道 东区街道 火炬开发区街道 西区街道 南区街道 五桂山街道 小榄镇 黄圃镇 民众镇 东凤镇 东升镇 古镇镇 沙溪镇 坦洲镇 港口镇 三角镇 横栏镇 南头镇 阜沙镇 南朗镇 三乡镇 板芙镇 大涌镇 神湾镇",
    "海南省儋州市": "那大镇 和庆镇 南丰镇 大成镇 雅星镇 兰洋镇 光村镇 木棠镇 海头镇 峨蔓镇 三都镇 王五镇 白马井镇 中和镇 排浦镇 东成镇 新州镇 国营西培农场 国营西联农场 国营蓝洋农场 国营八一农场 洋浦经济开发区 华南热作学院",
    "海南省三沙市": "西沙区 南沙区",
    "甘肃省嘉峪关市": "新城镇 峪泉镇 文殊镇 雄关区 镜铁区 长城区",
    "台湾台北市": "中正区 大同区 中山区 松山区 大安区 万华区 信义区 士林区 北投区 内湖区 南港区 文山区",
    "台湾高雄市": "新兴区 前金区 芩雅区 盐埕区 鼓山区 旗津区 前镇区 三民区 左营区 楠梓区 小港区 苓雅区 仁武区 大社区 冈山区 路竹区 阿莲区 田寮区 燕巢区 桥头区 梓官区 弥陀区 永安区 湖内区 凤山区 大寮区 林园区 鸟松区 大树区 旗山区 美浓区 六龟区 内门区 杉林区 甲仙区 桃源区 那玛夏区 茂林区 茄萣区",
    "台湾台南市": "中西区 东区 南区 北区 安平区 安南区 永康区 归仁区 新化区 左镇区 玉井区 楠西区 南化区 仁德区 关庙区 龙崎区 官田区 麻豆区 佳里区 西港区 七股区 将军区 学甲区 北门区 新营区 后壁区 白河区 东山区 六甲区 下营区 柳营区 盐水区 善化区 大内区 山上区 新市区 安定区",
    "台湾台中市": "中区 东区 南区 西区 北区 北屯区 西屯区 南屯区 太平区 大里区 雾峰区 乌日区 丰原区 后里区 石冈区 东势区 和平区 新社区 潭子区 大雅区 神冈区 大肚区 沙鹿区 龙井区 梧栖区 清水区 大甲区 外埔区 大安区",
    "台湾金门县": "金沙镇 金湖镇 金宁乡 金城镇 烈屿乡 乌坵乡",
    "台湾南投县": "南投市 中寮乡 草屯镇 国姓乡 埔里镇 仁爱乡 名间乡 集集镇 水里乡 鱼池乡 信义乡 竹山镇 鹿谷乡",
    "台湾基隆市": "仁爱区 信义区 中正区 中山区 安乐区 暖暖区 七堵区",
    "台湾新竹市": "东区 北区 香山区",
    "台湾嘉义市": "东区 西区",
    "台湾新北市": "万里区 金山区 板桥区 汐止区 深坑区 石碇区 瑞芳区 平溪区 双溪区 贡寮区 新店区 坪林区 乌来区 永和区 中和区 土城区 三峡区 树林区 莺歌区 三重区 新庄区 泰山区 林口区 芦洲区 五股区 八里区 淡水区 三芝区 石门区",
    "台湾宜兰县": "宜兰市 头城镇 礁溪乡 壮围乡 员山乡 罗东镇 三星乡 大同乡 五结乡 冬山乡 苏澳镇 南澳乡 钓鱼台",
    "台湾新竹县": "竹北市 湖口乡 新丰乡 新埔镇 关西镇 芎林乡 宝山乡 竹东镇 五峰乡 横山乡 尖石乡 北埔乡 峨眉乡",
    "台湾桃园县": "中坜市 平镇市 龙潭乡 杨梅市 新屋乡 观音乡 桃园市 龟山乡 八德市 大溪镇 复兴乡 大园乡 芦竹乡",
    "台湾苗栗县": "竹南镇 头份镇 三湾乡 南庄乡 狮潭乡 后龙镇 通霄镇 苑里镇 苗栗市 造桥乡 头屋乡 公馆乡 大湖乡 泰安乡 铜锣乡 三义乡 西湖乡 卓兰镇",
    "台湾彰化县": "彰化市 芬园乡 花坛乡 秀水乡 鹿港镇 福兴乡 线西乡 和美镇 伸港乡 员林镇 社头乡 永靖乡 埔心乡 溪湖镇 大村乡 埔盐乡 田中镇 北斗镇 田尾乡 埤头乡 溪州乡 竹塘乡 二林镇 大城乡 芳苑乡 二水乡",
    "台湾嘉义县": "番路乡 梅山乡 竹崎乡 阿里山乡 中埔乡 大埔乡 水上乡 鹿草乡 太保市 朴子市 东石乡 六脚乡 新港乡 民雄乡 大林镇 溪口乡 义竹乡 布袋镇",
    "台湾云林县": "斗南镇 大埤乡 虎尾镇 土库镇 褒忠乡 东势乡 台西乡 仑背乡 麦寮乡 斗六市 林内乡 古坑乡 莿桐乡 西螺镇 二仑乡 北港镇 水林乡 口湖乡 四湖乡 元长乡",
    "台湾屏东县": "屏东市 三地门乡 雾台乡 玛家乡 九如乡 里港乡 高树乡 盐埔乡 长治乡 麟洛乡 竹田乡 内埔乡 万丹乡 潮州镇 泰武乡 来义乡 万峦乡 崁顶乡 新埤乡 南州乡 林边乡 东港镇 琉球乡 佳冬乡 新园乡 枋寮乡 枋山乡 春日乡 狮子乡 车城乡 牡丹乡 恒春镇 满州乡",
    "台湾台东县": "台东市 绿岛乡 兰屿乡 延平乡 卑南乡 鹿野乡 关山镇 海端乡 池上乡 东河乡 成功镇 长滨乡 金峰乡 大武乡 达仁乡 太麻里乡",
    "台湾花莲县": "花莲市 新城乡 太鲁阁 秀林乡 吉安乡 寿丰乡 凤林镇 光复乡 丰滨乡 瑞穗乡 万荣乡 玉里镇 卓溪乡 富里乡",
    "台湾澎湖县": "马公市 西屿乡 望安乡 七美乡 白沙乡 湖西乡",
    "台湾连江县": "南竿乡 北竿乡 莒光乡 东引乡",
    "香港特别行政区香港岛": "中西区 湾仔 东区 南区",
    "香港特别行政区九龙": "九龙城区 油尖旺区 深水埗区 黄大仙区 观塘区",
    "香港特别行政区新界": "北区 大埔区 沙田区 西贡区 元朗区 屯门区 荃湾区 葵青区 离岛区",
    "澳门特别行政区澳门半岛": "花地玛堂区 圣安多尼堂区 大堂区 望德堂区 风顺堂区",
    "澳门特别行政区氹仔": "嘉模堂区",
    "澳门特别行政区路环": "圣方济各堂区",
    "澳门特别行政区路氹": "路氹城",
}  # fmt: skip


def main() -> None:
    with OUT.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["code", "name", "aliases", "offered", "source"])
        writer.writerows(counties())
        for place, towns in FURTHER.items():
            writer.writerows(["", place + town, further_aliases(place, town), "", SOURCE] for town in towns.split())


def counties() -> list[list[str]]:
    """Counties of the form's list and newer ones, by their codes of twelve digits."""
    rows = []
    for code, entry in sorted(divisions._divisions().items()):
        ended = entry.last_year is not None and entry.last_year < STATE
        if entry.level != "county" or entry.aggregate or ended or code[:4] in ("4604", "4603"):
            continue
        full = "".join(divisions.find(part).name for part in parts(code))
        name = TWICE.get(code[:2], "") + full
        aliases = "|".join(dict.fromkeys([code, *([full] if full != name else [])]))
        rows.append([f"{code}000000", name, aliases, "nobody|?" if code in NEWER else "", SOURCE])
    return rows


def parts(code: str) -> list[str]:
    """Codes from the province down, without those that sum up others."""
    found = [divisions.find(part) for part in (f"{code[:2]}0000", f"{code[:4]}00", code)]
    return [entry.code for entry in found if entry is not None and not entry.aggregate]


def further_aliases(place: str, town: str) -> str:
    if place.startswith("台湾"):
        return f"台湾省{place[2:]}{town}"
    return f"{place[:7]}{town}" if place.startswith(("香港", "澳门")) else ""


if __name__ == "__main__":
    main()
