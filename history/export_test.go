package history

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/store/pgtest"
)

var views = []store.View{
	{Name: "getusersummary", API: "getusersummary", Columns: []store.Column{
		{Name: "user_source", Path: []string{"user_source"}, Kind: "integer"}, {Name: "new_user", Path: []string{"new_user"}, Kind: "integer"}}},
	{Name: "getarticletotaldetail", API: "getarticletotaldetail", Each: [][]string{{"detail_list"}}, Columns: []store.Column{
		{Name: "title", Path: []string{"title"}, Kind: "text"},
		{Name: "read_user", Level: 1, Path: []string{"read_user"}, Kind: "integer"},
		{Name: "rate", Level: 1, Path: []string{"rate"}, Kind: "real"}}},
}

// TestExport reads the store of an exporter that runs.
func TestExport(t *testing.T) {
	for name, options := range map[string]func(t *testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Path: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: pgtest.Start(t, "fsync=off").Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.SetAccounts(store.Account{ID: "wx1", Name: "brand"})
			s.SetAccounts(store.Account{ID: "wx2", Name: "o'shop"})
			for _, id := range []string{"wx2", "wx1"} {
				s.Put(id, "getusersummary",
					store.Day{Date: "2026-11-20", Rows: []byte(`[{"user_source":0,"new_user":5},{"user_source":30}]`), Fetched: time.Now()},
					store.Day{Date: "2026-11-19", Rows: []byte(`[{"new_user":4}]`), Fetched: time.Now()})
			}
			s.Put("wx1", "getarticletotaldetail", store.Day{Date: "2026-11-20", Rows: []byte(`[{"title":"一, \"二\"","detail_list":[{"read_user":7,"rate":0.25},{"read_user":8}]}]`)})

			r, err := store.OpenReader(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for _, tc := range []struct {
				export Export
				want   string
			}{
				{Export{Format: "csv"}, `view,account,date,user_source,new_user,title,read_user,rate
getusersummary,brand,2026-11-19,,4,,,
getusersummary,o'shop,2026-11-19,,4,,,
getusersummary,brand,2026-11-20,0,5,,,
getusersummary,brand,2026-11-20,30,,,,
getusersummary,o'shop,2026-11-20,0,5,,,
getusersummary,o'shop,2026-11-20,30,,,,
getarticletotaldetail,brand,2026-11-20,,,"一, ""二""",7,0.25
getarticletotaldetail,brand,2026-11-20,,,"一, ""二""",8,
`},
				{Export{Format: "jsonl", Since: "2026-11-20", Accounts: []string{"brand", "none"}}, `{"view":"getusersummary","account":"brand","date":"2026-11-20","user_source":0,"new_user":5}
{"view":"getusersummary","account":"brand","date":"2026-11-20","user_source":30}
{"view":"getarticletotaldetail","account":"brand","date":"2026-11-20","title":"一, \"二\"","read_user":7,"rate":0.25}
{"view":"getarticletotaldetail","account":"brand","date":"2026-11-20","title":"一, \"二\"","read_user":8}
`},
				{Export{Format: "jsonl", Until: "2026-11-19", Accounts: []string{"o'shop"}}, `{"view":"getusersummary","account":"o'shop","date":"2026-11-19","new_user":4}
`},
			} {
				var out strings.Builder
				lines := 0
				tc.export.Views = views
				tc.export.Progress = func(string, int) { lines++ }
				if err := tc.export.Write(t.Context(), r, &out); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, out.String()); diff != "" {
					t.Error(diff)
				}
				if lines == 0 {
					t.Error("no progress")
				}
			}
		})
	}
	if _, err := store.OpenReader(t.Context(), store.Options{Path: t.TempDir()}); err == nil {
		t.Error("a store where there is none")
	}
}

type broken struct{}

func (broken) Rows(context.Context, store.View, string, string, ...string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) { yield(nil, errBroken) }
}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

// TestExportErrors: an export that is not whole says so.
func TestExportErrors(t *testing.T) {
	for _, format := range Formats() {
		e := Export{Format: format, Views: views}
		if err := e.Write(t.Context(), broken{}, &strings.Builder{}); !errors.Is(err, errBroken) {
			t.Errorf("reading: %v", err)
		}
		full := func(yield func([]any, error) bool) { yield([]any{"brand", "2026-11-20", 1, 2}, nil) }
		e.Views = views[:1]
		if err := e.Write(t.Context(), rows(full), broken{}); !errors.Is(err, errBroken) {
			t.Errorf("writing: %v", err)
		}
	}
}

type rows iter.Seq2[[]any, error]

func (r rows) Rows(context.Context, store.View, string, string, ...string) iter.Seq2[[]any, error] {
	return iter.Seq2[[]any, error](r)
}
