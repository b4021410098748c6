// Package words has what the generated tables of the documents say in each language.
// What the code describes is in English; the Chinese is here.
package words

// Language is what the tables of metrics, codes and views are written in.
type Language struct {
	Readme    string
	Docs      string // the directory of the documents
	DataHead  string // of the metrics of a family
	OwnHead   string // of the exporter's own metrics
	CodeHead  string
	ViewHead  string
	Families  map[string]string // heads of families, by name
	Units     map[string]string // translations; nil: the language of the code
	HelpTexts map[string]string // translations, by metric; nil: the language of the code
}

// Languages are those of the documents.
func Languages() []Language { return []Language{english(), chinese()} }

func english() Language {
	return Language{
		Readme:   "README.md",
		Docs:     "docs",
		DataHead: "| metric | labels | unit | WeChat's API and field |\n|---|---|---|---|\n",
		OwnHead:  "| metric | labels | type | |\n|---|---|---|---|\n",
		ViewHead: "| view | add up over days and parts of a day | over parts of a day alone | over nothing |\n|---|---|---|---|\n",
		CodeHead: "| kind | code | name | name_zh |\n|---|---|---|---|\n",
		Families: map[string]string{
			"user": "Followers (user)", "message": "Messages (message)", "interface": "Callbacks (interface)",
			"article": "Articles, the older APIs (article)", "publish": "Articles, the newer APIs (publish)",
			"mini": "Mini programs (mini)", "miniops": "Mini programs, loading (miniops)", "revenue": "Revenue of ads (revenue)",
		},
	}
}

func chinese() Language {
	return Language{
		Readme:   "README.zh-CN.md",
		Docs:     "docs/zh",
		DataHead: "| 指标 | 标签 | 单位 | 微信接口与字段 |\n|---|---|---|---|\n",
		OwnHead:  "| 指标 | 标签 | 类型 | 说明 |\n|---|---|---|---|\n",
		ViewHead: "| 视图 | 跨天、跨分项都可以相加 | 只能跨分项相加 | 不能相加 |\n|---|---|---|---|\n",
		CodeHead: "| 类别（kind） | 代码 | 英文名称 | 中文名称 |\n|---|---|---|---|\n",
		Families: map[string]string{
			"user": "用户（user）", "message": "消息（message）", "interface": "回调接口（interface）",
			"article": "图文，旧接口（article）", "publish": "图文，新接口（publish）",
			"mini": "小程序（mini）", "miniops": "小程序启动（miniops）", "revenue": "流量主收入（revenue）",
		},
		Units: map[string]string{
			"users": "人", "times": "次", "calls": "次", "messages": "条", "articles": "篇",
			"milliseconds": "毫秒", "seconds": "秒", "0 to 1": "0 到 1", "fen (1/100 yuan)": "分（1/100 元）",
			"sessions": "次", "visits": "次", "pages": "页", "orders": "单", "requests": "次", "of its index": "随 index", "WeChat's number": "微信的编号", "undocumented": "微信未说明",
		},
		HelpTexts: map[string]string{
			"wx_latest_date_timestamp_seconds":                         "微信已返回该接口数据的最新一日；值为这一天北京时间 00:00 的时间戳。",
			"wx_day_timestamp_seconds":                                 "该账号各序列的 date 标签上出现的每一天，值为这一天北京时间 00:00 的时间戳。",
			"wx_up":                                                    "该账号最近一次采集是否取得令牌且没有接口失败；已下线或无权限的接口不算失败，除非所有接口都如此。",
			"wx_collector_duration_seconds":                            "该指标族最近一次采集的耗时。",
			"wx_collector_last_success_timestamp_seconds":              "该指标族最近一次采集成功的时间。",
			"wx_collector_success":                                     "该指标族最近一次采集是否成功。",
			"wx_api_open_days":                                         "已经查询、但微信尚未出数的天数。",
			"wx_api_quota_limit":                                       "微信允许该账号每天调用该接口的次数（微信提供时才有）。",
			"wx_api_quota_used":                                        "最近一次查询配额当天，微信统计的该接口调用次数（微信提供时才有）。",
			"wx_api_request_duration_seconds":                          "请求微信的耗时，从发送到读完应答；api 与 wx_api_requests_total 相同。",
			"wx_api_requests_total":                                    "请求微信的次数（含重试），按结果区分：errcode（0 为成功）、http_NNN、timeout、network 或 invalid。api 还包括 token（获取令牌，无论由谁签发）和 quota（查询配额）。",
			"wx_api_state":                                             "接口当前所处的状态为 1：ok（正常）、open（有日期尚未出数）、parked（当天不再调用）、offline（已被微信下线）、denied（无权限）、failing（失败）。",
			"wx_token_expiry_timestamp_seconds":                        "当前令牌的过期时间。",
			"wx_token_refreshes_total":                                 "获取令牌的次数。",
			"wx_rows_dropped_total":                                    "应答中没有导出的行数：outside_window（不在查询的日期内）、duplicate（重复，以最后一行为准）、invalid（无法识别该行属于什么，或其余字段均无法读取）、over_limit（超出 window.articles_per_day 或 pages_per_day）。",
			"wx_fields_unreadable_total":                               "应答中无法读取、因而从该行缺失的字段数；/status 和日志会指出是哪个字段。",
			"wx_store_days":                                            "存储中该账号的记录数，每个接口每天一条。",
			"wx_store_healthy":                                         "存储最近一次写入是否成功；没能写入的数据由内存提供。",
			"wx_store_size_bytes":                                      "存储占用的磁盘空间。",
			"wx_history_days":                                          "自 history.since 起，存储中已有微信应答的天数。",
			"wx_history_days_missing":                                  "自 history.since 起，尚待回填的天数。",
			"wx_remote_write_days_total":                               "发送给该接收端的天数（每个接口每天一次），按结果区分：sent（已接收）、refused（接收端拒绝，跳过，下次启动时重试）。",
			"wx_remote_write_last_success_timestamp_seconds":           "该接收端最近一次接收样本的时间。",
			"wx_remote_write_pending_days":                             "尚待发送给该接收端的天数（每个接口每天一次）。",
			"wx_remote_write_retries_total":                            "发送给该接收端失败并重试的请求数。",
			"wx_remote_write_samples_total":                            "该接收端已接收的样本数。",
			"wx_account_lease":                                         "该账号是否由本副本采集；只在多副本时有。",
			"wx_code_info":                                             "微信各种代码的名称；恒为 1。",
			"wx_exporter_replicas":                                     "共用存储且存活的副本数，包括本副本。",
			"wx_exporter_build_info":                                   "恒为 1，标签为版本、修订、分支、Go 版本以及编译的目标平台。",
			"wx_exporter_config_last_reload_success_timestamp_seconds": "最近一次成功加载配置的时间。",
			"wx_exporter_config_last_reload_successful":                "最近一次加载配置是否成功。",
		},
	}
}
