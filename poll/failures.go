package poll

import (
	"cmp"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/plan"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// failed logs a failure. Of APIs that fail with the same code, only the first one is
// logged above debug, until all of them have recovered: an address that is not
// allowed makes one line.
func (a *Account) failed(api *polledAPI) {
	p := plan.PolicyOf(api.Err.Action)
	if p.Survives {
		a.save()
	}
	out := level.Debug(a.logger)
	if a.recordFailure(api.Name, api.Err.Code) {
		out = p.Level(a.logger)
	}
	next := api.RetryAt.In(calendar.Beijing).Format(time.RFC3339)
	if !p.Failure {
		out.Log("msg", "WeChat does not offer this API to the account", "api", api.Err.API, "code", api.Err.Code, "answer", api.Err.Message,
			"advice", plan.Advice(api.Err), "next", next)
		return
	}
	out.Log("msg", "WeChat request failed", "api", api.Err.API, "code", api.Err.Code, "err", api.Err.Message,
		"advice", plan.Advice(api.Err), "next", next)
}

// allRefused logs that WeChat began to refuse everything, which is one mistake and none
// of the APIs'.
func (a *Account) allRefused(err *wxclient.Error) {
	if err != nil && !a.refusedAll {
		level.Warn(a.logger).Log("msg", "WeChat refuses everything that is polled for the account", "type", cmp.Or(a.Type, collector.Official), "code", err.Code, "answer", err.Message, "advice", err.Advice)
	}
	a.refusedAll = err != nil
}

// recordFailure records that an API fails with a code, and reports whether it is the
// account's first one to do so.
func (a *Account) recordFailure(api, code string) (first bool) {
	first = len(a.logged[code]) == 0
	a.forget(api)
	if a.logged[code] == nil {
		a.logged[code] = map[string]bool{}
	}
	a.logged[code][api] = true
	return first
}

// forget forgets with which code an API failed.
func (a *Account) forget(api string) {
	for _, apis := range a.logged {
		delete(apis, api)
	}
}

// recovered logs the recovery when the last API that failed with the code has
// recovered.
func (a *Account) recovered(api string, from *wxclient.Error) {
	delete(a.logged[from.Code], api)
	a.save()
	if len(a.logged[from.Code]) == 0 {
		level.Info(a.logger).Log("msg", "WeChat request recovered", "api", from.API, "code", from.Code)
	}
}

// misread logs the first time that rows of an API's answers cannot be read, and when
// no day lacks any more; unread is the error before.
func (a *Account) misread(api *polledAPI, unread *wxclient.Error) {
	switch now := api.Misread.Err; {
	case now != nil && unread == nil:
		level.Warn(a.logger).Log("msg", "cannot read WeChat's answer", "api", now.API, "code", now.Code, "err", now.Message, "lacks", api.Misread.Lacks,
			"advice", plan.Advice(now), "next", api.Misread.RetryAt.In(calendar.Beijing).Format(time.RFC3339))
	case now == nil && unread != nil:
		level.Info(a.logger).Log("msg", "no pending day has unreadable rows any more", "api", unread.API, "code", unread.Code)
	}
}
