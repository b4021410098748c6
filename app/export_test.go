package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// TestExport writes what a store holds in each format, while it is in use.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Path: dir, Views: views(collector.Families())})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.SetAccounts(store.Account{ID: "wx1", Name: "brand"})
	s.Put("wx1", "getusercumulate", store.Day{Date: "2026-11-20", Rows: []byte(`[{"ref_date":"2026-11-20","cumulate_user":7}]`), Fetched: time.Now()})
	s.Put("wx1", "getinterfacesummary", store.Day{Date: "2026-11-19", Rows: []byte(`[{"ref_date":"2026-11-19","callback_count":8}]`), Fetched: time.Now()})
	file := filepath.Join(t.TempDir(), "history.om")
	book, tables := filepath.Join(t.TempDir(), "book.xlsx"), filepath.Join(t.TempDir(), "tables")+"/"
	inChinese := func(name string) string { return map[string]string{"LANG": "zh_CN.UTF-8"}[name] }
	for _, c := range []struct {
		args       string
		code       int
		has, lacks string // in what it writes
	}{
		{"", 0, "\nwx_history_cumulate_users{account=\"brand\"} 7 1795147200\n", "msgid"},
		{"--family=user", 0, "wx_history_cumulate_users", "callbacks"},
		{"--until=2026-11-19", 0, "wx_history_interface_callbacks{account=\"brand\"} 8 ", "wx_history_cumulate_users{"},
		{"--format=csv --family=user", 0, "getusercumulate,brand,2026-11-20,", "getinterfacesummary"},
		{"--format=jsonl", 0, `{"view":"getusercumulate","account":"brand","date":"2026-11-20","cumulate_user":7}`, "wx_history"},
		{"--output=" + file, 0, "", "wx_history"},
		{"--format=csv --collector=user", 0, "getusercumulate,brand,2026-11-20,", "getinterfacesummary"},
		{"--format=xlsx", 1, "--output", "wx_history"},
		{"--format=xlsx --language=zh --output=" + book, 0, "The workbook is", "wx_history"},
		{"--format=csv --collector=user --output=" + tables, 0, "2 tables", "wx_history"},
		{"--account=nobody", 1, `the store has no account "nobody"`, "wx_history"},
		{"--since=2026-02-30", 1, `"2026-02-30" is not a day`, "wx_history"},
		{"--format=xml", 1, "openmetrics", "wx_history"},
		{"--family=users", 1, "user", "wx_history"},
		{"--output=" + filepath.Join(file, "below"), 1, "history.om", "wx_history"},
	} {
		var out bytes.Buffer
		code := run(t.Context(), append([]string{"export", "--storage.path=" + dir}, strings.Fields(c.args)...), inChinese, &out, &out)
		if code != c.code || !strings.Contains(out.String(), c.has) || strings.Contains(out.String(), c.lacks) {
			t.Errorf("export %s: exit code %d, want %d, with %q, without %q:\n%s", c.args, code, c.code, c.has, c.lacks, &out)
		}
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasSuffix(string(text), "# EOF\n") {
		t.Errorf("the file: %v\n%s", err, text)
	}
	if text, err := os.ReadFile(filepath.Join(tables, "getusercumulate.csv")); err != nil || string(text) != "\ufeff账号,日期,累计关注\nbrand,2026-11-20,7\n" {
		t.Errorf("the table: %v\n%q", err, text)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(book), "*")); err != nil || len(left) != 1 {
		t.Errorf("beside the workbook there is %q, %v", left, err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"export", "--storage.path=" + filepath.Join(dir, "none")}, os.Getenv, &out, &out); code != 1 || !strings.Contains(out.String(), "none") {
		t.Errorf("without a store: exit code %d\n%s", code, &out)
	}
}
