package poll

import (
	"time"

	"github.com/go-kit/log/level"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// failed logs a failure when it is news: a code once, for the first API that
// meets it, until all that met it have recovered. What every API meets at the
// same time, such as an address that is not allowed, so makes one line.
func (a *account) failed(api *polledAPI) {
	p := policies[api.Err.Action]
	if p.survives {
		a.save()
	}
	out := level.Debug(a.logger)
	if first := a.note(api.Name, api.Err.Code); first || api.Err.Action == wxclient.Rejected {
		out = p.level(a.logger)
	}
	out.Log("msg", "WeChat refuses or fails", "api", api.Err.API, "code", api.Err.Code, "err", api.Err.Message,
		"advice", Advice(api.Err), "next", api.RetryAt.In(wxclient.Beijing).Format(time.RFC3339))
}

// note remembers that an API fails with a code and reports whether it is the
// account's first one that does.
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

// recovered logs that WeChat answers again when the last API that met the code
// has recovered.
func (a *account) recovered(api string, from *wxclient.Error) {
	delete(a.logged[from.Code], api)
	a.save()
	if len(a.logged[from.Code]) == 0 {
		level.Info(a.logger).Log("msg", "WeChat answers again", "api", from.API, "code", from.Code)
	}
}
