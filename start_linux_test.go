//go:build e2e

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// BenchmarkStart measures how long the real program takes from its start until
// it is ready, with a store of 100 accounts, a window of 30 days and all APIs,
// while WeChat does not answer. With cold, the page cache has dropped the store.
func BenchmarkStart(b *testing.B) {
	accounts := fleet(100)
	w := harness.WeChat(wxtest.Options{Accounts: accounts})
	url := harness.Serve(b, w)
	dir := b.TempDir()
	data := filepath.Join(dir, "data")
	args := []string{"--config.file=" + harness.Write(b, dir, "config.yml", harness.Config(url, accounts)), "--storage.path=" + data}
	binary := harness.Build(b)
	first := harness.Start(b, binary, args...)
	var names []string
	for _, a := range accounts {
		names = append(names, a.Name)
	}
	harness.Eventually(b, "the first fill", func() bool { return harness.Filled(first.Scrape(b), names...) })
	series := len(first.Scrape(b))
	if err := first.Cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	_ = first.Wait() // what it says is of no interest here
	defer w.Fault(wxtest.Match{}, wxtest.Hang())()

	for _, cold := range []bool{false, true} {
		name := map[bool]string{false: "warm", true: "cold"}[cold]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				if cold {
					evict(b, filepath.Join(data, "wx_exporter.sqlite"))
				}
				b.StartTimer()
				begin := time.Now()
				p := harness.Start(b, binary, args...)
				harness.Eventually(b, "readiness", func() bool { return status(b, p.URL+"/-/ready") == http.StatusOK })
				b.ReportMetric(time.Since(begin).Seconds(), "s-to-ready")
				b.StopTimer()
				if n := len(p.Scrape(b)); n < series*9/10 {
					b.Fatalf("ready with %d series of %d", n, series)
				}
				p.Kill()
				b.StartTimer()
			}
			b.ReportMetric(float64(series), "series")
		})
	}
}

// evict has the kernel forget what it cached of a file.
func evict(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatal(err)
	}
}

func status(t testing.TB, url string) int {
	code, _ := harness.Fetch(t, http.MethodGet, url)
	return code
}
