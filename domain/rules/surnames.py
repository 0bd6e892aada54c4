"""How characters are read in people's names, where a dictionary of words reads them otherwise.

Several readings are given where several families or regions really use them; each of them finds the person.
"""

_TABLE = """
单 shan / 仇 qiu / 曾 zeng / 区 ou / 查 zha / 盖 ge,gai / 解 xie / 任 ren / 朴 piao,pu / 翟 zhai,di / 乐 yue,le
员 yun,yuan / 贠 yun / 覃 qin,tan / 缪 miao,mou / 冼 xian / 洗 xian / 召 shao,zhao / 种 chong / 逄 pang
黑 he,hei / 盛 sheng / 宁 ning / 秘 bi,mi / 繁 po / 折 she,zhe / 么 yao / 乜 nie / 佴 nai / 郗 xi,chi
谌 chen,shen / 牟 mu,mou / 柏 bai,bo / 薄 bo / 卜 bu / 都 du / 隗 wei,kui / 阚 kan / 重 chong / 祭 zhai / 句 gou
适 kuo / 尉 wei,yu / 吕 lv,lu / 闾 lv,lu / 宓 mi,fu / 粘 nian / 藏 zang / 炅 gui
尉迟 yu·chi / 万俟 mo·qi / 长孙 zhang·sun / 澹台 tan·tai
"""
_GIVEN_TABLE = """
长 chang / 晟 sheng,cheng / 茜 qian,xi / 乐 le,yue / 朝 chao,zhao / 重 chong,zhong / 柏 bai,bo / 筠 yun,jun
颉 jie,xie / 什 shi / 参 shen,can / 都 du,dou / 曾 zeng / 单 dan,shan / 藏 zang,cang / 给 ji,gei
"""

Reading = tuple[str, ...]
"""One way to read a few characters: a syllable each."""


def _readings(table: str) -> dict[str, tuple[Reading, ...]]:
    entries = (entry.split() for line in table.split("\n") if line for entry in line.split(" / "))
    return {
        characters: tuple(tuple(reading.split("·")) for reading in readings.split(","))
        for characters, readings in entries
    }


SURNAMES = _readings(_TABLE)
"""Surnames, of two characters too, that a word dictionary reads wrongly or that are read in several ways."""

GIVEN = _readings(_GIVEN_TABLE)
"""The same for characters of given names."""
