package collector

// readMeasures are the eight fields on reading that the article family shares.
type readMeasures struct {
	IntPageReadUser  *int64 `json:"int_page_read_user"`
	IntPageReadCount *int64 `json:"int_page_read_count"`
	OriPageReadUser  *int64 `json:"ori_page_read_user"`
	OriPageReadCount *int64 `json:"ori_page_read_count"`
	ShareUser        *int64 `json:"share_user"`
	ShareCount       *int64 `json:"share_count"`
	AddToFavUser     *int64 `json:"add_to_fav_user"`
	AddToFavCount    *int64 `json:"add_to_fav_count"`
}

type articleSummary struct {
	RefDate string `json:"ref_date"` // the day of reading
	MsgID   Text   `json:"msgid"`    // such as 12003_3: the message and the article's place in it
	Title   string `json:"title"`
	readMeasures
}

type articleTotal struct {
	RefDate string            `json:"ref_date"` // the day of sending
	MsgID   Text              `json:"msgid"`
	Title   string            `json:"title"`
	URL     string            `json:"url"`
	Details []articleTotalDay `json:"details"`
}

// articleTotalDay is the total of an article up to stat_date. The fields' names are
// WeChat's; those of shares end in cnt.
type articleTotalDay struct {
	StatDate   string `json:"stat_date"`
	TargetUser *int64 `json:"target_user"`
	readMeasures

	SessionReadUser   *int64 `json:"int_page_from_session_read_user"`
	SessionReadCount  *int64 `json:"int_page_from_session_read_count"`
	HistMsgReadUser   *int64 `json:"int_page_from_hist_msg_read_user"`
	HistMsgReadCount  *int64 `json:"int_page_from_hist_msg_read_count"`
	FeedReadUser      *int64 `json:"int_page_from_feed_read_user"`
	FeedReadCount     *int64 `json:"int_page_from_feed_read_count"`
	FriendsReadUser   *int64 `json:"int_page_from_friends_read_user"`
	FriendsReadCount  *int64 `json:"int_page_from_friends_read_count"`
	OtherReadUser     *int64 `json:"int_page_from_other_read_user"`
	OtherReadCount    *int64 `json:"int_page_from_other_read_count"`
	KanyikanReadUser  *int64 `json:"int_page_from_kanyikan_read_user"`
	KanyikanReadCount *int64 `json:"int_page_from_kanyikan_read_count"`
	SouyisouReadUser  *int64 `json:"int_page_from_souyisou_read_user"`
	SouyisouReadCount *int64 `json:"int_page_from_souyisou_read_count"`

	SessionShareUser *int64 `json:"feed_share_from_session_user"`
	SessionShareCnt  *int64 `json:"feed_share_from_session_cnt"`
	FeedShareUser    *int64 `json:"feed_share_from_feed_user"`
	FeedShareCnt     *int64 `json:"feed_share_from_feed_cnt"`
	OtherShareUser   *int64 `json:"feed_share_from_other_user"`
	OtherShareCnt    *int64 `json:"feed_share_from_other_cnt"`
}

type userRead struct {
	RefDate    string `json:"ref_date"`
	UserSource *int64 `json:"user_source"` // old rows have none: they are the total
	readMeasures
}

type userReadHour struct {
	userRead
	RefHour         *int64 `json:"ref_hour"`          // 0, 100 to 2300
	TotalOnlineTime *int64 `json:"total_online_time"` // always 0
}

type userShare struct {
	RefDate    string `json:"ref_date"`
	ShareScene *int64 `json:"share_scene"`
	ShareUser  *int64 `json:"share_user"`
	ShareCount *int64 `json:"share_count"`
}

type userShareHour struct {
	userShare
	RefHour *int64 `json:"ref_hour"` // 0, 100 to 2300
}

// articleFamily is the reading and sharing of articles by the six older APIs, which
// WeChat has switched off for most accounts.
func articleFamily() Family {
	byScene := code("scene", "share_scene")
	return Family{Name: "article", APIs: []API{
		getArticleSummary(),
		getArticleTotal(),
		reading(API{Name: "getuserread", Span: 3, Row: userRead{}}, "", " on the day", source()),
		reading(API{Name: "getuserreadhour", Span: 1, Kind: Hourly, Row: userReadHour{}}, "hourly_", " in the hour", hour(), source()),
		sharing(API{Name: "getusershare", Span: 7, Row: userShare{}}, "", "on the day", byScene),
		sharing(API{Name: "getusersharehour", Span: 1, Kind: Hourly, Row: userShareHour{}}, "hourly_", "in the hour", hour(), byScene),
	}}
}

// measures are the eight read measures. The arguments are those of about.
func measures(prefix, whose, in string) []Gauge {
	return about(prefix, whose, in,
		Gauge{Name: "int_page_users", Help: "Users who read the article page", Unit: "users", Field: "int_page_read_user", Adds: Nowhere},
		Gauge{Name: "int_page_reads", Help: "Reads of the article page", Unit: "times", Field: "int_page_read_count", Adds: Everywhere},
		Gauge{Name: "ori_page_users", Help: "Users who read the original page that the article links to", Unit: "users", Field: "ori_page_read_user", Adds: Nowhere},
		Gauge{Name: "ori_page_reads", Help: "Reads of the original page that the article links to", Unit: "times", Field: "ori_page_read_count", Adds: Everywhere},
		Gauge{Name: "share_users", Help: "Users who shared", Unit: "users", Field: "share_user", Adds: Nowhere},
		Gauge{Name: "shares", Help: "Shares", Unit: "times", Field: "share_count", Adds: Everywhere},
		Gauge{Name: "fav_users", Help: "Users who added to their favourites", Unit: "users", Field: "add_to_fav_user", Adds: Nowhere},
		Gauge{Name: "favs", Help: "Additions to favourites", Unit: "times", Field: "add_to_fav_count", Adds: Everywhere},
	)
}

// about completes gauges that several groups share: prefix begins their names,
// whose ends their HELP, and in is the path of their fields.
func about(prefix, whose, in string, gauges ...Gauge) []Gauge {
	for i := range gauges {
		g := &gauges[i]
		g.Name, g.Help, g.Field = prefix+g.Name, g.Help+whose+".", in+g.Field
	}
	return gauges
}

func reading(a API, period, during string, labels ...Label) API {
	a.Key = labels
	a.Groups = []Group{{Labels: labels, Gauges: measures("wx_read_"+period, during+", by where the readers came from", "")}}
	return a
}

func sharing(a API, period, during string, labels ...Label) API {
	a.Key = labels
	a.Groups = []Group{{Labels: labels, Gauges: []Gauge{
		{Name: "wx_scene_" + period + "share_users", Help: "Users who shared articles " + during + ", by where to.", Unit: "users", Field: "share_user", Adds: Nowhere},
		{Name: "wx_scene_" + period + "shares", Help: "Shares of articles " + during + ", by where to.", Unit: "times", Field: "share_count", Adds: Everywhere},
	}}}
	return a
}

// articleInfo is wx_article_info, which two APIs have; one of them lacks the URL.
func articleInfo(url string) Group {
	return Group{Labels: []Label{msgid(), text("title", "title"), text("url", url)}, Gauges: []Gauge{
		{Name: "wx_article_info", Help: "Title and link of an article; always 1.", Field: "title, url", Info: true},
	}}
}

// getArticleSummary is the reading of each article on each day.
func getArticleSummary() API {
	return API{
		Name: "getarticlesummary", Span: 1, Kind: Article, Row: articleSummary{}, Key: []Label{msgid()}, Reads: "int_page_read_user",
		Groups: []Group{
			{Labels: []Label{msgid()}, Gauges: measures("wx_article_", ", for each article on the day", "")},
			articleInfo(""),
		},
	}
}

// getArticleTotal is the reading of each article, in total up to each of its first
// seven days.
func getArticleTotal() API {
	byDay := []Label{msgid(), statDate("details.stat_date")}
	bySource := []Label{msgid(), statDate("details.stat_date"), word("source")}
	return API{
		Name: "getarticletotal", Span: 1, Kind: Article, Grows: 7, Row: articleTotal{}, Key: []Label{msgid()},
		Reads: "details.int_page_read_user", Stats: "details.stat_date",
		Groups: []Group{
			{Each: "details", Labels: byDay, Gauges: append(upToDay(measures("wx_article_total_", ", for each article from its sending to stat_date", "details.")),
				Gauge{Name: "wx_article_total_target_users", Help: "Users whom the article was sent to.", Unit: "users", Field: "details.target_user", Adds: Nowhere})},
			{Each: "details", Labels: bySource, Words: []string{"session", "hist_msg", "feed", "friends", "other", "kanyikan", "souyisou"}, Gauges: []Gauge{
				{Name: "wx_article_total_source_read_users", Help: "Users who read the article page from its sending to stat_date, by where they came from.", Unit: "users", Field: "details.int_page_from_*_read_user", Adds: Nowhere},
				{Name: "wx_article_total_source_reads", Help: "Reads of the article page from its sending to stat_date, by where the readers came from.", Unit: "times", Field: "details.int_page_from_*_read_count", Adds: OverLabels},
			}},
			{Each: "details", Labels: bySource, Words: []string{"session", "feed", "other"}, Gauges: []Gauge{
				{Name: "wx_article_total_feed_share_users", Help: "Users who shared the article to Moments from its sending to stat_date, by where they had it from.", Unit: "users", Field: "details.feed_share_from_*_user", Adds: Nowhere},
				{Name: "wx_article_total_feed_shares", Help: "Shares of the article to Moments from its sending to stat_date, by where they came from.", Unit: "times", Field: "details.feed_share_from_*_cnt", Adds: OverLabels},
			}},
			articleInfo("url"),
		},
	}
}
