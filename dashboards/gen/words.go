package main

// scenes are English names for the words that stand for WeChat's scenes.
var scenes = map[string]string{
	"all": "All", "message": "Message", "chat": "Chat", "moments": "Moments", "home": "Account page",
	"recommend": "Recommended", "search": "Search", "other": "Other",
}

// families are the names of the families of APIs.
var families = map[string]words{
	"user": {"user", "用户 user"}, "message": {"message", "消息 message"}, "interface": {"interface", "回调接口 interface"},
	"article": {"article", "图文 article"}, "publish": {"publish", "发表内容 publish"},
	"mini": {"mini", "小程序 mini"}, "miniops": {"miniops", "小程序运维 miniops"}, "revenue": {"revenue", "流量主 revenue"},
}

// reasons are those for which rows are not exported.
var reasons = []codeName{
	{"outside_window", words{"outside_window", "不在统计期内"}, ""}, {"duplicate", words{"duplicate", "重复"}, ""},
	{"invalid", words{"invalid", "无法解析"}, ""}, {"over_limit", words{"over_limit", "超出数量上限"}, ""},
}

// portraits are the properties of visitors that WeChat tells of.
var portraits = []codeName{
	{"province", words{"Province", "省份"}, ""}, {"city", words{"City", "城市"}, ""}, {"gender", words{"Gender", "性别"}, ""},
	{"platform", words{"Platform", "平台"}, ""}, {"device", words{"Device", "机型"}, ""}, {"age", words{"Age", "年龄"}, ""},
}

// phases are those in which a mini program starts.
var phases = []codeName{
	{"total", words{"In all", "总耗时"}, ""}, {"download", words{"Download", "下载"}, ""}, {"render", words{"Rendering", "渲染"}, ""},
}

// undocumented are codes that occur and that WeChat does not explain.
var undocumented = map[string][]codeName{
	"share_scene":   {{code: "5", name: words{"Scene 5", "场景 5"}}},
	"publish_scene": {{code: "看一看", name: words{"Top Stories", "看一看"}}},
}

// advice is what a code of a refused request means and what to do: at once where no
// figures arrive (red), some day where some are missing (orange), or nothing.
var advice = []codeName{
	{"47009", words{"47009: switched off by WeChat for this account; nothing to mend, the publish family replaces it", "47009：微信已为该公众号下线此接口，无需处理，由发表接口替代"}, plain},
	{"45103", words{"45103: switched off by WeChat for this account; nothing to mend", "45103：微信已为该账号下线此接口，无需处理"}, plain},
	{"48009", words{"48009: switched off by WeChat for this account; nothing to mend", "48009：微信已为该账号下线此接口，无需处理"}, plain},
	{"45009", words{"45009: the day's quota is spent; see which other program calls this API", "45009：当日配额用尽，请检查是否有其他程序调用此接口"}, orange},
	{"45011", words{"45011: too many calls in a short time; the exporter slows down by itself", "45011：调用过于频繁，采集器会自行放慢"}, plain},
	{"48001", words{"48001: not granted; see whether the account is certified and has the permission", "48001：无权限，请检查账号是否已认证并具有该权限"}, orange},
	{"50001", words{"50001: not granted; see whether the account is certified and has the permission", "50001：无权限，请检查账号是否已认证并具有该权限"}, orange},
	{"48004", words{"48004: banned; see the account's console", "48004：接口被封禁，请查看账号后台"}, orange},
	{"50002", words{"50002: restricted or banned; see the account's console", "50002：账号受限或被封禁，请查看账号后台"}, orange},
	{"61003", words{"61003: not authorized to the platform; have the administrator authorize it again", "61003：未授权给第三方平台，请管理员重新授权"}, orange},
	{"61007", words{"61007: permission not authorized to the platform; have the administrator authorize it again", "61007：未将该权限授权给第三方平台，请管理员重新授权"}, orange},
	{"40001", words{"40001: token or secret refused; check the secret, and that no other program replaces the token", "40001：令牌或密钥无效，请检查密钥，并确认没有其他程序刷新令牌"}, red},
	{"40014", words{"40014: token refused; see that no other program replaces it", "40014：令牌无效，请确认没有其他程序刷新令牌"}, red},
	{"42001", words{"42001: token expired; see that no other program replaces it", "42001：令牌已过期，请确认没有其他程序刷新令牌"}, red},
	{"40013", words{"40013: check app_id; WeChat does not know it", "40013：请检查 app_id，微信不认识它"}, red},
	{"40125", words{"40125: check the secret; it may have been reset", "40125：请检查密钥，可能已被重置"}, red},
	{"40243", words{"40243: the secret is frozen; unfreeze or reset it in the console", "40243：密钥已冻结，请在后台解冻或重置"}, red},
	{"40164", words{"40164: add the exporter's public address to the IP allow-list", "40164：请将采集器的公网地址加入 IP 白名单"}, red},
	{"61004", words{"61004: add the exporter's public address to the platform's IP allow-list", "61004：请将采集器的公网地址加入第三方平台的 IP 白名单"}, red},
	{"41002", words{"41002: app_id is missing or wrong; check it", "41002：app_id 缺失或错误，请检查"}, red},
	{"41004", words{"41004: the secret is missing or wrong; check it", "41004：密钥缺失或错误，请检查"}, red},
	{"61023", words{"61023: the refresh token is refused; have the account authorize the platform again", "61023：刷新令牌无效，请让账号重新授权第三方平台"}, red},
	{"89501", words{"89501: the account's administrator has to confirm the address, or add it to the IP allow-list", "89501：请账号管理员确认该地址，或将其加入 IP 白名单"}, red},
	{"89502", words{"89502: the account's administrator has to confirm the address, or add it to the IP allow-list", "89502：请账号管理员确认该地址，或将其加入 IP 白名单"}, red},
	{"89503", words{"89503: the account's administrator has to confirm the address, or add it to the IP allow-list", "89503：请账号管理员确认该地址，或将其加入 IP 白名单"}, red},
	{"89504", words{"89504: the account's administrator has to confirm the address, or add it to the IP allow-list", "89504：请账号管理员确认该地址，或将其加入 IP 白名单"}, red},
	{"89505", words{"89505: the account's administrator has to confirm the address, or add it to the IP allow-list", "89505：请账号管理员确认该地址，或将其加入 IP 白名单"}, red},
	{"89506", words{"89506: the administrator refused the address; add it to the IP allow-list, then wait", "89506：管理员拒绝了该地址，请将其加入 IP 白名单并等待"}, red},
	{"89507", words{"89507: the administrator refused the address; add it to the IP allow-list, then wait", "89507：管理员拒绝了该地址，请将其加入 IP 白名单并等待"}, red},
	{"61500", words{"61500: check the clock of the exporter's host", "61500：请检查采集器主机的时钟"}, orange},
	{"61501", words{"61501: check the clock of the exporter's host", "61501：请检查采集器主机的时钟"}, orange},
	{"61503", words{"61503: not computed yet; the exporter asks again", "61503：数据尚未生成，采集器会重新请求"}, plain},
	{"-1", words{"-1: WeChat is busy; the exporter tries again", "-1：微信繁忙，采集器会重试"}, plain},
	{"61450", words{"61450: WeChat is busy; the exporter tries again", "61450：微信繁忙，采集器会重试"}, plain},
	{"45010", words{"45010: too many calls in a short time; the exporter slows down by itself", "45010：调用过于频繁，采集器会自行放慢"}, plain},
	{"2009", words{"2009: shows no ads; nothing to mend unless it should", "2009：未开通流量主；如确未开通，无需处理"}, plain},
	{"61502", words{"61502: not for mini games; set collectors: [revenue] for them", "61502：小游戏没有此接口，请为其设置 collectors: [revenue]"}, orange},
	{"76021", words{"76021: the quota of this API is not told; nothing to mend", "76021：微信未提供该接口的配额，无需处理"}, plain},
	{"76022", words{"76022: the quota is not told; nothing to mend", "76022：无权查询配额，无需处理"}, plain},
	{"61451", words{"61451: check the clock of the exporter's host", "61451：请检查采集器主机的时钟"}, orange},
	{"41001", words{"41001: the token did not arrive; does a proxy remove the query?", "41001：微信未收到令牌，请检查代理是否去掉了查询参数"}, red},
	{"42007", words{"42007: authorization void; have the account authorize the platform again", "42007：授权已失效，请让账号重新授权第三方平台"}, red},
	{"50007", words{"50007: the account is frozen; see its console", "50007：账号已冻结，请查看账号后台"}, red},
	{"timeout", words{"timeout: WeChat did not answer in time; look at the network", "timeout：微信未及时应答，请检查网络"}, orange},
	{"network", words{"network: WeChat cannot be reached; look at the network, DNS and proxy", "network：无法连接微信，请检查网络、DNS 与代理"}, orange},
	{"invalid", words{"invalid: the answer could not be read; is there a proxy in between?", "invalid：应答无法解析，请检查中间是否有代理"}, orange},
}

// alerts are those of the rules; the critical ones are red.
var alerts = []codeName{
	{"WxCallbackFailureSpike", words{"Failed callbacks have jumped", "回调失败激增"}, red},
	{"WxCallbackFailureRatioHigh", words{"Many callbacks fail", "回调失败率过高"}, red},
	{"WxCallbackSlow", words{"Callbacks are answered slowly", "回调应答缓慢"}, orange},
	{"WxCallbackFailingHours", words{"Callbacks failed for hours", "回调连续数小时失败"}, orange},
	{"WxUnfollowSpike", words{"Unusually many users unfollowed", "取消关注激增"}, orange},
	{"WxMessageDrop", words{"Far fewer messages than usual", "消息数骤降"}, orange},
	{"WxIncomeDrop", words{"Ads earn far less than usual", "广告收入骤降"}, orange},
	{"WxIncomeMissing", words{"No income from ads for days", "连续数日没有广告收入"}, orange},
	{"WxMiniRetentionFalls", words{"Fewer visitors come again", "小程序留存下降"}, orange},
	{"WxMiniLoadSlow", words{"The mini program starts slowly", "小程序启动变慢"}, orange},
	{"WxDataLate", words{"WeChat's figures are late", "微信数据延迟"}, orange},
	{"WxTokenFailing", words{"No valid token: click for WeChat's answer", "没有有效令牌，点击查看微信的应答"}, red},
	{"WxApiFailing", words{"An API fails: click for WeChat's answer", "接口持续失败，点击查看微信的应答"}, orange},
	{"WxApiDenied", words{"An API is not granted", "接口无权限"}, orange},
	{"WxQuotaNearlySpent", words{"A daily quota is nearly spent", "每日配额即将用尽"}, orange},
	{"WxExporterDown", words{"Prometheus cannot scrape the exporter", "Prometheus 无法抓取采集器"}, red},
	{"WxStoreUnhealthy", words{"The exporter cannot write its store", "采集器无法写入存储"}, orange},
	{"WxAccountNotPolled", words{"No replica polls the account", "没有副本在采集该账号"}, red},
	{"WxAccountPolledTwice", words{"Several replicas poll the account", "多个副本同时采集该账号"}, orange},
	{"WxReplicasDisagree", words{"The replicas show different days", "各副本显示的日期不一致"}, orange},
	{"WxAnswersUnreadable", words{"Parts of WeChat's answers cannot be read", "微信的应答有部分无法解析"}, orange},
	{"WxHistoryWaits", words{"A receiver does not take the history", "接收端未接收历史数据"}, orange},
	{"WxReloadFailed", words{"A reload failed: an old configuration runs", "重新加载失败，仍使用旧配置"}, orange},
}

// names are the names of columns, lines and values.
var names = map[string]words{
	"date": {"Date", "日期"}, "account": {"Account", "公众号"}, "source": {"Source", "来源"}, "title": {"Title", "标题"}, "link": {"Link", "链接"},
	"open": {"Open the article", "打开文章"}, "sent": {"Day", "发表日期"}, "msgid": {"Message", "消息编号"},
	"now": {"Now", "本期"}, "yearago": {"A year before", "上年同期"},
	"nohistory":  {"No history yet: see docs/history.md", "尚无历史数据，见 docs/zh/history.md"},
	"code.field": {"Code ${__field.name}", "代码 ${__field.name}"}, "code.value": {"Code $1", "代码 $1"}, "others": {"All the rest", "其余合计"}, "change.percent": {"$1% on a week before", "$1%（较上周同日）"}, "change.points": {"$1 pp on a week before", "$1 百分点（较上周同日）"}, "change.count": {"$1 on a week before", "$1（较上周同日）"}, "change.ms": {"$1 ms on a week before", "$1 毫秒（较上周同日）"}, "follow": {"Open the board", "打开看板"},
	"corrected": {"Corrected days", "微信更正的日期"}, "late": {"Late days", "微信延迟的日期"}, "inaweek": {"In a week", "较上周"}, "readerschange": {"Readers: week", "阅读较上周"}, "messageschange": {"Messages: week", "消息较上周"}, "quantity": {"Figure", "指标"}, "week": {"Last 7 days", "最近 7 天"}, "weekbefore": {"7 days before", "此前 7 天"}, "month": {"Last 28 days", "最近 28 天"}, "monthagain": {"28 days before", "此前 28 天"}, "change": {"Change", "变化"}, "yearbefore": {"The same a year before", "上年同期 28 天"}, "yearchange": {"Change in a year", "较上年同期"}, "readersaday": {"Readers a day", "日均阅读人数"}, "year": {"Year", "年份"}, "monthbefore": {"28 days before (history)", "此前 28 天（历史）"}, "share": {"Share", "占比"},
	"stayed": {"Net", "净增"}, "type": {"Type", "类型"}, "weekday": {"Weekday", "星期"}, "trouble": {"Trouble", "异常程度"},
	"alldays": {"All days", "所有日期"}, "monday": {"Monday", "周一"}, "tuesday": {"Tuesday", "周二"}, "wednesday": {"Wednesday", "周三"}, "thursday": {"Thursday", "周四"}, "friday": {"Friday", "周五"}, "saturday": {"Saturday", "周六"}, "sunday": {"Sunday", "周日"},
	"problem": {"What", "问题"}, "severity": {"Severity", "严重程度"}, "alert": {"Alert", "告警"}, "problem.late": {"WeChat's figures are late", "微信数据延迟"}, "problem.failed": {"The last poll failed: click for WeChat's answer", "上次采集失败，点击查看微信的应答"},
	"problem.down": {"Prometheus cannot scrape the exporter", "Prometheus 无法抓取采集器"}, "problem.unpolled": {"The first poll has not ended", "首次采集尚未完成"}, "problem.silent": {"WeChat has no figures of it yet", "微信尚无该账号的数据"},
	"unknown":           {"Nothing is known: see /status and Prometheus' targets", "状态未知，请查看 /status 与 Prometheus 的抓取目标"},
	"severity.critical": {"Critical", "严重"}, "severity.warning": {"Warning", "警告"}, "never": {"never", "从未"}, "need": {"Need", "紧急程度"},
	"fine": {"Nothing is wrong", "一切正常"}, "untold": {"WeChat tells no quotas here", "微信未提供配额"}, "undropped": {"No row was dropped", "没有丢弃数据行"}, "unrefused": {"Nothing to mend", "没有需要处理的请求"},
	"codelabel": {"Code and what to do", "代码与处理办法"}, "times": {"Times", "次数"}, "p95": {"Took (95th percentile)", "耗时（95 分位）"}, "used": {"Used", "已用"}, "reason": {"Reason", "原因"}, "rows": {"Rows", "行数"}, "var.article": {"Article", "文章"},
	"none": {"no data", "无数据"}, "yes": {"yes", "是"}, "no": {"no", "否"},

	"followers": {"Followers", "累计关注"}, "new": {"New", "新增关注"}, "cancel": {"Unfollowed", "取消关注"}, "net": {"Net growth", "净增关注"},
	"messages": {"Messages", "消息数"}, "callbacks": {"Callbacks", "回调次数"}, "failures": {"Failed callbacks", "失败次数"}, "failed": {"Failed", "失败"}, "ratio": {"Failure rate", "失败率"}, "worsthour": {"Worst hour", "最差小时"}, "senders": {"Senders", "发送人数"}, "interval": {"Messages", "消息条数"}, "anyapi": {"All APIs", "全部接口"},
	"anyaccount": {"Account", "账号"}, "visitors": {"Visitors", "访问人数"}, "newvisitors": {"New visitors", "新用户"}, "sessions": {"Sessions", "打开次数"}, "views": {"Page views", "访问次数"},
	"page": {"Page", "页面"}, "stay": {"Seconds a view", "次均停留"}, "entries": {"Entries", "进入次数"}, "exits": {"Exits", "退出次数"}, "load": {"Start", "启动耗时"},
	"kind": {"Property", "属性"}, "part": {"Name", "名称"}, "change.seconds": {"$1 s on a week before", "$1 秒（较上周同日）"},
	"income": {"Income (yuan)", "收入（元）"}, "incomechange": {"Income: week", "收入较上周"}, "incomeyuan": {"Ad income (yuan)", "广告收入（元）"}, "slot": {"Slot", "广告位"}, "impressions": {"Impressions", "曝光次数"},
	"ecpm": {"eCPM", "千次收益"}, "clickrate": {"Click rate", "点击率"}, "clicks": {"Clicks", "点击次数"}, "unit": {"Ad unit", "广告单元"}, "unitid": {"Unit number", "广告单元编号"},
	"orders": {"Orders", "订单数"}, "commission": {"Commission (yuan)", "预估佣金（元）"}, "halfmonth": {"Half-month of", "半月起始日"}, "settledyuan": {"Settled (yuan)", "结算（元）"}, "status": {"Status", "结算状态"},
	"settling": {"Being settled", "结算中"}, "settled": {"Settled", "已结算"}, "paying": {"Being paid", "付款中"}, "paid": {"Paid", "已付款"}, "everything": {"In all", "累计收入"}, "takenback": {"Taken back", "累计扣除"},
	"average": {"Average", "平均耗时"}, "slowest": {"Slowest", "最大耗时"},

	"readers": {"Readers", "阅读人数"}, "reads": {"Reads", "阅读次数"},
	"sharers": {"Sharers", "分享人数"}, "shares": {"Shares", "分享次数"}, "favers": {"Users who saved it", "收藏人数"},
	"likers": {"Likes", "点赞人数"}, "zaikan": {"Wow", "在看人数"}, "comments": {"Comments", "留言条数"}, "collectors": {"Collected", "收藏人数"},
	"part.1": {"Begin", "开头"}, "part.2": {"2nd fifth", "第二段"}, "part.3": {"Middle", "中间"}, "part.4": {"4th fifth", "第四段"}, "part.5": {"End", "结尾"},
	"day.1": {"Day 1", "第1天"}, "day.2": {"Day 2", "第2天"}, "day.3": {"Day 3", "第3天"}, "day.4": {"Day 4", "第4天"}, "day.5": {"Day 5", "第5天"}, "day.6": {"Day 6", "第6天"}, "day.7": {"Day 7", "第7天"},
	"followed": {"New followers", "阅读后关注"}, "finished": {"Read to the end", "完读率"},

	"behind": {"Days behind", "落后天数"}, "api": {"API", "接口"}, "state": {"State", "状态"}, "newest": {"Newest day", "最新日期"},
	"current": {"Current", "当前"}, "opendays": {"Open days", "未出数天数"}, "collector": {"Family", "指标族"}, "success": {"Success", "成功"},
	"duration": {"Took", "耗时"}, "since": {"Since the last success", "距上次成功"}, "job": {"Job", "任务"}, "instance": {"Instance", "实例"},
	"version": {"Version", "版本"}, "revision": {"Revision", "修订"}, "goversion": {"Go", "Go 版本"}, "running": {"Running", "运行中"},
	"alive": {"Replicas known", "所见副本数"},

	"state.ok": {"ok", "正常"}, "state.open": {"open: waiting for data", "等待数据"}, "state.parked": {"parked: quota spent", "配额用尽"},
	"state.offline": {"offline: switched off by WeChat", "接口已下线"}, "state.denied": {"denied: not granted", "无权限"}, "state.failing": {"failing", "失败"},

	"var.datasource": {"Data source", "数据源"}, "var.job": {"Job", "任务"}, "var.instance": {"Instance", "实例"}, "var.account": {"Account", "账号"},
	"links": {"WeChat dashboards", "微信看板"},
}
