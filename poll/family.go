package poll

import (
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
)

// polledFamily is a family of the account and how polls of it go.
type polledFamily struct {
	collector.Family
	last    FamilyStatus
	working bool // a poll is under way
	asked   bool // WeChat was asked in it
	began   time.Time
}

// endPolls ends the polls of families without running requests, and the account's
// when all have ended. A poll that was interrupted, because the lease has ended, goes on
// when the lease is back, or not at all.
func (a *Account) endPolls() {
	if !a.mayCall() {
		return
	}
	ended, now := false, a.now()
	for _, f := range a.families {
		if !f.working || slices.ContainsFunc(a.apis, func(api *polledAPI) bool { return api.family == f && (api.busy || a.waits(api, now)) }) {
			continue
		}
		f.working = false
		if f.asked || f.last.Polled && f.last.Success != f.succeeded(a.apis) {
			f.end(a.apis, now)
			ended = true
		}
	}
	if a.working && !a.busy() && !a.lost {
		a.working, a.polled, a.up = false, true, a.refused.Err == nil
		var states []plan.APIState
		for _, api := range a.apis {
			states = append(states, api.APIState)
		}
		a.up = a.up && plan.Works(states)
		a.allRefused(plan.AllRefused(states))
		a.changed[collector.Exporter] = true
		ended = true
	}
	if ended {
		a.save() // how the poll ended is the same on all replicas
	}
}

// end records the result of the family's poll. The time of the last success changes
// on success only, and not where a failure has gone without an answer, such as that of
// a day that is no longer asked for.
func (f *polledFamily) end(apis []*polledAPI, now time.Time) {
	f.last.Polled, f.last.Success, f.last.Duration = true, f.succeeded(apis), max(now.Sub(f.began), 0)
	if f.last.Success && f.asked {
		f.last.LastSuccess = now
	}
}

// succeeded reports whether no API of the family has failed.
func (f *polledFamily) succeeded(apis []*polledAPI) bool {
	return !slices.ContainsFunc(apis, func(api *polledAPI) bool { return api.family == f && api.Failed() })
}
