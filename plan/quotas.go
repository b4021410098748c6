package plan

import (
	"maps"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// Quotas are the account's quotas as WeChat reports them, fetched once a day. It is
// a value. Figures of the day before stay until new ones are there.
type Quotas struct {
	Day     calendar.Day              `json:"day"`
	APIs    map[string]wxclient.Quota `json:"apis"`
	Asked   map[string]bool           `json:"asked,omitempty"`   // the APIs whose quota was fetched on Day
	Refused bool                      `json:"refused,omitempty"` // WeChat does not report quotas to this account

	failures int // in a row
	retryAt  time.Time
}

// On returns a copy of the quotas for a day; on a new day, none is fetched yet.
func (q Quotas) On(today calendar.Day) Quotas {
	if q.Day != today {
		q = Quotas{Day: today, APIs: q.APIs}
	}
	asked, known := map[string]bool{}, map[string]wxclient.Quota{}
	maps.Copy(asked, q.Asked)
	maps.Copy(known, q.APIs)
	q.Asked, q.APIs = asked, known
	return q
}

// Failed returns the quotas after a request for one failed. WeChat reports them to
// some accounts only, so after a refusal there are no more requests on that day.
func (q Quotas) Failed(action wxclient.Action, now time.Time, jitter float64) Quotas {
	switch action {
	case wxclient.Denied, wxclient.Offline, wxclient.Tomorrow, wxclient.Rejected:
		q.Refused, q.APIs = true, nil
	default:
		q.failures++
		q.retryAt = doubling(crowdedPause).until(q.failures, now, jitter)
	}
	return q
}

// Fetched returns the quotas with one that was fetched. It changes those that On returned.
func (q Quotas) Fetched(api string, one wxclient.Quota) Quotas {
	q.APIs[api], q.Asked[api], q.failures = one, true, 0
	return q
}

// RetryAt is when to ask again after a failure; zero: at once.
func (q Quotas) RetryAt() time.Time { return q.retryAt }
