package wxclient

// InterfaceSummary is a row of getinterfacesummary: a day.
type InterfaceSummary struct {
	RefDate       string `json:"ref_date"`
	CallbackCount *int64 `json:"callback_count"`  // callbacks that WeChat made to the account's server
	FailCount     *int64 `json:"fail_count"`      // of these, failed
	TotalTimeCost *int64 `json:"total_time_cost"` // milliseconds, of all callbacks together
	MaxTimeCost   *int64 `json:"max_time_cost"`   // milliseconds, of the slowest
}

// InterfaceSummaryHour is a row of getinterfacesummaryhour: an hour of a day.
type InterfaceSummaryHour struct {
	InterfaceSummary
	RefHour *int64 `json:"ref_hour"` // 0, 100 to 2300
}
