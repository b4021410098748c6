//go:build e2e

package prometheus_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/history"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store"
)

// TestHistoryCorrection: a correction that comes so soon that Prometheus drops it
// arrives by being sent again once Prometheus has written a block.
func TestHistoryCorrection(t *testing.T) {
	dir := t.TempDir()
	config := harness.Write(t, dir, "prometheus.yml", "global: {scrape_interval: 1s}\nstorage: {tsdb: {out_of_order_time_window: 3650d}}\n"+
		"scrape_configs: [{job_name: prometheus, static_configs: [{targets: [ITSELF]}]}]\n")
	process := harness.Start(t, tool(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.enable-lifecycle",
		"--web.enable-remote-write-receiver", "--storage.tsdb.min-block-duration=30s", "--storage.tsdb.max-block-duration=10m")
	p := &prometheus{process.URL}
	p.ready(t)
	harness.Write(t, dir, "prometheus.yml", strings.ReplaceAll(string(read(t, config)), "ITSELF", strings.TrimPrefix(p.url, "http://")))
	harness.Fetch(t, http.MethodPost, p.url+"/-/reload")
	p.data(t, "up == 1")

	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "store")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	day := calendar.DayOf(time.Now()) - 1
	put := func(account string, followers int) {
		s.Put(account, "getusercumulate", store.Day{Date: day.String(), Rows: fmt.Appendf(nil, `[{"cumulate_user":%d}]`, followers), Fetched: time.Now()})
	}
	// send has a sender, started at a time from now, send until nothing is left.
	send := func(account string, later time.Duration) {
		ctx, stop := context.WithCancel(t.Context())
		now := func() time.Time { return time.Now().Add(later) }
		sender := history.NewSender(history.SenderOptions{Families: collector.Families(), Store: s, Logger: log.NewNopLogger(), Now: now})
		sender.Set([]history.Receiver{{Name: "receiver", URL: p.url + "/api/v1/write", Transport: http.DefaultTransport}},
			[]history.SentAccount{{Account: store.Account{ID: account, Name: account}}})
		var running sync.WaitGroup
		running.Go(func() { sender.Run(ctx) })
		harness.Eventually(t, "all is sent", func() bool {
			unsent, err := s.Unsent("receiver", account, now())
			return err == nil && len(unsent) == 0
		})
		stop()
		running.Wait()
	}
	value := func(account string) float64 {
		return p.data(t, fmt.Sprintf("last_over_time(wx_history_cumulate_users{account=%q}[3d])", account))[0].value()
	}
	blocks := func() int { return strings.Count(process.Log.String(), "ooo=true") }
	// Both have to come before the same block. On a slow machine one may be written between
	// them; then they are sent again, for another account.
	account, before := "", -1
	for n := 0; before != blocks(); n++ {
		account, before = fmt.Sprint("brand", n), blocks()
		put(account, 100)
		send(account, 0)
		put(account, 90)
		send(account, 0)
	}
	if v := value(account); v != 100 {
		t.Logf("Prometheus takes the correction at once, as %v", v)
	}
	harness.Eventually(t, "Prometheus writes what came out of order to a block", func() bool { return blocks() > before })
	send(account, 6*time.Hour)
	harness.Eventually(t, "the correction is there", func() bool { return value(account) == 90 })
}
