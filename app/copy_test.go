//go:build e2e

package app

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestCopied: an exporter that moves to PostgreSQL, and back into a file, serves what
// it served, and asks WeChat for nothing again.
func TestCopied(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	accounts := wxtest.DemoAccounts()[:2]
	dir := t.TempDir()
	cfg := "--config.file=" + harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), accounts))
	file, back, url := filepath.Join(dir, "data"), filepath.Join(dir, "back"), pgtest.Start(t, "fsync=off").Database(t)
	s := start(t, nil, cfg, "--storage.path="+file)
	harness.Eventually(t, "the first fill", func() bool { return harness.Filled(s.Scrape(t), "brand", "store") })
	want := harness.Dated(s.Scrape(t))
	s.stop()
	calls := len(w.Calls())

	for _, move := range [][]string{
		{"--storage.path=" + file, "--to=" + url, "--storage.url=" + url},
		{"--storage.url=" + url, "--to=" + back, "--storage.path=" + back},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), []string{"copy", move[0], move[1]}, os.Getenv, &out, &out); code != 0 || !regexp.MustCompile(`^Copied \d{3,} days of 2 accounts, with their states\.\n$`).MatchString(out.String()) {
			t.Fatalf("copy ends with %d: %s", code, &out)
		}
		s := start(t, nil, cfg, move[2])
		if diff := cmp.Diff(want, harness.Dated(s.Scrape(t))); diff != "" {
			t.Errorf("served from the copy (-before +after):\n%s", diff)
		}
		harness.Eventually(t, "readiness", func() bool { status, _ := s.Get(t, "/-/ready"); return status == 200 })
		s.stop()
	}
	if n := len(w.Calls()) - calls; n != 0 {
		t.Errorf("%d calls of the same day were made again", n)
	}
}

// TestCopyRefused: what cannot be copied is told in one line that says why.
func TestCopyRefused(t *testing.T) {
	w := harness.WeChat(wxtest.Options{})
	dir := t.TempDir()
	cfg := "--config.file=" + harness.Write(t, dir, "config.yml", harness.Config(harness.Serve(t, w), wxtest.DemoAccounts()[:2]))
	used := filepath.Join(dir, "used")
	s := start(t, nil, cfg, "--storage.path="+used)
	harness.Eventually(t, "the first fill", func() bool { return harness.Filled(s.Scrape(t), "brand") })
	for _, c := range []struct{ args, want string }{
		{"--storage.path=" + filepath.Join(dir, "none") + " --to=" + filepath.Join(dir, "to"), "none"},
		{"--storage.path=" + used + " --to=" + filepath.Join(dir, "to"), "in use by process"},
		{"--storage.path=" + used, "--to"},
		{"--storage.path=" + used + "-copy --to=password=secret-word", "postgres://"},
	} {
		var out bytes.Buffer
		code := run(t.Context(), append([]string{"copy"}, strings.Fields(c.args)...), os.Getenv, &out, &out)
		if code != 1 || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), c.want) || strings.Contains(out.String(), "secret-word") {
			t.Errorf("copy %s: exit code %d, want one line with %q:\n%s", c.args, code, c.want, &out)
		}
	}
}
