package poll

import (
	"context"
	"maps"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// quotas are the account's quotas as WeChat reports them, fetched once a day. It is
// a value. Figures of the day before stay until new ones are there.
type quotas struct {
	Day     calendar.Day              `json:"day"`
	APIs    map[string]wxclient.Quota `json:"apis"`
	Asked   map[string]bool           `json:"asked,omitempty"`   // the APIs whose quota was fetched on Day
	Refused bool                      `json:"refused,omitempty"` // WeChat does not report quotas to this account

	failures int // in a row
	retryAt  time.Time
}

// on returns a copy of the quotas for a day; on a new day, none is fetched yet.
func (q quotas) on(today calendar.Day) quotas {
	if q.Day != today {
		q = quotas{Day: today, APIs: q.APIs}
	}
	asked, known := map[string]bool{}, map[string]wxclient.Quota{}
	maps.Copy(asked, q.Asked)
	maps.Copy(known, q.APIs)
	q.Asked, q.APIs = asked, known
	return q
}

// failed returns the quotas after a request for one failed. WeChat reports them to
// some accounts only, so after a refusal there are no more requests on that day.
func (q quotas) failed(action wxclient.Action, now time.Time, jitter float64) quotas {
	switch action {
	case wxclient.Denied, wxclient.Offline, wxclient.Tomorrow, wxclient.Rejected:
		q.Refused, q.APIs = true, nil
	default:
		q.failures++
		q.retryAt = doubling(crowdedPause).until(q.failures, now, jitter)
	}
	return q
}

// quotasLeft returns the APIs that were called today and whose quota was not
// fetched yet.
func (a *account) quotasLeft() (left []string) {
	today := calendar.DayOf(a.now())
	q := a.quotas.on(today)
	for _, api := range a.apis {
		if !q.Refused && api.Err == nil && api.Day == today && !q.Asked[api.Name] {
			left = append(left, api.Name)
		}
	}
	return left
}

// quotasDue returns when to fetch quotas: after a poll, once a day for each API that
// was called.
func (a *account) quotasDue(now time.Time) time.Time {
	today := calendar.DayOf(now)
	switch {
	case a.refused.Err != nil, a.busy(), now.Before(a.Schedule.start(today)), len(a.quotasLeft()) == 0:
		return a.Schedule.nextStart(now)
	case a.quotas.Day == today:
		return a.quotas.retryAt
	}
	return now
}

// startQuotas fetches the quotas that are due, and drops those of APIs that were not
// called today.
func (a *account) startQuotas(ctx context.Context) {
	now := a.now()
	if a.lost || a.quotasDue(now).After(now) {
		return
	}
	q, left := a.quotas.on(calendar.DayOf(now)), a.quotasLeft()
	for _, api := range a.apis {
		if api.Day != q.Day {
			delete(q.APIs, api.Name)
		}
	}
	a.asking = true
	go func() { a.results <- result{quotas: a.fetchQuotas(ctx, q, left)} }()
}

// fetchQuotas fetches the quotas of APIs. An error is no failure of the account.
func (a *account) fetchQuotas(ctx context.Context, q quotas, left []string) quotas {
	for _, api := range left {
		one, err := a.client.Quota(ctx, api)
		if ctx.Err() != nil {
			return q
		}
		if err != nil {
			level.Debug(a.logger).Log("msg", "cannot fetch the quota", "api", api, "err", err)
			return q.failed(asError(api, err).Action, a.now(), a.random())
		}
		q.APIs[api], q.Asked[api], q.failures = one, true, 0
	}
	return q
}
