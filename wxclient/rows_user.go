package wxclient

// The row types hold what WeChat sends, under its names. A nil count means that
// WeChat did not send the field, which is not 0. They decode with encoding/json
// and with github.com/go-json-experiment/json alike. RefDate is the Beijing day
// of the row, YYYY-MM-DD.

// UserSummary is a row of getusersummary: a day and a way of following.
type UserSummary struct {
	RefDate    string `json:"ref_date"`
	UserSource *int64 `json:"user_source"`
	NewUser    *int64 `json:"new_user"`    // users who began to follow
	CancelUser *int64 `json:"cancel_user"` // users who ceased to follow
}

// UserCumulate is a row of getusercumulate: a day.
type UserCumulate struct {
	RefDate      string `json:"ref_date"`
	CumulateUser *int64 `json:"cumulate_user"` // followers at the end of the day
}
