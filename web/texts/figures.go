package texts

// figures are the texts of the page of figures.
var figures = map[string]string{
	"In parts": "构成", "Sources": "来源", "Time of a session": "停留时长", "Pages of a session": "访问深度",
	"total": "合计", "download": "下载", "render": "渲染", "One by one": "各期数据", "who came again": "留存", "on the day": "当日", "Begins": "起始日期", "at first": "当期",
	"province": "省份", "city": "城市", "gender": "性别", "platform": "平台", "device": "机型", "age": "年龄",
	"figures": "数据", "All accounts": "所有账号", "Days of the charts": "图表天数", "%d days": "%d 天", "All days": "全部日期",
	"Changes are against the same weekday a week before, of months and half-months against the one before.": "增减均与上周同日相比，月和半月数据与上一期相比。",
	"Not all figures could be read; the log says why.":                                                      "部分数据无法读取，原因见日志。",
	"There are no figures yet.":      "尚无数据。",
	"The newest day of each account": "各账号最新一日",
	"By day":                         "逐日数据", "Day": "日期", "Hour": "小时", "Title": "标题", "Up to": "统计至", "untitled": "无标题",
	"On the average of %s, by hour": "分时段日均（%s）", "The most read of the last %d days": "近 %d 天阅读最多",
	"Average time (ms)": "平均耗时（毫秒）",
	"Mon":               "周一", "Tue": "周二", "Wed": "周三", "Thu": "周四", "Fri": "周五", "Sat": "周六", "Sun": "周日",
}

// files are the texts of workbooks and tables.
var files = map[string]string{
	"Another download is being made; try again in a few seconds.": "正在生成另一个下载文件，请几秒后重试。",
	"the format is xlsx or csv":                                   "格式为 xlsx 或 csv", "there is no table %q": "没有表 %q", "%q is no day of the form YYYY-MM-DD": "%q 不是 YYYY-MM-DD 形式的日期",
	"a download has at most %d days; the command export has no limit":     "一次最多下载 %d 天；命令 export 没有此限制",
	"a download has at most %d accounts; the command export has no limit": "一次最多下载 %d 个账号；命令 export 没有此限制",
	"Download": "下载", "all tables": "所有表格",
	"Date": "日期", "about": "说明", "From": "起", "To": "止", "Days that WeChat has not computed": "微信尚未生成的日期数",
	"What may be added up": "哪些可以相加", "Sheet": "工作表", "Column": "列", "over": "范围",
	"nowhere": "不可相加", "labels": "同一日各部分", "days, labels": "各日与各部分",
}
