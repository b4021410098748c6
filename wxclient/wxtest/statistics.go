package wxtest

import (
	"net/http"
	"strings"

	"github.com/wxexporter/wx_exporter/calendar"
)

// statisticsEndpoint is /datacube/<api>.
func statisticsEndpoint(p *api) endpoint {
	return endpoint{
		path: "/datacube/" + p.name, name: p.name, method: http.MethodPost, appID: tokenOwner,
		serve: func(w *WeChat, x *exchange) reply {
			if rep := w.authorize(x); rep.code != 0 {
				return rep
			}
			if !p.answers(x.account) {
				return w.fail(offlineCode, offlineMessage)
			}
			if x.account.spend(p.name, x.now) > w.options.Quota {
				return w.fail(quotaCode, quotaMessage)
			}
			if !bodyIsJSON(x) {
				return w.fail(47001, "data format error")
			}
			begin, end, rep := w.dates(p, x)
			if rep.code != 0 {
				return rep
			}
			return w.list(p, x, begin, end)
		},
	}
}

// dates reads the dates of a request and enforces their form, order, span and
// bounds.
func (w *WeChat) dates(p *api, x *exchange) (begin, end calendar.Day, rep reply) {
	begin, err := calendar.ParseDay(x.arguments.Begin)
	if err != nil {
		return 0, 0, w.fail(61500, "date format error")
	}
	if end, err = calendar.ParseDay(x.arguments.End); err != nil {
		return 0, 0, w.fail(61500, "date format error")
	}
	if begin > end || end-begin >= p.span || begin < p.first || end >= calendar.DayOf(x.now) {
		return 0, 0, w.fail(61501, "date range error")
	}
	return begin, end, reply{}
}

// list is an answer of a statistics API before it is encoded.
type list struct {
	rows    []row
	strange []string // elements in raw JSON that are no rows, before the rows
	form    string   // how the list is written: "" as a list, or one of the forms below
	delay   any      // is_delay; nil: none
}

const (
	formNull    = "null"
	formMissing = "missing"
	formObject  = "object"
)

func (w *WeChat) list(p *api, x *exchange, begin, end calendar.Day) reply {
	ready := w.readiness(x.now, x.behaviour.late)
	var l list
	complete := true
	for d := begin; d <= end; d++ {
		l.rows = append(l.rows, p.day(x.account, d, ready)...)
		complete = complete && ready(d)
	}
	if p.delay {
		l.delay = !complete
	}
	if x.behaviour.change != nil {
		x.behaviour.change(&l, ask{p, x.account, begin, end})
	}
	return jsonReply(l.encode())
}

func (l list) encode() []byte {
	size := 64
	for _, r := range l.rows {
		size += r.size()
	}
	b := make([]byte, 0, size)
	b = append(b, '{')
	switch l.form {
	case formMissing:
	case formNull:
		b = append(b, `"list":null`...)
	case formObject:
		b = appendValue(append(b, `"list":`...), row{{"item", l.rows}, {"total", len(l.rows)}})
	default:
		b = append(b, `"list":[`...)
		b = append(b, strings.Join(l.strange, ",")...)
		for i, r := range l.rows {
			if i > 0 || len(l.strange) > 0 {
				b = append(b, ',')
			}
			b = r.append(b)
		}
		b = append(b, ']')
	}
	if l.delay != nil {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendValue(append(b, `"is_delay":`...), l.delay)
	}
	return append(b, '}')
}

// quota is /cgi-bin/openapi/quota/get.
func quota(w *WeChat, x *exchange) reply {
	if rep := w.authorize(x); rep.code != 0 {
		return rep
	}
	if !bodyIsJSON(x) {
		return w.fail(47001, "data format error")
	}
	p := apiOf(strings.TrimPrefix(x.arguments.CGIPath, "/datacube/"))
	switch {
	case p == nil || !strings.HasPrefix(x.arguments.CGIPath, "/datacube/"):
		return w.fail(76021, "cgi_path not found, please check")
	case !p.answers(x.account):
		return w.fail(76022, "could not use this cgi_path, no permission")
	}
	limit := w.options.Quota
	used := min(x.account.spent(p.name, x.now), limit)
	return jsonReply(row{
		{"errcode", 0}, {"errmsg", "ok"},
		{"quota", row{{"daily_limit", limit}, {"used", used}, {"remain", limit - used}}},
		{"rate_limit", row{{"call_count", 100}, {"refresh_second", 60}}},
		{"component_rate_limit", row{{"call_count", 0}, {"refresh_second", 0}}},
	}.append(nil))
}
