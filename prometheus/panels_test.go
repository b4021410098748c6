//go:build e2e

package prometheus_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
)

// point is a series of /metrics and its value.
type point struct {
	metric string
	labels map[string]string
	value  float64
}

// page is what /metrics says.
type page []point

func pageOf(samples map[string]string) (p page) {
	for series, text := range samples {
		metric, rest, _ := strings.Cut(series, "{")
		labels := map[string]string{}
		for _, m := range sample.FindAllStringSubmatch(rest, -1) {
			labels[m[1]] = m[2]
		}
		value, _ := strconv.ParseFloat(text, 64)
		p = append(p, point{metric, labels, value})
	}
	return p
}

// only keeps the points of a metric that have a label's value, or "!" and another one.
func (p page) only(metric string, match ...string) (some page) {
	for _, one := range p {
		keep := one.metric == metric
		for i := 0; i+1 < len(match); i += 2 {
			is, not := strings.CutPrefix(match[i+1], "!")
			keep = keep && (one.labels[match[i]] == is) != not
		}
		if keep {
			some = append(some, one)
		}
	}
	return some
}

// times multiplies all values.
func (p page) times(by float64) (out page) {
	for _, one := range p {
		one.value *= by
		out = append(out, one)
	}
	return out
}

// day is the calendar day of a label.
func (one point) day(label string) calendar.Day {
	d, _ := calendar.ParseDay(one.labels[label])
	return d
}

// newest are the newest days of an API by account.
func (p page) newest(api string) map[string]calendar.Day {
	days := map[string]calendar.Day{}
	for _, one := range p.only("wx_latest_date_timestamp_seconds", "api", api) {
		days[one.labels["account"]] = max(days[one.labels["account"]], one.day("date"))
	}
	return days
}

// prompt keeps the accounts that are at most three days behind the others, or a row more
// where rows are further apart, and the days that all of those have.
func (p page) prompt(whole page, api string, every calendar.Day) (some page) {
	newest := whole.newest(api)
	last := slices.Max(append(slices.Collect(maps.Values(newest)), 0))
	all := last
	for _, d := range newest {
		if d > last-4-every {
			all = min(all, d)
		}
	}
	for _, one := range p {
		if newest[one.labels["account"]] > last-4-every && one.day("date") <= all {
			some = append(some, one)
		}
	}
	return some
}

// cells are figures by the name of a column or a line, and by the row or the date.
type cells map[string]map[string]float64

func (c cells) add(column, row string, v float64) {
	if c[column] == nil {
		c[column] = map[string]float64{}
	}
	c[column][row] += v
}

// by sums points by the name that a label's value has, and by the labels of the row.
func (p page) by(name func(labels map[string]string) string, rows ...string) cells {
	c := cells{}
	for _, one := range p {
		c.add(name(one.labels), rowKey(one.labels, rows...), one.value)
	}
	return c
}

func rowKey(labels map[string]string, names ...string) string {
	var all []string
	for _, n := range names {
		all = append(all, labels[n])
	}
	return strings.Join(all, "|")
}

// as is a name that does not depend on labels.
func as(name string) func(map[string]string) string {
	return func(map[string]string) string { return name }
}

// coded is the English name of a label's code.
func coded(label, kind string) func(map[string]string) string {
	names := map[string]string{}
	for _, c := range collector.Codes() {
		if c.Kind == kind {
			names[c.Code] = c.Name + map[bool]string{true: " messages"}[kind == "msg_interval"]
		}
	}
	if kind == "share_scene" {
		names["5"] = "Scene 5"
	}
	if kind == "publish_scene" {
		names = map[string]string{"message": "Message", "chat": "Chat", "moments": "Moments", "home": "Account page", "recommend": "Recommended", "search": "Search", "other": "Other", "看一看": "Top Stories"}
	}
	return func(labels map[string]string) string { return cmp.Or(names[labels[label]], "Code "+labels[label]) }
}

// ranked keeps the n names with the most, and makes one of the others. all is what they
// are ranked by.
func (c cells) ranked(all cells, n int) cells {
	total := func(name string) (sum float64) {
		for _, v := range all[name] {
			sum += v
		}
		return sum
	}
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Compare(total(b), total(a)) })
	out := cells{}
	for i, name := range names {
		for row, v := range c[name] {
			out.add(map[bool]string{true: name, false: "All the rest"}[i < n], row, v)
		}
	}
	return out
}

// and puts columns side by side.
func (c cells) and(other cells) cells {
	for name, rows := range other {
		for row, v := range rows {
			c.add(name, row, v)
		}
	}
	return c
}

// over divides cell by cell, where there is something to divide by.
func (c cells) over(other cells, name string) cells {
	out := cells{}
	for _, rows := range c {
		for row, v := range rows {
			for _, others := range other {
				if others[row] > 0 {
					out.add(name, row, v/others[row])
				}
			}
		}
	}
	return out
}

// turned has rows for columns.
func (c cells) turned() cells {
	out := cells{}
	for name, rows := range c {
		for row, v := range rows {
			out.add(row, name, v)
		}
	}
	return out
}

// expected are the charts and tables of all boards but the overview, by board and title:
// what they show by /metrics. Rows of tables are keyed by the raw values of labels.
func expected(p page) map[string]cells {
	const users, messages, callbacks, published = "getusersummary", "getupstreammsg", "getinterfacesummary", "getbizsummary"
	const visits, distribution, slots = "getweanalysisappiddailyvisittrend", "getweanalysisappidvisitdistribution", "publisher_adpos_general"
	whole := func(some page, api string) page { return some.prompt(p, api, 0) }
	callback := func(name string) page { return p.only("wx_interface_" + name) }
	failed, asked := callback("failures"), callback("callbacks")
	perDay := func(some page, name string) cells { return some.by(as(name), "date") }
	both := perDay(whole(p.only("wx_new_users"), users), "New").and(perDay(whole(p.only("wx_cancel_users"), users).times(-1), "Unfollowed"))
	bySource := func(metric string) cells {
		some := whole(p.only(metric), users)
		return some.by(coded("source", "user_source"), "date").ranked(some.by(coded("source", "user_source"), "date"), 8)
	}
	dist := func(name, api string, every calendar.Day) page { return p.only(name).prompt(p, api, every) }
	lasted := func(metric string) cells { return whole(p.only(metric), published).by(as(metric), "date") }
	did := cells{}
	for name, metric := range map[string]string{"Sharers": "wx_publish_share_users", "Likes": "wx_publish_like_users", "Wow": "wx_publish_zaikan_users", "Comments": "wx_publish_comments", "Collected": "wx_publish_collection_users"} {
		did[name] = lasted(metric)[metric]
	}
	hourly := func(name string) page { return p.only("wx_interface_hourly_" + name) }
	hours := func(some page) cells { return some.by(func(l map[string]string) string { return l["hour"] }, "date") }
	days := map[string]cells{
		"wx-users: Followers at the end of each day":      perDay(whole(p.only("wx_cumulate_users"), "getusercumulate"), "Followers"),
		"wx-users: New and lost followers a day":          both,
		"wx-users: New and lost followers, the last year": both,
		"wx-users: New followers by source":               bySource("wx_new_users"),
		"wx-users: Unfollows by source":                   bySource("wx_cancel_users"),
		"wx-users: Where new followers come from":         p.sources(),

		"wx-messages: Messages by type":                      whole(p.only("wx_upstream_msgs"), messages).by(coded("type", "msg_type"), "date"),
		"wx-messages: Messages, the last year":               perDay(whole(p.only("wx_upstream_msgs"), messages), "Messages"),
		"wx-messages: How deep conversations go":             dist("wx_upstream_dist_users", "getupstreammsgdist", 0).by(coded("interval", "msg_interval"), "date"),
		"wx-messages: Messages a week":                       dist("wx_upstream_weekly_msgs", "getupstreammsgweek", 7).by(coded("type", "msg_type"), "date"),
		"wx-messages: Senders a week by number of messages":  dist("wx_upstream_weekly_dist_users", "getupstreammsgdistweek", 7).by(coded("interval", "msg_interval"), "date"),
		"wx-messages: Messages a month":                      dist("wx_upstream_monthly_msgs", "getupstreammsgmonth", 31).by(func(l map[string]string) string { return l["date"] }, "type"),
		"wx-messages: Senders a month by number of messages": dist("wx_upstream_monthly_dist_users", "getupstreammsgdistmonth", 31).by(func(l map[string]string) string { return l["date"] }, "interval"),
		"wx-messages: Messages by week and weekday":          p.weekdays(),
		"wx-messages: Types in the window":                   p.types(),

		"wx-articles: Where readers come from":           whole(p.only("wx_publish_read_users", "scene", "!all"), published).by(coded("scene", "publish_scene"), "date"),
		"wx-articles: What readers did":                  did,
		"wx-articles: Published articles, the last year": perDay(whole(p.only("wx_publish_read_users", "scene", "all"), published), "Readers"),
		"wx-articles: Reads by channel":                  whole(p.only("wx_read_int_page_reads", "source", "!all"), "getuserread").by(coded("source", "read_source"), "date"),
		"wx-articles: Shares by scene":                   whole(p.only("wx_scene_shares"), "getusershare").by(coded("scene", "share_scene"), "date"),
		"wx-articles: Reads by hour":                     hours(p.only("wx_read_hourly_int_page_reads", "source", "all")),
		"wx-articles: Readers by days since publishing":  p.ages(),
		"wx-articles: Where readers left":                p.left(),
		"wx-articles: Which articles worked":             p.worked(),
		"wx-articles: Reading a day": perDay(whole(p.only("wx_read_int_page_users", "source", "all"), "getuserread"), "Readers").
			and(perDay(whole(p.only("wx_read_int_page_reads", "source", "all"), "getuserread"), "Reads")),

		"wx-interface: Failure rate a day":              perDay(failed, "").over(perDay(asked, ""), "Failure rate"),
		"wx-interface: Average time a day":              perDay(callback("total_ms"), "").over(perDay(asked, ""), "Average"),
		"wx-interface: Failures a day":                  perDay(whole(failed, callbacks), "Failed callbacks"),
		"wx-interface: Failed callbacks, the last year": perDay(whole(failed, callbacks), "Failed callbacks"),
		"wx-interface: Callbacks a day":                 perDay(whole(asked, callbacks), "Callbacks"),
		"wx-interface: Failed callbacks by hour":        hours(hourly("failures")),
		"wx-interface: Callbacks by hour":               hours(hourly("callbacks")),
		"wx-interface: Failure rate by hour":            p.hourlyRate(),
		"wx-interface: Average time by hour (ms)":       divided(hours(hourly("total_ms")), hours(hourly("callbacks"))),
		"wx-interface: All figures": asked.by(as("Callbacks"), "account", "date").and(failed.by(as("Failed"), "account", "date")).
			and(failed.by(as(""), "account", "date").over(asked.by(as(""), "account", "date"), "Failure rate")).
			and(callback("avg_ms").by(as("Average"), "account", "date")),

		"wx-mini: Visitors a day": perDay(p.only("wx_mini_visitors").prompt(p, visits, 0), "Visitors").
			and(perDay(p.only("wx_mini_new_visitors").prompt(p, visits, 0), "New visitors")),
		"wx-mini: Sessions and page views a day": perDay(p.only("wx_mini_sessions").prompt(p, visits, 0), "Sessions").
			and(perDay(p.only("wx_mini_visits").prompt(p, visits, 0), "Page views")),
		"wx-mini: Visitors who came again":     p.again("wx_mini_retained_visitors"),
		"wx-mini: New visitors who came again": p.again("wx_mini_retained_new_visitors"),
		"wx-mini: Pages":                       p.pages(),
		"wx-mini: Where sessions began": p.only("wx_mini_source_sessions").prompt(p, distribution, 0).by(coded("source", "mini_source"), "date").
			ranked(p.only("wx_mini_source_sessions").prompt(p, distribution, 0).by(coded("source", "mini_source"), "date"), 8),
		"wx-mini: How long sessions took":      p.only("wx_mini_stay_sessions").prompt(p, distribution, 0).by(coded("interval", "mini_stay"), "date"),
		"wx-mini: How many pages sessions had": p.only("wx_mini_depth_sessions").prompt(p, distribution, 0).by(coded("interval", "mini_depth"), "date"),
		"wx-mini: Visitors a week":             perDay(p.only("wx_mini_weekly_visitors").prompt(p, "getweanalysisappidweeklyvisittrend", 7), "Visitors"),
		"wx-mini: Visitors a month":            p.only("wx_mini_monthly_visitors").prompt(p, "getweanalysisappidmonthlyvisittrend", 31).by(func(l map[string]string) string { return l["date"] }, "account"),
		"wx-mini: Time to start, by phase":     p.phases(),

		"wx-revenue: Income by slot (yuan)": p.only("wx_revenue_slot_income_fen").times(0.01).prompt(p, slots, 0).by(coded("ad_slot", "ad_slot"), "date"),
		"wx-revenue: Slots in the window":   p.slots(),
		"wx-revenue: Settlements": p.only("wx_revenue_settlement_fen").times(0.01).by(as("Settled (yuan)"), "account", "date").
			and(p.only("wx_revenue_settlement_status").by(as("Status"), "account", "date")),

		"wx-exporter: APIs": p.behind(time.Now()).and(p.only("wx_api_open_days").by(as("Open days"), "account", "api")),
	}
	return days
}

func divided(c, other cells) cells {
	out := cells{}
	for name, rows := range c {
		for row, v := range rows {
			if other[name][row] > 0 {
				out.add(name, row, v/other[name][row])
			}
		}
	}
	return out
}

// hourlyRate counts an hour with fewer than 50 callbacks as 50.
func (p page) hourlyRate() cells {
	hour := func(l map[string]string) string { return l["hour"] }
	failed, asked := p.only("wx_interface_hourly_failures").by(hour, "date"), p.only("wx_interface_hourly_callbacks").by(hour, "date")
	for _, rows := range asked {
		for row := range rows {
			rows[row] = max(rows[row], 50)
		}
	}
	return divided(failed, asked)
}

// sources are the window's new followers by source, and the last week beside the one before.
func (p page) sources() cells {
	if len(p.newest("getusersummary")) == 0 {
		return nil
	}
	end := slices.Max(slices.Collect(maps.Values(p.newest("getusersummary"))))
	came, left := p.only("wx_new_users"), p.only("wx_cancel_users")
	week := func(to, from calendar.Day) cells {
		var some page
		for _, one := range came {
			if d := one.day("date"); d > end-to && d <= end-from {
				some = append(some, one)
			}
		}
		return some.by(as(""), "source")
	}
	c := came.by(as("New"), "source").and(came.by(as("Net"), "source")).and(left.times(-1).by(as("Net"), "source"))
	all := 0.0
	for _, one := range came {
		all += one.value
	}
	for source, n := range c["New"] {
		c.add("Share", source, n/all)
	}
	for source, share := range week(7, 0).over(week(14, 7), "In a week")["In a week"] {
		c.add("In a week", source, share-1)
	}
	return c
}

// types are the window's messages by type.
func (p page) types() cells {
	c, all := p.only("wx_upstream_msgs").by(as("Messages"), "type"), 0.0
	for _, n := range c["Messages"] {
		all += n
	}
	for kind, n := range c["Messages"] {
		c.add("Share", kind, n/all)
	}
	return c
}

// weekdays are messages by weekday, 1 is Monday, and the Monday of the week.
func (p page) weekdays() cells {
	c := cells{}
	for _, one := range p.only("wx_upstream_msgs").prompt(p, "getupstreammsg", 0) {
		d := one.day("date")
		c.add(d.Monday().String()[5:], fmt.Sprint(int(d-d.Monday())+1), one.value)
	}
	return c
}

// again is the share of a day's visitors who came again, by the days after.
func (p page) again(metric string) cells {
	came := p.only(metric, "after", "0").by(as(""), "date")[""]
	c := cells{}
	for _, one := range p.only(metric, "after", "!0") {
		if n := came[one.labels["date"]]; n > 0 {
			c.add(("0" + one.labels["after"])[len(one.labels["after"])-1:], one.labels["date"], one.value/n)
		}
	}
	return c
}

// pages are the twenty pages that were seen most.
func (p page) pages() cells {
	of := func(name, column string) cells {
		return p.only("wx_mini_page_"+name).by(as(column), "account", "page_path")
	}
	views := of("visits", "Page views")
	best := slices.SortedFunc(maps.Keys(views["Page views"]), func(a, b string) int { return cmp.Compare(views["Page views"][b], views["Page views"][a]) })
	seen := map[string]float64{}
	for _, one := range p.only("wx_mini_page_visits") {
		seen[rowKey(one.labels, "account", "date", "page_path")] = one.value
	}
	stay := cells{}
	for _, one := range p.only("wx_mini_page_stay_seconds") {
		key := rowKey(one.labels, "account", "page_path")
		stay.add("Seconds a view", key, one.value*seen[rowKey(one.labels, "account", "date", "page_path")]/views["Page views"][key])
	}
	c := views.and(of("entries", "Entries")).and(of("exits", "Exits")).and(of("shares", "Shares")).and(stay)
	for _, rows := range c {
		for _, path := range best[min(20, len(best)):] {
			delete(rows, path)
		}
	}
	return c
}

// phases are the seconds of a start on the average of the mini programs.
func (p page) phases() cells {
	names := map[string]string{"total": "In all", "download": "Download", "render": "Rendering"}
	phase := func(l map[string]string) string { return names[l["phase"]] }
	sum, n := p.only("wx_mini_load_seconds").by(phase, "date"), cells{}
	for _, one := range p.only("wx_mini_load_seconds") {
		n.add(phase(one.labels), one.labels["date"], 1)
	}
	return divided(sum, n)
}

// slots are the window's income by slot, with what a thousand impressions and a click
// come to.
func (p page) slots() cells {
	of := func(name, column string) cells { return p.only("wx_revenue_slot_"+name).by(as(column), "ad_slot") }
	seen := of("impressions", "Impressions")
	c := of("income_fen", "Income (yuan)")
	for slot, fen := range c["Income (yuan)"] {
		c["Income (yuan)"][slot] = fen / 100
	}
	return c.and(seen).and(of("clicks", "").over(seen, "Click rate")).and(p.only("wx_revenue_slot_income_fen").times(10).by(as(""), "ad_slot").over(seen, "eCPM"))
}

// behind is how many days have ended since the newest one of an API.
func (p page) behind(now time.Time) cells {
	c := cells{}
	for _, one := range p.only("wx_latest_date_timestamp_seconds") {
		c.add("Days behind", rowKey(one.labels, "account", "api"), float64(calendar.DayOf(now)-one.day("date")-1))
	}
	return c
}

const articleTotal = "wx_publish_article_total_"

// titles are those of articles by account and msgid.
func (p page) titles() map[string]string {
	titles := map[string]string{}
	for _, one := range p.only("wx_publish_article_info") {
		titles[rowKey(one.labels, "account", "msgid")] = one.labels["title"]
	}
	return titles
}

// largest is the largest value of each key.
func (p page) largest(key func(l map[string]string) string) map[string]float64 {
	most := map[string]float64{}
	for _, one := range p {
		k := key(one.labels)
		most[k] = max(most[k], one.value)
	}
	return most
}

// best are the twelve titles with the most readers.
func (p page) best() map[string]float64 {
	titles := p.titles()
	readers := p.only(articleTotal+"read_users", "scene", "all").largest(func(l map[string]string) string { return titles[rowKey(l, "account", "msgid")] })
	delete(readers, "")
	names := slices.SortedFunc(maps.Keys(readers), func(a, b string) int { return cmp.Compare(readers[b], readers[a]) })
	for _, name := range names[min(12, len(names)):] {
		delete(readers, name)
	}
	return readers
}

// ages are readers by title and the day since publishing.
func (p page) ages() cells {
	c, best, titles := cells{"Readers": p.best()}, p.best(), p.titles()
	for _, one := range p.only(articleTotal+"read_users", "scene", "all") {
		title := titles[rowKey(one.labels, "account", "msgid")]
		if _, ok := best[title]; ok {
			name := fmt.Sprintf("Day %d", one.day("stat_date")-one.day("date")+1)
			if c[name] == nil {
				c[name] = map[string]float64{}
			}
			c[name][title] = max(c[name][title], one.value)
		}
	}
	return c
}

// final keeps, of what articles have come to, the day with the most readers.
func (p page) final(some page) (last page) {
	type key struct{ article, stat string }
	readers, most := map[key]float64{}, map[string]float64{}
	for _, one := range p.only(articleTotal+"read_users", "scene", "all") {
		article := rowKey(one.labels, "account", "date", "msgid")
		readers[key{article, one.labels["stat_date"]}] = one.value
		most[article] = max(most[article], one.value)
	}
	for _, one := range some {
		article := rowKey(one.labels, "account", "date", "msgid")
		if n, ok := readers[key{article, one.labels["stat_date"]}]; ok && n == most[article] {
			last = append(last, one)
		}
	}
	return last
}

// left is where readers of the best articles left.
func (p page) left() cells {
	parts := map[string]string{"1": "Begin", "2": "2nd fifth", "3": "Middle", "4": "4th fifth", "5": "End"}
	c, best, titles := cells{"Readers": p.best()}, p.best(), p.titles()
	for _, one := range p.final(p.only(articleTotal + "jump_ratio")) {
		title, name := titles[rowKey(one.labels, "account", "msgid")], parts[one.labels["position"]]
		if _, ok := best[title]; ok {
			if c[name] == nil {
				c[name] = map[string]float64{}
			}
			c[name][title] = max(c[name][title], one.value)
		}
	}
	return c
}

// worked is what each article has come to.
func (p page) worked() cells {
	c, titles := cells{}, p.titles()
	for name, metric := range map[string]string{"Readers": "read_users", "Sharers": "share_users", "Likes": "like_users", "New followers": "read_subscribe_users", "Read to the end": "read_finish_ratio"} {
		some := p.only(articleTotal + metric)
		switch metric {
		case "read_users":
			some = p.only(articleTotal+metric, "scene", "all")
		case "read_finish_ratio":
			some = p.final(some)
		}
		c.addArticles(name, some, func(l map[string]string) string {
			return rowKey(l, "account", "date") + "|" + titles[rowKey(l, "account", "msgid")]
		})
	}
	return c
}

// addArticles adds the largest value of each article to its row, which two of a day share
// that have one title; "" is none.
func (c cells) addArticles(column string, of page, row func(l map[string]string) string) {
	rows := map[string]string{}
	most := of.largest(func(l map[string]string) string {
		id := rowKey(l, "account", "msgid")
		rows[id] = row(l)
		return id
	})
	for id, row := range rows {
		if row != "" {
			c.add(column, row, most[id])
		}
	}
}

// shownIn are a view's figures by its columns or lines, and by the raw values of its rows:
// the labels in the order of their columns, or the day of an axis.
func shownIn(v view) cells {
	c := cells{}
	keys := slices.DeleteFunc(slices.Clone(v.Fields), func(f field) bool {
		return f.Type == "number" || v.panel.Title == "APIs" && (f.Name == "State" || f.Name == "Newest day")
	})
	// Rows of tables are keyed by account, then by what they have beside.
	order := map[string]int{"Account": 0, "API": 1, "Day": 1, "Date": 1, "Page": 1, "Half-month of": 1, "Ad unit": 1, "Family": 1, "Reason": 2, "Code and what to do": 2, "Title": 2}
	slices.SortStableFunc(keys, func(a, b field) int { return cmp.Compare(order[a.Name], order[b.Name]) })
	for _, f := range v.Fields {
		if f.Type != "number" {
			continue
		}
		for i, value := range f.Values {
			n, isNumber := value.(float64)
			if !isNumber || math.IsNaN(n) {
				continue
			}
			var key []string
			for _, k := range keys {
				text, _ := k.Values[i].(string)
				if ms, isTime := k.Values[i].(float64); isTime {
					text = time.UnixMilli(int64(ms)).In(time.Local).Format(time.DateOnly)
				}
				key = append(key, text)
			}
			c.add(f.Name, strings.Join(key, "|"), n)
		}
	}
	return c
}

// checkCharts holds the figures of a chart or table beside the exporter's: each is there,
// and no other. A cell of 0 may stand for what WeChat left out.
func checkCharts(t *testing.T, v view, want cells) {
	t.Helper()
	got, wrong := shownIn(v), 0
	complain := func(format string, arguments ...any) {
		if wrong++; wrong <= 3 {
			t.Errorf(v.key+": "+format, arguments...)
		}
	}
	for column, rows := range want {
		for row, n := range rows {
			if shown, ok := got[column][row]; !ok && n != 0 || math.Abs(shown-n) > 1e-9*max(1, math.Abs(n)) {
				complain("%s of %s is %v (%v), /metrics says %v", column, row, shown, ok, n)
			}
		}
	}
	for column, rows := range got {
		for row, n := range rows {
			if _, ok := want[column][row]; !ok && n != 0 && n != -1 {
				complain("%s of %s is %v, /metrics has none", column, row, n)
			}
		}
	}
}
