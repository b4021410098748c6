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

// quotas are what WeChat told of the account's quotas on a day. The figures of
// the day before stay until there are others, of APIs that are called on it.
type quotas struct {
	Day     wxclient.Day              `json:"day"`
	APIs    map[string]wxclient.Quota `json:"apis"`
	Asked   map[string]bool           `json:"asked,omitempty"` // the APIs that WeChat has told the quota of on Day
	Refused bool                      `json:"refused,omitempty"`

	failures int // in a row
	retryAt  time.Time
}

// askQuotas asks once a day for the quota of each API that was called on it, and
// returns when to go on. WeChat tells them to some accounts only, so the first
// refusal ends it for the day; what went wrong otherwise is tried again. Neither
// is a failure of the account.
func (a *account) askQuotas(ctx context.Context) (next time.Time) {
	now := a.now()
	a.mu.Lock()
	q := a.quotas.on(wxclient.DayOf(now))
	left, held := a.quotasLeft(q), a.held != nil
	maps.DeleteFunc(q.APIs, func(api string, _ wxclient.Quota) bool { return a.apis[api] == nil || a.apis[api].day != q.Day })
	a.mu.Unlock()
	next = a.Poll.nextStart(now)
	switch {
	case held || len(left) == 0 || now.Before(a.Poll.start(q.Day)):
		return next
	case q.retryAt.After(now):
		return q.retryAt
	}
	for _, api := range left {
		one, err := a.client.Quota(ctx, api)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			level.Debug(a.logger).Log("msg", "WeChat does not tell the quota", "api", api, "err", err)
			q.fail(asError(api, err).Action, a.now())
			if !q.Refused {
				next = earlier(next, q.retryAt)
			}
			break
		}
		q.APIs[api], q.Asked[api], q.failures = one, true, 0
	}
	a.mu.Lock()
	a.quotas = q
	a.mu.Unlock()
	if text, err := json.Marshal(q); err == nil {
		a.store.PutState(a.ID, quotasNote, text)
	}
	return next
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

// quotasLeft returns the APIs that were called on the day of q and whose quota
// is still to be asked for. Callers hold a.mu.
func (a *account) quotasLeft(q quotas) (left []string) {
	if q.Refused {
		return nil
	}
	for _, f := range a.families {
		for _, api := range f.APIs {
			if s := a.apis[api.Name]; s.err == nil && s.day == q.Day && !q.Asked[api.Name] {
				left = append(left, api.Name)
			}
		}
	}
	return left
}

// fail notes that the quota of an API was not told.
func (q *quotas) fail(action wxclient.Action, now time.Time) {
	switch action {
	case wxclient.Denied, wxclient.Offline, wxclient.Tomorrow, wxclient.Rejected:
		q.Refused, q.APIs = true, nil
	default:
		q.failures++
		q.retryAt = now.Add(doubled(crowdedPause, q.failures, rand.Float64()))
	}
}
