"""Made-up but believable names of people: what generation somebody belongs to is heard in the given name."""

from collections.abc import Iterable
from random import Random

# How many of about a thousand people carry each of these surnames.
_SURNAMES = (
    (70, "王 李 张"),
    (50, "刘 陈"),
    (27, "杨 赵 黄 周 吴"),
    (16, "徐 孙 胡 朱 高 林 何 郭 马 罗"),
    (10, "梁 宋 郑 谢 韩 唐 冯 于 董 肖"),
    (7, "程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋"),
    (5, "蔡 贾 丁 魏 薛 叶 闫 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖"),
    (3, "邹 熊 金 陆 郝 孔 白 崔 康 邱 秦 江 史 顾 侯 邵 孟 龙 万 欧阳"),
    (2, "段 雷 钱 汤 尹 黎 易 常 武 乔 贺 赖 龚 文 翟"),
    # these too are read in their own way as surnames, which a search by pinyin has to know
    (1, "单 仇 解 查 盖 覃 缪 区 朴 乐 上官 司马 诸葛 尉迟"),
)

# Born from this year on: first characters, second characters, names of one character.
_GIVEN_F = (
    (0, "秀桂玉淑凤兰翠素惠春", "英兰珍芳琴梅花荣莲芬娥香", "英芳兰珍琴梅"),
    (1956, "丽红艳小海晓爱玉春慧雪亚", "萍霞燕娟敏华琴玲梅云芳丽", "红丽艳敏静霞燕娟芳玲"),
    (1980, "婷雅佳晓思雨文梦诗嘉欣丹", "婷洁雯琳颖倩慧娜玲蕾琪莹", "婷洁雯琳颖倩丹娜蕾莹静"),
    (2003, "梓雨欣诗子语若可思一沐依", "涵萱怡彤瑶妍桐悦宁琪晴诺", "涵萱瑶妍悦"),
)
_GIVEN_M = (
    (0, "德福长永玉春广金有守树学", "才山富贵林厚田生祥顺堂义", "福山林祥田"),
    (1956, "建国志永卫海新春立文金晓", "平华军民辉勇东林斌生刚明", "勇刚斌辉伟平涛"),
    (1980, "志家文俊晓海嘉明子天宏振", "伟鹏超杰磊斌龙飞宇波亮凯", "伟磊超杰斌凯亮波飞浩"),
    (2003, "梓子浩宇俊皓铭奕博瑞嘉泽", "轩宇睿辰然航豪霖阳博恒煜", "轩睿宇辰航"),
)
_GIVEN = {"f": _GIVEN_F, "m": _GIVEN_M}
# One name in so many has a single character: the fashion of the sixties to the nineties.
_SINGLE_SHARE = {0: 0.12, 1956: 0.28, 1980: 0.25, 2003: 0.08}
_POOL = 4096


def _spread(surnames: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(surname for weight, group in surnames for surname in group.split() for _ in range(weight))


def _given_pool(rng: Random, firsts: str, seconds: str, singles: str, single_share: float) -> tuple[str, ...]:
    pairs = [first + second for first in firsts for second in seconds if first != second]
    return tuple(rng.choice(singles) if rng.random() < single_share else rng.choice(pairs) for _ in range(_POOL))


class NameMaker:
    """Draws names. The choices are spread out beforehand, so that a draw is one random number."""

    def __init__(self, rng: Random) -> None:
        self._random = rng.random
        self._surnames = _spread(_SURNAMES)
        self._given = {
            sex: tuple(
                (since, _given_pool(rng, firsts, seconds, singles, _SINGLE_SHARE[since]))
                for since, firsts, seconds, singles in reversed(eras)
            )
            for sex, eras in _GIVEN.items()
        }

    def surname(self) -> str:
        """One surname, as often as it is met."""
        return self._surnames[int(self._random() * len(self._surnames))]

    def given(self, sex: str, birth_year: int) -> str:
        """One given name as parents chose it in that year."""
        for since, pool in self._given[sex]:
            if birth_year >= since:
                return pool[int(self._random() * _POOL)]
        raise ValueError(f"no names for the year {birth_year}")
