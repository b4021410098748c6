package wxtest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// form is how the APIs of one kind are asked, and how they answer and refuse.
type form struct {
	path    string // before the name of the API
	method  string
	readyAt time.Duration // the time of day at which the day before is computed, by default

	read            func(*exchange) asked
	unread, outside int // the codes for dates that cannot be read, and for those out of bounds
	fail            func(w *WeChat, code int, message string) reply
	frame           func(p *api, x *exchange, ready readiness, l *list) // puts what stands beside the rows; nil: nothing
	encode          func(list) []byte
}

// path is where the API is. An action is the end of its path here.
func (p *api) path() string {
	if p.form == &performance {
		return p.form.path
	}
	return p.form.path + p.name
}

// asked is what a request of a statistics API asks for.
type asked struct {
	ok         bool // it could be read
	begin, end calendar.Day
	text       [2]string // both as they were sent
	page, size int       // of an API in pages
	question   string    // of an API with several
}

var (
	datacube = form{
		path: "/datacube/", method: http.MethodPost, readyAt: 8 * time.Hour,
		read:   func(x *exchange) asked { return readDays(time.DateOnly, x.arguments.Begin, x.arguments.End) },
		unread: 61500, outside: 61501, fail: (*WeChat).fail, encode: list.encode,
	}
	miniDatacube = form{
		path: "/datacube/", method: http.MethodPost, readyAt: 10 * time.Hour,
		read:   func(x *exchange) asked { return readDays(compact, x.arguments.Begin, x.arguments.End) },
		unread: 61500, outside: 61501, fail: (*WeChat).fail, frame: frameMini, encode: encodeMini,
	}
	performance = form{
		path: "/wxaapi/log/get_performance", method: http.MethodPost, readyAt: 10 * time.Hour,
		read: readSeconds, unread: 40097, outside: 40097, fail: (*WeChat).fail, frame: framePerformance, encode: encodePerformance,
	}
	publisher = form{
		path: "/publisher/stat", method: http.MethodGet, readyAt: 13 * time.Hour,
		read: readPages, unread: 1701, outside: 1701, fail: failPublisher, frame: framePublisher, encode: list.encode,
	}
)

// compact is how the APIs of mini programs write days.
const compact = "20060102"

func compacted(d calendar.Day) string { return d.Start().Format(compact) }

func readDays(layout, begin, end string) asked {
	q := asked{text: [2]string{begin, end}}
	for i, text := range q.text {
		at, err := time.ParseInLocation(layout, text, calendar.Beijing)
		if err != nil {
			return q
		}
		*[]*calendar.Day{&q.begin, &q.end}[i] = calendar.DayOf(at)
	}
	q.ok = true
	return q
}

// readSeconds reads the request of get_performance: one day, from its first to its
// last second, and of everything the sum.
func readSeconds(x *exchange) asked {
	a := x.arguments
	q := asked{text: [2]string{strconv.FormatInt(a.Start, 10), strconv.FormatInt(a.Stop, 10)}, question: strconv.Itoa(a.CostTimeType)}
	q.begin = calendar.DayOf(time.Unix(a.Start, 0))
	q.end = q.begin
	const all = "@_all"
	q.ok = a.Start == q.begin.Start().Unix() && a.Stop == (q.begin+1).Start().Unix()-1 &&
		1 <= a.CostTimeType && a.CostTimeType <= len(phases) &&
		a.Device == all && a.NetworkType == all && a.Scene == all && a.Download == all
	return q
}

// maxPage is how many rows a page of revenue may have.
const maxPage = 90

func readPages(x *exchange) asked {
	v := x.request.URL.Query()
	q := readDays(time.DateOnly, v.Get("start_date"), v.Get("end_date"))
	var pageErr, sizeErr error
	q.page, pageErr = strconv.Atoi(v.Get("page"))
	q.size, sizeErr = strconv.Atoi(v.Get("page_size"))
	q.ok = q.ok && pageErr == nil && sizeErr == nil && q.page >= 1 && 1 <= q.size && q.size <= maxPage
	return q
}

// frameMini puts the day beside the list of some answers.
func frameMini(p *api, x *exchange, _ readiness, l *list) {
	if p.dated || p.empty != nil {
		l.head = row{{"ref_date", spanText(p, x.ask.begin, x.ask.end)}}
	}
}

// spanText is ref_date of an answer: of a day, of days, of a month.
func spanText(p *api, begin, end calendar.Day) string {
	_, monthly := month(begin)
	switch {
	case begin == end:
		return compacted(begin)
	case p.period != nil && monthly && end == begin.NextMonth()-1:
		return compacted(begin)[:len("200601")]
	}
	return compacted(begin) + "-" + compacted(end)
}

// encodeMini writes a list or, where the answer has none, its row as the answer.
func encodeMini(l list) []byte {
	if l.empty == nil {
		return l.encode()
	}
	answer := append(append(row(nil), l.head...), l.empty...)
	switch {
	case l.form == formMissing:
		return []byte("{}")
	case l.form == formNull:
		answer = append(row(nil), l.head...)
		for _, f := range l.empty {
			answer = append(answer, field{f.key, nil})
		}
	case l.form == formObject:
		answer = append(row(nil), l.head...)
		for _, f := range l.empty {
			answer = append(answer, field{f.key, "of another type"})
		}
	case len(l.rows) > 0:
		answer = l.rows[len(l.rows)-1]
	case len(l.strange) > 0:
		return []byte(l.strange[len(l.strange)-1])
	}
	return answer.append(nil)
}

func framePerformance(_ *api, x *exchange, _ readiness, l *list) {
	kept := l.rows[:0]
	for _, r := range l.rows {
		if x.ask.question == "" || fmt.Sprint(r[r.index("cost_time_type")].val) == x.ask.question {
			kept = append(kept, r)
		}
	}
	l.rows = kept
}

// encodePerformance writes the list as JSON in a string.
func encodePerformance(l list) []byte {
	return row{{"default_time_data", string(l.encode())}, {"compare_time_data", ""}, {"errcode", 0}}.append(nil)
}

// failPublisher refuses as revenue does: the code stands in base_resp.
func failPublisher(w *WeChat, code int, message string) reply {
	rep := jsonReply(row{{"base_resp", row{{"err_msg", message}, {"ret", code}}}}.append(nil))
	rep.code = code
	return rep
}

func unknownAction(w *WeChat, x *exchange) reply {
	if rep := w.authorize(x); rep.code != 0 {
		return rep
	}
	return failPublisher(w, 45010, "invalid action")
}

// framePublisher cuts the page out of the rows, and puts beside it what belongs there.
func framePublisher(p *api, x *exchange, ready readiness, l *list) {
	l.head = row{{"base_resp", row{{"err_msg", "ok"}, {"ret", 0}}}}
	total := len(l.rows)
	if p.name == settlement {
		l.name = "settlement_list"
		l.head = append(l.head, x.account.settledTotals(ready)...)
		if total == 0 {
			l.form = formMissing
		}
	} else if p.coin(x.account, x.ask.end) {
		l.tail = row{{"summary", summary(l.rows)}}
	}
	from := min(total, (x.ask.page-1)*x.ask.size)
	l.rows = l.rows[from:min(total, from+x.ask.size)]
	l.tail = append(l.tail, field{"total_num", count(total)})
}
