package collector

import "github.com/wxexporter/wx_exporter/wxclient"

// userFamily is the growth of an account's followers.
func userFamily() Family {
	type (
		summary  = wxclient.UserSummary
		cumulate = wxclient.UserCumulate
	)
	bySource := []Label[summary]{source(func(r summary) *int64 { return r.UserSource })}
	return Family{Name: "user", APIs: []API{
		Table[summary]{
			Spec: Spec{Name: "getusersummary", Span: 7},
			Date: func(r summary) string { return r.RefDate },
			Key:  bySource,
			Groups: []Group[summary]{PerRow(bySource,
				Gauge[summary]{Name: "wx_new_users", Help: "Users who began to follow, by the way they came.", Unit: "users", Field: "new_user", Value: count(func(r summary) *int64 { return r.NewUser })},
				Gauge[summary]{Name: "wx_cancel_users", Help: "Users who ceased to follow, by the way they had come.", Unit: "users", Field: "cancel_user", Value: count(func(r summary) *int64 { return r.CancelUser })},
			)},
		}.API(),
		Table[cumulate]{
			Spec: Spec{Name: "getusercumulate", Span: 7},
			Date: func(r cumulate) string { return r.RefDate },
			Groups: []Group[cumulate]{PerRow(nil,
				Gauge[cumulate]{Name: "wx_cumulate_users", Help: "Followers at the end of the day.", Unit: "users", Field: "cumulate_user", Value: count(func(r cumulate) *int64 { return r.CumulateUser })},
			)},
		}.API(),
	}}
}
