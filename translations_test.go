package main

// english and chinese are the languages of the READMEs. What the code describes
// is in English; the Chinese is here, by the English, so that a text that
// changes there has to be looked at here.

func english() language {
	return language{
		readme:   "README.md",
		dataHead: "| metric | labels | unit | WeChat's API and field |\n|---|---|---|---|\n",
		ownHead:  "| metric | labels | type | |\n|---|---|---|---|\n",
		familyName: map[string]string{
			"user": "Followers (user)", "message": "Messages (message)", "interface": "Callbacks (interface)",
			"article": "Articles, the older APIs (article)", "publish": "Articles, the newer APIs (publish)",
		},
	}
}

func chinese() language {
	return language{
		readme:   "README.zh-CN.md",
		dataHead: "| 指标 | 标签 | 单位 | 微信接口与字段 |\n|---|---|---|---|\n",
		ownHead:  "| 指标 | 标签 | 类型 | |\n|---|---|---|---|\n",
		familyName: map[string]string{
			"user": "用户（user）", "message": "消息（message）", "interface": "回调接口（interface）",
			"article": "图文，旧接口（article）", "publish": "图文，新接口（publish）",
		},
		types: map[string]string{"gauge": "gauge", "counter": "counter", "histogram": "histogram"},
		units: map[string]string{
			"users": "人", "times": "次", "calls": "次", "messages": "条", "articles": "篇",
			"milliseconds": "毫秒", "seconds": "秒", "0 to 1": "0 到 1", "fen (1/100 yuan)": "分（1/100 元）",
		},
		helps: map[string]string{
			"The newest day for which WeChat returned rows of the API; the value is its 00:00 Beijing time.":                           "微信已返回该接口数据的最近一天；值为这一天北京时间 00:00 的时间戳。",
			"Whether the last poll of the account got a token and no API failed; APIs that are offline or not granted are no failure.": "该公众号最近一次轮询是否取得令牌且没有接口失败；已下线或未授权的接口不算失败。",
			"Duration of the last poll of the family.":                                                                                                                              "该指标族最近一次轮询的耗时。",
			"When the family was last polled with success.":                                                                                                                         "该指标族最近一次轮询成功的时间。",
			"Whether the last poll of the family succeeded.":                                                                                                                        "该指标族最近一次轮询是否成功。",
			"Days that were asked for and that WeChat has not computed yet.":                                                                                                        "已经查询、但微信尚未出数的天数。",
			"Calls of the API that WeChat allows the account a day, where it tells.":                                                                                                "微信允许该公众号每天调用该接口的次数（微信提供时才有）。",
			"Calls of the API that WeChat counted on the day of the last look, where it tells.":                                                                                     "最近一次查询配额当天，微信统计的该接口调用次数（微信提供时才有）。",
			"Duration of requests to WeChat's data APIs, from sending until the answer was read.":                                                                                   "请求微信数据接口的耗时，从发送到读完应答。",
			"Requests to WeChat's data APIs, retries included, by result: the errcode (0 is success), http_NNN, timeout, network or invalid.":                                       "请求微信数据接口的次数（含重试），按结果区分：errcode（0 为成功）、http_NNN、timeout、network 或 invalid。",
			"1 for the state that the API is in: ok, open (days are not there yet), parked (no more calls today), offline (switched off by WeChat), denied (not granted), failing.": "接口当前所处的状态为 1：ok（正常）、open（有日期尚未出数）、parked（今天不再调用）、offline（已被微信下线）、denied（未授权）、failing（失败）。",
			"When the access token in use expires.":                                                                                                                                 "当前令牌的过期时间。",
			"Access tokens that were fetched.":                                                                                                                                      "获取令牌的次数。",
			"Rows of answers that are not exported: outside_window (of days not asked for), duplicate (the last one counts), invalid (not as documented), over_limit (articles beyond window.articles_per_day).": "应答中没有导出的行数：outside_window（不在查询的日期内）、duplicate（重复，以最后一行为准）、invalid（与文档不符）、over_limit（超出 window.articles_per_day 的图文）。",
			"Days of APIs that the store keeps for the account.":                                             "存储中该公众号的记录数，每个接口每天一条。",
			"Whether the store could write what it was last given; what it could not is served from memory.": "存储最近一次写入是否成功；没能写入的数据由内存提供。",
			"Size of the store on disk.":                     "存储占用的磁盘空间。",
			"Names of the codes that WeChat uses; always 1.": "微信各种代码的名称；恒为 1。",
			"A metric with a constant '1' value labeled by version, revision, branch, goversion from which wx_exporter was built, and the goos and goarch for the build.": "恒为 1，标签为版本、修订、分支、Go 版本以及编译的目标平台。",
			"When the configuration was last loaded with success.":          "最近一次成功加载配置的时间。",
			"Whether the last attempt to load the configuration succeeded.": "最近一次加载配置是否成功。",
		},
	}
}
