"""The words that facility names are made of: kinds and their spellings, campuses, what stands beside a facility."""

from __future__ import annotations

from collections.abc import Mapping

# One spelling -> the others, and carereach's kind where the word alone tells it.
KINDS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "中西医结合医院": ((), "hospital.integrated"),
    "中医医院": (("中医院",), "hospital.tcm"),
    "壮医医院": (("壮医院",), "hospital.tcm"),
    "瑶医医院": (("瑶医院",), "hospital.tcm"),
    "人民医院": ((), "hospital.general"),
    "中心医院": ((), "hospital.general"),
    "红十字会医院": (("红十字医院",), "hospital.general"),
    "附属医院": ((), ""),
    "精神病医院": (("精神病院", "精神病专科医院", "精神专科医院"), "hospital.psychiatric"),
    "精神卫生中心": ((), "hospital.psychiatric"),
    "儿童医院": ((), "hospital.children"),
    "传染病医院": ((), "hospital.infectious"),
    "康复医院": ((), "hospital.rehabilitation"),
    "护理院": (("护理医院",), "hospital.nursing"),
    "妇产医院": (("妇产科医院",), "hospital.specialist"),
    "骨科医院": ((), "hospital.specialist"),
    "口腔医院": ((), "hospital.specialist"),
    "肿瘤医院": ((), "hospital.specialist"),
    "眼科医院": ((), "hospital.specialist"),
    "医院": ((), ""),
    "妇幼保健院": (
        ("妇幼保健计划生育服务中心", "妇幼保健和计划生育服务中心", "妇幼保健站", "妇幼保健所", "妇保院", "妇幼院"),
        "mch",
    ),
    "中心卫生院": ((), "primary.township"),
    "卫生院": ((), "primary.township"),
    "社区卫生服务中心": ((), "primary.community"),
    "社区卫生服务站": ((), "primary.community.station"),
    "卫生室": (("村卫生室",), "primary.village"),
    "卫生所": ((), ""),
    "诊所": ((), "primary.clinic"),
    "急救中心": (("急救医疗中心", "紧急医疗救援中心", "紧急救援中心", "急救指挥中心"), "ems.centre"),
    "急救站": (("急救站点", "急救点"), "ems.station"),
    "急救分站": ((), "ems.station"),
    "中心血站": ((), "blood.station"),
    "血站": ((), "blood.station"),
    "血液中心": ((), "blood.station"),
    "献血屋": (("爱心献血屋", "献血点", "固定献血点"), "blood.fixed"),
    "储血点": (("储血库",), "blood.storage"),
    "疾病预防控制中心": (("疾控中心",), "cdc"),
    "卫生监督所": (("卫生计生监督所",), "supervision"),
    "卫生学校": ((), "school"),
}
# The longest first: 中心卫生院 is not read as 卫生院.
SPELLINGS = [(spelling, kind) for kind, (others, _) in KINDS.items() for spelling in (kind, *others)]
KIND_SPELLINGS: Mapping[str, str] = dict(sorted(SPELLINGS, key=lambda pair: -len(pair[0])))
BRANCHES = ("院区", "分院", "分部", "分中心", "分站", "新院", "老院", "旧院", "本部", "总院", "总部")
WHOLE_SITE = frozenset({"本部", "总院", "总部", "院本部", "主"})
# Map services list these beside the facility, under its name: they are something else ...
ANNEXES = frozenset(
    {
        "公交站",
        "公交车站",
        "地铁站",
        "停车场",
        "停车库",
        "地下停车场",
        "充电站",
        "宿舍",
        "宿舍区",
        "家属区",
        "食堂",
        "药房",
        "大药房",
        "超市",
    }
)
# ... and these are a part of it.
INNER = frozenset(
    {
        "东门",
        "南门",
        "西门",
        "北门",
        "大门",
        "正门",
        "出入口",
        "入口",
        "急诊",
        "急诊科",
        "急诊部",
        "住院部",
        "住院楼",
        "门诊部",
        "门诊楼",
        "发热门诊",
        "体检中心",
    }
)
NUMERALS: Mapping[str, int] = {
    **{sign: value for value, sign in enumerate("零一二三四五六七八九十")},
    "〇": 0,
    "两": 2,
    "百": 100,
}
# Traditional forms of characters that names of facilities and of places use, each with its simplified form: not all.
TRADITIONAL = """
醫医 衛卫 門门 婦妇 鎮镇 鄉乡 縣县 區区 國国 際际 會会 專专 業业 學学 東东 華华 廣广 貴贵 陸陆 興兴 龍龙 馬马
魚鱼 車车 島岛 灣湾 橋桥 嶺岭 漢汉 陽阳 陰阴 雲云 靈灵 賓宾 賀贺 臺台 樂乐 壽寿 寧宁 貞贞 環环 灘滩 濱滨 潯浔
澤泽 慶庆 長长 樹树 楊杨 榮荣 樓楼 關关 開开 閘闸 壩坝 壢坜 嶼屿 岡冈 崗岗 峽峡 嶽岳 歲岁 莊庄 義义 聖圣 誠诚
農农 豐丰 機机 構构 檢检 驗验 療疗 養养 護护 產产 兒儿 腫肿 癲癫 齒齿 復复 總总 針针 藥药 紅红 級级 獻献 隊队
務务 處处 辦办 鐵铁 園园 團团 員员 圓圆 堅坚 報报 場场 塊块 壓压 實实 寶宝 對对 導导 屬属 師师 帶带 庫库 廟庙
廠厂 彎弯 張张 強强 時时 書书 術术 條条 極极 標标 歡欢 歷历 殯殡 氣气 沖冲 決决 況况 渦涡 濟济 燈灯 爐炉 爺爷
獨独 現现 瑤瑶 疊叠 監监 盤盘 眾众 碼码 禮礼 種种 稱称 穩稳 穀谷 競竞 筆笔 節节 範范 築筑 納纳 練练 維维 緊紧
線线 緣缘 縱纵 繞绕 羅罗 聯联 職职 臨临 舊旧 艙舱 藝艺 蘆芦 蘇苏 蘭兰 號号 補补 觀观 規规 覺觉 記记 許许 設设
訪访 話话 該该 詳详 調调 證证 識识 譜谱 讓让 貨货 質质 購购 賽赛 趙赵 跡迹 軍军 輕轻 輛辆 輝辉 輪轮 轉转 達达
運运 過过 遠远 適适 遷迁 選选 郵邮 鄧邓 鄭郑 鄰邻 釋释 鋼钢 錦锦 鎖锁 鏡镜 陣阵 隨随 雙双 雞鸡 離离 難难 靜静
項项 順顺 領领 頭头 題题 願愿 類类 飛飞 館馆 驛驿 體体 黃黄 點点 黨党 齊齐 齡龄
"""
SIMPLIFIED: Mapping[int, str] = {ord(pair[0]): pair[1] for pair in TRADITIONAL.split()}
