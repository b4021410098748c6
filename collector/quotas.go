package collector

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// quotasNote is the name of the note that keeps the quotas of the day, so that
// a restart does not ask for them again.
const quotasNote = "quotas"

// quotas are what WeChat told of the account's quotas on a day.
type quotas struct {
	Day  wxclient.Day              `json:"day"`
	APIs map[string]wxclient.Quota `json:"apis"`
	Left []string                  `json:"left,omitempty"` // the APIs whose quotas are still to be asked for

	failures int // in a row
	retryAt  time.Time
}

// askQuotas asks once a day for the quotas of the APIs that were called on it,
// and returns when to go on. WeChat tells them to some accounts only, so the
// first refusal ends it for the day; what went wrong otherwise is tried again.
// Neither is a failure of the account.
func (a *account) askQuotas(ctx context.Context) (next time.Time) {
	now := a.now()
	a.mu.Lock()
	q, held := a.quotasToAsk(now), a.held != nil
	a.mu.Unlock()
	switch {
	case held || len(q.Left) == 0:
		return a.Poll.nextStart(now)
	case q.retryAt.After(now):
		return q.retryAt
	}
	for len(q.Left) > 0 {
		api := q.Left[0]
		one, err := a.client.Quota(ctx, api)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			level.Debug(a.logger).Log("msg", "WeChat does not tell the quota", "api", api, "err", err)
			q.fail(asError(api, err).Action, a.now())
			break
		}
		q.APIs[api], q.Left = one, q.Left[1:]
		q.failures = 0
	}
	a.mu.Lock()
	a.quotas = q
	a.mu.Unlock()
	if text, err := json.Marshal(q); err == nil {
		a.store.PutNote(a.ID, quotasNote, text)
	}
	if len(q.Left) > 0 {
		return q.retryAt
	}
	return a.Poll.nextStart(now)
}

// quotasToAsk returns a copy of the day's quotas, with what is left to ask at
// now. A new day begins with the figures of the one before, which stay until
// there are others. Callers hold a.mu.
func (a *account) quotasToAsk(now time.Time) quotas {
	q, today := a.quotas, wxclient.DayOf(now)
	if now.Before(a.Poll.start(today)) {
		return quotas{}
	}
	if q.Day == today {
		q.APIs = maps.Clone(q.APIs)
		return q
	}
	fresh := quotas{Day: today, APIs: map[string]wxclient.Quota{}}
	for _, f := range a.families {
		for _, api := range f.APIs {
			if s := a.apis[api.Name]; s.err != nil || s.day != today {
				continue
			}
			fresh.Left = append(fresh.Left, api.Name)
			if old, ok := q.APIs[api.Name]; ok {
				fresh.APIs[api.Name] = old
			}
		}
	}
	return fresh
}

// fail notes that the quota of the first API that is left was not told.
func (q *quotas) fail(action wxclient.Action, now time.Time) {
	switch action {
	case wxclient.Denied, wxclient.Offline, wxclient.Tomorrow, wxclient.Rejected:
		for _, api := range q.Left {
			delete(q.APIs, api)
		}
		q.Left = nil
	default:
		q.failures++
		q.retryAt = now.Add(doubled(crowdedPause, q.failures, rand.Float64()))
	}
}
