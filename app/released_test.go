package app

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// keep makes the store of a release, with what it holds as text, for all later
// versions to read, as go test ./app -run TestReleasedStores -keep=0.2.0 does.
var keep = flag.String("keep", "", "write the store of this version into store/testdata")

// keptAt is when the stores were written.
var keptAt = time.Date(2026, 11, 29, 4, 0, 0, 0, time.UTC)

const released = "../store/testdata"

// TestReleasedStores: the store of every release since 0.2.0 is read with the same
// figures, also after this version has used it.
func TestReleasedStores(t *testing.T) {
	if *keep != "" {
		keepStore(t, filepath.Join(released, *keep))
	}
	stores, err := filepath.Glob(filepath.Join(released, "*", "wx_exporter.sqlite"))
	if err != nil || len(stores) == 0 {
		t.Fatalf("no stores are kept: %v", err)
	}
	for _, file := range stores {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			dir := t.TempDir()
			b, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, filepath.Base(file)), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			want := map[string][]byte{}
			for _, format := range []string{"jsonl", "openmetrics"} {
				if want[format], err = os.ReadFile(filepath.Join(filepath.Dir(file), "export."+format)); err != nil {
					t.Fatal(err)
				}
				compareExport(t, format, want[format], exported(t, dir, format))
			}
			page := useStore(t, dir, "http://127.0.0.1:1", func(page map[string]string) bool {
				return page[`wx_store_days{account="brand"}`] != "" && page[`wx_store_days{account="brand"}`] != "0"
			})
			for name, v := range rows(t, want["jsonl"]) {
				if !strings.HasPrefix(name, "getusercumulate|") {
					continue
				}
				series := fmt.Sprintf(`wx_cumulate_users{account="brand",date=%q}`, strings.Split(name, "|")[2])
				if users := fmt.Sprint(v[0]["cumulate_user"]); page[series] != users {
					t.Errorf("%s is %s, want %s", series, page[series], users)
				}
			}
			for format, text := range want {
				compareExport(t, format, text, exported(t, dir, format))
			}
		})
	}
}

// keepStore fills a store from the simulated WeChat and writes what it exports
// beside it.
func keepStore(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	w := harness.WeChat(wxtest.Options{Now: func() time.Time { return keptAt }})
	useStore(t, dir, harness.Serve(t, w), func(page map[string]string) bool { return harness.Filled(page, "brand") })
	for _, format := range []string{"jsonl", "openmetrics"} {
		if err := os.WriteFile(filepath.Join(dir, "export."+format), exported(t, dir, format), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, rest := range []string{"wx_exporter.lock", "wx_exporter.sqlite-shm", "wx_exporter.sqlite-wal"} {
		if f, err := os.Stat(filepath.Join(dir, rest)); err == nil && strings.HasSuffix(rest, "-wal") && f.Size() > 0 {
			t.Fatalf("%s is not empty", rest)
		}
		if err := os.Remove(filepath.Join(dir, rest)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// useStore runs the program with a store until its page is as wanted.
func useStore(t *testing.T, dir, wechat string, done func(page map[string]string) bool) (page map[string]string) {
	t.Helper()
	cfg := harness.Write(t, t.TempDir(), "config.yml", harness.Config(wechat, wxtest.DemoAccounts()[:1], "window: {daily: 3, hourly: 1, article: 1}"))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log := &harness.Output{}
	code := make(chan int)
	go func() {
		args := []string{"--config.file=" + cfg, "--storage.path=" + dir, "--web.listen-address=127.0.0.1:0"}
		code <- Run(ctx, args, Host{Getenv: func(string) string { return "" }, Stdout: log, Stderr: log, Now: func() time.Time { return keptAt }})
	}()
	harness.Eventually(t, "the page", func() bool {
		if log.Listening() == "" {
			return false
		}
		page = harness.Server{URL: log.Listening()}.Scrape(t)
		return done(page)
	})
	stop()
	if got := <-code; got != 0 {
		t.Fatalf("code %d: %s", got, log)
	}
	return page
}

func exported(t *testing.T, dir, format string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"export", "--storage.path=" + dir, "--format=" + format}, os.Getenv, &out, &errs); code != 0 {
		t.Fatalf("export: code %d: %s", code, &errs)
	}
	return out.Bytes()
}

// rows are the lines of a jsonl by view, account and date, in their order.
func rows(t *testing.T, text []byte) map[string][]map[string]any {
	t.Helper()
	all := map[string][]map[string]any{}
	for line := range bytes.Lines(text) {
		var one map[string]any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&one); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprint(one["view"], "|", one["account"], "|", one["date"])
		all[name] = append(all[name], one)
	}
	return all
}

// compareExport fails unless all that was exported still is, as it was. A later
// version may know more fields and series.
func compareExport(t *testing.T, format string, want, got []byte) {
	t.Helper()
	if format == "openmetrics" {
		have := map[string]bool{}
		for line := range strings.Lines(string(got)) {
			have[line] = true
		}
		for line := range strings.Lines(string(want)) {
			if !strings.HasPrefix(line, "#") && !have[line] {
				t.Errorf("missing: %s", line)
			}
		}
		return
	}
	now := rows(t, got)
	for name, lines := range rows(t, want) {
		if len(now[name]) != len(lines) {
			t.Errorf("%s: %d lines, want %d", name, len(now[name]), len(lines))
			continue
		}
		for i, line := range lines {
			for field, v := range line {
				if !reflect.DeepEqual(now[name][i][field], v) {
					t.Errorf("%s: %s is %v, want %v", name, field, now[name][i][field], v)
				}
			}
		}
	}
}
