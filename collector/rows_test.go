package collector

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

func TestSplit(t *testing.T) {
	const good = `{"ref_date":"2026-11-20","msg_type":1,"msg_count":5}`
	for name, c := range map[string]struct {
		api, rows, want, dropped string // the request is 11-19..11-20
	}{
		"days apart": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_type":2},{"ref_date":"2026-11-19","msg_type":1},` + good,
			`2026-11-19[{"ref_date":"2026-11-19","msg_type":1}] 2026-11-20[{"ref_date":"2026-11-20","msg_type":2},` + good + `]`, ""},
		"the last of a repeated key wins": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_type":1,"msg_count":4},{"ref_date":"2026-11-20","msg_type":3},` + good,
			`2026-11-20[` + good + `,{"ref_date":"2026-11-20","msg_type":3}]`, "duplicate 1"},
		"the last of a day without key wins": {"getusercumulate", `{"ref_date":"2026-11-20","cumulate_user":1},{"ref_date":"2026-11-20","cumulate_user":2},{"ref_date":"2026-11-20","cumulate_user":3}`,
			`2026-11-20[{"ref_date":"2026-11-20","cumulate_user":3}]`, "duplicate 2"},
		"the total has two names": {"getuserread", `{"ref_date":"2026-11-20","share_user":1},{"ref_date":"2026-11-20","user_source":99999999,"share_user":2}`,
			`2026-11-20[{"ref_date":"2026-11-20","user_source":99999999,"share_user":2}]`, "duplicate 1"},
		"a number and text are one msgid": {"getarticleshare", `{"ref_date":"2026-11-20","msgid":12,"detail":{}},{"ref_date":"2026-11-20","msgid":"12"}`,
			`2026-11-20[{"ref_date":"2026-11-20","msgid":"12"}]`, "duplicate 1"},
		"other dates": {"getupstreammsg", `{"ref_date":"2026-11-18","msg_type":1},{"ref_date":"2026-11-21","msg_type":1},{"ref_date":"2024-11-20","msg_type":1},` + good,
			`2026-11-20[` + good + `]`, "outside_window 3"},
		"no row": {"getupstreammsg", `null,1,"x",[],[` + good + `],true,{},` + good, `2026-11-20[` + good + `]`, "invalid 7"},
		"no date": {"getupstreammsg", `{"msg_type":1},{"ref_date":"","msg_type":1},{"ref_date":"2026-11-31","msg_type":1},{"ref_date":20261131,"msg_type":1},{"ref_date":true,"msg_type":1},{"ref_date":"2026-11-20T00","msg_type":1},{"ref_date":null,"msg_type":1}`,
			"", "invalid 7"},
		"dates as others write them": {"getupstreammsg", `{"ref_date":"20261120","msg_type":1},{"ref_date":20261120,"msg_type":2},{"ref_date":"2026-11-20 ","msg_type":3},{"ref_date":20261121,"msg_type":3}`,
			`2026-11-20[{"ref_date":"2026-11-20","msg_type":1},{"ref_date":"2026-11-20","msg_type":2},{"ref_date":"2026-11-20","msg_type":3}]`, "outside_window 1"},
		"numbers as others write them": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_type":"1","msg_user":"9"},{"ref_date":"2026-11-20","msg_type":2.0,"msg_count":1e3}`,
			`2026-11-20[{"ref_date":"2026-11-20","msg_type":1,"msg_user":9},{"ref_date":"2026-11-20","msg_type":2,"msg_count":1000}]`, ""},
		"other types of what identifies a row": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_type":"text","msg_user":9},{"ref_date":"2026-11-20","msg_type":1.5,"msg_user":9},{"ref_date":"2026-11-20","msg_type":{},"msg_user":9}`,
			"", "invalid 3"},
		"other types of one figure": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_type":1,"msg_user":"many","msg_count":3},{"ref_date":"2026-11-20","msg_type":2,"msg_count":9223372036854775808,"msg_user":4}`,
			`2026-11-20[{"ref_date":"2026-11-20","msg_type":1,"msg_count":3},{"ref_date":"2026-11-20","msg_type":2,"msg_user":4}]`, ""},
		"other types of all figures": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_type":1,"msg_user":"many","msg_count":[3]},{"ref_date":"2026-11-20","msg_type":2,"msg_count":9223372036854775808}`,
			"", "invalid 2"},
		"no code": {"getupstreammsg", `{"ref_date":"2026-11-20","msg_count":1},{"ref_date":"2026-11-20","msg_type":null}`, "", "invalid 2"},
		"no such hour": {"getupstreammsghour", `{"ref_date":"2026-11-20","msg_type":1,"ref_hour":2400},{"ref_date":"2026-11-20","msg_type":1,"ref_hour":-100},{"ref_date":"2026-11-20","msg_type":1,"ref_hour":8},{"ref_date":"2026-11-20","msg_type":1}`,
			"", "invalid 4"},
		"no article": {"getarticleshare", `{"ref_date":"2026-11-20","detail":{"share_user":1}},{"ref_date":"2026-11-20","msgid":"","detail":{"share_user":1}}`, "", "invalid 2"},
		"elements of a row": {"getarticleread", `{"ref_date":"2026-11-20","msgid":"1","detail":{"read_user_source":[{"user_count":1,"scene_desc":"朋友圈"},{"user_count":2,"scene_desc":"朋友圈"},{"user_count":3}]}}`,
			`2026-11-20[{"ref_date":"2026-11-20","msgid":"1","detail":{"read_user_source":[{"user_count":2,"scene_desc":"朋友圈"},{"user_count":3}]}}]`, "duplicate 1 invalid 1"},
		"growing figures": {"getarticletotaldetail", `{"ref_date":"2026-11-20","msgid":"1","title":"t","detail_list":[{"stat_date":"2026-11-20","share_user":7},{"stat_date":"2026-11-21","share_user":2,"read_jump_position":[{"position":1,"rate":0.5},{"position":2,"rate":0.1},{"position":1,"rate":0.25}]},{"stat_date":20261120,"share_user":1}]}`,
			`2026-11-20[{"ref_date":"2026-11-20","msgid":"1","title":"t","detail_list":[{"stat_date":"2026-11-20","share_user":1},{"stat_date":"2026-11-21","share_user":2,"read_jump_position":[{"position":1,"rate":0.25},{"position":2,"rate":0.1}]}]}]`, "duplicate 2"},
	} {
		t.Run(name, func(t *testing.T) {
			_, api := familyOf(t, c.api)
			got := api.Split(rowsOf(t, c.rows), "2026-11-19", "2026-11-20", 0)
			if diff := cmp.Diff(c.want, daysText(got)); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
			if got := countsText(got.Dropped); got != c.dropped {
				t.Errorf("dropped %q, want %q", got, c.dropped)
			}
		})
	}
}

// TestRepeatedElements: what comes twice inside a row is shown once, as it was
// said last.
func TestRepeatedElements(t *testing.T) {
	_, api := familyOf(t, "getarticleread")
	samples, err := api.Samples([]byte(`[{"ref_date":"2026-11-20","msgid":"1","detail":{"read_user_source":[
		{"user_count":1,"scene_desc":"朋友圈"},{"user_count":5,"scene_desc":"推荐"},{"user_count":2,"scene_desc":"朋友圈"}]}}]`), 0)
	var got []string
	for _, s := range samples {
		got = append(got, fmt.Sprint(s.Labels, s.Value))
	}
	if want := []string{"[1 moments] 2", "[1 recommend] 5"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("samples %q, %v; want %q", got, err, want)
	}
}

// rowsOf splits rows as an answer has them.
func rowsOf(t testing.TB, rows string) (list []json.RawMessage) {
	t.Helper()
	if err := json.Unmarshal([]byte("["+rows+"]"), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// daysText shows days as 2026-11-20[{"ref_date":...},...].
func daysText(a Answer) string {
	var parts []string
	for _, date := range slices.Sorted(maps.Keys(a.Days)) {
		parts = append(parts, date+string(a.Days[date].JSON()))
	}
	return strings.Join(parts, " ")
}

// countsText shows counts that are not 0 as "duplicate 1 invalid 2".
func countsText(counts map[string]int) string {
	var parts []string
	for _, reason := range []string{DroppedDuplicate, DroppedInvalid, DroppedOutsideWindow, DroppedOverLimit} {
		if n := counts[reason]; n != 0 {
			parts = append(parts, fmt.Sprintf("%s %d", reason, n))
		}
	}
	return strings.Join(parts, " ")
}

// TestArticlesOverTheLimit: of a day and API the most read articles are shown,
// all are kept and the others counted.
func TestArticlesOverTheLimit(t *testing.T) {
	for _, c := range []struct {
		api, row, metric string // row has the article's number and its readers
	}{
		{"getarticlesummary", `{"ref_date":"2026-11-20","msgid":"m%d","title":"t","int_page_read_user":%d}`, "wx_article_int_page_users"},
		{"getarticletotal", `{"ref_date":"2026-11-20","msgid":"m%d","details":[{"stat_date":"2026-11-19","int_page_read_user":0},{"stat_date":"2026-11-20","int_page_read_user":%d}]}`, "wx_article_total_int_page_users"},
		{"getarticletotal", `{"ref_date":"2026-11-20","msgid":"m%d","details":[{"stat_date":"2026-11-20","int_page_read_user":%d},{"stat_date":"2026-11-19","int_page_read_user":0}]}`, "wx_article_total_int_page_users"},
		{"getarticleread", `{"ref_date":"2026-11-20","msgid":"m%d","detail":{"read_user":%d}}`, "wx_publish_article_read_users"},
		{"getarticleshare", `{"ref_date":"2026-11-20","msgid":"m%d","detail":{"share_user":%d}}`, "wx_publish_article_share_users"},
		{"getarticletotaldetail", `{"ref_date":"2026-11-20","msgid":"m%d","detail_list":[{"stat_date":"2026-11-20","read_user":%d}]}`, "wx_publish_article_total_read_users"},
		{"getarticletotaldetail", `{"ref_date":"2026-11-20","msgid":"m%d","detail_list":[{"stat_date":"2026-11-19","read_user":%d},{"stat_date":"2026-11-20","like_user":1}]}`, "wx_publish_article_total_read_users"},
	} {
		t.Run(c.api, func(t *testing.T) {
			_, api := familyOf(t, c.api)
			rows := []string{`{"ref_date":"2026-11-20","msgid":"m0"}`} // not reported is less than anything
			for i, readers := range []int{5, 90, 7, 1000, 6} {
				rows = append(rows, fmt.Sprintf(c.row, i+1, readers))
			}
			list := rowsOf(t, strings.Join(rows, ","))
			for _, limit := range []struct {
				n             int
				want, dropped string
			}{{1, "m4", "over_limit 5"}, {3, "m2 m3 m4", "over_limit 3"}, {5, "m1 m2 m3 m4 m5", "over_limit 1"}, {6, "m1 m2 m3 m4 m5", ""}, {0, "m1 m2 m3 m4 m5", ""}} {
				a := api.Split(list, "2026-11-20", "2026-11-20", limit.n)
				day := a.Days["2026-11-20"]
				if len(day.Rows) != len(list) || countsText(a.Dropped) != limit.dropped {
					t.Errorf("limit %d: %d of %d articles kept, dropped %q, want %q", limit.n, len(day.Rows), len(list), countsText(a.Dropped), limit.dropped)
				}
				if got := articlesOf(t, api, day.JSON(), limit.n, c.metric); got != limit.want {
					t.Errorf("limit %d shows %s, want %s", limit.n, got, limit.want)
				}
			}
		})
	}
}

// articlesOf lists the msgids of a metric's samples.
func articlesOf(t *testing.T, api API, rows []byte, limit int, metric string) string {
	t.Helper()
	samples, err := api.Samples(rows, limit)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, s := range samples {
		if s.Metric.Name == metric {
			ids[s.Labels[0]] = true
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(ids)), " ")
}

// TestArticleInfo: both APIs tell an article's title and only one its link, so
// of each day and article there is the one series that says more.
func TestArticleInfo(t *testing.T) {
	const date = "2026-11-20"
	summary := `[{"ref_date":"2026-11-20","msgid":"a","title":"A"},{"ref_date":"2026-11-20","msgid":"b","title":"B"},{"ref_date":"2026-11-20","msgid":"c","title":"C"}]`
	total := `[{"ref_date":"2026-11-20","msgid":"b","title":"","url":""},{"ref_date":"2026-11-20","msgid":"a","title":"A","url":"http://a"},{"ref_date":"2026-11-20","msgid":"d","title":"D","url":"http://d"}]`
	f, _ := familyOf(t, "getarticletotal")
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		days := stored{
			"getarticlesummary": {{"2026-11-19", []byte(`[{"ref_date":"2026-11-19","msgid":"a","title":"A"}]`)}, {date, []byte(summary)}},
			"getarticletotal":   {{date, []byte(total)}},
		}
		apis := []API{f.APIs[order[0]], f.APIs[order[1]]}
		got := harness.Samples(t, harness.Exposed(t, pedantic(t, Family{Name: f.Name, APIs: apis}, days))).With("wx_article_info{")
		want := harness.Series{
			`wx_article_info{account="brand",date="2026-11-19",msgid="a",title="A",url=""}`:         "1",
			`wx_article_info{account="brand",date="2026-11-20",msgid="a",title="A",url="http://a"}`: "1",
			`wx_article_info{account="brand",date="2026-11-20",msgid="b",title="B",url=""}`:         "1",
			`wx_article_info{account="brand",date="2026-11-20",msgid="c",title="C",url=""}`:         "1",
			`wx_article_info{account="brand",date="2026-11-20",msgid="d",title="D",url="http://d"}`: "1",
		}
		if !maps.Equal(got, want) {
			t.Errorf("with %s first: - want, + got:\n%s", apis[0].Name, cmp.Diff(want, got))
		}
	}
}
