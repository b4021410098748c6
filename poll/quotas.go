package poll

import (
	"context"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// quotas are what WeChat told of the account's quotas on a day. It is a value.
// The figures of the day before stay until there are others, of APIs that are
// called on it.
type quotas struct {
	Day     wxclient.Day              `json:"day"`
	APIs    map[string]wxclient.Quota `json:"apis"`
	Asked   map[string]bool           `json:"asked,omitempty"`   // the APIs that WeChat has told the quota of on Day
	Refused bool                      `json:"refused,omitempty"` // WeChat does not tell them to this account

	failures int // in a row
	retryAt  time.Time
}

// on returns a copy of the quotas as they are at the beginning of a day, if it
// is a new one.
func (q quotas) on(today wxclient.Day) quotas {
	if q.Day != today {
		q = quotas{Day: today, APIs: q.APIs}
	}
	asked, known := map[string]bool{}, map[string]wxclient.Quota{}
	maps.Copy(asked, q.Asked)
	maps.Copy(known, q.APIs)
	q.Asked, q.APIs = asked, known
	return q
}

// failed returns the quotas after one was not told. WeChat tells them to some
// accounts only, so a refusal ends it for the day.
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

// quotasLeft returns the APIs that were called today and whose quota is still to
// be asked for.
func (a *account) quotasLeft() (left []string) {
	today := wxclient.DayOf(a.now())
	q := a.quotas.on(today)
	for _, api := range a.apis {
		if !q.Refused && api.Err == nil && api.Day == today && !q.Asked[api.Name] {
			left = append(left, api.Name)
		}
	}
	return left
}

// quotasDue returns when to ask for quotas: once a day for the one of each API
// that was called on it, when a poll has ended.
func (a *account) quotasDue(now time.Time) time.Time {
	today := wxclient.DayOf(now)
	switch {
	case a.refused.Err != nil, a.busy(), now.Before(a.Schedule.start(today)), len(a.quotasLeft()) == 0:
		return a.Schedule.nextStart(now)
	case a.quotas.Day == today:
		return a.quotas.retryAt
	}
	return now
}

// startQuotas asks for the quotas that are due. Those of APIs that were not
// called today are of no use any more.
func (a *account) startQuotas(ctx context.Context) {
	now := a.now()
	if a.quotasDue(now).After(now) {
		return
	}
	q, left := a.quotas.on(wxclient.DayOf(now)), a.quotasLeft()
	for _, api := range a.apis {
		if api.Day != q.Day {
			delete(q.APIs, api.Name)
		}
	}
	a.asking = true
	go func() { a.results <- result{quotas: a.askQuotas(ctx, q, left)} }()
}

// askQuotas asks for the quotas of APIs. What goes wrong is no failure of the
// account.
func (a *account) askQuotas(ctx context.Context, q quotas, left []string) quotas {
	for _, api := range left {
		one, err := a.client.Quota(ctx, api)
		if ctx.Err() != nil {
			return q
		}
		if err != nil {
			level.Debug(a.logger).Log("msg", "WeChat does not tell the quota", "api", api, "err", err)
			return q.failed(asError(api, err).Action, a.now(), rand.Float64())
		}
		q.APIs[api], q.Asked[api], q.failures = one, true, 0
	}
	return q
}
