package collector

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// digest turns an answer into the days to keep and counts what it drops, by
// reason. have is what was kept of the request's days before.
//
// Every day that the plan may ask for again gets a new record, also when the
// answer holds nothing for it, so that the plan moves on; a day that was final
// gets one only when its rows changed. What was known is never replaced by
// nothing.
func (a API) digest(r wxclient.Request, ans wxclient.Answer, have map[wxclient.Day]store.Day, w Window, p Poll, now time.Time) (days []store.Day, dropped map[string]int) {
	s := a.sort(r, ans.Rows, w.ArticlesPerDay)
	for d := r.Begin; d <= r.End; d++ {
		old, known := have[d]
		rows, answered := s.days[d]
		settled := int(wxclient.DayOf(now)-a.ends(d)) > p.SettleDays
		rec := store.Day{Date: d.String(), Fetched: now, Rows: []byte("[]")}
		switch {
		case answered:
			rec.Rows = join(rows.raw)
			rec.Open = ans.Delayed && (!settled || a.ending(d, p, now)) || a.lagging(d, rows.last, p, now)
		case known && old.HasRows():
			complete := !old.Open && !old.Fetched.Before(p.start(d+wxclient.Day(a.Grows)))
			rec.Rows, rec.Open = old.Rows, old.Open && !settled || a.ending(d, p, now) && !complete
		default:
			rec.Open = !settled
		}
		if known && !old.Open && !rec.Open && a.Grows == 0 && !old.Fetched.After(now) && bytes.Equal(old.Rows, rec.Rows) {
			continue
		}
		days = append(days, rec)
	}
	return days, s.dropped
}

// lagging reports whether figures that grow lack the newest day that WeChat
// should have added to them. Articles without any figures settle as a day
// without articles does.
func (a API) lagging(d, last wxclient.Day, p Poll, now time.Time) bool {
	if a.Grows == 0 {
		return false
	}
	end := d + wxclient.Day(a.Grows) - 1
	if last == 0 {
		end = d
	}
	return last < min(end, p.newest(now)) && int(wxclient.DayOf(now)-end) <= p.SettleDays
}

// ending reports whether figures that grow have come to their last day, which
// has not settled: no question of a later day brings what an answer lacks.
func (a API) ending(d wxclient.Day, p Poll, now time.Time) bool {
	end := d + wxclient.Day(a.Grows) - 1
	return a.Grows > 0 && end <= p.newest(now) && int(wxclient.DayOf(now)-end) <= p.SettleDays
}

// differs reports whether days hold rows that are not those kept before.
func differs(days []store.Day, have map[wxclient.Day]store.Day) bool {
	return slices.ContainsFunc(days, func(d store.Day) bool {
		date, err := wxclient.ParseDay(d.Date)
		return err == nil && d.HasRows() && !bytes.Equal(d.Rows, have[date].Rows)
	})
}

// join writes rows as a JSON array, each as WeChat sent it.
func join(rows []json.RawMessage) []byte {
	var b bytes.Buffer
	for i, r := range rows {
		b.WriteByte("[,"[min(i, 1)])
		b.Write(r)
	}
	b.WriteByte(']')
	return b.Bytes()
}
