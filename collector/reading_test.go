package collector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// TestReaders: how a value is read, or what it is instead.
func TestReaders(t *testing.T) {
	for name, c := range map[string]struct {
		read  reader
		cases [][2]string // the value, and what is stored or, in parentheses, what it is
	}{
		"integer": {readInteger, [][2]string{
			{`3`, `3`}, {`"3"`, `3`}, {`" 3 "`, `3`}, {`12.0`, `12`}, {`"12.0"`, `12`}, {`1e3`, `1000`}, {`"0900"`, `900`}, {`-0`, `0`}, {`-0.0e5`, `0`}, {`"-7"`, `-7`},
			{`9007199254740993`, `9007199254740993`}, {`"9223372036854775807"`, `9223372036854775807`}, {`-9223372036854775808`, `-9223372036854775808`},
			{`9223372036854775808`, `(a number that is too large)`}, {`-1e19`, `(a number that is too large)`}, {`1e999`, `(a number that is too large)`},
			{`1.5`, `(a number with a fraction)`}, {`1e-400`, `(a number with a fraction)`}, {`""`, `(an empty text)`}, {`"many"`, `(a text)`}, {`"1,234"`, `(a text)`}, {`"0x1F"`, `(a text)`},
			{`"Inf"`, `(a text)`}, {`"1_000"`, `(a text)`}, {`{}`, `(an object)`}, {`[3]`, `(a list)`}, {`true`, `(true or false)`},
		}},
		"real": {readReal, [][2]string{
			{`0.5`, `0.5`}, {`"0.5"`, `0.5`}, {`"00.50"`, `0.5`}, {`".5"`, `0.5`}, {`12`, `12`}, {`0.1250`, `0.1250`}, {`-0`, `-0`}, {`0e-999`, `0e-999`}, {`1e300`, `1e300`}, {`1E-300`, `1E-300`},
			{`1e308`, `(a number that is too large)`}, {`1e400`, `(a number that is too large)`}, {`"1e400"`, `(a number that is too large)`}, {`1e-400`, `(a number that is too small)`}, {`"-1e-308"`, `(a number that is too small)`},
			{`"nan"`, `(a text)`}, {`"half"`, `(a text)`}, {`false`, `(true or false)`},
		}},
		"text": {readText, [][2]string{
			{`"2247_1"`, `"2247_1"`}, {`22470001`, `"22470001"`}, {`12.0`, `"12"`}, {`123456789012345678901234567890`, `"123456789012345678901234567890"`}, {`1.5`, `"1.5"`},
			{`"a\u0000b\nc\u007f"`, `"a b c "`}, {`"\u4e2d\u0026\ud83d\ude00"`, `"中&😀"`}, {`"\ud800"`, `"` + "\ufffd" + `"`}, {`""`, `""`},
			{`{}`, `(an object)`}, {`["t"]`, `(a list)`}, {`true`, `(true or false)`},
		}},
		"date": {readDate, [][2]string{
			{`"2026-11-20"`, `"2026-11-20"`}, {`"20261120"`, `"2026-11-20"`}, {`20261120`, `"2026-11-20"`}, {`" 2026-11-20"`, `"2026-11-20"`},
			{`"2026-11-31"`, `(a text that is no date)`}, {`20261131`, `(a number that is no date)`}, {`""`, `(a text that is no date)`}, {`[]`, `(a list)`},
		}},
	} {
		for _, one := range c.cases {
			normal, instead := c.read(jsontext.Value(one[0]))
			got := string(normal)
			if instead != "" {
				got = "(" + instead + ")"
			}
			if got != one[1] {
				t.Errorf("%s %s is read as %s, want %s", name, one[0], got, one[1])
			}
		}
	}
}

// TestUnderstood: what is stored of a row, what is shown of it, and what is said of
// the rest.
func TestUnderstood(t *testing.T) {
	const day = `"ref_date":"2026-11-20"`
	lists := func(n int) string { return strings.Repeat(`[`, n) + `"[\"["` + strings.Repeat(`]`, n) }
	deep := strings.Repeat(`{"a":[`, 2500) + strings.Repeat(`]}`, 2500)
	for name, c := range map[string]struct {
		api, row, stored, samples, misfits string
	}{
		"numbers in strings": {"getusersummary", `{` + day + `,"user_source":"30","new_user":"3","cancel_user":12.0}`,
			`{` + day + `,"user_source":30,"new_user":3,"cancel_user":12}`, "wx_new_users[30]=3 wx_cancel_users[30]=12", ""},
		"one figure": {"getusersummary", `{` + day + `,"user_source":30,"new_user":"three","cancel_user":12}`,
			`{` + day + `,"user_source":30,"cancel_user":12}`, "wx_cancel_users[30]=12", "new_user is a text"},
		"nothing but what it is about": {"getusersummary", `{` + day + `,"user_source":30,"new_user":"three","cancel_user":{}}`, "", "", "cancel_user is an object, new_user is a text"},
		"an hour as text":              {"getinterfacesummaryhour", `{` + day + `,"ref_hour":"0900","callback_count":1}`, `{` + day + `,"ref_hour":900,"callback_count":1}`, "wx_interface_hourly_callbacks[09]=1", ""},
		"no hour":                      {"getinterfacesummaryhour", `{` + day + `,"ref_hour":2400,"callback_count":1}`, "", "", "ref_hour is out of its range"},
		"without an hour":              {"getinterfacesummaryhour", `{` + day + `,"callback_count":1}`, "", "", "ref_hour is missing"},
		"a date without dashes":        {"getusercumulate", `{"ref_date":20261120,"cumulate_user":1}`, `{` + day + `,"cumulate_user":1}`, "wx_cumulate_users[]=1", ""},
		"too many users":               {"getusercumulate", `{` + day + `,"cumulate_user":9223372036854775808}`, "", "", "cumulate_user is a number that is too large"},
		"no row":                       {"getusercumulate", `17`, "", "", "a row is a number"},
		"a title that is a number": {"getarticlesummary", `{` + day + `,"msgid":12003,"title":20261128,"share_user":"2"}`,
			`{` + day + `,"msgid":"12003","title":"20261128","share_user":2}`, "wx_article_share_users[12003]=2 wx_article_info[12003 20261128 ]=1", ""},
		"a ratio in a string": {"getarticletotaldetail", `{` + day + `,"msgid":"1","detail_list":[{"stat_date":"20261120","like_user":"2","read_finish_rate":"0.5","read_delivery_rate":"n/a"}]}`,
			`{` + day + `,"msgid":"1","detail_list":[{"stat_date":"2026-11-20","like_user":2,"read_finish_rate":0.5}]}`,
			"wx_publish_article_total_like_users[1 2026-11-20]=2 wx_publish_article_total_read_finish_ratio[1 2026-11-20]=0.5 wx_publish_article_info[1   ]=1", "detail_list.read_delivery_rate is a text"},
		"numbers that no double holds": {"getarticletotaldetail", `{` + day + `,"msgid":"1","detail_list":[{"stat_date":"2026-11-20","like_user":2,"read_delivery_rate":1e-400,"read_avg_activetime":1e308}]}`,
			`{` + day + `,"msgid":"1","detail_list":[{"stat_date":"2026-11-20","like_user":2}]}`,
			"wx_publish_article_total_like_users[1 2026-11-20]=2 wx_publish_article_info[1   ]=1", "detail_list.read_avg_activetime is a number that is too large, detail_list.read_delivery_rate is a number that is too small"},
		"an account's day": {"getbizsummary", `{` + day + `,"detail":{"zaikan_user":"7","like_user":true,"read_user_source":{}}}`,
			`{` + day + `,"detail":{"zaikan_user":7,"read_user_source":[]}}`, "wx_publish_zaikan_users[]=7", "detail.like_user is true or false"},
		"a list in the place of an object": {"getarticleshare", `{` + day + `,"msgid":"1","detail":[]}`, `{` + day + `,"msgid":"1","detail":{}}`, "", ""},
		"what is no entry": {"getarticleread", `{` + day + `,"msgid":"1","detail":{"read_user":3,"read_user_source":[null,7,{"scene_desc":5,"user_count":"2"}]}}`,
			`{` + day + `,"msgid":"1","detail":{"read_user":3,"read_user_source":[{"scene_desc":"5","user_count":2}]}}`, "wx_publish_article_read_users[1 5]=2 wx_publish_article_read_users[1 all]=3",
			"detail.read_user_source is a number, detail.read_user_source is null in a list"},
		"what comes twice": {"getusercumulate", `{"cumulate_user":1,` + day + `,"cumulate_\u0075ser":"2"}`, `{"cumulate_user":2,` + day + `}`, "wx_cumulate_users[]=2", ""},
		"not reported":     {"getusersummary", `{` + day + `,"new_user":null,"cancel_user":0}`, `{` + day + `,"new_user":null,"cancel_user":0}`, "wx_cancel_users[all]=0", ""},
		"as deep as is kept": {"getusercumulate", `{` + day + `,"cumulate_user":1,"deep":` + lists(64) + `,"deeper":` + lists(65) + `}`,
			`{` + day + `,"cumulate_user":1,"deep":` + lists(64) + `}`, "wx_cumulate_users[]=1", "an unknown field is nested too deeply"},
		"what nobody knows": {"getusercumulate", `{` + day + `, "cumulate_user":1,"new": {"x": [1e999, "\u0041"]},"deep":` + deep + `}`,
			`{` + day + `,"cumulate_user":1,"new":{"x":[1e999,"\u0041"]}}`, "wx_cumulate_users[]=1", "an unknown field is nested too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			_, api := familyOf(t, c.api)
			answer := api.Split([]json.RawMessage{json.RawMessage(c.row)}, "2026-11-20", "2026-11-20", 0)
			var stored, misfits []string
			for _, row := range answer.Days["2026-11-20"].Rows {
				stored = append(stored, string(row))
			}
			for _, m := range answer.Misfits {
				misfits = append(misfits, m.String())
			}
			if diff := cmp.Diff(c.stored, strings.Join(stored, ",")); diff != "" {
				t.Errorf("stored: - want, + got:\n%s", diff)
			}
			if diff := cmp.Diff(c.misfits, strings.Join(misfits, ", ")); diff != "" {
				t.Errorf("misfits: - want, + got:\n%s", diff)
			}
			if diff := cmp.Diff(c.samples, strings.Join(shownOf(t, api, answer), " ")); diff != "" {
				t.Errorf("samples: - want, + got:\n%s", diff)
			}
			if lost := answer.Dropped[DroppedInvalid] > 0; lost != (c.stored == "") || lost != (len(answer.Unread) > 0) {
				t.Errorf("dropped %v, unread %v", answer.Dropped, answer.Unread)
			}
		})
	}
}

// shownOf lists the samples of the days of an answer.
func shownOf(t *testing.T, api API, answer Answer) (all []string) {
	t.Helper()
	for _, day := range answer.Days {
		samples, err := api.Samples(day.JSON(), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range samples {
			all = append(all, fmt.Sprintf("%s%v=%v", s.Metric.Name, s.Labels, s.Value))
		}
	}
	return all
}

// TestUnreadableFieldsAreCounted: each field of each row once, also of rows that are
// lost by it.
func TestUnreadableFieldsAreCounted(t *testing.T) {
	_, api := familyOf(t, "getusersummary")
	answer := api.Split(rowsOf(t, `{"ref_date":"2026-11-20","user_source":{},"new_user":1},{"ref_date":"2026-11-20","new_user":{},"cancel_user":1},
		{"ref_date":"2026-11-20","user_source":1,"new_user":{},"cancel_user":[]},{"ref_date":"2025-11-20","user_source":1,"new_user":{}},{"new_user":1},7`), "2026-11-20", "2026-11-20", 0)
	if answer.Fields != 4 || answer.Unread["2026-11-20"] != 2 || answer.Unread[""] != 2 {
		t.Errorf("%d fields, unread %v", answer.Fields, answer.Unread)
	}
	if got := answer.Misfits[0]; got != (CountedMisfit{Misfit{"new_user", "an object"}, 2}) {
		t.Errorf("the most frequent misfit is %v", got)
	}
}

// TestComplete: rows that could not be read take nothing from what was stored before.
func TestComplete(t *testing.T) {
	const stored = `[{"ref_date":"2026-11-20","user_source":0,"new_user":1,"cancel_user":1},{"ref_date":"2026-11-20","user_source":1,"new_user":2,"cancel_user":"2"},{"ref_date":"2026-11-20","user_source":17,"new_user":3}]`
	row := func(source int, figures string) string {
		return fmt.Sprintf(`{"ref_date":"2026-11-20","user_source":%d,%s}`, source, figures)
	}
	for name, c := range map[string]struct {
		rows []string
		lost bool
		want []string
	}{
		"nothing is lost": {[]string{row(0, `"new_user":9`)}, false, []string{row(0, `"new_user":9`)}},
		"rows are lost": {[]string{row(30, `"new_user":4`), row(0, `"new_user":9`)}, true,
			[]string{row(0, `"new_user":9`), row(1, `"new_user":2,"cancel_user":2`), row(17, `"new_user":3`), row(30, `"new_user":4`)}},
		"of the last row of a source nothing can be read": {[]string{row(0, `"new_user":9`), row(0, `"new_user":{}`)}, true,
			[]string{row(0, `"new_user":1,"cancel_user":1`), row(1, `"new_user":2,"cancel_user":2`), row(17, `"new_user":3`)}},
		"a field is lost": {[]string{row(0, `"new_user":9,"cancel_user":{}`), row(17, `"new_user":5,"cancel_user":{}`)}, false,
			[]string{row(0, `"new_user":1,"cancel_user":1`), row(17, `"new_user":5`)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, api := familyOf(t, "getusersummary")
			day := api.Split(rowsOf(t, strings.Join(c.rows, ",")), "2026-11-20", "2026-11-20", 0).Days["2026-11-20"]
			got := texts(api.Complete(day, c.lost, []byte(stored)).Rows)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("- want, + got:\n%s", diff)
			}
		})
	}
	_, api := familyOf(t, "getusersummary")
	day := api.Split(rowsOf(t, row(0, `"new_user":9`)), "2026-11-20", "2026-11-20", 0).Days["2026-11-20"]
	twice := "[" + row(1, `"new_user":1`) + "," + row(1, `"new_user":2`) + "]"
	if got := texts(api.Complete(day, true, []byte(twice)).Rows); !slices.Equal(got, []string{row(1, `"new_user":1`), row(0, `"new_user":9`)}) {
		t.Errorf("a row that was stored twice stays as %s", got)
	}
	if got := texts(api.Complete(day, true, []byte(`[{`)).Rows); !slices.Equal(got, []string{row(0, `"new_user":9`)}) {
		t.Errorf("beside a damaged day: %s", got)
	}
}

// TestStoredOtherwise: a stored day with a field that the version before did not know,
// and kept as it was, is read like an answer.
func TestStoredOtherwise(t *testing.T) {
	_, api := familyOf(t, "getusersummary")
	for rows, want := range map[string]string{
		`[{"ref_date":"2026-11-20","new_user":"8","cancel_user":2},{"ref_date":"2026-11-20","user_source":1,"new_user":4}]`: "[all] 8 [all] 2 [1] 4",
		`[{"ref_date":"2026-11-20","new_user":{},"cancel_user":2}]`:                                                         "[all] 2",
		`[{"ref_date":"2026-11-20","new_user":"8"},{"ref_date":"2026-11-20","user_source":{},"new_user":4}]`:                "unreadable",
		`[{"ref_date":"2026-11-20","new_user":"8"},`:                                                                        "unreadable",
	} {
		samples, err := api.Samples([]byte(rows), 0)
		var got []string
		for _, s := range samples {
			got = append(got, fmt.Sprint(s.Labels, s.Value))
		}
		if err != nil {
			got = append(got, "unreadable")
		}
		slices.Sort(got)
		wanted := strings.Split(strings.ReplaceAll(want, " [", "|["), "|")
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s is read as %q, want %q", rows, got, wanted)
		}
	}
}

// TestDamagedRowsEnd: what is no JSON is no row; nothing reads it for ever.
func TestDamagedRowsEnd(t *testing.T) {
	_, api := familyOf(t, "getarticletotal")
	for _, row := range []string{`{"details":[`, `{"details":[}`, `{"ref_date"`, `{"ref_date":"2026-11-20","msgid":"1","details":[{]}`, ``} {
		answer := api.Split([]json.RawMessage{json.RawMessage(row)}, "2026-11-20", "2026-11-20", 0)
		if answer.Dropped[DroppedInvalid] != 1 {
			t.Errorf("%s: dropped %v", row, answer.Dropped)
		}
	}
}
