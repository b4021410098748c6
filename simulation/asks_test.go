package simulation

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// questionBody is what bodies of questions have.
type questionBody struct {
	AppID string `json:"appid"`
	Begin string `json:"begin_date"`
	End   string `json:"end_date"`
	Time  int    `json:"cost_time_type"`
	Start int64  `json:"default_start_time"`
	Stop  int64  `json:"default_end_time"`
}

// asks reads of which rows a call is, as the documents say that they are asked for.
func (c *call) asks(body questionBody, query url.Values) {
	c.begin, c.end = body.Begin, body.End
	if action := query.Get("action"); action != "" {
		c.api, c.begin, c.end = action, query.Get("start_date"), query.Get("end_date")
		c.page, _ = strconv.Atoi(query.Get("page"))
		if c.begin == c.end && c.api == "publisher_settlement" { // which takes six half-months
			c.api = totals
		}
	}
	if body.Time != 0 {
		c.begin, c.end, c.question = time.Unix(body.Start, 0).In(beijing).Format("20060102"), time.Unix(body.Stop, 0).In(beijing).Format("20060102"), strconv.Itoa(body.Time)
	}
	d := documentOf(c.api)
	if d == nil || d.form == plain {
		return
	}
	layout := "20060102"
	if d.form == publisher {
		layout = time.DateOnly
	}
	begin, err1 := time.ParseInLocation(layout, c.begin, beijing)
	end, err2 := time.ParseInLocation(layout, c.end, beijing)
	if err1 != nil || err2 != nil {
		return // the rules say so
	}
	if d.days > 0 {
		begin = end
	}
	c.begin, c.end = begin.Format(time.DateOnly), d.begun(end).Format(time.DateOnly)
}

// half is an answer of which some bodies have come.
type half struct {
	first  call
	bodies map[[2]int][]byte // by question and page
	total  int
}

// assembled returns all bodies of an answer once they are there, as of the first call
// for it.
func (m *model) assembled(d *document, c call, body []byte) (bodies [][]byte, of call, whole bool) {
	if d.form != seconds && d.form != publisher {
		return [][]byte{body}, c, true
	}
	p := place{account: c.account, api: c.api}
	question, _ := strconv.Atoi(c.question)
	part := [2]int{question, c.page}
	h := m.halves[p]
	if h == nil || h.bodies[part] != nil || h.first.process != c.process || h.first.begin != c.begin || h.first.end != c.end {
		h = &half{first: c, bodies: map[[2]int][]byte{}}
		m.halves[p] = h
	}
	h.bodies[part] = body
	has := object(body)
	total, _ := number(has["total_num"])
	if rows, _ := d.rowsOf(has); c.page > 1 && len(rows) == 0 { // a page that is missing is no answer
		delete(m.halves, p)
		return nil, c, false
	}
	h.total = max(h.total, int(total))
	want := len(phases)
	if d.form == publisher {
		const page = 90
		want = max(1, (h.total+page-1)/page)
	}
	if len(h.bodies) < want {
		return nil, c, false
	}
	delete(m.halves, p)
	for _, part := range slices.SortedFunc(maps.Keys(h.bodies), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) }) {
		bodies = append(bodies, h.bodies[part])
	}
	return bodies, h.first, true
}

// unfinished reports whether a call is for the rest of an answer.
func (m *model) unfinished(c call) bool {
	h := m.halves[place{account: c.account, api: c.api}]
	return h != nil && h.first.begin == c.begin && h.first.end == c.end && c.at.Sub(h.first.at) < 10*time.Minute
}
