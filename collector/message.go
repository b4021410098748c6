package collector

import "github.com/wxexporter/wx_exporter/wxclient"

// messageFamily is what users send to an account.
func messageFamily() Family {
	type (
		msg  = wxclient.UpstreamMsg
		msgh = wxclient.UpstreamMsgHour
	)
	byType := code("type", func(r msg) *int64 { return r.MsgType })
	hourly := []Label[msgh]{
		hour(func(r msgh) *int64 { return r.RefHour }),
		code("type", func(r msgh) *int64 { return r.MsgType }),
	}
	return Family{Name: "message", APIs: []API{
		messages(Spec{Name: "getupstreammsg", Span: 7}, "", "on the day", func(r msg) msg { return r }, byType),
		messages(Spec{Name: "getupstreammsghour", Span: 1, Kind: Hourly}, "hourly_", "in the hour", func(r msgh) msg { return r.UpstreamMsg }, hourly...),
		messages(Spec{Name: "getupstreammsgweek", Span: 1, Kind: Weekly}, "weekly_", "in the week that began on the day", func(r msg) msg { return r }, byType),
		messages(Spec{Name: "getupstreammsgmonth", Span: 1, Kind: Monthly}, "monthly_", "in the month that began on the day", func(r msg) msg { return r }, byType),
		distribution(Spec{Name: "getupstreammsgdist", Span: 15}, "", "on the day"),
		distribution(Spec{Name: "getupstreammsgdistweek", Span: 1, Kind: Weekly}, "weekly_", "in the week that began on the day"),
		distribution(Spec{Name: "getupstreammsgdistmonth", Span: 1, Kind: Monthly}, "monthly_", "in the month that began on the day"),
	}}
}

// messages is one of the APIs that count messages by their type. period stands
// in the names, during in HELP.
func messages[R any](s Spec, period, during string, of func(R) wxclient.UpstreamMsg, labels ...Label[R]) API {
	return Table[R]{
		Spec: s,
		Date: func(r R) string { return of(r).RefDate },
		Key:  labels,
		Groups: []Group[R]{PerRow(labels,
			Gauge[R]{Name: "wx_upstream_" + period + "msgs", Help: "Messages that users sent to the account " + during + ".", Unit: "messages", Field: "msg_count", Value: count(func(r R) *int64 { return of(r).MsgCount })},
			Gauge[R]{Name: "wx_upstream_" + period + "msg_users", Help: "Users who sent messages to the account " + during + ".", Unit: "users", Field: "msg_user", Value: count(func(r R) *int64 { return of(r).MsgUser })},
		)},
	}.API()
}

// distribution is one of the APIs that count users by how many messages they
// sent.
func distribution(s Spec, period, during string) API {
	type row = wxclient.UpstreamMsgDist
	labels := []Label[row]{code("interval", func(r row) *int64 { return r.CountInterval })}
	return Table[row]{
		Spec: s,
		Date: func(r row) string { return r.RefDate },
		Key:  labels,
		Groups: []Group[row]{PerRow(labels,
			Gauge[row]{Name: "wx_upstream_" + period + "dist_users", Help: "Users by the number of messages that they sent " + during + ", in intervals.", Unit: "users", Field: "msg_user", Value: count(func(r row) *int64 { return r.MsgUser })},
		)},
	}.API()
}
