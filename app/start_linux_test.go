//go:build e2e

package app

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// BenchmarkStart measures how long the real program takes from its start until
// it is ready, with a store of 100 accounts, a window of 30 days and all APIs,
// while WeChat does not answer. With cold, the page cache has dropped the store,
// and PostgreSQL has been restarted.
func BenchmarkStart(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		dir := b.TempDir()
		benchmarkStart(b, "--storage.path="+dir, func() { evict(b, dir) })
	})
	b.Run("postgres", func(b *testing.B) {
		server := pgtest.Start(b)
		benchmarkStart(b, "--storage.url="+server.Database(b), func() {
			server.Stop(b, syscall.SIGINT)
			evict(b, server.Data())
			server.Run(b)
		})
	})
}

func benchmarkStart(b *testing.B, storage string, forget func()) {
	accounts := fleetOf(100)
	w := harness.WeChat(wxtest.Options{Accounts: accounts})
	args := []string{"--config.file=" + harness.Write(b, b.TempDir(), "config.yml", harness.Config(harness.Serve(b, w), accounts)), storage}
	binary := harness.Build(b)
	first := harness.Start(b, binary, args...)
	var names []string
	for _, a := range accounts {
		names = append(names, a.Name)
	}
	harness.Eventually(b, "the first fill", func() bool { return harness.Filled(first.Scrape(b), names...) })
	series := len(first.Scrape(b))
	first.Stop(b)
	defer w.Fault(wxtest.Match{}, wxtest.Hang())()

	for _, cold := range []bool{false, true} {
		b.Run(map[bool]string{false: "warm", true: "cold"}[cold], func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				if cold {
					forget()
				}
				b.StartTimer()
				p := harness.Start(b, binary, args...)
				harness.Eventually(b, "readiness", func() bool { return status(b, p.URL+"/-/ready") == http.StatusOK })
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

// evict has the kernel forget what it cached of a directory's files.
func evict(b *testing.B, dir string) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	})
	if err != nil {
		b.Fatal(err)
	}
}

func status(t testing.TB, url string) int {
	code, _ := harness.Fetch(t, http.MethodGet, url)
	return code
}
