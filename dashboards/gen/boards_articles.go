package main

import (
	"fmt"
	"strings"
)

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
			readBy{box{"articles.curve", 12, 10, "locale"}},
			parting{box{"articles.jumps", 12, 10, "percentunit"}},
			stacked{box{"articles.byscene", 12, 9, "locale"}, publishReaders.top(11, "scene"), "scene", "publish_scene", true, ""},
			stacked{box{"articles.response", 12, 9, "locale"}, publishShares.whole(response()), "response", "response", false, ""},
		}},
		{"articles.old", true, []drawer{
			tile{box: box{"articles.oldreaders", 12, 5, "locale"}, quantity: total(reads("int_page_users")), good: 1, still: 2},
			tile{box: box{"articles.oldshares", 12, 5, "locale"}, quantity: total(reads("shares")), good: 1, still: 2},
			bars{box{"articles.reading", 24, 8, "locale"}, []query{
				{reads("int_page_users").wholeDays(), "readers", blue}, {reads("int_page_reads").wholeDays(), "reads", purple},
			}, false, ""},
			stacked{box{"articles.channels", 12, 9, "locale"}, channelReads("int_page_reads").wholeDays("source"), "source", "read_source", false, ""},
			stacked{box{"articles.scenes", 12, 9, "locale"}, sceneShares.wholeDays("scene"), "scene", "share_scene", false, ""},
			sentTable(),
			hours(box{"articles.hours", 24, 5, "locale"}, hourlyReads("int_page_reads").perDay("hour"), "continuous-blues"),
		}},
		{"history", true, []drawer{
			bars{box{"articles.publishhistory", 24, 9, "locale"}, []query{{publishAllReaders.overYear().wholeDays(), "readers", blue}}, false, year},
		}},
	}
}

// response is what readers did on each day.
func response() string {
	var all []string
	for i, m := range []measure{publishShares, publishLikes, publishZaikan, publishComments, publishCollection} {
		all = append(all, labelled(m.prompt().perDay(), "response", responses[i]))
	}
	return strings.Join(all, " or ")
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

// compared is how many articles are compared.
const compared = 12

// bestArticles are the most read articles, by title.
func bestArticles() string {
	return fmt.Sprintf("topk(%d, max by (title) (%s))", compared, named(readers(), publishedInfo(), "title"))
}

// readDays is how many days articles are followed, that of publishing included: those of
// the window.
const readDays = 7

// readBy is by when the most read articles had their readers: by days since they were
// published, so that each stands beside those of the same age.
type readBy struct{ box }

func (s readBy) draw(l lang) *panel {
	at := func(label string) string {
		return `label_replace(` + calendar(40) + `, "` + label + `", "$1", "date", "(.*)")`
	}
	const key = "account, date, msgid, stat_date"
	all := "max by (" + key + ") (" + metric(published+"read_users", `scene="all"`) + ")"
	age := fmt.Sprintf(`count_values by (%s) ("day", (%s * 0 + on (stat_date) group_left () sum by (stat_date) (%s) - on (date) group_left () sum by (date) (%s)) / 86400 + 1)`,
		key, all, at("stat_date"), calendar(40))
	grown := fmt.Sprintf("%s * on (%s) group_left (day) (%s)", all, key, age)
	g := grid{box: s.box, row: "title", column: "day", down: "title", color: "continuous-blues",
		expr: "max by (title, day) (" + named(grown, publishedInfo(), "title") + ") and on (title) " + bestArticles() + " or " + labelled(bestArticles(), "day", "readers")}
	var parts []string
	for i := range readDays {
		parts = append(parts, fmt.Sprint(i+1))
	}
	return g.byRank(l, "day.", parts)
}

// parting is where in the twelve most read articles readers left, the most read
// first.
type parting struct{ box }

func (s parting) draw(l lang) *panel {
	left := "max by (title, position) (" + named(lastDay(published+"jump_ratio", "position"), publishedInfo(), "title") + ") and on (title) " + bestArticles()
	g := grid{box: s.box, expr: left + " or " + labelled(bestArticles(), "position", "readers"), row: "title", column: "position", down: "title", color: "continuous-blues"}
	return g.byRank(l, "part.", []string{"1", "2", "3", "4", "5"})
}

// byRank draws a grid of articles with the most read first: its column readers has no
// colour and stands behind the others, whose names begin with a prefix.
func (s grid) byRank(l lang, prefix string, parts []string) *panel {
	p := s.draw(l)
	p.FieldConfig.Defaults.FieldMinMax = true // a scale for each column, as readers are no shares
	most, key := l.of(name("readers")), matrixName("title", s.column)
	names, order := map[string]string{key: l.of(name("title")), "readers": most}, map[string]int{key: 0, "readers": len(parts) + 1}
	p.FieldConfig.Overrides = []override{byName(l.of(name("title")), append(cell("auto"), property{"custom.align", "left"}, property{"custom.minWidth", 150})...),
		byName(most, append(cell("auto"), property{"custom.width", 80}, property{"unit", "locale"}, property{"decimals", decimals["locale"]})...)}
	for i, part := range parts {
		names[part], order[part] = l.of(name(prefix+part)), i+1
		p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, byName(names[part], property{"custom.width", min(80, 420/len(parts))}))
	}
	o := organize(names)
	options := o.Options.(organizeOptions)
	options.IndexByName = order
	o.Options = options
	p.Transformations = []transformation{matrix(s.column, "title"), o, sortBy(most, true)}
	return p
}

func publishedTable() table {
	with := func(vector string) string { return named(vector, publishedInfo(), "title", "url") }
	total := func(m string) string { return with(current(published + m)) }
	last := func(m string) string { return with(lastDay(published + m)) }
	return table{box{"articles.publishedtable", 24, 11, "locale"}, []column{
		{label: "title", name: "title", search: true, link: "link", least: 150},
		{expr: with("(" + filled(readers(), current(published+"share_users")) + ")"), name: "readers", gauge: blue, gaps: true, width: 160},
		{label: "account", name: "account", search: true, width: 160},
		{label: "date", name: "sent", width: 100},
		{expr: last("read_finish_ratio"), name: "finished", unit: "percentunit", gauge: purple, width: 160},
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
		{label: "title", name: "title", search: true, link: "link", least: 150},
		{expr: with("(" + filled(total("int_page_reads"), total("int_page_users"), total("shares")) + ")"), name: "reads", gauge: blue, gaps: true, width: 180},
		{label: "account", name: "account", search: true, width: 160},
		{label: "date", name: "sent", width: 110},
		{expr: with(total("int_page_users")), name: "readers", gauge: blue, width: 180},
		{expr: with(total("shares")), name: "shares", gauge: green, width: 160},
		{label: "msgid", name: "msgid", hide: true},
		{label: "url", name: "link", hide: true},
	}, "reads", nil}
}
