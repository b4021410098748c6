package collector

type loadTime struct {
	RefDate string `json:"ref_date"`
	Kind    *int64 `json:"kind" name:"Phase|阶段"`
	Cost    *int64 `json:"cost" name:"Time (ms)|耗时（毫秒）"`
}

// ForeignQuestions is an API of which a day is three questions, and whose rows stand in JSON
// that is a text.
func ForeignQuestions() API {
	kind := []Label{code("kind", "kind")}
	return API{
		Name: "getload", Title: Words{"Load", "加载"}, Span: 1, Row: loadTime{}, Key: kind,
		Ask:    Ask{Path: "/wxaapi/log/load", From: "start_time", To: "end_time", Dates: Seconds, Params: map[string][]any{"kind": {1, 2, 3}, "device": {"@_all"}}, Rows: "data.list"},
		Groups: []Group{{Labels: kind, Gauges: []Gauge{{Name: "wx_load_seconds", Help: "Time to load.", Unit: "seconds", Field: "cost x 0.001", Adds: Nowhere}}}},
	}
}

// Resolved returns a family of APIs as Families does.
func Resolved(name string, apis ...API) []Family {
	for i := range apis {
		apis[i].resolve()
	}
	return []Family{{Name: name, APIs: apis}}
}
