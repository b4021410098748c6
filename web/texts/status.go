package texts

import "maps"

// chinese has the Chinese of each English text.
var chinese = merged(pages, states, advice, figures, files)

func merged(parts ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

// pages are the texts of the landing page and of the status page.
var pages = map[string]string{
	"account": "个账号", "API": "个接口", "day": "天",
	"Language": "语言", "status": "状态",

	"Prometheus exporter for the statistics of WeChat Official Accounts and mini programs": "微信公众号与小程序统计数据的 Prometheus 采集器",
	"Figures": "数据", "for people: the figures of all accounts, charts, tables": "所有账号的数据、图表与可下载的表格",
	"Status": "状态", "every account and API: newest day, open days, what is wrong and what to do": "每个账号与接口：最新日期、未出数的日期、问题与处理办法",
	"Metrics": "指标", "all accounts": "所有账号",
	"Service discovery": "服务发现", "one target an account, for http_sd_configs": "每个账号一个目标，用于 http_sd_configs",
	"Health": "健康检查", "Readiness": "就绪检查", "Version: %s": "版本：%s", "Pages": "页面",

	"Status of %s": "%s 的状态",
	"%s Beijing time (UTC+8), as are all times and days here.": "北京时间（UTC+8）%s；本页的时间与日期均为北京时间。",
	"APIs":                               "接口",
	"Polled by":                          "采集副本",
	"nobody":                             "无",
	"No account is configured.":          "没有配置账号。",
	"What is wrong, and what to do":      "问题与处理办法",
	"What WeChat does not offer":         "微信未提供的接口",
	"Accounts":                           "账号",
	"Official Accounts":                  "公众号",
	"Mini programs":                      "小程序",
	"Account":                            "账号",
	"no data":                            "无数据",
	"open":                               "未出数",
	"Access token until %s":              "令牌有效至 %s",
	"No access token yet":                "尚无令牌",
	"polled by %s":                       "由 %s 采集",
	"On its own page":                    "单独查看",
	"History since %s":                   "自 %s 起的历史",
	"%s of APIs":                         "各接口合计 %s",
	"%d missing":                         "缺 %d 天",
	"complete":                           "已齐全",
	"complete about %s if no call fails": "若无失败约于 %s 补齐",
	", ":                                 "，", ": ": "：", ".": "。", "d": "天",
	"newest": "最新日期", "age": "距今", "open days": "未出数天数", "last call": "上次调用", "next call": "下次调用", "calls today": "今日调用", "quota used": "已用配额",
	"API name":                   "接口",
	"State":                      "状态",
	"Newest day":                 "最新日期",
	"Age":                        "距今",
	"Open days":                  "未出数天数",
	"Last call":                  "上次调用",
	"Next call":                  "下次调用",
	"Calls today":                "今日调用",
	"Quota used":                 "已用配额",
	"not polled since the start": "启动以来未采集",
	"last poll took %s":          "上次采集耗时 %s",
	"last success %s":            "上次成功 %s",
	"no success yet":             "尚未成功",
	"Since %s.":                  "始于 %s。",
	"Next try %s.":               "下次尝试 %s。",
	"all APIs":                   "全部接口",
	"What the words say":         "各状态的含义",
	"no account is named %q":     "没有名为 %q 的账号",
	"the page cannot be made; the log says why": "无法生成页面，原因见日志",
	"Everything that WeChat has was fetched. The newest day is the last one with rows: a day on which nothing happened has none, a week is dated its Monday, a month and half a month their first day.": "微信已有的数据均已取得。最新日期是最后一个有数据的日期：没有任何活动的日期没有数据；周以周一为日期，月和半月以第一天为日期。",
	"Days were asked for and WeChat has not computed them yet, or calls them delayed. They are asked for again; there is nothing to do.":                                                                "已请求而微信尚未生成或延迟的日期，会自动重新请求，无需处理。",
	"The day’s calls are spent. The API is asked again after midnight in Beijing.":                                                                                                                      "当日调用次数已用尽，北京时间零点后再请求。",
	"The last call failed, or rows of an answer could not be read. What was known is served all the same.":                                                                                              "上次调用失败，或应答中有数据无法解析。已取得的数据照常提供。",
	"The account may not use the API, or shows no ads. It is asked again once a day, about ads once a week.":                                                                                            "该账号无权使用此接口，或没有开通流量主。每天重试一次，没有开通流量主的每周重试一次。",
	"WeChat switched the API off for the account. It is asked again once a week.":                                                                                                                       "微信已为该账号下线此接口，每周重试一次。",
	"The API was not asked yet.": "尚未请求此接口。",
}

// states are those of accounts and of APIs.
var states = map[string]string{
	"ok": "正常", "parked": "配额用尽", "failing": "失败", "denied": "无权限", "offline": "已下线", "new": "未请求",
	"problem": "异常", "starting": "启动中",
}
