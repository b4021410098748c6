package poll

import (
	"sync"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// countedLooks counts how often it is asked what is known of an API.
type countedLooks struct {
	Store
	mu    sync.Mutex
	looks map[string]int
}

func (c *countedLooks) Known(account, api, from, to string) ([]store.DayInfo, error) {
	c.mu.Lock()
	c.looks[api]++
	c.mu.Unlock()
	return c.Store.Known(account, api, from, to)
}

// TestOneLookARequest: a request takes one look into the store. What follows from the
// answer is planned without another.
func TestOneLookARequest(t *testing.T) {
	kept := &countedLooks{Store: harness.NewMemory(), looks: map[string]int{}}
	simulate(t, setup{at: "2026-11-20 12:00", store: kept}, func(w *world) {
		w.start()
		w.until("2026-11-21 07:59")
		calls := callsByAPI(w.wechat.Calls(), calendartest.At(w, "2026-11-20 00:00"))
		kept.mu.Lock()
		before := map[string]int{}
		for api, n := range kept.looks {
			before[api] = n
		}
		kept.mu.Unlock()
		w.until("2026-11-21 10:00")
		after := callsByAPI(w.wechat.Calls(), calendartest.At(w, "2026-11-20 00:00"))
		kept.mu.Lock()
		defer kept.mu.Unlock()
		for _, api := range dailyAPIs(w.families...) {
			looks, n := kept.looks[api]-before[api], after[api]-calls[api]
			if n == 0 || looks != n {
				t.Errorf("%s: %d looks for %d requests", api, looks, n)
			}
		}
	})
}

// callsByAPI counts the calls of the statistics APIs from a time on.
func callsByAPI(calls []wxtest.Call, from time.Time) map[string]int {
	n := map[string]int{}
	for _, c := range calls {
		if c.Begin != "" && !c.Time.Before(from) {
			n[c.API]++
		}
	}
	return n
}
