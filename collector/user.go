package collector

// In row types a nil count means that WeChat did not send the field, which is
// not 0.

type userSummary struct {
	RefDate    string `json:"ref_date"`
	UserSource *int64 `json:"user_source" name:"Source|来源" code:"user_source"`
	NewUser    *int64 `json:"new_user" name:"New followers|新增关注"`
	CancelUser *int64 `json:"cancel_user" name:"Unfollowed|取消关注"`
}

type userCumulate struct {
	RefDate      string `json:"ref_date"`
	CumulateUser *int64 `json:"cumulate_user" name:"Followers|累计关注"`
}

// userFamily is the growth of an account's followers.
func userFamily() Family {
	return Family{Name: "user", APIs: []API{
		{
			Name: "getusersummary", Title: Words{"Followers by source", "用户增减"}, Span: 7, Row: userSummary{}, Key: []Label{source()},
			Groups: []Group{{Labels: []Label{source()}, Gauges: []Gauge{
				{Name: "wx_new_users", Help: "New followers by source.", Unit: "users", Field: "new_user", Adds: Everywhere, Main: true},
				{Name: "wx_cancel_users", Help: "Users who unfollowed, by the source they had come from.", Unit: "users", Field: "cancel_user", Adds: Everywhere, Main: true},
			}}},
		},
		{
			Name: "getusercumulate", Title: Words{"Followers", "累计用户"}, Span: 7, Row: userCumulate{},
			Groups: []Group{{Gauges: []Gauge{
				{Name: "wx_cumulate_users", Help: "Followers at the end of the day.", Unit: "users", Field: "cumulate_user", Adds: Nowhere, Main: true},
			}}},
		},
	}}
}
