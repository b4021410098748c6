package main

func exporter() []section {
	yes := map[string]mapResult{"0": {red, 0, "no"}, "1": {green, 1, "yes"}}
	good := above(red, at{1, green})
	latency := `histogram_quantile(0.95, sum by (le, api) (rate(` + own("wx_api_request_duration_seconds_bucket") + `[$__rate_interval])))`
	requests := func(match ...string) string {
		return "increase(" + metric("wx_api_requests_total", match...) + "[$__rate_interval])"
	}
	used := "max by (account, api) (" + metric("wx_api_quota_used") + " / (" + metric("wx_api_quota_limit") + " > 0))"
	return []section{
		{"exporter.health", false, []drawer{
			figure{stat: stat{box{"exporter.up", 4, 4, "none"}, "sum(" + running(own("up")) + ")", "", good}},
			figure{stat: stat{box{"exporter.accounts", 4, 4, "none"}, "sum(max by (account) (" + metric("wx_up") + "))", blue, nil}},
			figure{stat: stat{box{"exporter.problems", 4, 4, "none"}, "sum(1 - max by (account) (" + metric("wx_up") + "))", "", above(green, at{1, red})}},
			figure{stat: stat{box{"exporter.open", 4, 4, "none"}, "sum(max by (account, api) (" + metric("wx_api_open_days") + "))", blue, nil}},
			figure{stat: stat{box{"exporter.store", 4, 4, "none"}, "min(" + own("wx_store_healthy") + ")", "", good}, mapping: yes},
			figure{stat: stat{box{"exporter.reload", 4, 4, "none"}, "min(" + own("wx_exporter_config_last_reload_successful") + ")", "", good}, mapping: yes},
			statesTable(),
			ranking{box{"exporter.ages", 12, 9, "d"}, "sort_desc(topk(20, " + ages(`api!~".*(week|month)|getarticle.*"`) + "))", ageLevels(), nil},
			ranking{box{"exporter.quota", 12, 9, "percentunit"}, "sort_desc(topk(20, " + used + "))", above(green, at{0.5, orange}, at{0.8, red}), new(1.0)},
		}},
		{"exporter.calls", false, []drawer{
			graph{box{"exporter.requests", 12, 8, "none"}, "sum by (api) (" + requests() + ")", "{{api}}", true},
			graph{box{"exporter.errors", 12, 8, "none"}, "sum by (account, api, code) (" + requests(`code!="0"`) + ") > 0", "{{account}} {{api}} {{code}}", true},
			graph{box{"exporter.latency", 12, 8, "s"}, latency, "{{api}}", false},
			graph{box{"exporter.dropped", 12, 8, "none"}, "sum by (account, api, reason) (increase(" + metric("wx_rows_dropped_total") + "[$__rate_interval])) > 0", "{{account}} {{api}} {{reason}}", true},
		}},
		{"exporter.details", true, []drawer{
			collectorsTable(),
			graph{box{"exporter.tokens", 12, 8, "s"}, "clamp_min(min by (account) (" + metric("wx_token_expiry_timestamp_seconds") + ") - time(), 0)", "{{account}}", false},
			graph{box{"exporter.refreshes", 12, 8, "none"}, "sum by (account) (increase(" + metric("wx_token_refreshes_total") + "[$__rate_interval]))", "{{account}}", true},
			graph{box{"exporter.size", 12, 8, "bytes"}, own("wx_store_size_bytes"), "{{instance}}", false},
			graph{box{"exporter.days", 12, 8, "locale"}, "max by (account) (" + metric("wx_store_days") + ")", "{{account}}", false},
			graph{box{"exporter.memory", 12, 8, "bytes"}, running(own("process_resident_memory_bytes")), "{{instance}}", false},
			graph{box{"exporter.cpu", 12, 8, "none"}, running("rate(" + own("process_cpu_seconds_total") + "[$__rate_interval])"), "{{instance}}", false},
			graph{box{"exporter.scrapes", 12, 8, "s"}, scraped(own("scrape_duration_seconds")), "{{instance}}", false},
			graph{box{"exporter.series", 12, 8, "locale"}, scraped(own("scrape_samples_scraped")), "{{instance}}", false},
			table{box{"exporter.builds", 24, 6, "none"}, []column{
				{label: "job", name: "job"},
				{label: "instance", name: "instance"},
				{label: "version", name: "version"},
				{label: "revision", name: "revision"},
				{label: "goversion", name: "goversion"},
				{expr: "max by (job, instance, version, revision, goversion) (" + own("wx_exporter_build_info") + ")", name: "running"},
			}, "instance"},
		}},
	}
}

// statesTable is the state, the newest day and the open days of every API.
func statesTable() table {
	states := map[string]mapResult{
		"ok": {green, 0, "state.ok"}, "open": {blue, 1, "state.open"}, "parked": {orange, 2, "state.parked"},
		"offline": {"text", 3, "state.offline"}, "denied": {orange, 4, "state.denied"}, "failing": {red, 5, "state.failing"},
	}
	latest := "topk by (account, api) (1, max by (account, api, date) (" + metric("wx_latest_date_timestamp_seconds") + "))"
	return table{box{"exporter.states", 24, 12, "none"}, []column{
		{label: "account", name: "account"},
		{label: "api", name: "api"},
		{label: "state", name: "state", words: states},
		{label: "date", name: "newest"},
		{expr: "max by (account, api, state) (" + metric("wx_api_state") + " == 1)", name: "current", hide: true},
		{expr: "(time() - " + latest + ") / 86400", name: "age", unit: "d"},
		{expr: "max by (account, api) (" + metric("wx_api_open_days") + ")", name: "opendays"},
	}, "opendays"}
}

func collectorsTable() table {
	yes := map[string]mapResult{"0": {red, 0, "no"}, "1": {green, 1, "yes"}}
	by := func(m string) string { return "max by (account, collector) (" + metric(m) + ")" }
	return table{box{"exporter.collectors", 24, 9, "none"}, []column{
		{label: "account", name: "account"},
		{label: "collector", name: "collector"},
		{expr: by("wx_collector_success"), name: "success", words: yes},
		{expr: by("wx_collector_duration_seconds"), name: "duration", unit: "s"},
		{expr: "time() - " + by("wx_collector_last_success_timestamp_seconds"), name: "since", unit: "s"},
	}, "since"}
}
