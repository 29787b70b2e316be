"""What kinds of values are called in the comments of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "text": "文字",
        "name": "姓名",
        "date": "日期",
        "month": "6位年月",
        "code": "选项",
        "id_number": "证件号",
        "phone": "电话",
        "postcode": "邮政编码",
        "division": "区划代码",
        "class_code": "7位班号",
        "school_code": "10位学校标识码",
        "decimal": "数字",
        "email": "电子信箱",
        "address": "地址",
        "validity": "有效期",
    }
)
