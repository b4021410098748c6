package poll

import (
	"context"
	"slices"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// quotasLeft returns the APIs that were called today and whose quota was not
// fetched yet.
func (a *Account) quotasLeft() (left []string) {
	today := calendar.DayOf(a.now())
	q := a.quotas.On(today)
	for _, api := range a.apis {
		if api.Ask.Path != "" {
			continue // WeChat tells the quotas of /datacube/ alone
		}
		if !q.Refused && api.Err == nil && api.Day == today && !q.Asked[api.Name] {
			left = append(left, api.Name)
		}
	}
	return left
}

// quotasDue returns when to fetch quotas: after a poll, once a day for each API that
// was called. The account's minute comes first, also for what was called in the night.
func (a *Account) quotasDue(now time.Time) time.Time {
	today := calendar.DayOf(now)
	start := a.Schedule.Start(today).Add(a.Schedule.Spread)
	switch {
	case now.Before(start):
		return start
	case a.lacksToken(), a.busy(), len(a.quotasLeft()) == 0:
		return a.Schedule.NextStart(now)
	case a.quotas.Day == today:
		return a.quotas.RetryAt()
	}
	return now
}

// lacksToken reports whether the account has no token, which the APIs try to get.
func (a *Account) lacksToken() bool {
	return a.refused.Err != nil || slices.ContainsFunc(a.apis, func(api *polledAPI) bool { return api.Err != nil && api.Err.API == wxclient.TokenAPI })
}

// startQuotas fetches the quotas that are due, and drops those of APIs that were not
// called today.
func (a *Account) startQuotas(ctx context.Context) {
	now := a.now()
	if a.lost || a.quotasDue(now).After(now) {
		return
	}
	q, left := a.quotas.On(calendar.DayOf(now)), a.quotasLeft()
	for _, api := range a.apis {
		if api.Day != q.Day {
			delete(q.APIs, api.Name)
		}
	}
	a.asking = true
	go func() { a.results <- result{quotas: a.fetchQuotas(ctx, q, left)} }()
}

// fetchQuotas fetches the quotas of APIs. An error is no failure of the account.
func (a *Account) fetchQuotas(ctx context.Context, q plan.Quotas, left []string) plan.Quotas {
	for _, api := range left {
		one, err := a.client.Quota(ctx, api)
		if ctx.Err() != nil {
			return q
		}
		if err != nil {
			level.Debug(a.logger).Log("msg", "cannot fetch the quota", "api", api, "err", err)
			return q.Failed(plan.AsError(api, err).Action, a.now(), a.random())
		}
		q = q.Fetched(api, one)
	}
	return q
}
