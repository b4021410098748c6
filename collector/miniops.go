package collector

import (
	"reflect"
	"strconv"
)

type loading struct {
	RefDate      string `json:"ref_date"`
	CostTimeType *int64 `json:"cost_time_type" name:"Phase|阶段" code:"phase"`
	CostTime     *int64 `json:"cost_time" name:"Time (ms)|耗时（毫秒）"`
}

// miniopsFamily is how a mini program runs. What several days in a question mean is not
// known, so each is asked for itself.
func miniopsFamily() Family {
	const all = "@_all"
	return Family{Name: "miniops", Types: []AccountType{Mini}, APIs: []API{{
		Name: "get_performance", Title: Words{"Time to start", "启动耗时"}, Hour: miniHour, Span: 1, Row: loading{}, Key: []Label{phase()},
		Ask: Ask{
			Path: "/wxaapi/log/get_performance", From: "default_start_time", To: "default_end_time", Dates: Seconds, Rows: "default_time_data.list",
			Params: map[string][]any{"cost_time_type": {1, 2, 3}, "device": {all}, "networktype": {all}, "scene": {all}, "is_download_code": {all}},
		},
		Groups: []Group{{Labels: []Label{phase()}, Gauges: []Gauge{
			{Name: "wx_mini_load_seconds", Help: "Time that the mini program took to start, by phase, on average.", Unit: "seconds", Field: "cost_time / 1000", Adds: Nowhere},
		}}},
	}}}
}

// phase is the label of a cost_time_type.
func phase() Label {
	return Label{Name: "phase", Field: "cost_time_type", value: func(v reflect.Value) (string, bool) {
		phases := []string{"", "total", "download", "render"}
		if v.IsNil() {
			return "", false
		}
		n := v.Elem().Int()
		if n < 1 || n >= int64(len(phases)) {
			return strconv.FormatInt(n, 10), true
		}
		return phases[n], true
	}}
}
