package main

import "fmt"

// published begins the names of what articles of the publish family have come to.
const published = "wx_publish_article_total_"

// responses are what readers do, as values of the label response and as keys
// of names.
var responses = []string{"sharers", "likers", "zaikan", "comments", "collectors"}

func articles() []section {
	return []section{
		{"", false, []drawer{
			tile{box: box{"articles.readers", 6, 5, "locale"}, quantity: total(publishAllReaders), good: 1, still: 2},
			tile{box: box{"articles.sharers", 6, 5, "locale"}, quantity: total(publishShares), good: 1, still: 2},
			tile{box: box{"articles.likes", 6, 5, "locale"}, quantity: total(publishLikes), good: 1, still: 2},
			tile{box: box{"articles.pages", 6, 5, "locale"}, quantity: count(publishPages), single: true},
			publishedTable(),
			curvesBy{box{"articles.curve", 12, 10, "locale"}, readingCurve(), "title", "stat_date", "14d", new(0.0)},
			parting{box{"articles.jumps", 12, 10, "percentunit"}},
			stacked{box{"articles.byscene", 12, 9, "locale"}, publishReaders.top(11, "scene"), "scene", "publish_scene", true},
			stacked{box{"articles.response", 12, 9, "locale"}, publishShares.whole(response()), "response", "response", false},
		}},
		{"articles.old", true, []drawer{
			tile{box: box{"articles.oldreaders", 12, 5, "locale"}, quantity: total(reads("int_page_users")), good: 1, still: 2},
			tile{box: box{"articles.oldshares", 12, 5, "locale"}, quantity: total(reads("shares")), good: 1, still: 2},
			bars{box{"articles.reading", 24, 8, "locale"}, []query{
				{reads("int_page_users").wholeDays(), "readers", blue}, {reads("int_page_reads").wholeDays(), "reads", purple},
			}, false},
			stacked{box{"articles.channels", 12, 9, "locale"}, channelReads("int_page_reads").wholeDays("source"), "source", "read_source", false},
			stacked{box{"articles.scenes", 12, 9, "locale"}, sceneShares.wholeDays("scene"), "scene", "share_scene", false},
			sentTable(),
			hours(box{"articles.hours", 24, 5, "locale"}, hourlyReads("int_page_reads").perDay("hour"), "continuous-blues"),
		}},
		{"history", true, []drawer{
			curve{box: box{"articles.publishhistory", 24, 9, "locale"}, queries: []query{{publishAllReaders.by(seen).wholeDays(), "readers", blue}}, span: year},
		}},
	}
}

// response is what readers did on each day.
func response() string {
	all := ""
	for i, m := range []measure{publishShares, publishLikes, publishZaikan, publishComments, publishCollection} {
		if i > 0 {
			all += " or "
		}
		all += `label_replace(` + m.prompt().perDay() + `, "response", "` + responses[i] + `", "", "")`
	}
	return all
}

// current is what articles have come to: cumulative figures, of which the last
// stat_date has the largest.
func current(m string, match ...string) string {
	return "max by (account, date, msgid) (" + metric(m, match...) + ")"
}

// lastDay is what articles have come to at their last stat_date, for figures
// that also fall, such as ratios. The last stat_date is the one with the most
// readers.
func lastDay(m string, labels ...string) string {
	day := []string{"date", "msgid", "stat_date"}
	readers := "max by (" + list(day, "account") + ") (" + metric(published+"read_users", `scene="all"`) + ")"
	return "max by (" + list(labels, "account", "date", "msgid") + ") (" + metric(m) +
		" and on (" + list(day, "account") + ") topk by (account, date, msgid) (1, " + readers + "))"
}

func publishedInfo() string { return metric("wx_publish_article_info", `title=~"$article"`) }

// readers are the readers of articles since they were published.
func readers() string { return current(published+"read_users", `scene="all"`) }

// readingCurve is how the readers of the chosen articles grew, of the five that
// have the most.
func readingCurve() string {
	all := near(metric(published+"read_users", `scene="all"`))
	grown := named("max by (account, msgid, stat_date) ("+all+")", near(publishedInfo()), "title")
	best := "topk(5, " + named("max by (account, msgid) ("+all+")", near(publishedInfo()), "title") + ")"
	return "max by (stat_date, title) (" + grown + " and on (account, msgid) " + best + ")"
}

// parting is where in the twelve most read articles readers left, the most read
// first.
type parting struct{ box }

func (s parting) draw(l lang) *panel {
	readers := "topk(12, max by (title) (" + named(readers(), publishedInfo(), "title") + "))"
	left := "max by (title, position) (" + named(lastDay(published+"jump_ratio", "position"), publishedInfo(), "title") + ") and on (title) " + readers
	g := grid{box: s.box, expr: left + ` or label_replace(` + readers + `, "position", "readers", "", "")`, row: "title", column: "position", down: "title", color: "continuous-blues"}
	p := g.draw(l)
	most, key := l.of(name("readers")), matrixName("title", "position")
	names, order := map[string]string{key: l.of(name("title")), "readers": most}, map[string]int{key: 0, "readers": 6}
	p.FieldConfig.Overrides = []override{byName(l.of(name("title")), append(cell("auto"), property{"custom.align", "left"}, property{"custom.minWidth", 150})...),
		byName(most, append(cell("auto"), property{"custom.width", 80}, property{"unit", "locale"}, property{"decimals", decimals["locale"]})...)}
	for i := range 5 {
		part := fmt.Sprint(i + 1)
		names[part], order[part] = l.of(name("part."+part)), i+1
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, byName(names[part], property{"custom.width", 80}))
	}
	o := organize(names)
	options := o.Options.(organizeOptions)
	options.IndexByName = order
	o.Options = options
	p.Transformations = []transformation{matrix("position", "title"), o, sortBy(most, true)}
	return p
}

func publishedTable() table {
	with := func(vector string) string { return named(vector, publishedInfo(), "title", "url") }
	total := func(m string) string { return with(current(published + m)) }
	last := func(m string) string { return with(lastDay(published + m)) }
	return table{box{"articles.publishedtable", 24, 11, "locale"}, []column{
		{label: "title", name: "title", search: true, link: "link", least: 300},
		{label: "account", name: "account", search: true, width: 120},
		{label: "date", name: "sent", width: 110},
		{expr: with("(" + filled(readers(), current(published+"share_users")) + ")"), name: "readers", gauge: blue, gaps: true, width: 180},
		{expr: last("read_finish_ratio"), name: "finished", unit: "percentunit", gauge: purple, width: 180},
		{expr: total("share_users"), name: "sharers", gauge: green, width: 130},
		{expr: total("like_users"), name: "likers", gauge: green, width: 130},
		{expr: total("read_subscribe_users"), name: "followed", gauge: green, width: 150},
		{label: "msgid", name: "msgid", hide: true},
		{label: "url", name: "link", hide: true},
	}, "readers", nil}
}

func sentTable() table {
	total := func(m string) string { return current("wx_article_total_" + m) }
	with := func(vector string) string { return named(vector, metric("wx_article_info", `url!=""`), "title", "url") }
	return table{box{"articles.senttable", 24, 9, "locale"}, []column{
		{label: "title", name: "title", search: true, link: "link", width: 480},
		{label: "account", name: "account", search: true, width: 140},
		{label: "date", name: "sent", width: 120},
		{expr: with(total("int_page_users")), name: "readers", gauge: blue, width: 200},
		{expr: with("(" + filled(total("int_page_reads"), total("int_page_users"), total("shares")) + ")"), name: "reads", gauge: blue, gaps: true, width: 200},
		{expr: with(total("shares")), name: "shares", gauge: green, width: 160},
		{label: "msgid", name: "msgid", hide: true},
		{label: "url", name: "link", hide: true},
	}, "reads", nil}
}
