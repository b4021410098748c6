package store

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func at(level int, kind string, names ...string) (columns []Column) {
	for _, n := range names {
		columns = append(columns, Column{Name: n, Level: level, Path: []string{n}, Kind: kind})
	}
	return columns
}

func join(lists ...[]Column) (all []Column) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// testViews are like those that the families' tables make.
var testViews = []View{
	{Name: "getusersummary", API: "getusersummary", Columns: at(0, "integer", "user_source", "new_user", "cancel_user")},
	{Name: "getusercumulate", API: "getusercumulate", Columns: at(0, "integer", "cumulate_user")},
	{Name: "getupstreammsg", API: "getupstreammsg", Columns: at(0, "integer", "msg_type", "msg_user", "msg_count")},
	{Name: "getinterfacesummaryhour", API: "getinterfacesummaryhour", Columns: at(0, "integer", "ref_hour", "callback_count", "fail_count", "total_time_cost", "max_time_cost")},
	{Name: "getarticletotaldetail", API: "getarticletotaldetail", Each: [][]string{{"detail_list"}}, Columns: join(
		at(0, "text", "msgid", "title"), at(1, "text", "stat_date"), at(1, "integer", "read_user", "share_user"), at(1, "real", "read_finish_rate"))},
	{Name: "getarticletotaldetail_read_user_source", API: "getarticletotaldetail", Each: [][]string{{"detail_list"}, {"read_user_source"}}, Columns: join(
		at(0, "text", "msgid"), at(1, "text", "stat_date"), at(2, "text", "scene_desc"), at(2, "integer", "user_count"))},
	{Name: "getbizsummary", API: "getbizsummary", Columns: []Column{
		{Name: "read_user", Path: []string{"detail", "read_user"}, Kind: "integer"},
		{Name: "share_user", Path: []string{"detail", "share_user"}, Kind: "integer"},
	}},
	{Name: "getbizsummary_read_user_source", API: "getbizsummary", Each: [][]string{{"detail", "read_user_source"}}, Columns: join(
		at(1, "text", "scene_desc"), at(1, "integer", "user_count"))},
}

// lines are the answer to a query, a text for each line.
func lines(t testing.TB, s *Store, query string) []string {
	t.Helper()
	rows, err := s.db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, v := range values {
			line += fmt.Sprintf("%v|", *v.(*any))
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

func wantLines(t testing.TB, s *Store, query string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, lines(t, s, query)); diff != "" {
		t.Errorf("%s: %s", query, diff)
	}
}

// TestViews: both engines show the same lines, whatever the rows hold.
func TestViews(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		s.SetAccounts(Account{ID: "wx1", Name: "brand", Labels: map[string]string{"team": "growth"}})
		put := func(account, api, rows string) {
			t.Helper()
			s.Put(account, api, Day{Date: "2026-11-20", Rows: []byte(rows), Fetched: testNow})
		}
		put("wx1", "getusersummary", `[{"user_source":0,"new_user":5,"cancel_user":0},{"user_source":30,"new_user":12.0,"cancel_user":null,"other":[1,2]},
			{"user_source":"30","new_user":"x","cancel_user":{}}, 7, "text", null, ["new_user"]]`)
		put("wx2", "getusersummary", `[{"new_user":9007199254740993}]`)
		wantLines(t, s, "SELECT * FROM getusersummary ORDER BY account, coalesce(user_source, 99)",
			"brand|2026-11-20|0|5|0|", "brand|2026-11-20|30|12|<nil>|", "brand|2026-11-20|<nil>|<nil>|<nil>|", "wx2|2026-11-20|<nil>|9007199254740993|<nil>|")

		put("wx1", "getarticletotaldetail", `[{"msgid":"100_1","title":"\u0000 \ud800 \ud83d\ude00 \\u0000 '中文'\"","detail_list":[
			{"stat_date":"2026-11-20","read_user":3,"read_finish_rate":0.25,"read_user_source":[{"scene_desc":"全部","user_count":3},{"scene_desc":"朋友圈","user_count":1}]},
			{"stat_date":"2026-11-21","read_user":4,"read_finish_rate":1,"read_user_source":null}]},
			{"msgid":12345678901,"title":"none","detail_list":null},{"msgid":"3"},{"msgid":"4","detail_list":{"read_user":1}}]`)
		wantLines(t, s, "SELECT * FROM getarticletotaldetail ORDER BY stat_date",
			"brand|2026-11-20|100_1|\ufffd \ufffd 😀 \\u0000 '中文'\"|2026-11-20|3|<nil>|0.25|",
			"brand|2026-11-20|100_1|\ufffd \ufffd 😀 \\u0000 '中文'\"|2026-11-21|4|<nil>|1|")
		wantLines(t, s, "SELECT msgid, stat_date, scene_desc, user_count FROM getarticletotaldetail_read_user_source ORDER BY user_count",
			"100_1|2026-11-20|朋友圈|1|", "100_1|2026-11-20|全部|3|")

		put("wx1", "getbizsummary", `[{"detail":{"read_user":7,"read_user_source":[{"scene_desc":"全部","user_count":7}]}},{"detail":null}]`)
		wantLines(t, s, "SELECT read_user, share_user FROM getbizsummary ORDER BY coalesce(read_user, 99)", "7|<nil>|", "<nil>|<nil>|")
		wantLines(t, s, "SELECT * FROM getbizsummary_read_user_source", "brand|2026-11-20|全部|7|")

		s.SetAccounts(Account{ID: "wx1", Name: "renamed"})
		wantLines(t, s, "SELECT account, sum(new_user) AS n FROM getusersummary WHERE date >= '2026-11-01' GROUP BY account ORDER BY n", "renamed|17|", "wx2|9007199254740993|")
		mustClose(t, s)
		if w.log.String() != "" {
			t.Error(w.log)
		}
	})
}

// TestViewsFollow: the database has the views of the program that opened it last.
func TestViewsFollow(t *testing.T) {
	onBoth(t, func(t *testing.T, w world) {
		s := w.open(t)
		s.Put("wx1", "getusersummary", Day{Date: "2026-11-20", Rows: []byte(`[{"new_user":5,"fresh":"y"}]`)})
		mustClose(t, s)
		w.Views = []View{{Name: "getusersummary", API: "getusersummary", Columns: at(0, "text", "fresh")}, {Name: "added", API: "getusersummary"}}
		for range 2 {
			s = w.open(t)
			wantLines(t, s, "SELECT * FROM getusersummary", "wx1|2026-11-20|y|")
			wantLines(t, s, "SELECT * FROM added", "wx1|2026-11-20|")
			if rows, err := s.db.Query("SELECT * FROM getbizsummary"); err == nil {
				rows.Close()
				t.Error("a view is left that nobody wants any more")
			}
			mustClose(t, s)
		}
		w.Views = testViews
		s = w.open(t)
		wantLines(t, s, "SELECT new_user FROM getusersummary", "5|")
		// When one cannot be defined all stay, and the log says so.
		mustClose(t, s)
		w.Views = []View{{Name: "days", API: "x"}, {Name: "later", API: "getusersummary"}}
		s = w.open(t)
		wantLines(t, s, "SELECT new_user FROM getusersummary", "5|")
		if w.log.count("view days") != 1 {
			t.Error(w.log)
		}
		mustClose(t, s)
	})
}
