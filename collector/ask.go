package collector

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/exposition"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// ask asks one request, keeps the answer, and reports whether it succeeded.
// "Not ready" is no failure: the days stay open.
func (a *account) ask(ctx context.Context, f Family, api API, r wxclient.Request) bool {
	asked := a.now()
	ans, err := a.client.Ask(ctx, r)
	if ctx.Err() != nil {
		return false
	}
	now, notReady := a.now(), false
	if err != nil {
		e := asError(api.Name, err)
		if e.Action != wxclient.NotReady {
			a.failed(api, r, e, now)
			return false
		}
		notReady = true
	}
	have, err := a.have(api, span(r))
	if err != nil {
		level.Error(a.logger).Log("msg", "cannot read the store", "api", api.Name, "err", err)
		return false
	}
	// However late the answer is read, for the host may have slept for days, it
	// tells what WeChat knew when it was asked.
	days, dropped := api.digest(r, ans, have, a.Window, a.Poll, asked)
	for i := range days {
		days[i].Open = days[i].Open || notReady
	}
	a.store.Put(a.ID, api.Name, days...)
	for reason, n := range dropped {
		if n > 0 {
			a.metrics.dropped.WithLabelValues(api.Name, reason).Add(float64(n))
		}
	}
	a.succeeded(api, days, have, now)
	level.Debug(a.logger).Log("msg", "asked", "api", api.Name, "begin", r.Begin, "end", r.End, "rows", len(ans.Rows), "ready", !notReady)
	families := []string{exposition.Exporter}
	if differs(days, have) {
		families = append(families, f.Name)
	}
	a.pages.Changed(a.Name, families...)
	return true
}

// succeeded notes a call that WeChat answered.
func (a *account) succeeded(api API, days []store.Day, have map[wxclient.Day]store.Day, now time.Time) {
	a.mu.Lock()
	s := a.apis[api.Name]
	recovered := s.err
	s.succeed(now)
	s.opened(days, have, now)
	a.held = nil
	a.mu.Unlock()
	if recovered != nil {
		a.recovered(api.Name, recovered)
	}
}

// failed notes a call that failed.
func (a *account) failed(api API, r wxclient.Request, err *wxclient.Error, now time.Time) {
	a.mu.Lock()
	s := a.apis[api.Name]
	s.fail(r, err, now, rand.Float64())
	a.hold(err, now, s.retryAt)
	a.mu.Unlock()
	if outlasts(err.Action) {
		a.saveStates()
	}
	a.complain(api.Name, err)
	a.pages.Changed(a.Name, exposition.Exporter)
}
