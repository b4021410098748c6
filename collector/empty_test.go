package collector

import (
	"fmt"
	"testing"
)

// TestNotThereYet: rows and answers in which no figure is are no day, so that it stays
// open. What has something in it that is not known is an answer that cannot be read.
func TestNotThereYet(t *testing.T) {
	const date = "2026-11-20"
	for _, c := range []struct {
		api, rows string
		days      int
		nothing   bool // of it could be read
	}{
		{"getweanalysisappidvisitdistribution", `{"index":"access_source_session_cnt","item_list":[]},{"index":"access_staytime_info","item_list":[]}`, 0, false},
		{"getweanalysisappidvisitdistribution", `{"index":"access_source_session_cnt"},{"index":"new","item_list":[{"key":1}]}`, 0, false},
		{"getweanalysisappidvisitdistribution", `{"index":"access_source_session_cnt","item_list":[]},{"index":"access_staytime_info","item_list":[{"key":1,"value":0}]}`, 1, false},
		{"getweanalysisappidvisitdistribution", `{"index":"access_source_session_cnt","item_list":[]},{"index":7,"item_list":"?"}`, 0, true},
		{"getarticleread", `{"ref_date":"2026-11-20","msgid":"1","detail":{"read_user":3,"read_user_source":[]}}`, 1, false}, // views show it
		{"getarticletotal", `{"ref_date":"2026-11-20","msgid":"1","title":"t","details":[]}`, 1, false},                      // the title is shown
		{"getweanalysisappiddailyretaininfo", `{"list":[]}`, 0, false},
		{"getweanalysisappiddailyretaininfo", `{}`, 0, false},
		{"getweanalysisappiddailyretaininfo", `{"visit_uv":[],"visit_uv_new":[]}`, 0, false},
		{"getweanalysisappiddailyretaininfo", `{"ref_date":"","visit_uv":[],"visit_uv_new":[]}`, 0, false},
		{"getweanalysisappiddailyretaininfo", `{"ref_date":null,"visit_uv":null,"errcode":0,"errmsg":"ok"}`, 0, false},
		{"getweanalysisappidmonthlyretaininfo", `{"ref_date":"","visit_uv":[]}`, 0, false},
		{"getweanalysisappiddailyretaininfo", `{"ref_date":"","visit_uv":[{"key":0,"value":1}]}`, 0, true},
		{"getweanalysisappiddailyretaininfo", `{"data":{"visit_uv":[{"key":0,"value":1}]}}`, 0, true},
		{"getweanalysisappiddailyretaininfo", `{"ref_date":"","visit_uv":"?"}`, 0, true},
	} {
		_, api := familyOf(t, c.api)
		answer := api.Split(rowsOf(t, c.rows), date, date, 0)
		if got, want := fmt.Sprint(len(answer.Days), answer.Nothing(date)), fmt.Sprint(c.days, c.nothing); got != want {
			t.Errorf("%s of %s: days, and whether nothing could be read: %s, want %s", c.api, c.rows, got, want)
		}
	}
}
