package wxclient

// UpstreamMsg is a row of getupstreammsg, getupstreammsgweek and
// getupstreammsgmonth: a day, a week by its Monday or a month by its first day,
// and a type of message.
type UpstreamMsg struct {
	RefDate  string `json:"ref_date"`
	MsgType  *int64 `json:"msg_type"`
	MsgUser  *int64 `json:"msg_user"`  // users who sent messages to the account
	MsgCount *int64 `json:"msg_count"` // messages that they sent
}

// UpstreamMsgHour is a row of getupstreammsghour: an hour of a day and a type
// of message.
type UpstreamMsgHour struct {
	UpstreamMsg
	RefHour *int64 `json:"ref_hour"` // 0, 100 to 2300
}

// UpstreamMsgDist is a row of getupstreammsgdist, getupstreammsgdistweek and
// getupstreammsgdistmonth: a day, a week by its Monday or a month by its first
// day, and a range of messages a user.
type UpstreamMsgDist struct {
	RefDate       string `json:"ref_date"`
	CountInterval *int64 `json:"count_interval"`
	MsgUser       *int64 `json:"msg_user"` // users who sent that many messages
}
