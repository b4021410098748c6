package poll

import (
	"context"
	"slices"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// result is the result of a request, or of fetching the quotas.
type result struct {
	api *polledAPI // nil: quotas were asked for

	looked  bool      // the plan was made; otherwise only next is set
	next    time.Time // when to look again; WeChat was not asked
	capped  bool      // a request is due, but the day's calls are spent
	open    int       // days that were asked for and are not there yet, before the request
	newest  calendar.Day
	before  condition // when the plan was made
	filling filling

	fills       bool // the request is one of the fill
	tooEarly    bool // WeChat has nothing of days so early
	asked       bool
	interrupted bool // the polling ended before the answer came
	request     wxclient.Request
	err         *wxclient.Error
	answer      collector.Answer
	misread     []calendar.Day             // of which something could not be read
	oldest      calendar.Day               // of the window
	days        []store.Day                // that are stored now
	have        map[calendar.Day]store.Day // that were stored before

	quotas quotas
}

// request makes the request that is due for an API, if any, and stores the answer.
// It reads the store first: without the stored days it could not merge the answer.
func (a *account) request(ctx context.Context, api collector.API, c condition) (r result) {
	now := a.now()
	wanted := days(api, a.Window, a.Schedule.newest(now))
	history := a.Fill.days(api, a.Window, a.Schedule, c.Fill.From, now)
	known, err := a.known(api, append(history[:len(history):len(history)], wanted...))
	if err != nil {
		return a.unread(api, err, now)
	}
	r.looked, r.before = true, c
	r.open, r.newest = openDays(known, wanted)
	if len(wanted) > 0 {
		r.oldest = wanted[0]
	}
	have := seen(known, c)
	r.filling = c.Fill.progress(api, history, wanted, have, now)
	requests, next := plan(api, a.Window, a.Schedule, have, now)
	if one, found := fill(api, history, wanted, have, now); found && len(requests) == 0 && c.allowsFill(a.Fill, a.Schedule, now) {
		requests, r.fills = append(requests, one), true
	}
	for _, one := range requests {
		if c.rejected[[2]calendar.Day{one.Begin, one.End}] {
			continue
		}
		if !c.allows(now) {
			r.next, r.capped = midnight(now), true
			return r
		}
		if r.have, err = a.stored(api, one); err != nil {
			return a.unread(api, err, now)
		}
		r.asked, r.request = true, one
		a.fetch(ctx, api, now, &r)
		return r
	}
	r.next = next
	return r
}

// tooEarlyCode is WeChat's answer for dates before its first data.
const tooEarlyCode = "61501"

// fetch makes the request of r. The answer counts as of the time of the request,
// even if the host was suspended before it is read.
func (a *account) fetch(ctx context.Context, api collector.API, asked time.Time, r *result) {
	if r.interrupted = !a.mayCall(); r.interrupted {
		return
	}
	answer, err := a.client.Fetch(ctx, r.request)
	if r.interrupted = ctx.Err() != nil || !a.mayCall(); r.interrupted {
		return
	}
	notReady := false
	if err != nil {
		e := asError(api.Name, err)
		if r.fills && e.Code == tooEarlyCode {
			r.tooEarly = true
			return
		}
		if notReady = e.Action == wxclient.NotReady; !notReady {
			r.err = e
			return
		}
	}
	split := api.Split(answer.Rows, r.request.Begin.String(), r.request.End.String(), a.Window.ArticlesPerDay)
	r.answer = split
	r.days, r.misread = merge(api, r.request, split, answer.Delayed, r.have, a.Schedule, asked)
	for i := range r.days {
		r.days[i].Open = r.days[i].Open || notReady
	}
	a.store.Put(a.ID, api.Name, r.days...)
	level.Debug(a.logger).Log("msg", "fetched", "api", api.Name, "begin", r.request.Begin, "end", r.request.End, "rows", len(answer.Rows), "ready", !notReady, "unread", lacking(split))
}

// unread is the result when the store cannot be read.
func (a *account) unread(api collector.API, err error, now time.Time) result {
	store.Severity(a.logger, err).Log("msg", "cannot read the store", "api", api.Name, "err", err)
	return result{next: now.Add(a.Schedule.RetryInterval)}
}

// known returns what is known from the first to the last of days.
func (a *account) known(api collector.API, days []calendar.Day) ([]store.Known, error) {
	if len(days) == 0 {
		return nil, nil
	}
	return a.store.Known(a.ID, api.Name, slices.Min(days).String(), slices.Max(days).String())
}

// stored returns the stored days of a request.
func (a *account) stored(api collector.API, r wxclient.Request) (map[calendar.Day]store.Day, error) {
	list, err := a.store.Days(a.ID, api.Name, r.Begin.String(), r.End.String())
	days := make(map[calendar.Day]store.Day, len(list))
	for _, one := range list {
		if d, err := calendar.ParseDay(one.Date); err == nil {
			days[d] = one
		}
	}
	return days, err
}

// seen returns what the plan needs to know of days.
func seen(known []store.Known, c condition) map[calendar.Day]stored {
	days := make(map[calendar.Day]stored, len(known))
	for _, k := range known {
		if d, err := calendar.ParseDay(k.Date); err == nil {
			days[d] = stored{fetched: k.Fetched, first: c.first[d], open: k.Open, rows: k.HasRows}
		}
	}
	for d, asked := range c.Misread.Days {
		one := days[d]
		one.misread, one.again = asked, c.Misread.RetryAt
		days[d] = one
	}
	return days
}

// openDays counts the open days of the window and finds the newest day with rows,
// 0 if there is none.
func openDays(known []store.Known, window []calendar.Day) (open int, newest calendar.Day) {
	for _, k := range known {
		d, err := calendar.ParseDay(k.Date)
		if err != nil || len(window) == 0 || d < window[0] {
			continue
		}
		if k.Open {
			open++
		}
		if k.HasRows {
			newest = max(newest, d)
		}
	}
	return open, newest
}
