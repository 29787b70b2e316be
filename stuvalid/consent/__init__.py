"""What a guardian is told, and what he agrees to: from a data file that a school may replace, for every paper that goes home.

Source: 个人信息保护法 17, 28, 31; 儿童个人信息网络保护规定 9, 10 (consent comes with the possibility to refuse).
"""

from stuvalid.consent.notice import MATTERS, Notice, read_notice, said

__all__ = ["MATTERS", "Notice", "read_notice", "said"]
