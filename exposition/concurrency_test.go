package exposition

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Scrapes, changes, and accounts that come and go at the same time: every page is
// whole and has an account's units as of one moment.
func TestConcurrency(t *testing.T) {
	c := start(t, Options{Process: ofProcess()})
	versions := func(account string, version float64) map[string]prometheus.Gatherer {
		families := make(map[string]prometheus.Gatherer)
		for _, family := range []string{"user", "message"} {
			m := gauges(account, "wx_"+family, "n")
			for i := range 50 {
				m.WithLabelValues(fmt.Sprint(i * 104729)).Set(version)
			}
			families[family] = registry(m)
		}
		return families
	}
	for i := range 4 {
		c.Set(fmt.Sprint("a", i), versions(fmt.Sprint("a", i), 0))
	}
	settle(t, c)
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			account := fmt.Sprint("a", i)
			for v := range 25 {
				switch {
				case i == 3 && v%3 == 2:
					c.Remove(account)
				case v%4 == 3:
					c.Changed(account, "user", "message")
				default:
					c.Set(account, versions(account, float64(v)))
				}
				if err := c.Sync(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 3 {
		readers.Go(func() {
			accept := []string{acceptText, acceptOpenMetrics, acceptText}[i]
			target := []string{"/metrics", "/metrics?collect[]=user&collect[]=message", "/metrics"}[i]
			for {
				select {
				case <-done:
					return
				default:
				}
				b, err := io.ReadAll(get(c.Metrics(), target, "Accept", accept, "Accept-Encoding", "gzip").Body)
				if err != nil {
					t.Error(err)
					return
				}
				sameVersions(t, gunzip(t, b))
				get(c.Probe(), "/probe?target=a3", "Accept-Encoding", "gzip")
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

// sameVersions checks that all samples of an account have the same value.
func sameVersions(t *testing.T, page string) {
	t.Helper()
	version, lines := make(map[string]string), make(map[string]int)
	for line := range strings.Lines(page) {
		if !strings.HasPrefix(line, "wx_user") && !strings.HasPrefix(line, "wx_message") {
			continue
		}
		_, rest, _ := strings.Cut(line, `account="`)
		account, rest, _ := strings.Cut(rest, `"`)
		_, value, _ := strings.Cut(rest, "} ")
		if v, ok := version[account]; ok && v != value {
			t.Errorf("account %s has %q beside %q", account, value, v)
		}
		version[account] = value
		lines[account]++
	}
	for account, n := range lines {
		if n != 100 {
			t.Errorf("account %s has %d samples, want 100", account, n)
		}
	}
}
