//go:build e2e

package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestReplicasBehindPgBouncer: three replicas reach PostgreSQL through PgBouncer,
// which hands out connections by transaction and passes on no notification. Within
// 60 seconds of WeChat's last answer all show the same, and all that WeChat has.
func TestReplicasBehindPgBouncer(t *testing.T) {
	t.Parallel()
	r := newReplicas(t, 30)
	server := pgtest.Start(t)
	database := server.Pooler(t, server.Database(t)) + "&default_query_exec_mode=exec"
	all := []*harness.Process{r.start("a", database), r.start("b", database), r.start("c", database)}
	polled := func() (n int) {
		for _, p := range all {
			n += r.polled(p)
		}
		return n
	}
	harness.Eventually(t, "shares for all", func() bool { return polled() == len(r.names) && r.polled(all[0]) < len(r.names) })
	calls, last := 0, time.Now()
	harness.Eventually(t, "WeChat's last answer", func() bool {
		if n := r.wechat.Count("", wxtest.Statistics); n != calls {
			calls, last = n, time.Now()
		}
		return calls > 0 && time.Since(last) > 5*time.Second
	})
	for {
		took := time.Since(last)
		pages := []map[string]string{r.page(all[0]), r.page(all[1]), r.page(all[2])}
		diff := cmp.Diff(pages[0], pages[1]) + cmp.Diff(pages[0], pages[2])
		if diff == "" && harness.Filled(all[0].Scrape(t), r.names...) {
			t.Logf("the pages are equal %s after the last of %d calls", took.Round(time.Second), calls)
			break
		}
		if took > harness.Patience {
			t.Fatalf("the replicas' pages differ after %s: %.3000s", took, diff)
		}
		time.Sleep(time.Second)
	}
	for _, p := range all {
		if p.Scrape(t)["wx_store_healthy"] != "1" {
			t.Error("the store is not healthy")
		}
	}
	r.askedOnce(nil)
	r.want(r.page(all[0]))
}
