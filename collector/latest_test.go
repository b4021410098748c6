package collector

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// TestLatest: the newest day's figures without a date are those of the newest day
// with rows, and they go when a later day is known to be empty.
func TestLatest(t *testing.T) {
	users := func(date, n string) Day {
		return Day{date, []byte(`[{"ref_date":"` + date + `","user_source":0,"new_user":` + n + `}]`)}
	}
	messages := func(date, n string) Day {
		return Day{date, []byte(`[{"ref_date":"` + date + `","msg_type":1,"msg_count":` + n + `}]`)}
	}
	empty := func(date string) Day { return Day{date, []byte("[]")} }
	for _, c := range []struct {
		name, api string
		days      []Day
		want      harness.Series // of the newest day, and when that is
	}{
		{"nothing yet", "getusersummary", nil, harness.Series{}},
		{"only empty days", "getusersummary", []Day{empty("2026-11-19"), empty("2026-11-20")}, harness.Series{}},
		{"two days", "getusersummary", []Day{users("2026-11-19", "7"), users("2026-11-20", "8")}, harness.Series{
			`wx_latest_new_users{account="brand",source="0"}`:                                          "8",
			`wx_latest_date_timestamp_seconds{account="brand",api="getusersummary",date="2026-11-20"}`: "1.795104e+09",
		}},
		{"an account that is late", "getusersummary", []Day{users("2026-11-15", "0")}, harness.Series{
			`wx_latest_new_users{account="brand",source="0"}`:                                          "0",
			`wx_latest_date_timestamp_seconds{account="brand",api="getusersummary",date="2026-11-15"}`: "1.794672e+09",
		}},
		{"an empty day after it", "getupstreammsg", []Day{messages("2026-11-19", "7"), empty("2026-11-20")}, harness.Series{
			`wx_latest_date_timestamp_seconds{account="brand",api="getupstreammsg",date="2026-11-19"}`: "1.7950176e+09",
		}},
		{"rows again", "getupstreammsg", []Day{messages("2026-11-18", "7"), empty("2026-11-19"), messages("2026-11-20", "9")}, harness.Series{
			`wx_latest_upstream_msgs{account="brand",type="1"}`:                                        "9",
			`wx_latest_date_timestamp_seconds{account="brand",api="getupstreammsg",date="2026-11-20"}`: "1.795104e+09",
		}},
		{"a week", "getupstreammsgweek", []Day{messages("2026-11-02", "70"), messages("2026-11-09", "80")}, harness.Series{
			`wx_latest_upstream_weekly_msgs{account="brand",type="1"}`:                                     "80",
			`wx_latest_date_timestamp_seconds{account="brand",api="getupstreammsgweek",date="2026-11-09"}`: "1.7941536e+09",
		}},
		{"a week without messages after it", "getupstreammsgweek", []Day{messages("2026-11-02", "70"), empty("2026-11-09")}, harness.Series{
			`wx_latest_date_timestamp_seconds{account="brand",api="getupstreammsgweek",date="2026-11-02"}`: "1.7935488e+09",
		}},
		{"a month", "getupstreammsgmonth", []Day{messages("2026-10-01", "300")}, harness.Series{
			`wx_latest_upstream_monthly_msgs{account="brand",type="1"}`:                                     "300",
			`wx_latest_date_timestamp_seconds{account="brand",api="getupstreammsgmonth",date="2026-10-01"}`: "1.790784e+09",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := familyOf(t, c.api)
			got := harness.Series{}
			for name, v := range harness.Samples(t, harness.Exposed(t, pedantic(t, f, stored{c.api: c.days}))) {
				if strings.HasPrefix(name, "wx_latest_") {
					got[name] = v
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
}

// TestLatestOfWhat: figures of hours, of single things and growing ones have a day in
// their labels or are many; only the others exist by name.
func TestLatestOfWhat(t *testing.T) {
	for name, want := range map[string]string{
		"wx_new_users":                        "wx_latest_new_users",
		"wx_interface_avg_ms":                 "wx_latest_interface_avg_ms",
		"wx_upstream_monthly_dist_users":      "wx_latest_upstream_monthly_dist_users",
		"wx_publish_read_users":               "wx_latest_publish_read_users",
		"wx_interface_hourly_failures":        "",
		"wx_publish_article_read_users":       "",
		"wx_article_total_shares":             "",
		"wx_publish_article_total_read_users": "",
		"wx_publish_article_info":             "",
	} {
		found := false
		for _, f := range Families() {
			for _, m := range f.Metrics() {
				if m.Name != name {
					continue
				}
				found = true
				if latest, ok := m.Latest(); latest.Name != want || ok != (want != "") {
					t.Errorf("%s by name is %q, want %q", name, latest.Name, want)
				}
			}
		}
		if !found {
			t.Errorf("there is no %s", name)
		}
	}
}
