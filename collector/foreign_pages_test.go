package collector

type paged struct {
	Date   string `json:"date"`
	Slot   string `json:"slot" name:"Slot|位置"`
	Clicks *int64 `json:"clicks" name:"Clicks|点击次数"`
}

// ForeignPages is an API that is asked by GET, for pages, and whose rows have the day
// under another name.
func ForeignPages() API {
	slot := []Label{text("slot", "slot")}
	return API{
		Name: "adstat", Title: Words{"Ads", "广告"}, Span: 3, Row: paged{}, Date: "date", Key: slot,
		Ask:    Ask{Path: "/publisher/stat", Query: true, From: "start_date", Params: map[string][]any{"action": {"adstat"}}, Pages: 2},
		Groups: []Group{{Labels: slot, Gauges: []Gauge{{Name: "wx_ad_clicks", Help: "Clicks.", Unit: "times", Field: "clicks", Adds: Everywhere}}}},
	}
}
