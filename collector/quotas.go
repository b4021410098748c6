package collector

import (
	"context"
	"encoding/json"

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
}

// askQuotas asks once a day for the quotas of the APIs that were called on it.
// WeChat tells them to some accounts only, so the first refusal ends it for
// the day, and none is a failure.
func (a *account) askQuotas(ctx context.Context) {
	now := a.now()
	today := wxclient.DayOf(now)
	if now.Before(a.Poll.start(today)) {
		return
	}
	a.mu.Lock()
	known, held := a.quotas.Day == today, a.held != nil
	var ask []string
	for _, f := range a.families {
		for _, api := range f.APIs {
			if s := a.apis[api.Name]; s.err == nil && s.day == today {
				ask = append(ask, api.Name)
			}
		}
	}
	a.mu.Unlock()
	if known || held || len(ask) == 0 {
		return
	}
	q := quotas{Day: today, APIs: map[string]wxclient.Quota{}}
	for _, api := range ask {
		one, err := a.client.Quota(ctx, api)
		if err != nil {
			level.Debug(a.logger).Log("msg", "WeChat does not tell the quota", "api", api, "err", err)
			break
		}
		q.APIs[api] = one
	}
	if ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	a.quotas = q
	a.mu.Unlock()
	if text, err := json.Marshal(q); err == nil {
		a.store.PutNote(a.ID, quotasNote, text)
	}
}
