package collector

import "github.com/wxexporter/wx_exporter/calendar"

type visitWeek struct {
	RefDate string `json:"ref_date"`
	Users   *int64 `json:"users" name:"Visitors|访问人数"`
}

// ForeignWeek is an API of weeks that is asked from Monday to Sunday.
func ForeignWeek() API {
	return API{
		Name: "getvisitweek", Title: Words{"Weeks", "周"}, Span: 1, Period: calendar.Weekly, Row: visitWeek{}, Ask: Ask{Dates: Compact, Whole: true},
		Groups: []Group{{Gauges: []Gauge{{Name: "wx_visit_weekly_users", Help: "Visitors of the week.", Unit: "users", Field: "users", Adds: Nowhere}}}},
	}
}
