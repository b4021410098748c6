package collector

import (
	"cmp"
	"errors"
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// asError makes any error of a client one that has a code and an action. Who is
// denied a token is denied every API, which is the account's failure and not one
// that an API may have without harm.
func asError(api string, err error) *wxclient.Error {
	e, ok := errors.AsType[*wxclient.Error](err)
	switch {
	case !ok:
		return &wxclient.Error{API: api, Code: "invalid", Message: err.Error(), Action: wxclient.Retry}
	case e.API == tokenAPI && (e.Action == wxclient.Denied || e.Action == wxclient.Offline):
		refused := *e
		refused.Action = wxclient.Credentials
		return &refused
	}
	return e
}

// note remembers that an API fails with a code and reports whether it is the
// account's first one that does. Callers hold a.mu once the account runs.
func (a *account) note(api, code string) (first bool) {
	first = len(a.logged[code]) == 0
	for _, apis := range a.logged {
		delete(apis, api)
	}
	if a.logged[code] == nil {
		a.logged[code] = map[string]bool{}
	}
	a.logged[code][api] = true
	return first
}

// Advice returns what a person does about an error.
func Advice(err *wxclient.Error) string {
	return cmp.Or(err.Advice, "Nothing to do: the exporter asks again by itself.")
}

// complain logs a failure when it is news: a code once, for the first API that
// meets it, until all that met it have recovered. What every API meets at the
// same time, such as an address that is not allowed, so makes one line.
func (a *account) complain(api string, err *wxclient.Error) {
	a.mu.Lock()
	first := a.note(api, err.Code)
	retry := a.apis[api].retryAt
	a.mu.Unlock()
	out := level.Debug(a.logger)
	switch {
	case err.Action == wxclient.Rejected:
		out = level.Error(a.logger)
	case first && (err.Action == wxclient.Offline || err.Action == wxclient.Denied):
		out = level.Info(a.logger)
	case first:
		out = level.Warn(a.logger)
	}
	out.Log("msg", "WeChat refuses or fails", "api", err.API, "code", err.Code, "err", err.Message, "advice", Advice(err), "next", retry.In(wxclient.Beijing).Format(time.RFC3339))
}

// unreadable notes a kept day whose rows cannot be decoded, as another version
// may have written them: it is told once and asked for once more. What is kept
// stays until an answer has something in its place, for that other version can
// read it.
func (a *account) unreadable(api string, day store.Day, err error) {
	d, bad := wxclient.ParseDay(day.Date)
	if bad != nil {
		return // no day of the window
	}
	a.mu.Lock()
	s := a.apis[api]
	_, told := s.unreadable[d]
	if !told {
		if s.unreadable == nil {
			s.unreadable = map[wxclient.Day]bool{}
		}
		s.unreadable[d] = true
	}
	a.mu.Unlock()
	if !told {
		level.Warn(a.logger).Log("msg", "cannot read a kept day, it is left out and asked for again", "api", api, "date", day.Date, "err", err)
	}
}

// recovered logs that WeChat answers again when the last API that met the code
// has recovered.
func (a *account) recovered(api string, from *wxclient.Error) {
	a.mu.Lock()
	delete(a.logged[from.Code], api)
	last := len(a.logged[from.Code]) == 0
	a.mu.Unlock()
	a.saveStates()
	if last {
		level.Info(a.logger).Log("msg", "WeChat answers again", "api", from.API, "code", from.Code)
	}
}
