package main

// scenes are English names for the words that stand for WeChat's scenes.
var scenes = map[string]string{
	"all": "All", "message": "Message", "chat": "Chat", "moments": "Moments", "home": "Account page",
	"recommend": "Recommended", "search": "Search", "other": "Other",
}

// totalSources are where the readers of getarticletotal came from.
var totalSources = []codeName{
	{"session", words{"Message", "公众号会话"}}, {"hist_msg", words{"Message history", "历史消息页"}}, {"feed", words{"Moments", "朋友圈"}},
	{"friends", words{"Friends", "好友转发"}}, {"kanyikan", words{"Top Stories", "看一看"}}, {"souyisou", words{"Search", "搜一搜"}}, {"other", words{"Other", "其他"}},
}

// names are the names of columns, lines and values.
var names = map[string]words{
	"date": {"Date", "日期"}, "account": {"Account", "公众号"}, "source": {"Source", "来源"}, "title": {"Title", "标题"}, "link": {"Link", "链接"},
	"open": {"Open the article", "打开文章"}, "sent": {"Sent on", "发送日期"}, "msgid": {"Message", "消息编号"}, "position": {"Part of the article", "文章位置"},
	"none": {"no data", "无数据"}, "yes": {"yes", "是"}, "no": {"no", "否"},

	"followers": {"Followers", "累计关注"}, "new": {"New", "新增关注"}, "cancel": {"Unfollowed", "取消关注"}, "net": {"Net growth", "净增关注"},
	"messages": {"Messages", "消息数"}, "callbacks": {"Callbacks", "回调次数"}, "failures": {"Failed callbacks", "失败次数"}, "ratio": {"Failure ratio", "失败率"},
	"average": {"Average", "平均耗时"}, "slowest": {"Slowest", "最大耗时"},

	"readers": {"Readers", "阅读人数"}, "reads": {"Reads", "阅读次数"}, "ori": {"Original page readers", "原文阅读人数"}, "orireads": {"Original page reads", "原文阅读次数"},
	"sharers": {"Sharers", "分享人数"}, "shares": {"Shares", "分享次数"}, "favers": {"Users who saved it", "收藏人数"}, "favs": {"Saved", "收藏次数"},
	"likers": {"Likes", "点赞人数"}, "zaikan": {"Wow", "在看人数"}, "comments": {"Comments", "留言条数"}, "collectors": {"Collected", "收藏人数"},
	"followed": {"New followers", "阅读后关注"}, "delivered": {"Read of delivered", "送达阅读率"}, "finished": {"Read to the end", "完读率"},
	"active": {"Reading time", "平均阅读时长"}, "praise": {"Praise (yuan)", "赞赏金额（元）"}, "targets": {"Sent to", "送达人数"}, "left": {"Left there", "跳出比例"},

	"up": {"Last poll good", "上次采集正常"}, "age": {"Age", "最新数据距今"}, "api": {"API", "接口"}, "state": {"State", "状态"}, "newest": {"Newest day", "最新日期"},
	"current": {"Current", "当前"}, "opendays": {"Open days", "未出数天数"}, "collector": {"Family", "数据类别"}, "success": {"Success", "成功"},
	"duration": {"Took", "耗时"}, "since": {"Since the last success", "距上次成功"}, "job": {"Job", "任务"}, "instance": {"Instance", "实例"},
	"version": {"Version", "版本"}, "revision": {"Revision", "修订"}, "goversion": {"Go", "Go 版本"}, "running": {"Running", "运行中"},

	"state.ok": {"ok", "正常"}, "state.open": {"open: waiting for data", "等待数据"}, "state.parked": {"parked: quota spent", "配额用尽"},
	"state.offline": {"offline: switched off by WeChat", "接口已下线"}, "state.denied": {"denied: not granted", "无权限"}, "state.failing": {"failing", "失败"},

	"var.datasource": {"Data source", "数据源"}, "var.job": {"Job", "任务"}, "var.instance": {"Instance", "实例"}, "var.account": {"Account", "公众号"},
	"links": {"WeChat dashboards", "微信公众号看板"},
}
