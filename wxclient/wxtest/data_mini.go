package wxtest

import (
	"math"

	"github.com/wxexporter/wx_exporter/calendar"
)

// The types of accounts.
const (
	official = ""
	Mini     = "mini" // a mini program
	anyType  = "*"
)

// The APIs of mini programs: ten of datacube, and how long the program takes to start.
var miniAPIs = []api{
	{name: weanalysis + "dailysummarytrend", form: &miniDatacube, types: Mini, span: 1, first: firstDay, sourced: true, rows: (*account).miniSummary},
	{name: weanalysis + "dailyvisittrend", form: &miniDatacube, types: Mini, span: 1, first: firstDay, sourced: true, rows: miniTrend(nil)},
	{name: weanalysis + "weeklyvisittrend", form: &miniDatacube, types: Mini, period: week, first: firstDay, sourced: true, rows: miniTrend(week)},
	{name: weanalysis + "monthlyvisittrend", form: &miniDatacube, types: Mini, period: month, first: firstDay, sourced: true, rows: miniTrend(month)},
	{name: weanalysis + "dailyretaininfo", form: &miniDatacube, types: Mini, span: 1, first: firstDay, sourced: true, empty: noRetention, rows: miniRetention(nil, 0, 1, 2, 3, 4, 5, 6, 7, 14, 30)},
	{name: weanalysis + "weeklyretaininfo", form: &miniDatacube, types: Mini, period: week, first: firstDay, sourced: true, empty: noRetention, rows: miniRetention(week, 0, 1, 2, 3, 4)},
	{name: weanalysis + "monthlyretaininfo", form: &miniDatacube, types: Mini, period: month, first: firstDay, sourced: true, empty: noRetention, rows: miniRetention(month, 0, 1)},
	{name: weanalysis + "visitdistribution", form: &miniDatacube, types: Mini, span: 1, first: firstDay, sourced: true, dated: true, rows: (*account).miniDistribution},
	{name: weanalysis + "visitpage", form: &miniDatacube, types: Mini, span: 1, first: firstDay, sourced: true, dated: true, rows: (*account).miniPages},
	{name: weanalysis + "userportrait", form: &miniDatacube, types: Mini, first: firstDay, sourced: true, empty: noPortrait, rows: (*account).portraitOfMonth, whole: (*account).portrait},
	{name: "get_performance", form: &performance, types: Mini, span: 1, first: firstDay, sourced: true, rows: (*account).loadTimes},
}

const weanalysis = "getweanalysisappid"

// visits is what people did in a mini program in a day or a longer period.
type visits struct {
	visitors, fresh, sessions, pages, shares, sharers int64

	stay float64 // seconds of all sessions together
}

// visits returns those of a day.
func (a *account) visits(d calendar.Day) (v visits) {
	r := a.dice(topicVisits, d, 0)
	v.visitors = r.count(a.people(d) * 0.03 * followWeek[d.Weekday()] * r.between(0.85, 1.2))
	n := float64(v.visitors)
	v.fresh = min(v.visitors, r.count(n*r.between(0.04, 0.12)))
	v.sessions = v.visitors + r.count(n*r.between(0.4, 0.9))
	v.pages = v.sessions + r.count(float64(v.sessions)*r.between(2.2, 3.6))
	v.stay = float64(v.sessions) * r.between(35, 60)
	v.sharers = min(v.visitors, r.count(n*r.between(0.01, 0.03)))
	v.shares = v.sharers + r.count(float64(v.sharers)*0.4)
	return v
}

// visitsOf adds days up. Who comes on several days is one visitor.
func (a *account) visitsOf(begin, end calendar.Day) (sum visits) {
	var most int64
	for d := begin; d < end; d++ {
		v := a.visits(d)
		most = max(most, v.visitors)
		sum.visitors += v.visitors
		sum.fresh += v.fresh
		sum.sessions += v.sessions
		sum.pages += v.pages
		sum.stay += v.stay
	}
	if end > begin+1 {
		sum.visitors = distinct(sum.visitors, most, 0.55)
	}
	return sum
}

// everVisited is how many people have visited the mini program up to a day.
func (a *account) everVisited(d calendar.Day) int64 {
	n := int64(a.Followers)
	for x := anchor; x <= d; x++ {
		n += a.visits(x).fresh
	}
	for x := d + 1; x < anchor; x++ {
		n -= a.visits(x).fresh
	}
	return max(0, n)
}

// per divides, rounded as WeChat rounds, which is a whole number at times.
func per(a, b float64, whole bool) float64 {
	switch {
	case b == 0:
		return 0
	case whole:
		return math.Round(a / b)
	}
	return ratio(a / b)
}

func (a *account) miniSummary(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	v := a.visits(d)
	return []row{{{"ref_date", compacted(d)}, {"visit_total", count(a.everVisited(d))}, {"share_pv", count(v.shares)}, {"share_uv", count(v.sharers)}}}
}

// beginning returns the period of an API that begins on d: the day after its end,
// and whether one begins there. Without a function it is the day.
func beginning(period func(calendar.Day) (calendar.Day, bool), d calendar.Day) (end calendar.Day, begins bool) {
	if period == nil {
		return d + 1, true
	}
	return period(d)
}

// miniTrend makes the row of a day, a week or a month.
func miniTrend(period func(calendar.Day) (calendar.Day, bool)) maker {
	return func(a *account, d calendar.Day, ready readiness) []row {
		end, begins := beginning(period, d)
		if !begins || !ready(end-1) {
			return nil
		}
		v, r := a.visitsOf(d, end), a.dice(topicVisits, d, int(end-d))
		whole := r.float() < 0.2
		visitors, sessions := float64(v.visitors), float64(v.sessions)
		out := row{
			{"ref_date", periodText(period, d, end)},
			{"session_cnt", count(v.sessions)}, {"visit_pv", count(v.pages)},
			{"visit_uv", count(v.visitors)}, {"visit_uv_new", count(v.fresh)},
			{"stay_time_uv", per(v.stay, visitors, whole)},
			{"stay_time_session", per(v.stay, sessions, whole)},
			{"visit_depth", per(float64(v.pages), sessions, false)},
		}
		if i := out.index("stay_time_uv"); r.float() < 0.1 {
			out = append(out[:i], out[i+1:]...)
		}
		return []row{out}
	}
}

// periodText is the ref_date of a period.
func periodText(period func(calendar.Day) (calendar.Day, bool), d, end calendar.Day) string {
	return spanText(&api{period: period}, d, end-1)
}

var noRetention = row{{"visit_uv_new", []row{}}, {"visit_uv", []row{}}}

// miniRetention makes the answer about the visitors of a day, a week or a month: how
// many of them were there again so many days, weeks or months after. It grows as
// these come.
func miniRetention(period func(calendar.Day) (calendar.Day, bool), after ...int) maker {
	return func(a *account, d calendar.Day, ready readiness) []row {
		end, begins := beginning(period, d)
		if !begins || !ready(end-1) {
			return nil
		}
		v := a.visitsOf(d, end)
		var fresh, all []row
		for _, key := range after {
			last := end
			for x, n := d, 0; n <= key; n++ {
				last, _ = beginning(period, x)
				x = last
			}
			if !ready(last - 1) {
				break
			}
			r := a.dice(topicRetention, d, int(end-d)<<8|key)
			back := func(n int64, share float64) count {
				if key == 0 {
					return count(n)
				}
				return count(min(n, r.count(float64(n)*share*math.Pow(float64(key), -0.45)*r.between(0.85, 1.15))))
			}
			fresh = append(fresh, row{{"key", key}, {"value", back(v.fresh, 0.16)}})
			all = append(all, row{{"key", key}, {"value", back(v.visitors, 0.42)}})
		}
		return []row{{{"ref_date", periodText(period, d, end)}, {"visit_uv_new", fresh}, {"visit_uv", all}}}
	}
}
