package history

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

var brand = store.Account{ID: "wx1", Name: "brand", Labels: map[string]string{"Team": "growth", "zone": `a "b" \c`}}

// allAPIs are the APIs of all families.
func allAPIs() []collector.API {
	return APIs(collector.Families(), collector.Names(collector.Families()))
}

// goldenDays are the days of collector's golden answer of an API.
func goldenDays(t *testing.T, api collector.API) map[string]collector.DayRows {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../collector/testdata", api.Name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ List []json.RawMessage }
	body = bytes.Map(func(r rune) rune { // as wxclient does
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, body)
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatal(err)
	}
	return api.Split(answer.List, "2026-10-01", "2026-11-20", 0).Days
}

func lines(samples []Sample) string {
	var b strings.Builder
	for _, s := range samples {
		fmt.Fprintf(&b, "%s %v %s\n", s.text, s.Value, s.Time.In(calendar.Beijing).Format("2006-01-02 15:04"))
	}
	return b.String()
}

// TestGolden: what WeChat answered goes in, series with the time that they are
// about come out.
func TestGolden(t *testing.T) {
	for _, api := range allAPIs() {
		t.Run(api.Name, func(t *testing.T) {
			convert := NewConverter(store.Account{Name: "brand"})
			var samples []Sample
			for date, day := range goldenDays(t, api) {
				some, err := convert.Samples(api, date, day.JSON(), 0, "")
				if err != nil {
					t.Fatal(err)
				}
				samples = append(samples, some...)
			}
			got, path := lines(sorted(samples)), filepath.Join("testdata", api.Name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestSampleTimes: every kind of figure at the time that it is about, and the
// labels sorted with the account's own.
func TestSampleTimes(t *testing.T) {
	rows := map[string]string{
		"getusersummary":        `[{"ref_date":"2026-11-16","user_source":30,"new_user":5}]`,
		"getupstreammsghour":    `[{"ref_date":"2026-11-16","ref_hour":2300,"msg_type":1,"msg_count":7}]`,
		"getupstreammsgweek":    `[{"ref_date":"2026-11-16","msg_type":1,"msg_count":7}]`,
		"getarticletotal":       `[{"ref_date":"2026-11-16","msgid":"1_1","title":"t","details":[{"stat_date":"2026-11-17","target_user":3},{"stat_date":"2026-11-18","target_user":4}]}]`,
		"getarticletotaldetail": `[{"ref_date":"2026-11-16","msgid":"1_1","detail_list":[{"stat_date":"2026-11-18","share_user":1},{"stat_date":"2026-11-18","share_user":2}]}]`,
	}
	const labels = `{Team="growth",account="brand",%szone="a \"b\" \\c"}`
	want := map[string]string{
		"getusersummary":        "wx_history_new_users" + fmt.Sprintf(labels, `source="30",`) + " 5 2026-11-16 12:00\n",
		"getupstreammsghour":    "wx_history_upstream_hourly_msgs" + fmt.Sprintf(labels, `type="1",`) + " 7 2026-11-16 23:30\n",
		"getupstreammsgweek":    "wx_history_upstream_weekly_msgs" + fmt.Sprintf(labels, `type="1",`) + " 7 2026-11-16 12:00\n",
		"getarticletotal":       "wx_history_article_total_target_users" + fmt.Sprintf(labels, `msgid="1_1",`) + " 3 2026-11-17 12:00\nwx_history_article_total_target_users" + fmt.Sprintf(labels, `msgid="1_1",`) + " 4 2026-11-18 12:00\n",
		"getarticletotaldetail": "wx_history_publish_article_total_share_users" + fmt.Sprintf(labels, `msgid="1_1",`) + " 2 2026-11-18 12:00\n",
	}
	for _, api := range allAPIs() {
		if rows[api.Name] == "" {
			continue
		}
		samples, err := NewConverter(brand).Samples(api, "2026-11-16", []byte(rows[api.Name]), 0, "")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[api.Name], lines(samples)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", api.Name, diff)
		}
		for _, s := range samples {
			if !slices.IsSortedFunc(s.Labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) }) {
				t.Errorf("labels out of order: %v", s.Labels)
			}
		}
	}
}

// TestAPIs: what tells articles apart is sent only to who asks for it.
func TestAPIs(t *testing.T) {
	families := collector.Families()
	for _, api := range APIs(families, nil) {
		if api.Reads != "" {
			t.Errorf("%s without being asked for", api.Name)
		}
	}
	named := APIs(families, []string{"publish"})
	for _, f := range families {
		for _, api := range f.APIs {
			has := slices.ContainsFunc(named, func(a collector.API) bool { return a.Name == api.Name })
			if has != (f.Name == "publish") {
				t.Errorf("%s of %s: %v", api.Name, f.Name, has)
			}
		}
	}
}
