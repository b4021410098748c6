//go:build e2e

package app

import (
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/store/pgtest"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

var (
	counterSeries = regexp.MustCompile(`^\w+_(total|count|sum|bucket)($|\{)`)
	// upAndDown are series whose values fall by nature.
	upAndDown = regexp.MustCompile(`^(go_|process_|promhttp_|wx_up|wx_api_state|wx_api_open_days|wx_collector_success|wx_collector_duration_seconds|wx_account_lease|wx_exporter_replicas|wx_token_expiry_timestamp_seconds|wx_store_)`)
)

// shownWithin is how long one replica may take to show what another one has stored.
const shownWithin = 5 * time.Second

// address is what was scraped at an address so far.
type address struct {
	highest map[string]float64
	since   map[string]time.Time // when that was first shown
}

// falls are how often series fell or vanished at an address.
type falls struct{ counters, late, others int }

// compare compares a scrape with those before. A counter must never fall or vanish;
// other series may be late.
func (a *address) compare(t testing.TB, what string, page map[string]string) (n falls) {
	now := time.Now()
	for s, before := range a.highest {
		text, there := page[s]
		v, _ := strconv.ParseFloat(text, 64)
		counter := counterSeries.MatchString(s)
		switch {
		case there && (v >= before || !counter && upAndDown.MatchString(s)):
		case counter:
			n.counters++
			t.Logf("%s: %s was %v, is %q", what, s, before, text)
		case now.Sub(a.since[s]) < shownWithin:
			n.late++
		default:
			n.others++
			t.Logf("%s: %s has been %v for %v, is %q", what, s, before, now.Sub(a.since[s]), text)
		}
	}
	for s, text := range page {
		v, _ := strconv.ParseFloat(text, 64)
		if before, known := a.highest[s]; !known || v > before {
			a.highest[s], a.since[s] = v, now
		}
	}
	return n
}

func (n falls) plus(m falls) falls {
	return falls{n.counters + m.counters, n.late + m.late, n.others + m.others}
}

// TestNothingFalls: two replicas fill the store, are reloaded, and answer /probe in
// turn, as behind one address. Each one's own counters never fall where it is scraped
// itself, and whatever /probe has shown it shows again.
func TestNothingFalls(t *testing.T) {
	r := newReplicas(t, 12)
	refused := fleetOf(12)[3]
	r.wechat.Fault(wxtest.Match{AppID: refused.AppID, API: wxtest.Tokens}, wxtest.IPNotAllowed("192.0.2.1"))
	r.wechat.Fault(wxtest.Match{API: "getupstreammsgweek"}, wxtest.HTTPStatus(http.StatusBadGateway))
	r.wechat.Fault(wxtest.Match{API: "getusersummary"}, wxtest.Duplicates())
	database := pgtest.Start(t).Database(t)
	both := []*harness.Process{r.start("a", database), r.start("b", database)}
	seen := map[string]*address{}
	at := func(name string) *address {
		if seen[name] == nil {
			seen[name] = &address{map[string]float64{}, map[string]time.Time{}}
		}
		return seen[name]
	}
	var own, front falls
	const scrapes = 200
	for i := range scrapes {
		for _, p := range both {
			_, page := p.Get(t, "/metrics?collect[]=exporter")
			own = own.plus(at(p.URL).compare(t, "own address", harness.Samples(t, page)))
		}
		all := map[string]string{}
		for _, name := range r.names {
			_, page := both[i%2].Get(t, "/probe?target="+name)
			maps.Copy(all, harness.Samples(t, page))
		}
		front = front.plus(at("front").compare(t, "front", all))
		if i%20 == 0 && i > scrapes/2 { // the refused account is tried again
			for _, p := range both {
				if err := p.Cmd.Process.Signal(syscall.SIGHUP); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Logf("%d scrapes; at their own addresses counters fell or vanished %d times, others %d; at the front counters %d, others %d, and %d others were late by less than %v",
		scrapes, own.counters, own.others, front.counters, front.others, front.late, shownWithin)
	if own.counters+own.others+front.counters+front.others > 0 {
		t.Error("series fell or vanished")
	}
	tried := 0.0
	for _, a := range seen {
		tried += a.highest[`wx_api_requests_total{account="`+refused.Name+`",api="token",code="40164"}`]
	}
	if tried < 3 {
		t.Errorf("the refused account has %v requests for tokens in both replicas' counters", tried)
	}
}
