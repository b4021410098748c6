package collector

import (
	"iter"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// articleFamily is the reading and sharing of articles as the older six APIs
// tell it. WeChat has switched them off for most accounts.
func articleFamily() Family {
	type (
		read      = wxclient.UserRead
		readHour  = wxclient.UserReadHour
		share     = wxclient.UserShare
		shareHour = wxclient.UserShareHour
	)
	return Family{Name: "article", APIs: []API{
		articleSummary(),
		articleTotal(),
		reading(Spec{Name: "getuserread", Span: 3}, "", " on the day", func(r read) read { return r },
			source(func(r read) *int64 { return r.UserSource })),
		reading(Spec{Name: "getuserreadhour", Span: 1, Kind: Hourly}, "hourly_", " in the hour", func(r readHour) read { return r.UserRead },
			hour(func(r readHour) *int64 { return r.RefHour }), source(func(r readHour) *int64 { return r.UserSource })),
		sharing(Spec{Name: "getusershare", Span: 7}, "", "on the day", func(r share) share { return r },
			code("scene", func(r share) *int64 { return r.ShareScene })),
		sharing(Spec{Name: "getusersharehour", Span: 1, Kind: Hourly}, "hourly_", "in the hour", func(r shareHour) share { return r.UserShare },
			hour(func(r shareHour) *int64 { return r.RefHour }), code("scene", func(r shareHour) *int64 { return r.ShareScene })),
	}}
}

func reading[R any](s Spec, period, during string, of func(R) wxclient.UserRead, labels ...Label[R]) API {
	return Table[R]{
		Spec: s,
		Date: func(r R) string { return of(r).RefDate },
		Key:  labels,
		Groups: []Group[R]{PerRow(labels, measures("wx_read_"+period, during+", by where the readers came from", "",
			func(r R) wxclient.ReadMeasures { return of(r).ReadMeasures })...)},
	}.API()
}

func sharing[R any](s Spec, period, during string, of func(R) wxclient.UserShare, labels ...Label[R]) API {
	return Table[R]{
		Spec: s,
		Date: func(r R) string { return of(r).RefDate },
		Key:  labels,
		Groups: []Group[R]{PerRow(labels,
			Gauge[R]{Name: "wx_scene_" + period + "share_users", Help: "Users who shared articles " + during + ", by where to.", Unit: "users", Field: "share_user", Value: count(func(r R) *int64 { return of(r).ShareUser })},
			Gauge[R]{Name: "wx_scene_" + period + "shares", Help: "Shares of articles " + during + ", by where to.", Unit: "times", Field: "share_count", Value: count(func(r R) *int64 { return of(r).ShareCount })},
		)},
	}.API()
}

// articleInfoHelp is shared by the two APIs that feed wx_article_info.
const articleInfoHelp = "Title and link of an article; always 1."

// articleSummary is the reading of each article on each day.
func articleSummary() API {
	type row = wxclient.ArticleSummary
	id := msgid(func(r row) wxclient.Text { return r.MsgID })
	return Table[row]{
		Spec:  Spec{Name: "getarticlesummary", Span: 1, Kind: Article},
		Date:  func(r row) string { return r.RefDate },
		Key:   []Label[row]{id},
		Reads: func(r row) *int64 { return r.IntPageReadUser },
		Groups: []Group[row]{
			PerRow([]Label[row]{id}, measures("wx_article_", ", for each article on the day", "",
				func(r row) wxclient.ReadMeasures { return r.ReadMeasures })...),
			PerRow([]Label[row]{id, text("title", func(r row) string { return r.Title }), text("url", func(row) string { return "" })},
				Gauge[row]{Name: "wx_article_info", Help: articleInfoHelp, Field: "title, url", Value: one[row], Info: true}),
		},
	}.API()
}

// articleDay is an entry of getarticletotal's details with its article.
type articleDay struct {
	id wxclient.Text
	wxclient.ArticleTotalDay
}

// bySource is a number of an articleDay that belongs to a source.
type bySource struct {
	articleDay
	source       string
	users, times *int64
}

// articleTotal is the reading of each article from its sending up to each of
// the seven days from then on.
func articleTotal() API {
	type row = wxclient.ArticleTotal
	id := msgid(func(r row) wxclient.Text { return r.MsgID })
	daily := []Label[articleDay]{
		msgid(func(e articleDay) wxclient.Text { return e.id }),
		statDate(func(e articleDay) string { return e.StatDate }),
	}
	sources := []Label[bySource]{
		msgid(func(e bySource) wxclient.Text { return e.id }),
		statDate(func(e bySource) string { return e.StatDate }),
		text("source", func(e bySource) string { return e.source }),
	}
	gauges := append(measures("wx_article_total_", ", for each article from its sending to stat_date", "details.",
		func(e articleDay) wxclient.ReadMeasures { return e.ReadMeasures }),
		Gauge[articleDay]{Name: "wx_article_total_target_users", Help: "Users whom the article was sent to.", Unit: "users", Field: "details.target_user", Value: count(func(e articleDay) *int64 { return e.TargetUser })})
	return Table[row]{
		Spec: Spec{Name: "getarticletotal", Span: 1, Kind: Article, Grows: 7},
		Date: func(r row) string { return r.RefDate },
		Key:  []Label[row]{id},
		Reads: func(r row) *int64 {
			return greatest(r.Details, func(d wxclient.ArticleTotalDay) *int64 { return d.IntPageReadUser })
		},
		Stats: func(r row) (days []string) {
			for _, d := range r.Details {
				days = append(days, d.StatDate)
			}
			return days
		},
		Groups: []Group[row]{
			Each(articleDays, daily, gauges...),
			Each(flatten(articleDays, readSources), sources,
				Gauge[bySource]{Name: "wx_article_total_source_read_users", Help: "Users who read the article page from its sending to stat_date, by where they came from.", Unit: "users", Field: "details.int_page_from_*_read_user", Value: count(func(e bySource) *int64 { return e.users })},
				Gauge[bySource]{Name: "wx_article_total_source_reads", Help: "Reads of the article page from its sending to stat_date, by where the readers came from.", Unit: "times", Field: "details.int_page_from_*_read_count", Value: count(func(e bySource) *int64 { return e.times })}),
			Each(flatten(articleDays, feedShares), sources,
				Gauge[bySource]{Name: "wx_article_total_feed_share_users", Help: "Users who shared the article to Moments from its sending to stat_date, by where they had it from.", Unit: "users", Field: "details.feed_share_from_*_user", Value: count(func(e bySource) *int64 { return e.users })},
				Gauge[bySource]{Name: "wx_article_total_feed_shares", Help: "Shares of the article to Moments from its sending to stat_date, by where they came from.", Unit: "times", Field: "details.feed_share_from_*_cnt", Value: count(func(e bySource) *int64 { return e.times })}),
			PerRow([]Label[row]{id, text("title", func(r row) string { return r.Title }), text("url", func(r row) string { return r.URL })},
				Gauge[row]{Name: "wx_article_info", Help: articleInfoHelp, Field: "title, url", Value: one[row], Info: true}),
		},
	}.API()
}

func articleDays(r wxclient.ArticleTotal) iter.Seq[articleDay] {
	return func(yield func(articleDay) bool) {
		for _, d := range r.Details {
			if !yield(articleDay{r.MsgID, d}) {
				return
			}
		}
	}
}

// flatten joins two levels of elements.
func flatten[R, E, F any](outer func(R) iter.Seq[E], inner func(E) []F) func(R) iter.Seq[F] {
	return func(r R) iter.Seq[F] {
		return func(yield func(F) bool) {
			for e := range outer(r) {
				for _, f := range inner(e) {
					if !yield(f) {
						return
					}
				}
			}
		}
	}
}

func readSources(d articleDay) []bySource {
	return []bySource{
		{d, "session", d.SessionReadUser, d.SessionReadCount},
		{d, "hist_msg", d.HistMsgReadUser, d.HistMsgReadCount},
		{d, "feed", d.FeedReadUser, d.FeedReadCount},
		{d, "friends", d.FriendsReadUser, d.FriendsReadCount},
		{d, "other", d.OtherReadUser, d.OtherReadCount},
		{d, "kanyikan", d.KanyikanReadUser, d.KanyikanReadCount},
		{d, "souyisou", d.SouyisouReadUser, d.SouyisouReadCount},
	}
}

func feedShares(d articleDay) []bySource {
	return []bySource{
		{d, "session", d.SessionShareUser, d.SessionShareCnt},
		{d, "feed", d.FeedShareUser, d.FeedShareCnt},
		{d, "other", d.OtherShareUser, d.OtherShareCnt},
	}
}
