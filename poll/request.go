package poll

import (
	"context"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// result is the result of a request, or of fetching the quotas.
type result struct {
	api *polledAPI // nil: quotas were asked for

	failed bool                          // the store could not be read; of next, only At is set
	next   plan.Next                     // when the request was made
	before plan.APIState                 // when the plan was made
	known  map[calendar.Day]plan.DayInfo // when the plan was made

	asked       bool
	at          time.Time // when it was decided, by the host's clock then
	interrupted bool      // the polling ended before the answer came
	tooEarly    bool      // WeChat has nothing of days so early
	request     wxclient.Request
	err         *wxclient.Error
	answer      collector.Answer
	misread     []calendar.Day            // of which something could not be read
	days        []plan.Day                // that are stored now
	have        map[calendar.Day]plan.Day // that were stored before

	quotas plan.Quotas
}

// request makes the request that is due for an API, if any, and stores the answer.
// It looks into the store first: without the stored days it could not merge the answer.
func (a *Account) request(ctx context.Context, api collector.API, s plan.APIState) (r result) {
	now := a.now()
	r.at = now
	known := map[calendar.Day]plan.DayInfo{}
	from, to, some := a.Span(api, s, now)
	if some {
		var err error
		if known, err = a.known(api, from, to); err != nil {
			return a.storeFailed(api, err, now)
		}
	}
	r.next, r.before, r.known = a.Next(api, s, known, now), s, known
	if r.next.Request == nil {
		return r
	}
	r.asked, r.request = true, *r.next.Request
	var err error
	if r.have, err = a.stored(api, r.request); err != nil {
		return a.storeFailed(api, err, now)
	}
	a.fetch(ctx, api, now, &r)
	return r
}

// planAfter plans an API in a state after an answer was stored, from what was known before
// the request. When more is due, the next request looks into the store again.
func (a *Account) planAfter(r result, s plan.APIState, now time.Time) plan.APIState {
	for _, d := range r.days {
		r.known[d.Date] = d.Info()
	}
	next := a.Next(*r.api.API, s, r.known, now)
	a.hasData = a.hasData || next.Newest != 0
	return s.Answered(next, now)
}

// fetch makes the request of r. The answer counts as of the time of the request,
// even if the host was suspended before it is read.
func (a *Account) fetch(ctx context.Context, api collector.API, asked time.Time, r *result) {
	if r.interrupted = !a.mayCall(); r.interrupted {
		return
	}
	answer, err := a.client.Fetch(ctx, r.request)
	if r.interrupted = ctx.Err() != nil || !a.mayCall(); r.interrupted {
		return
	}
	notReady := false
	if err != nil {
		e := plan.AsError(api.Name, err)
		if r.next.Backfill && e.TooEarly() {
			r.tooEarly = true
			return
		}
		if notReady = e.Action == wxclient.NotReady; !notReady {
			r.err = e
			return
		}
	}
	split := api.Split(answer.Rows, r.request.Begin.String(), r.request.End.String(), a.Window.Limits().Of(api))
	r.answer = split
	r.days, r.misread = plan.Merge(api, r.request, split, answer.Delayed, r.have, a.Schedule, asked)
	if notReady {
		r.days = plan.NotReady(r.days, r.request)
	}
	a.put(api, r.days)
	level.Debug(a.logger).Log("msg", "fetched", "api", api.Name, "begin", r.request.Begin, "end", r.request.End, "rows", len(answer.Rows), "ready", !notReady, "unread", plan.Lacking(split))
}

// storeFailed is the result when the store cannot be read.
func (a *Account) storeFailed(api collector.API, err error, now time.Time) result {
	store.Severity(a.logger, err).Log("msg", "cannot read the store", "api", api.Name, "err", err)
	return result{failed: true, next: plan.Next{At: now.Add(a.Schedule.RetryInterval)}}
}

// known returns what is known of the days from one to another.
func (a *Account) known(api collector.API, from, to calendar.Day) (map[calendar.Day]plan.DayInfo, error) {
	list, err := a.store.Known(a.ID, api.Name, from.String(), to.String())
	known := make(map[calendar.Day]plan.DayInfo, len(list))
	for _, k := range list {
		if d, err := calendar.ParseDay(k.Date); err == nil {
			known[d] = plan.DayInfo{Fetched: k.Fetched, Open: k.Open, HasRows: k.HasRows}
		}
	}
	return known, err
}

// stored returns the stored days of a request.
func (a *Account) stored(api collector.API, r wxclient.Request) (map[calendar.Day]plan.Day, error) {
	from, to := plan.Touched(api, r)
	list, err := a.store.Days(a.ID, api.Name, from.String(), to.String())
	days := make(map[calendar.Day]plan.Day, len(list))
	for _, one := range list {
		if d, err := calendar.ParseDay(one.Date); err == nil {
			days[d] = plan.Day{Date: d, Rows: one.Rows, Open: one.Open, Fetched: one.Fetched}
		}
	}
	return days, err
}

// put stores days.
func (a *Account) put(api collector.API, days []plan.Day) {
	list := make([]store.Day, 0, len(days))
	for _, d := range days {
		list = append(list, store.Day{Date: d.Date.String(), Rows: d.Rows, Open: d.Open, Fetched: d.Fetched})
	}
	a.store.Put(a.ID, api.Name, list...)
}
