package wxtest

import (
	"cmp"
	"hash/crc32"
	"net/http"
	"strings"

	"github.com/wxexporter/wx_exporter/calendar"
)

// statisticsEndpoint is the path of a statistics API or, of revenue, an action of one.
func statisticsEndpoint(p *api) endpoint {
	f := p.form
	return endpoint{
		path: p.path(), name: p.name, method: f.method, appID: tokenOwner, form: f, api: p,
		serve: func(w *WeChat, x *exchange) reply {
			if rep := w.authorize(x); rep.code != 0 {
				return rep
			}
			if code, message := p.refusal(x.account); code != 0 {
				return f.fail(w, code, message)
			}
			if x.account.spend(p.name, x.now) > w.options.Quota {
				return f.fail(w, quotaCode, quotaMessage)
			}
			if f.method == http.MethodPost && !bodyIsJSON(x) {
				return w.fail(47001, "data format error")
			}
			if !x.ask.ok {
				return f.fail(w, f.unread, "date format error")
			}
			if !p.takes(x.ask, calendar.DayOf(x.now)) {
				return f.fail(w, f.outside, "date range error")
			}
			return w.list(p, x)
		},
	}
}

// takes enforces order, span and bounds of the days that a request asks for.
func (p *api) takes(q asked, today calendar.Day) bool {
	if q.begin > q.end || q.begin < p.first || q.end >= today {
		return false
	}
	if p.period != nil {
		next, begins := p.period(q.begin)
		return begins && q.end == next-1
	}
	if p.empty != nil && p.whole != nil { // the portrait
		days := q.end - q.begin + 1
		return q.end == today-1 && (days == 1 || days == 7 || days == 30)
	}
	return p.span == 0 || q.end-q.begin < p.span
}

// list is an answer of a statistics API before it is encoded.
type list struct {
	rows    []row
	strange []string // elements in raw JSON that are no rows, before the rows
	form    string   // how the list is written: "" as a list, or one of the forms below
	delay   any      // is_delay; nil: none
	head    row      // beside the list, before it
	tail    row      // and after it
	name    string   // of the list; "": list
	empty   row      // see api.empty
}

const (
	formNull    = "null"
	formMissing = "missing"
	formObject  = "object"
)

// notReady is the code for a day that is not there yet. An empty answer says it too.
const notReady = 61503

func (w *WeChat) list(p *api, x *exchange) reply {
	ready := w.readiness(p.form, x.now, x.behaviour.late)
	l := list{rows: p.between(x.account, x.ask.begin, x.ask.end, ready), empty: p.empty}
	if p.delay {
		l.delay = true
		for d := x.ask.begin; d <= x.ask.end && l.delay == true; d++ {
			l.delay = ready(d)
		}
		l.delay = l.delay == false
	}
	if p.form == &miniDatacube && !ready(x.ask.end) && p.coin(x.account, x.ask.end) {
		return w.fail(notReady, "data not ready")
	}
	if p.form.frame != nil {
		p.form.frame(p, x, ready, &l)
	}
	if x.behaviour.change != nil {
		x.behaviour.change(&l, ask{p, x.account, x.ask.begin, x.ask.end})
	}
	return jsonReply(p.form.encode(l))
}

// coin falls one way or the other for an account, an API and a day.
func (p *api) coin(a *account, d calendar.Day) bool {
	r := a.dice(topicCoin, d, int(crc32.ChecksumIEEE([]byte(p.name))))
	return r.float() < 0.5
}

func (l list) encode() []byte {
	size := 64
	for _, r := range l.rows {
		size += r.size()
	}
	b := make([]byte, 0, size)
	b = append(b, '{')
	b = l.head.appendFields(b)
	if l.form != formMissing {
		b = separate(b)
		b = appendString(b, cmp.Or(l.name, "list"))
		b = append(b, ':')
	}
	switch l.form {
	case formMissing:
	case formNull:
		b = append(b, "null"...)
	case formObject:
		b = appendValue(b, row{{"item", l.rows}, {"total", len(l.rows)}})
	default:
		b = append(b, '[')
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
		b = appendValue(append(separate(b), `"is_delay":`...), l.delay)
	}
	b = l.tail.appendFields(b)
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
	p := w.endpoints[x.arguments.CGIPath].api
	switch {
	case p == nil:
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
