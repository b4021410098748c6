package fleet

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"

	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/wxclient"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestReplacedBeforeItBegins: a reload replaces an account just when the polling
// begins. The one that it replaces never polls, for nothing could stop it.
func TestReplacedBeforeItBegins(t *testing.T) {
	simulate(t, "2026-11-20 12:00", []wxtest.Account{brand}, func(w *world) {
		s := &slowStates{Store: w.store}
		f := w.fleet(s, exposition.New(exposition.Options{}))
		f.Set(w.options(brand))
		s.gate = make(chan struct{})
		var parts sync.WaitGroup
		parts.Go(func() { f.Set(w.options(brand)) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(w.Context())
		parts.Go(func() { f.Run(ctx) })
		synctest.Wait()
		close(s.gate)
		synctest.Wait()
		f.Remove(brand.Name)
		before := w.wechat.Count("", "")
		w.until("2026-11-21 09:00")
		if n := w.wechat.Count("", "") - before; n != 0 {
			t.Errorf("an account that was removed makes %d calls", n)
		}
		cancel()
		parts.Wait()
	})
}

// slowStates is a store whose states can be read once gate, if any, is closed.
type slowStates struct {
	poll.Store
	gate chan struct{}
}

func (s *slowStates) State(account, name string) ([]byte, error) {
	if s.gate != nil {
		<-s.gate
	}
	return s.Store.State(account, name)
}

// TestUnsetClockIsToldOnce: however many accounts there are, the log says once that the
// clock of the host is not set, and once that it is.
func TestUnsetClockIsToldOnce(t *testing.T) {
	simulate(t, "2026-11-20 12:00", []wxtest.Account{brand, shop}, func(w *world) {
		w.ahead.Store(int64(time.Until(calendartest.At(t, "1970-01-05 12:00"))))
		f := w.fleet(w.store, exposition.New(exposition.Options{}))
		f.Set(w.options(brand), w.options(shop))
		defer w.run(f.Run)()
		w.pass(10 * time.Minute)
		if warned, told := w.log.Lines("level=warn", "clock"), w.log.Lines("level=info", "clock"); len(warned) != 1 || len(told) != 0 {
			t.Errorf("while it is not set: %q %q", warned, told)
		}
		w.ahead.Store(0)
		w.pass(2 * time.Minute)
		if warned, told := w.log.Lines("level=warn", "clock"), w.log.Lines("level=info", "clock"); len(warned) != 1 || len(told) != 1 {
			t.Errorf("when it is set: %q %q", warned, told)
		}
	})
}

// deafTokens never come before the gate is closed, whatever becomes of the account.
type deafTokens chan struct{}

func (g deafTokens) Fetch(context.Context) (wxclient.Token, error) {
	<-g
	return wxclient.Token{}, errors.New("no token")
}

// TestPagesWaitForNobody: while an account that is removed waits for an answer that does
// not come, the page and the status go on.
func TestPagesWaitForNobody(t *testing.T) {
	simulate(t, "2026-11-20 12:00", []wxtest.Account{brand}, func(w *world) {
		pages := exposition.New(exposition.Options{})
		f := New(Options{Peers: seat{newMeeting(), "a"}, Replica: "a", Options: poll.Options{
			Families: collector.Families(), Store: w.store, Pages: pages, Durations: poll.NewDurations(), Logger: log.NewLogfmtLogger(w.log), Now: w.now,
		}})
		gate, o := make(deafTokens), w.options(brand)
		o.Client.Tokens = gate
		f.Set(o)
		stop := w.run(pages.Run, f.Run)
		w.pass(time.Second)
		removed := make(chan struct{})
		go func() {
			defer close(removed)
			f.Remove(brand.Name)
		}()
		w.pass(time.Second)
		select {
		case <-removed:
			t.Error("it has ended though it waits")
		default:
		}
		pages.Changed(brand.Name, collector.Own)
		if n := with(w.scrape(pages), `account="brand"`); n == 0 {
			t.Error("the account is not on the page")
		}
		if s := f.Status(); len(s) != 1 || !f.Polls(brand.AppID) {
			t.Errorf("the status is %+v", s)
		}
		close(gate)
		<-removed
		stop()
	})
}

// TestCountersAreTheProcess': they begin anew with it, and a changed configuration is
// no new process.
func TestCountersAreTheProcess(t *testing.T) {
	simulate(t, "2026-11-20 12:00", []wxtest.Account{brand}, func(w *world) {
		w.wechat.Fault(wxtest.Match{API: "getusersummary"}, wxtest.Duplicates())
		start := func() (*Fleet, *exposition.Cache, func()) {
			pages := exposition.New(exposition.Options{})
			f := w.fleet(w.store, pages)
			f.Set(w.options(brand))
			stop := w.run(pages.Run, f.Run)
			w.pass(time.Minute)
			return f, pages, stop
		}
		f, pages, stop := start()
		before := w.scrape(pages)
		if before[`wx_api_requests_total{account="brand",api="getusersummary",code="0"}`] == "0" || before[`wx_rows_dropped_total{account="brand",api="getusersummary",reason="duplicate"}`] == "0" {
			t.Errorf("nothing was counted: %v", before)
		}
		changed := w.options(brand)
		changed.Window.Daily++
		f.Set(changed)
		w.pass(time.Minute)
		after := w.scrape(pages)
		now := harness.Counted(after, brand.Name)
		for s, v := range harness.Counted(before, brand.Name) {
			if now[s] < v {
				t.Errorf("after a reload %s fell from %v to %v", s, v, now[s])
			}
		}
		if total(after) <= total(before) {
			t.Error("after a reload nothing is counted")
		}
		f.Remove(brand.Name)
		if left := harness.Counted(w.scrape(pages), brand.Name); len(left) > 0 {
			t.Errorf("a removed account leaves %v", left)
		}
		f.Set(w.options(brand))
		w.pass(time.Minute)
		if n := total(w.scrape(pages)); n >= total(before) {
			t.Errorf("an account that was removed and comes again has counted %v already", n)
		}
		stop()

		calls := len(w.wechat.Calls())
		_, pages, stop = start()
		defer stop()
		if n := len(w.wechat.Calls()) - calls; n > 0 {
			t.Fatalf("%d calls after the restart", n)
		}
		if n := total(w.scrape(pages)); n != 0 {
			t.Errorf("a process that has done nothing has counted %v", n)
		}
	})
}
