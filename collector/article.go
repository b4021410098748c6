package collector

// readMeasures are the eight fields on reading that the article family shares.
type readMeasures struct {
	IntPageReadUser  *int64 `json:"int_page_read_user" name:"Readers|阅读人数"`
	IntPageReadCount *int64 `json:"int_page_read_count" name:"Reads|阅读次数"`
	OriPageReadUser  *int64 `json:"ori_page_read_user" name:"Readers of the original|原文阅读人数"`
	OriPageReadCount *int64 `json:"ori_page_read_count" name:"Reads of the original|原文阅读次数"`
	ShareUser        *int64 `json:"share_user" name:"Sharers|分享人数"`
	ShareCount       *int64 `json:"share_count" name:"Shares|分享次数"`
	AddToFavUser     *int64 `json:"add_to_fav_user" name:"Users who saved it|收藏人数"`
	AddToFavCount    *int64 `json:"add_to_fav_count" name:"Times saved|收藏次数"`
}

type articleSummary struct {
	RefDate string `json:"ref_date"`                         // the day of reading
	MsgID   Text   `json:"msgid" name:"Article number|文章编号"` // such as 12003_3: the message and the article's place in it
	Title   string `json:"title" name:"Title|标题"`
	readMeasures
}

type articleTotal struct {
	RefDate string            `json:"ref_date"` // the day of sending
	MsgID   Text              `json:"msgid" name:"Article number|文章编号"`
	Title   string            `json:"title" name:"Title|标题"`
	URL     string            `json:"url" name:"Link|链接"`
	Details []articleTotalDay `json:"details"`
}

// articleTotalDay is the total of an article up to stat_date. The fields' names are
// WeChat's; those of shares end in cnt.
type articleTotalDay struct {
	StatDate   string `json:"stat_date" name:"Up to|统计至"`
	TargetUser *int64 `json:"target_user" name:"Recipients|送达人数"`
	readMeasures

	SessionReadUser   *int64 `json:"int_page_from_session_read_user" name:"Readers, chat|阅读人数·会话"`
	SessionReadCount  *int64 `json:"int_page_from_session_read_count" name:"Reads, chat|阅读次数·会话"`
	HistMsgReadUser   *int64 `json:"int_page_from_hist_msg_read_user" name:"Readers, message history|阅读人数·历史消息"`
	HistMsgReadCount  *int64 `json:"int_page_from_hist_msg_read_count" name:"Reads, message history|阅读次数·历史消息"`
	FeedReadUser      *int64 `json:"int_page_from_feed_read_user" name:"Readers, Moments|阅读人数·朋友圈"`
	FeedReadCount     *int64 `json:"int_page_from_feed_read_count" name:"Reads, Moments|阅读次数·朋友圈"`
	FriendsReadUser   *int64 `json:"int_page_from_friends_read_user" name:"Readers, friends|阅读人数·好友转发"`
	FriendsReadCount  *int64 `json:"int_page_from_friends_read_count" name:"Reads, friends|阅读次数·好友转发"`
	OtherReadUser     *int64 `json:"int_page_from_other_read_user" name:"Readers, other|阅读人数·其他"`
	OtherReadCount    *int64 `json:"int_page_from_other_read_count" name:"Reads, other|阅读次数·其他"`
	KanyikanReadUser  *int64 `json:"int_page_from_kanyikan_read_user" name:"Readers, Top Stories|阅读人数·看一看"`
	KanyikanReadCount *int64 `json:"int_page_from_kanyikan_read_count" name:"Reads, Top Stories|阅读次数·看一看"`
	SouyisouReadUser  *int64 `json:"int_page_from_souyisou_read_user" name:"Readers, search|阅读人数·搜一搜"`
	SouyisouReadCount *int64 `json:"int_page_from_souyisou_read_count" name:"Reads, search|阅读次数·搜一搜"`

	SessionShareUser *int64 `json:"feed_share_from_session_user" name:"Sharers to Moments, chat|分享朋友圈人数·会话"`
	SessionShareCnt  *int64 `json:"feed_share_from_session_cnt" name:"Shares to Moments, chat|分享朋友圈次数·会话"`
	FeedShareUser    *int64 `json:"feed_share_from_feed_user" name:"Sharers to Moments, Moments|分享朋友圈人数·朋友圈"`
	FeedShareCnt     *int64 `json:"feed_share_from_feed_cnt" name:"Shares to Moments, Moments|分享朋友圈次数·朋友圈"`
	OtherShareUser   *int64 `json:"feed_share_from_other_user" name:"Sharers to Moments, other|分享朋友圈人数·其他"`
	OtherShareCnt    *int64 `json:"feed_share_from_other_cnt" name:"Shares to Moments, other|分享朋友圈次数·其他"`
}

type userRead struct {
	RefDate    string `json:"ref_date"`
	UserSource *int64 `json:"user_source" name:"Source|来源" code:"read_source"` // old rows have none: they are the total
	readMeasures
}

type userReadHour struct {
	userRead
	RefHour         *int64 `json:"ref_hour" name:"Hour|小时" code:"hour"`       // 0, 100 to 2300
	TotalOnlineTime *int64 `json:"total_online_time" name:"Time online|在线时长"` // always 0
}

type userShare struct {
	RefDate    string `json:"ref_date"`
	ShareScene *int64 `json:"share_scene" name:"Shared to|分享场景" code:"share_scene"`
	ShareUser  *int64 `json:"share_user" name:"Sharers|分享人数"`
	ShareCount *int64 `json:"share_count" name:"Shares|分享次数"`
}

type userShareHour struct {
	userShare
	RefHour *int64 `json:"ref_hour" name:"Hour|小时" code:"hour"` // 0, 100 to 2300
}

// articleFamily is the reading and sharing of articles by the six older APIs, which
// WeChat has switched off for most accounts.
func articleFamily() Family {
	byScene := code("scene", "share_scene")
	return Family{Name: "article", APIs: []API{
		getArticleSummary(),
		getArticleTotal(),
		reading(API{Name: "getuserread", Title: Words{"Reading", "图文阅读"}, Span: 3, Row: userRead{}}, "", " on the day", source()),
		reading(API{Name: "getuserreadhour", Title: Words{"Reading by hour", "图文阅读（小时）"}, Span: 1, Kind: Hourly, Row: userReadHour{}}, "hourly_", " in the hour", hour(), source()),
		sharing(API{Name: "getusershare", Title: Words{"Sharing", "图文分享"}, Span: 7, Row: userShare{}}, "", "on the day", byScene),
		sharing(API{Name: "getusersharehour", Title: Words{"Sharing by hour", "图文分享（小时）"}, Span: 1, Kind: Hourly, Row: userShareHour{}}, "hourly_", "in the hour", hour(), byScene),
	}}
}

// measures are the eight read measures. The arguments are those of about.
func measures(prefix, whose, in string) []Gauge {
	return about(prefix, whose, in,
		Gauge{Name: "int_page_users", Help: "Users who read the article page", Unit: "users", Field: "int_page_read_user", Adds: Nowhere, Main: true},
		Gauge{Name: "int_page_reads", Help: "Reads of the article page", Unit: "times", Field: "int_page_read_count", Adds: Everywhere},
		Gauge{Name: "ori_page_users", Help: "Users who read the original page that the article links to", Unit: "users", Field: "ori_page_read_user", Adds: Nowhere},
		Gauge{Name: "ori_page_reads", Help: "Reads of the original page that the article links to", Unit: "times", Field: "ori_page_read_count", Adds: Everywhere},
		Gauge{Name: "share_users", Help: "Users who shared", Unit: "users", Field: "share_user", Adds: Nowhere},
		Gauge{Name: "shares", Help: "Shares", Unit: "times", Field: "share_count", Adds: Everywhere},
		Gauge{Name: "fav_users", Help: "Users who saved to favourites", Unit: "users", Field: "add_to_fav_user", Adds: Nowhere},
		Gauge{Name: "favs", Help: "Saves to favourites", Unit: "times", Field: "add_to_fav_count", Adds: Everywhere},
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
	a.Groups = []Group{{Labels: labels, Gauges: measures("wx_read_"+period, during+", by source of the readers", "")}}
	return a
}

func sharing(a API, period, during string, labels ...Label) API {
	a.Key = labels
	a.Groups = []Group{{Labels: labels, Gauges: []Gauge{
		{Name: "wx_scene_" + period + "share_users", Help: "Users who shared articles " + during + ", by scene.", Unit: "users", Field: "share_user", Adds: Nowhere},
		{Name: "wx_scene_" + period + "shares", Help: "Shares of articles " + during + ", by scene.", Unit: "times", Field: "share_count", Adds: Everywhere},
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
		Name: "getarticlesummary", Title: Words{"Articles by day", "图文每日"}, Span: 1, Kind: Article, Row: articleSummary{}, Key: []Label{msgid()}, Reads: "int_page_read_user",
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
		Name: "getarticletotal", Title: Words{"Articles, totals", "图文累计"}, Span: 1, Kind: Article, Grows: 7, Row: articleTotal{}, Key: []Label{msgid()},
		Reads: "details.int_page_read_user", Stats: "details.stat_date",
		Groups: []Group{
			{Each: "details", Labels: byDay, Gauges: append(upToDay(measures("wx_article_total_", ", for each article from when it was sent to stat_date", "details.")),
				Gauge{Name: "wx_article_total_target_users", Help: "Users to whom the article was sent.", Unit: "users", Field: "details.target_user", Adds: Nowhere})},
			{Each: "details", Labels: bySource, Words: []string{"session", "hist_msg", "feed", "friends", "other", "kanyikan", "souyisou"}, Gauges: []Gauge{
				{Name: "wx_article_total_source_read_users", Help: "Users who read the article page from when it was sent to stat_date, by source.", Unit: "users", Field: "details.int_page_from_*_read_user", Adds: Nowhere},
				{Name: "wx_article_total_source_reads", Help: "Reads of the article page from when it was sent to stat_date, by source of the readers.", Unit: "times", Field: "details.int_page_from_*_read_count", Adds: OverLabels},
			}},
			{Each: "details", Labels: bySource, Words: []string{"session", "feed", "other"}, Gauges: []Gauge{
				{Name: "wx_article_total_feed_share_users", Help: "Users who shared the article to Moments from when it was sent to stat_date, by where they got it.", Unit: "users", Field: "details.feed_share_from_*_user", Adds: Nowhere},
				{Name: "wx_article_total_feed_shares", Help: "Shares of the article to Moments from when it was sent to stat_date, by source.", Unit: "times", Field: "details.feed_share_from_*_cnt", Adds: OverLabels},
			}},
			articleInfo("url"),
		},
	}
}
