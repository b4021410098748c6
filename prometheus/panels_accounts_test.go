//go:build e2e

package prometheus_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
)

// ofAccounts are the charts and tables of all boards that compare accounts, or show what
// has come to them.
func ofAccounts(p page) map[string]cells {
	return map[string]cells{
		"wx-overview: Growth of followers, top ten accounts": p.grown(),
		"wx-overview: Accounts on their newest day":          p.accounts(),
		"wx-overview: Mini programs on their newest day":     p.miniPrograms(),
		"wx-overview: The week and four weeks":               p.weeks(),

		"wx-articles: Sent articles": p.sent(),

		"wx-interface: Slowest a day":        p.only("wx_interface_max_ms").most(as("Slowest"), "date"),
		"wx-interface: Slowest by hour (ms)": p.only("wx_interface_hourly_max_ms").most(func(l map[string]string) string { return l["hour"] }, "date"),

		"wx-messages: When do people write": p.writing(),

		"wx-mini: Who visits": p.portrait(),

		"wx-revenue: The week and four weeks (yuan)": p.incomeByWeek(),
		"wx-revenue: Ad units":                       p.units(),
		"wx-revenue: In all (yuan)":                  p.settled(),
		"wx-revenue: Sales for a commission": p.only("wx_revenue_cps_orders").by(as("Orders"), "date").
			and(p.only("wx_revenue_cps_commission_fen").times(0.01).by(as("Commission (yuan)"), "date")),
	}
}

// ranking are the charts and tables with the accounts that have the most of something.
func ranking(p page) map[string]check {
	account := func(l map[string]string) string { return l["account"] }
	perAccount := func(some page) cells { return some.by(account, "date") }
	came, left := perAccount(p.only("wx_new_users")), perAccount(p.only("wx_cancel_users").times(-1))
	readers, messages := perAccount(p.only("wx_publish_read_users", "scene", "all")), perAccount(p.only("wx_upstream_msgs"))
	failed, asked := perAccount(p.only("wx_interface_failures")), perAccount(p.only("wx_interface_callbacks"))
	earned := perAccount(p.only("wx_revenue_slot_income_fen").times(0.01))
	top := func(c, by cells) check {
		return func(t *testing.T, v view, p page) {
			t.Helper()
			rowsAre(func(page) cells { return pick(c, by, 10, v) })(t, v, p)
		}
	}
	return map[string]check{
		"wx-overview: Net growth a day, top ten accounts":       top(cells{}.and(came).and(left), came),
		"wx-overview: Readers a day, top ten accounts":          top(readers, readers),
		"wx-overview: Messages a day, top ten accounts":         top(messages, messages),
		"wx-overview: Failed callbacks a day, top ten accounts": top(failed, failed),
		"wx-revenue: Income by account (yuan)":                  top(earned, earned),
		"wx-overview: Callback failure rate by day": func(t *testing.T, v view, p page) {
			t.Helper()
			worst := pick(divided(failed, asked), failed, 20, v).turned().shortDays(p.latestOf("getinterfacesummary") - 20)
			rowsAre(func(page) cells { return worst })(t, v, p)
		},
	}
}

// pick keeps the n columns with the most, by what they are ranked by. Of equal ones those
// are kept that a view shows, by the names of its fields or by its accounts.
func pick(c, by cells, n int, v view) cells {
	shown := map[string]bool{}
	for _, f := range v.Fields {
		shown[f.Name] = true
		for _, text := range f.Texts {
			shown[text] = shown[text] || f.Type == "string"
		}
	}
	total := func(name string) (sum float64) {
		for _, v := range by[name] {
			sum += v
		}
		return sum
	}
	names := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		last := map[bool]int{true: 0, false: 1}
		return cmp.Or(cmp.Compare(total(b), total(a)), cmp.Compare(last[shown[a]], last[shown[b]]))
	})
	out := cells{}
	for _, name := range names[:min(n, len(names))] {
		out[name] = c[name]
	}
	return out
}

// shortDays are columns named by the month and day alone, from a day on.
func (c cells) shortDays(from calendar.Day) cells {
	out := cells{}
	for name, rows := range c {
		if name >= from.String() {
			out[name[len("2026-"):]] = rows
		}
	}
	return out
}

// most are the largest values, where by sums.
func (p page) most(name func(map[string]string) string, rows ...string) cells {
	c := cells{}
	for _, one := range p {
		column, row := name(one.labels), rowKey(one.labels, rows...)
		if old, ok := c[column][row]; !ok || one.value > old {
			c.add(column, row, one.value-old)
		}
	}
	return c
}

// grown is by how much the accounts with the most followers have grown since their first day.
func (p page) grown() cells {
	of := p.only("wx_cumulate_users").by(func(l map[string]string) string { return l["account"] }, "date")
	out := cells{}
	for account, days := range pick(of, of, 10, view{}) {
		first := days[slices.Min(slices.Collect(maps.Keys(days)))]
		for day, n := range days {
			out.add(account, day, n/first-1)
		}
	}
	return out
}

// ofNewest are columns of a table by account: a figure of its newest day, and by how much
// it has changed on the same weekday a week before, where the second name is not "".
func (p page) ofNewest(api string, some page, name, change string) cells {
	c, all := cells{}, some.daily()
	now, before := all.on(p.newest(api), 0), all.on(p.newest(api), 7)
	for account, n := range now {
		c.add(name, account, n)
		if then := before[account]; then > 0 && change != "" {
			c.add(change, account, n/then-1)
		}
	}
	return c
}

func ofMiniProgram(api string) bool {
	return strings.HasPrefix(api, "getweanalysisappid") || api == "get_performance"
}

// having are the accounts that an API is known of for which which is true.
func (p page) having(which func(api string) bool) []string {
	names := map[string]bool{}
	for _, one := range p.only("wx_api_state", "state", "ok") {
		if which(one.labels["api"]) {
			names[one.labels["account"]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (p page) accounts() cells {
	net := append(p.only("wx_new_users"), p.only("wx_cancel_users").times(-1)...)
	c := p.ofNewest("getusercumulate", p.only("wx_cumulate_users"), "Followers", "In a week").
		and(p.ofNewest("getusersummary", net, "Net growth", "")).
		and(p.ofNewest("getbizsummary", p.only("wx_publish_read_users", "scene", "all"), "Readers", "Readers: week")).
		and(p.ofNewest("getupstreammsg", p.only("wx_upstream_msgs"), "Messages", "Messages: week"))
	failed := p.ofNewest("getinterfacesummary", p.only("wx_interface_failures"), "Failure rate", "")
	c = c.and(divided(failed, p.ofNewest("getinterfacesummary", p.only("wx_interface_callbacks"), "Failure rate", "")))
	asked := map[string]float64{}
	for _, one := range p.only("wx_interface_hourly_callbacks") {
		asked[rowKey(one.labels, "account", "date", "hour")] = max(one.value, 50)
	}
	worst := p.only("wx_interface_hourly_failures")
	for i, one := range worst {
		worst[i].value = one.value / asked[rowKey(one.labels, "account", "date", "hour")]
	}
	for account, rate := range worst.largest(func(l map[string]string) string { return l["account"] }) {
		c.add("Worst hour", account, rate)
	}
	const noon = 12 * 3600 // in UTC, which is on that day nearly everywhere
	for account, day := range p.newest("getusercumulate") {
		c.add("Newest day", account, float64(day*86400+noon)*1000)
	}
	return c
}

func (p page) miniPrograms() cells {
	const visits, slots = "getweanalysisappiddailyvisittrend", "publisher_adpos_general"
	c := p.ofNewest(visits, p.only("wx_mini_visitors"), "Visitors", "In a week").
		and(p.ofNewest(visits, p.only("wx_mini_new_visitors"), "New visitors", "")).
		and(p.ofNewest(visits, p.only("wx_mini_sessions"), "Sessions", "")).
		and(p.ofNewest("get_performance", p.only("wx_mini_load_seconds", "phase", "total"), "Start", ""))
	minis, income := p.having(ofMiniProgram), p.ofNewest(slots, p.only("wx_revenue_slot_income_fen").times(0.01), "Income (yuan)", "Income: week")
	for _, rows := range income {
		maps.DeleteFunc(rows, func(account string, _ float64) bool { return !slices.Contains(minis, account) })
	}
	return c.and(income)
}

// latestOf is the newest day of all accounts.
func (p page) latestOf(api string) calendar.Day {
	return slices.Max(append(slices.Collect(maps.Values(p.newest(api))), 0))
}

// between sums the days that are more than from and at most to days older than the newest one.
func (p page) between(whole page, api string, to, from calendar.Day, name func(map[string]string) string) map[string]float64 {
	last, sums := whole.latestOf(api), map[string]float64{}
	for _, one := range p {
		if d := one.day("date"); d > last-to && d <= last-from {
			sums[name(one.labels)] += one.value
		}
	}
	return sums
}

// weeks are sums of what may be added up, in whole yuan where it is money. Nothing was sent
// to the history.
func (p page) weeks() cells {
	c := cells{}
	for name, of := range map[string][2]string{
		"new": {"wx_new_users", "getusersummary"}, "cancel": {"wx_cancel_users", "getusersummary"}, "messages": {"wx_upstream_msgs", "getupstreammsg"},
		"failures": {"wx_interface_failures", "getinterfacesummary"}, "incomeyuan": {"wx_revenue_slot_income_fen", "publisher_adpos_general"},
	} {
		sum := func(to, from calendar.Day) (total float64, ok bool) {
			for _, n := range p.only(of[0]).between(p, of[1], to, from, as("")) {
				total, ok = total+n, true
			}
			if name == "incomeyuan" {
				total = rounded(total / 100)
			}
			return total, ok
		}
		for column, days := range map[string][2]calendar.Day{"Last 7 days": {7, 0}, "7 days before": {14, 7}, "Last 28 days": {28, 0}} {
			if n, ok := sum(days[0], days[1]); ok {
				c.add(column, name, n)
			}
		}
		if then := c["7 days before"][name]; then > 0 {
			c.add("In a week", name, c["Last 7 days"][name]/then-1)
		}
	}
	return c
}

func rounded(v float64) float64 { return float64(int64(v + 0.5)) }

func (p page) incomeByWeek() cells {
	account := func(l map[string]string) string { return l["account"] }
	income, c := p.only("wx_revenue_slot_income_fen").times(0.01), cells{}
	for column, days := range map[string][2]calendar.Day{"Last 7 days": {7, 0}, "7 days before": {14, 7}, "Last 28 days": {28, 0}} {
		for name, n := range income.between(p, "publisher_adpos_general", days[0], days[1], account) {
			c.add(column, name, n)
		}
	}
	for name, then := range c["7 days before"] {
		if now, ok := c["Last 7 days"][name]; ok && then > 0 {
			c.add("In a week", name, now/then-1)
		}
	}
	return c
}

// units are the ad units with the most income, by account and name.
func (p page) units() cells {
	names := map[string]string{}
	for _, one := range p.only("wx_revenue_unit_info") {
		names[rowKey(one.labels, "account", "ad_unit")] = one.labels["account"] + "|" + one.labels["name"]
	}
	of := func(metric string) map[string]float64 {
		sums := map[string]float64{}
		for _, one := range p.only("wx_revenue_unit_" + metric) {
			sums[rowKey(one.labels, "account", "ad_unit")] += one.value
		}
		return sums
	}
	income, seen, clicks, c := of("income_fen"), of("impressions"), of("clicks"), cells{}
	best := slices.SortedFunc(maps.Keys(income), func(a, b string) int { return cmp.Compare(income[b], income[a]) })
	for _, unit := range best[:min(20, len(best))] {
		name := names[unit]
		c.add("Income (yuan)", name, income[unit]/100)
		c.add("Impressions", name, seen[unit])
		c.add("Clicks", name, clicks[unit])
		if seen[unit] > 0 {
			c.add("eCPM", name, income[unit]*10/seen[unit])
		}
	}
	return c
}

func (p page) settled() cells {
	c := cells{}
	for column, metric := range map[string]string{"In all": "total", "Settled": "settled_total", "Taken back": "penalty_total"} {
		c = c.and(p.ofNewest("publisher_settlement_total", p.only("wx_revenue_"+metric+"_fen").times(0.01), column, ""))
	}
	return c
}

// portrait are the ten largest parts of each kind, and their shares of all parts.
func (p page) portrait() cells {
	parts, whole := map[string]map[string]float64{}, map[string]float64{}
	for _, one := range p.only("wx_mini_portrait_visitors") {
		kind := one.labels["kind"]
		if parts[kind] == nil {
			parts[kind] = map[string]float64{}
		}
		parts[kind][one.labels["name"]] += one.value
		whole[kind] += one.value
	}
	c := cells{}
	for kind, names := range parts {
		best := slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Compare(names[b], names[a]) })
		for _, name := range best[:min(10, len(best))] {
			c.add("Visitors", kind+"|"+name, names[name])
			c.add("Share", kind+"|"+name, names[name]/whole[kind])
		}
	}
	return c
}

// sent is what each article of the old APIs has come to.
func (p page) sent() cells {
	titles := map[string]string{}
	for _, one := range p.only("wx_article_info", "url", "!") {
		titles[rowKey(one.labels, "account", "msgid")] = one.labels["title"]
	}
	c := cells{}
	for name, metric := range map[string]string{"Reads": "int_page_reads", "Readers": "int_page_users", "Shares": "shares"} {
		c.addArticles(name, p.only("wx_article_total_"+metric), func(l map[string]string) string {
			title, ok := titles[rowKey(l, "account", "msgid")]
			if !ok {
				return ""
			}
			return rowKey(l, "account", "date") + "|" + title
		})
	}
	return c
}

// writing is the average of each hour by weekday, and of all days together, 0.
func (p page) writing() cells {
	days, hours := map[int]map[calendar.Day]bool{}, map[int]map[string]float64{}
	for _, one := range p.only("wx_upstream_hourly_msgs") {
		d := one.day("date")
		for _, weekday := range []int{0, int(d-d.Monday()) + 1} {
			if days[weekday] == nil {
				days[weekday], hours[weekday] = map[calendar.Day]bool{}, map[string]float64{}
			}
			days[weekday][d] = true
			hours[weekday][one.labels["hour"]] += one.value
		}
	}
	c := cells{}
	for weekday, of := range hours {
		for hour, n := range of {
			c.add(hour, fmt.Sprint(weekday), n/float64(len(days[weekday])))
		}
	}
	return c
}
