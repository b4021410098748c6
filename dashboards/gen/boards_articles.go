package main

// published begins the names of what articles of the publish family have come to.
const published = "wx_publish_article_total_"

func articles() []section {
	return []section{
		{"articles.published", false, []drawer{
			stat{box{"articles.readers", 6, 4, "locale"}, publishAllReaders.perDay(), blue, nil},
			stat{box{"articles.sharers", 6, 4, "locale"}, publishShares.perDay(), green, nil},
			stat{box{"articles.likes", 6, 4, "locale"}, publishLikes.perDay(), green, nil},
			stat{box{"articles.pages", 6, 4, "locale"}, publishPages.perDay(), blue, nil},
			stacked{box{"articles.byscene", 12, 9, "locale"}, publishReaders.perDay("scene"), "scene", "publish_scene", ""},
			bars{box{"articles.response", 12, 9, "locale"}, []query{
				{publishShares.perDay(), "sharers", ""}, {publishLikes.perDay(), "likers", ""}, {publishZaikan.perDay(), "zaikan", ""},
				{publishComments.perDay(), "comments", ""}, {publishCollection.perDay(), "collectors", ""}, {publishOriPage.perDay(), "ori", ""},
			}},
			publishedTable(),
		}},
		{"articles.publisheddetail", true, []drawer{
			stacked{box{"articles.articlereaders", 12, 10, "locale"}, perArticle(articleDailyReaders, "wx_publish_article_info"), "title", "", ""},
			stacked{box{"articles.articlesharers", 12, 10, "locale"}, perArticle(articleDailySharers, "wx_publish_article_info"), "title", "", ""},
			table{box{"articles.jumps", 24, 10, "percentunit"}, []column{
				{label: "title", name: "title"},
				{label: "account", name: "account", width: 160},
				{label: "date", name: "sent", width: 120},
				{label: "position", name: "position", width: 140},
				{expr: named(lastDay(published+"jump_ratio", "position"), "wx_publish_article_info", "", "title"), name: "left", unit: "percentunit"},
				{label: "msgid", name: "msgid", hide: true},
			}, "left"},
		}},
		{"articles.old", false, []drawer{
			stat{box{"articles.oldreaders", 6, 4, "locale"}, reads("int_page_users").perDay(), blue, nil},
			stat{box{"articles.oldreads", 6, 4, "locale"}, reads("int_page_reads").perDay(), blue, nil},
			stat{box{"articles.oldshares", 6, 4, "locale"}, reads("shares").perDay(), green, nil},
			stat{box{"articles.oldfavs", 6, 4, "locale"}, reads("favs").perDay(), green, nil},
			bars{box{"articles.reading", 12, 9, "locale"}, []query{
				{reads("int_page_users").perDay(), "readers", blue}, {reads("int_page_reads").perDay(), "reads", purple},
				{reads("ori_page_users").perDay(), "ori", ""}, {reads("ori_page_reads").perDay(), "orireads", ""},
			}},
			bars{box{"articles.sharing", 12, 9, "locale"}, []query{
				{reads("share_users").perDay(), "sharers", ""}, {reads("shares").perDay(), "shares", ""},
				{reads("fav_users").perDay(), "favers", ""}, {reads("favs").perDay(), "favs", ""},
			}},
			stacked{box{"articles.channels", 12, 9, "locale"}, channelReads("int_page_reads").perDay("source"), "source", "read_source", ""},
			stacked{box{"articles.scenes", 12, 9, "locale"}, sceneShares.perDay("scene"), "scene", "share_scene", ""},
			sentTable(),
		}},
		{"articles.olddetail", true, []drawer{
			hours{box{"articles.hours", 24, 6, "locale"}, hourlyReads("int_page_reads").perDay("hour"), nil, "continuous-blues"},
			hours{box{"articles.sharehours", 24, 6, "locale"}, sceneHourShares.perDay("hour"), nil, "continuous-greens"},
			stacked{box{"articles.channelreaders", 12, 9, "locale"}, channelReads("int_page_users").perDay("source"), "source", "read_source", "none"},
			stacked{box{"articles.sceneusers", 12, 9, "locale"}, sceneShareUsers.perDay("scene"), "scene", "share_scene", "none"},
			stacked{box{"articles.articlereads", 12, 10, "locale"}, perArticle(articleReads, "wx_article_info"), "title", "", ""},
			pie{box{"articles.totalsources", 12, 10, "locale"}, "sort_desc(sum by (source) (" + current("wx_article_total_source_reads", "source") + "))", "source", "total_source"},
			pie{box{"articles.feedshares", 12, 10, "locale"}, "sort_desc(sum by (source) (" + current("wx_article_total_feed_shares", "source") + "))", "source", "total_source"},
		}},
		{"history", true, []drawer{
			lines{box{"articles.publishhistory", 24, 9, "locale"}, []query{{publishAllReaders.history(), "readers", blue}, {publishShares.history(), "sharers", green}}, year},
			lines{box{"articles.oldhistory", 24, 9, "locale"}, []query{{reads("int_page_users").history(), "readers", blue}, {reads("int_page_reads").history(), "reads", purple}}, year},
		}},
	}
}

// current is what articles have come to: cumulative figures, of which the last
// stat_date has the largest.
func current(m string, labels ...string) string {
	return "max by (" + list(labels, "account", "date", "msgid") + ") (" + metric(m) + ")"
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

// perArticle are the ten articles of each day with the most of a measure. People
// also read articles that are older than the window, of which the publish APIs
// tell no title: those go by their msgid.
func perArticle(m measure, info string) string {
	untitled := `label_replace(` + m.once() + `, "title", "$1", "msgid", "(.+)")`
	return "topk by (date) (10, sum by (date, title) (" + named(m.once(), info, "", "title") + " or on (account, date, msgid) " + untitled + "))"
}

func publishedTable() table {
	with := func(vector string) string { return named(vector, "wx_publish_article_info", "", "title", "url") }
	total := func(m string) string { return with(current(published + m)) }
	last := func(m string) string { return with(lastDay(published + m)) }
	return table{box{"articles.publishedtable", 24, 10, "locale"}, []column{
		{label: "title", name: "title", link: "link", width: 320},
		{label: "account", name: "account"},
		{label: "date", name: "sent", width: 110},
		{expr: with("max by (account, date, msgid) (" + metric(published+"read_users", `scene="all"`) + ")"), name: "readers"},
		{expr: total("share_users"), name: "sharers"},
		{expr: total("like_users"), name: "likers"},
		{expr: total("zaikan_users"), name: "zaikan"},
		{expr: total("comments"), name: "comments"},
		{expr: total("collection_users"), name: "collectors"},
		{expr: total("read_subscribe_users"), name: "followed"},
		{expr: last("read_delivery_ratio"), name: "delivered", unit: "percentunit"},
		{expr: last("read_finish_ratio"), name: "finished", unit: "percentunit"},
		{expr: last("read_avg_active_seconds"), name: "active", unit: "s"},
		{expr: total("praise_fen") + " / 100", name: "praise", unit: "locale"},
		{label: "msgid", name: "msgid", hide: true},
		{label: "url", name: "link", hide: true},
	}, "readers"}
}

func sentTable() table {
	total := func(m string) string {
		return named(current("wx_article_total_"+m), "wx_article_info", `url!=""`, "title", "url")
	}
	return table{box{"articles.senttable", 24, 10, "locale"}, []column{
		{label: "title", name: "title", link: "link", width: 360},
		{label: "account", name: "account"},
		{label: "date", name: "sent", width: 110},
		{expr: total("target_users"), name: "targets"},
		{expr: total("int_page_users"), name: "readers"},
		{expr: total("int_page_reads"), name: "reads"},
		{expr: total("share_users"), name: "sharers"},
		{expr: total("shares"), name: "shares"},
		{expr: total("fav_users"), name: "favers"},
		{expr: total("ori_page_users"), name: "ori"},
		{label: "msgid", name: "msgid", hide: true},
		{label: "url", name: "link", hide: true},
	}, "reads"}
}
