package collector

import "github.com/wxexporter/wx_exporter/wxclient"

// interfaceFamily is how the account's own server answers WeChat's callbacks.
func interfaceFamily() Family {
	type (
		day    = wxclient.InterfaceSummary
		byHour = wxclient.InterfaceSummaryHour
	)
	return Family{Name: "interface", APIs: []API{
		callbacks(Spec{Name: "getinterfacesummary", Span: 30}, "", "on the day", func(r day) day { return r }),
		callbacks(Spec{Name: "getinterfacesummaryhour", Span: 1, Kind: Hourly}, "hourly_", "in the hour", func(r byHour) day { return r.InterfaceSummary },
			hour(func(r byHour) *int64 { return r.RefHour })),
	}}
}

// callbacks is one of the two APIs of the family. period stands in the names,
// during in HELP. The average is computed here, and there is none without a
// callback.
func callbacks[R any](s Spec, period, during string, of func(R) wxclient.InterfaceSummary, labels ...Label[R]) API {
	average := func(r R) (float64, bool) {
		total, n := of(r).TotalTimeCost, of(r).CallbackCount
		if total == nil || n == nil || *n == 0 {
			return 0, false
		}
		return float64(*total) / float64(*n), true
	}
	prefix := "wx_interface_" + period
	return Table[R]{
		Spec: s,
		Date: func(r R) string { return of(r).RefDate },
		Key:  labels,
		Groups: []Group[R]{PerRow(labels,
			Gauge[R]{Name: prefix + "callbacks", Help: "Callbacks that WeChat made to the account's server " + during + ".", Unit: "calls", Field: "callback_count", Value: count(func(r R) *int64 { return of(r).CallbackCount })},
			Gauge[R]{Name: prefix + "failures", Help: "Callbacks that failed " + during + ".", Unit: "calls", Field: "fail_count", Value: count(func(r R) *int64 { return of(r).FailCount })},
			Gauge[R]{Name: prefix + "total_ms", Help: "Time that all callbacks took together " + during + ".", Unit: "milliseconds", Field: "total_time_cost", Value: count(func(r R) *int64 { return of(r).TotalTimeCost })},
			Gauge[R]{Name: prefix + "max_ms", Help: "Time that the slowest callback took " + during + ".", Unit: "milliseconds", Field: "max_time_cost", Value: count(func(r R) *int64 { return of(r).MaxTimeCost })},
			Gauge[R]{Name: prefix + "avg_ms", Help: "Time that a callback took on average " + during + ".", Unit: "milliseconds", Field: "total_time_cost / callback_count", Value: average},
		)},
	}.API()
}
