package collector

type interfaceSummary struct {
	RefDate       string `json:"ref_date"`
	CallbackCount *int64 `json:"callback_count" name:"Callbacks|回调次数"`
	FailCount     *int64 `json:"fail_count" name:"Failed callbacks|失败次数"`
	TotalTimeCost *int64 `json:"total_time_cost" name:"Time of all callbacks (ms)|总耗时（毫秒）"` // milliseconds
	MaxTimeCost   *int64 `json:"max_time_cost" name:"Slowest callback (ms)|最大耗时（毫秒）"`       // milliseconds
}

type interfaceSummaryHour struct {
	interfaceSummary
	RefHour *int64 `json:"ref_hour" name:"Hour|小时" code:"hour"` // 0, 100 to 2300
}

// interfaceFamily is how the account's own server answers WeChat's callbacks.
func interfaceFamily() Family {
	return Family{Name: "interface", APIs: []API{
		callbacks(API{Name: "getinterfacesummary", Title: Words{"Callbacks", "接口回调"}, Span: 30, Row: interfaceSummary{}}, "", "on the day"),
		callbacks(API{Name: "getinterfacesummaryhour", Title: Words{"Callbacks by hour", "接口回调（小时）"}, Span: 1, Kind: Hourly, Row: interfaceSummaryHour{}}, "hourly_", "in the hour", hour()),
	}}
}

// callbacks completes an API of the family. period is a part of the metrics' names,
// during of their HELP. Without callbacks there is no average.
func callbacks(a API, period, during string, labels ...Label) API {
	prefix := "wx_interface_" + period
	a.Key = labels
	a.Groups = []Group{{Labels: labels, Gauges: []Gauge{
		{Name: prefix + "callbacks", Help: "Callbacks from WeChat to the account's server " + during + ".", Unit: "calls", Field: "callback_count", Adds: Everywhere, Main: true},
		{Name: prefix + "failures", Help: "Failed callbacks " + during + ".", Unit: "calls", Field: "fail_count", Adds: Everywhere, Main: true},
		{Name: prefix + "total_ms", Help: "Total time of all callbacks " + during + ".", Unit: "milliseconds", Field: "total_time_cost", Adds: Everywhere},
		{Name: prefix + "max_ms", Help: "Time of the slowest callback " + during + ".", Unit: "milliseconds", Field: "max_time_cost", Adds: Nowhere},
		{Name: prefix + "avg_ms", Help: "Average time of a callback " + during + ".", Unit: "milliseconds", Field: "total_time_cost / callback_count", Adds: Nowhere},
	}}}
	return a
}
