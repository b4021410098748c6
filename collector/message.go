package collector

import "github.com/wxexporter/wx_exporter/calendar"

type upstreamMsg struct {
	RefDate  string `json:"ref_date"` // of a week its Monday, of a month the 1st
	MsgType  *int64 `json:"msg_type" name:"Message type|消息类型" code:"msg_type"`
	MsgUser  *int64 `json:"msg_user" name:"Senders|发送人数"`
	MsgCount *int64 `json:"msg_count" name:"Messages|消息数"`
}

type upstreamMsgHour struct {
	upstreamMsg
	RefHour *int64 `json:"ref_hour" name:"Hour|小时" code:"hour"` // 0, 100 to 2300
}

type upstreamMsgDist struct {
	RefDate       string `json:"ref_date"` // of a week its Monday, of a month the 1st
	CountInterval *int64 `json:"count_interval" name:"Messages of a sender|每人消息数" code:"msg_interval"`
	MsgUser       *int64 `json:"msg_user" name:"Senders|发送人数"`
}

// messageFamily is what users send to an account. Weeks and months are fetched one
// at a time, with begin = end = the Monday or the 1st: every reading of WeChat's
// documents allows that.
func messageFamily() Family {
	byType := code("type", "msg_type")
	const day, inHour, week, month = "on the day", "in the hour", "in the week that began on the day", "in the month that began on the day"
	return Family{Name: "message", APIs: []API{
		messages(API{Name: "getupstreammsg", Title: Words{"Messages", "消息"}, Span: 7, Row: upstreamMsg{}}, "", day, byType),
		messages(API{Name: "getupstreammsghour", Title: Words{"Messages by hour", "消息（小时）"}, Span: 1, Kind: Hourly, Row: upstreamMsgHour{}}, "hourly_", inHour, hour(), byType),
		messages(API{Name: "getupstreammsgweek", Title: Words{"Messages by week", "消息（周）"}, Span: 1, Period: calendar.Weekly, Row: upstreamMsg{}}, "weekly_", week, byType),
		messages(API{Name: "getupstreammsgmonth", Title: Words{"Messages by month", "消息（月）"}, Span: 1, Period: calendar.Monthly, Row: upstreamMsg{}}, "monthly_", month, byType),
		distribution(API{Name: "getupstreammsgdist", Title: Words{"Senders", "消息分布"}, Span: 15}, "", day),
		distribution(API{Name: "getupstreammsgdistweek", Title: Words{"Senders by week", "消息分布（周）"}, Span: 1, Period: calendar.Weekly}, "weekly_", week),
		distribution(API{Name: "getupstreammsgdistmonth", Title: Words{"Senders by month", "消息分布（月）"}, Span: 1, Period: calendar.Monthly}, "monthly_", month),
	}}
}

// messages completes an API that counts messages by type. period is a part of the
// metrics' names, during of their HELP.
func messages(a API, period, during string, labels ...Label) API {
	a.Key = labels
	a.Groups = []Group{{Labels: labels, Gauges: []Gauge{
		{Name: "wx_upstream_" + period + "msgs", Help: "Messages from users to the account " + during + ".", Unit: "messages", Field: "msg_count", Adds: Everywhere, Main: true},
		{Name: "wx_upstream_" + period + "msg_users", Help: "Users who sent messages to the account " + during + ".", Unit: "users", Field: "msg_user", Adds: Nowhere},
	}}}
	return a
}

// distribution completes an API that counts users by how many messages they sent.
func distribution(a API, period, during string) API {
	a.Row = upstreamMsgDist{}
	a.Key = []Label{code("interval", "count_interval")}
	a.Groups = []Group{{Labels: a.Key, Gauges: []Gauge{
		{Name: "wx_upstream_" + period + "dist_users", Help: "Users by number of messages sent " + during + ", in intervals.", Unit: "users", Field: "msg_user", Adds: OverLabels},
	}}}
	return a
}
