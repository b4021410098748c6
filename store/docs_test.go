package store

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// documentedQueries are those of docs/storage.md for an engine.
func documentedQueries(t *testing.T, engine string) (queries []string) {
	text, err := os.ReadFile("../docs/storage.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)(?:\\((SQLite|PostgreSQL)\\):\n\n)?```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if m[1] == "" || m[1] == engine {
			queries = append(queries, m[2])
		}
	}
	return queries
}

// fillForQueries stores a year of two accounts, in which every query finds
// something.
func fillForQueries(s *Store) {
	for a, name := range []string{"brand", "shop"} {
		id := fmt.Sprint("wx", a)
		s.SetAccounts(Account{ID: id, Name: name, Labels: map[string]string{"team": "growth"}})
		days := map[string][]Day{}
		for n := range 365 {
			date := time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			for api, rows := range map[string]string{
				"getusersummary":          fmt.Sprintf(`[{"user_source":0,"new_user":%d,"cancel_user":3},{"user_source":30,"new_user":%d,"cancel_user":1}]`, n%7, n%3),
				"getusercumulate":         fmt.Sprintf(`[{"cumulate_user":%d}]`, 1000+n),
				"getupstreammsg":          fmt.Sprintf(`[{"msg_type":1,"msg_user":2,"msg_count":%d},{"msg_type":2,"msg_user":1,"msg_count":1}]`, 5+n%4),
				"getinterfacesummaryhour": fmt.Sprintf(`[{"ref_hour":0,"callback_count":%d,"fail_count":1},{"ref_hour":2300,"callback_count":0,"fail_count":0},{"ref_hour":1200,"callback_count":70,"fail_count":2}]`, 10+n),
				"getbizsummary":           `[{"detail":{"read_user":9,"read_user_source":[{"scene_desc":"全部","user_count":9},{"scene_desc":"推荐","user_count":4}]}}]`,
				"getarticletotaldetail": fmt.Sprintf(`[{"msgid":"%d_1","title":"文章 %d","detail_list":[{"stat_date":%q,"read_user":%d,"share_user":2},{"stat_date":"2026-12-31","read_user":%d,"share_user":3}]}]`,
					n, n, date, n, n+40),
			} {
				days[api] = append(days[api], Day{Date: date, Rows: []byte(rows), Fetched: testNow})
			}
		}
		for api, days := range days {
			s.Put(id, api, days...)
		}
		s.Put(id, "getusershare", Day{Date: "2026-11-20", Open: true, Fetched: testNow})
	}
}

// TestDocumentedQueries: every query of the document finds something, and the
// same in both engines.
func TestDocumentedQueries(t *testing.T) {
	answers := map[string][][]string{}
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		defer s.Close()
		fillForQueries(s)
		engine := "SQLite"
		if w.URL != "" {
			engine = "PostgreSQL"
		}
		for _, query := range documentedQueries(t, engine) {
			found := lines(t, s, query)
			for i, line := range found {
				found[i] = plain(line)
			}
			if len(found) == 0 {
				t.Errorf("nothing found: %s", query)
			}
			t.Logf("%s-> %s", query, found[:min(3, len(found))])
			answers[engine] = append(answers[engine], found)
		}
	})
	if answers["PostgreSQL"] == nil {
		return // no server
	}
	if diff := cmp.Diff(answers["SQLite"], answers["PostgreSQL"]); diff != "" {
		t.Error(diff)
	}
}

// plain writes the numbers of a line in one way.
func plain(line string) string {
	values := strings.Split(line, "|")
	for i, v := range values {
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			values[i] = strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	return strings.Join(values, "|")
}
