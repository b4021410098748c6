package poll

import (
	"context"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/plan"
)

// start starts the requests that are due. While the credentials are refused, that
// is one request, to try them.
func (a *Account) start(ctx context.Context) {
	now := a.now()
	if a.lost {
		return
	}
	if a.refused.Err == nil {
		waiting := slices.DeleteFunc(slices.Clone(a.apis), func(api *polledAPI) bool { return !a.waits(api, now) })
		slices.SortStableFunc(waiting, func(x, y *polledAPI) int { return x.Due().Compare(y.Due()) })
		for _, api := range waiting[:min(len(waiting), a.places())] {
			a.begin(ctx, api)
		}
		return
	}
	if a.busy() || a.refused.RetryAt.After(now) {
		return
	}
	for range a.apis {
		api := a.apis[a.refused.Turn%len(a.apis)]
		a.refused.Turn++
		if !api.Due().After(now) {
			a.refused.RetryAt = now.Add(plan.CredentialPause) // whatever comes of it
			a.begin(ctx, api)
			return
		}
	}
}

// waits reports whether a request of an API is due and not under way.
func (a *Account) waits(api *polledAPI, now time.Time) bool {
	return a.refused.Err == nil && !api.busy && !api.Due().After(now)
}

// places is how many more requests may be started.
func (a *Account) places() int {
	n := requestsAtOnce
	for _, api := range a.apis {
		if api.busy {
			n--
		}
	}
	return max(n, 0)
}

// begin starts a request of an API.
func (a *Account) begin(ctx context.Context, api *polledAPI) {
	api.busy, a.working = true, true
	if f := api.family; !f.working {
		f.working, f.asked, f.began = true, false, a.now()
	}
	one, s := *api.API, api.APIState
	go func() {
		r := a.request(ctx, one, s)
		r.api = api
		a.results <- r
	}()
}

// busy reports whether requests are under way.
func (a *Account) busy() bool {
	return a.asking || slices.ContainsFunc(a.apis, func(api *polledAPI) bool { return api.busy })
}

// pause returns how long the loop may sleep.
func (a *Account) pause() time.Duration {
	if a.lost {
		return tick
	}
	now := a.now()
	due := []time.Time{a.quotasDue(now)}
	for _, api := range a.apis {
		if !api.busy {
			due = append(due, api.Due())
		}
	}
	next := slices.MinFunc(due, time.Time.Compare)
	switch {
	case a.refused.Err == nil && a.places() > 0:
	case a.busy():
		next = now.Add(tick)
	case next.Before(a.refused.RetryAt):
		next = a.refused.RetryAt
	}
	if a.unsaved {
		next = slices.MinFunc([]time.Time{next, a.saved.Add(saveEvery)}, time.Time.Compare)
	}
	return min(max(next.Sub(now), 0), tick)
}
