//go:build e2e

package app

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestLogWhileDatabaseIsAway: when PostgreSQL is away for 40 seconds while there is
// much to poll and to show, the log says when it went and when it is back, not what
// each account and API thinks of it.
func TestLogWhileDatabaseIsAway(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 60)
	server := pgtest.Start(t)
	database := server.Database(t)
	a, b := r.start("a", database), r.start("b", database)
	harness.Eventually(t, "the first calls", func() bool { return r.wechat.Count("", wxtest.Statistics) > 200 })
	server.Stop(t, syscall.SIGQUIT)
	harness.Eventually(t, "them to notice", func() bool {
		return a.Scrape(t)["wx_store_healthy"] == "0" && b.Scrape(t)["wx_store_healthy"] == "0"
	})
	time.Sleep(40 * time.Second)
	server.Run(t)
	harness.Eventually(t, "them to write again", func() bool {
		return a.Scrape(t)["wx_store_healthy"] == "1" && b.Scrape(t)["wx_store_healthy"] == "1" && r.polled(a)+r.polled(b) == len(r.names)
	})
	r.quiet("the fill", a, b)
	for _, p := range []*harness.Process{a, b} {
		var said []string
		for line := range strings.Lines(p.Log.String()) {
			if !strings.Contains(line, "level=info msg=starting") && !strings.Contains(line, "Listening on") && !strings.Contains(line, "TLS is") {
				said = append(said, line)
			}
		}
		t.Logf("%d lines:\n%s", len(said), strings.Join(said[:min(len(said), 20)], ""))
		for _, want := range []string{"store failed, keeping answers", "store recovered", "cannot renew leases", "lease renewal recovered"} {
			if n := strings.Count(strings.Join(said, ""), want); n != 1 {
				t.Errorf("%d times %q", n, want)
			}
		}
		if len(said) != 4 {
			t.Errorf("%d lines", len(said))
		}
	}
}
