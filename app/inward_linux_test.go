//go:build e2e

package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// hundreds is how many clients the exporter meets at the same time here.
const hundreds = 300

// unreachable is the arguments of an exporter with accounts of a WeChat that is not
// there, so that /status has a lot to say.
func unreachable(t *testing.T, accounts int) []string {
	dir := t.TempDir()
	config := harness.Config("http://127.0.0.1:1", fleetOf(accounts))
	return []string{"--config.file=" + harness.Write(t, dir, "config.yml", config), "--storage.path=" + filepath.Join(dir, "data")}
}

// connect opens connections that the test closes at its end.
func connect(t *testing.T, url string, n int, first string) {
	t.Helper()
	for range n {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := io.WriteString(conn, first); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFewFiles: connections that idle leave the exporter, which may open few files,
// able to answer, before they go by themselves.
func TestFewFiles(t *testing.T) {
	binary := harness.Build(t)
	few := harness.Write(t, t.TempDir(), "few", fmt.Sprintf("#!/bin/sh\nulimit -n 256\nexec %q \"$@\"\n", binary))
	if err := os.Chmod(few, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, first := range map[string]string{"new": "", "after an answer": "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			p := harness.Start(t, few, unreachable(t, 1)...)
			connect(t, p.URL, hundreds, first)
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/metrics", nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if body, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "wx_exporter_build_info{") {
				t.Errorf("answered with %s, %v", answer.Status, err)
			}
			t.Logf("answered after %s", time.Since(begin))
			if strings.Contains(p.Log.String(), "too many open files") {
				t.Errorf("it ran out of files:\n%s", p.Log)
			}
			p.Stop(t)
		})
	}
}

// TestSlowReaders: readers who take nothing of a large page cost no memory, and the
// others get theirs when the slow ones have been cut.
func TestSlowReaders(t *testing.T) {
	p := harness.Start(t, harness.Build(t), unreachable(t, 300)...)
	var page string
	harness.Eventually(t, "a page about all accounts", func() bool {
		_, page = p.Get(t, "/status")
		return strings.Count(page, "problem") > 300
	})
	before := memory(t, p)
	connect(t, p.URL, hundreds, "GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
	begin := time.Now()
	harness.Eventually(t, "a scrape beside them", func() bool {
		code, _ := p.Get(t, "/metrics")
		return code == http.StatusOK
	})
	after := memory(t, p)
	t.Logf("%d readers of %d kB: %d kB, %d kB before; scraped after %s", hundreds, len(page)>>10, after, before, time.Since(begin))
	// As many pages as there may be at the same time, and some to make them.
	if most := 60 * len(page) >> 10; after-before > most {
		t.Errorf("they took %d kB, want %d at most", after-before, most)
	}
	p.Stop(t)
}

// memory is the most memory that a process ever had, in kB.
func memory(t *testing.T, p *harness.Process) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "VmHWM:")
	kB, err := strconv.Atoi(strings.Fields(line)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB
}
