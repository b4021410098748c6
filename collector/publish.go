package collector

import "slices"

// sceneReaders are the readers who came from one place.
type sceneReaders struct {
	UserCount *int64 `json:"user_count" name:"Readers|阅读人数"`
	SceneDesc string `json:"scene_desc" name:"Source|来源" code:"scene"` // Chinese; the one that means all is a deduplicated total
}

// readers are all readers, and where they came from.
type readers struct {
	ReadUser       *int64         `json:"read_user" name:"Readers|阅读人数"`
	ReadUserSource []sceneReaders `json:"read_user_source" name:"by source|按来源"`
}

// complete adds the total beside the list as the scene all, if the list has none.
func (r *readers) complete() {
	total := Scenes()[0].Chinese
	if r.ReadUser != nil && !slices.ContainsFunc(r.ReadUserSource, func(s sceneReaders) bool { return s.SceneDesc == total }) {
		r.ReadUserSource = append(r.ReadUserSource, sceneReaders{r.ReadUser, total})
	}
}

type articleRead struct {
	RefDate string  `json:"ref_date"`
	MsgID   Text    `json:"msgid" name:"Article number|文章编号"`
	Detail  readers `json:"detail"`
}

func (r *articleRead) complete() { r.Detail.complete() }

type articleShare struct {
	RefDate string `json:"ref_date"`
	MsgID   Text   `json:"msgid" name:"Article number|文章编号"`
	Detail  struct {
		ShareUser *int64 `json:"share_user" name:"Sharers|分享人数"`
	} `json:"detail"`
}

// publishMeasures are the fields that an account's day and an article share.
type publishMeasures struct {
	readers
	ShareUser      *int64 `json:"share_user" name:"Sharers|分享人数"`
	ZaikanUser     *int64 `json:"zaikan_user" name:"Wow|在看人数"`
	LikeUser       *int64 `json:"like_user" name:"Likes|点赞人数"`
	CommentCount   *int64 `json:"comment_count" name:"Comments|留言条数"`
	CollectionUser *int64 `json:"collection_user" name:"Collected|收藏人数"`
}

type bizSummary struct {
	RefDate string           `json:"ref_date"`
	Detail  bizSummaryDetail `json:"detail"`
}

type bizSummaryDetail struct {
	publishMeasures
	RedirectOriPageUser *int64 `json:"redirect_ori_page_user" name:"Went on to the original|跳转原文人数"`
	SendPageCount       *int64 `json:"send_page_count" name:"Articles published|发表篇数"`
}

func (r *bizSummary) complete() { r.Detail.complete() }

type articleTotalDetail struct {
	RefDate     string             `json:"ref_date"` // the day of publishing
	MsgID       Text               `json:"msgid" name:"Article number|文章编号"`
	PublishType Text               `json:"publish_type" name:"Kind of publishing|发表方式"`
	Title       string             `json:"title" name:"Title|标题"`
	ContentURL  string             `json:"content_url" name:"Link|链接"`
	DetailList  []articleDetailDay `json:"detail_list"`
}

func (r *articleTotalDetail) complete() {
	for i := range r.DetailList {
		r.DetailList[i].complete()
	}
}

// articleDetailDay is the total of an article up to stat_date.
type articleDetailDay struct {
	StatDate string `json:"stat_date" name:"Up to|统计至"`
	publishMeasures
	PraiseMoney       *int64         `json:"praise_money" name:"Praise (fen)|赞赏金额（分）"` // fen, hundredths of a yuan
	ReadSubscribeUser *int64         `json:"read_subscribe_user" name:"Followed after reading|阅读后关注人数"`
	ReadDeliveryRate  *float64       `json:"read_delivery_rate" name:"Read of delivered|送达阅读率"`         // 0 to 1
	ReadFinishRate    *float64       `json:"read_finish_rate" name:"Read to the end|完读率"`               // 0 to 1
	ReadAvgActiveTime *float64       `json:"read_avg_activetime" name:"Time on average (min)|平均停留（分钟）"` // minutes
	ReadJumpPosition  []jumpPosition `json:"read_jump_position" name:"exits|跳出位置"`
}

// jumpPosition is how many readers left in one of the fifths of an article.
type jumpPosition struct {
	Position *int64   `json:"position" name:"Position|位置"` // 1 to 5
	Rate     *float64 `json:"rate" name:"Left there|跳出比例"` // 0 to 1
}

// publishSince is the first day that the APIs of the family know.
const publishSince = "2025-11-01"

// publishFamily is the reading and sharing of articles by the four APIs that
// replaced the article family.
func publishFamily() Family {
	return Family{Name: "publish", APIs: []API{
		{
			Name: "getbizsummary", Title: Words{"Published", "发表概况"}, Span: 30, Since: publishSince, Row: bizSummary{},
			Groups: []Group{
				{Gauges: append(published("wx_publish_", ", for all articles of the account on the day", "detail."),
					Gauge{Name: "wx_publish_ori_page_users", Help: "Users who opened the original page that an article links to.", Unit: "users", Field: "detail.redirect_ori_page_user", Adds: Nowhere},
					Gauge{Name: "wx_publish_pages", Help: "Articles published on the day.", Unit: "articles", Field: "detail.send_page_count", Adds: Everywhere})},
				byScene("wx_publish_read_users", "Readers of the account's articles on the day, by source.", "detail."),
			},
		},
		{
			Name: "getarticleread", Title: Words{"Published readers", "发表阅读"}, Span: 1, Kind: Article, Since: publishSince, Row: articleRead{}, Key: []Label{msgid()}, Reads: "detail.read_user",
			Groups: []Group{
				byScene("wx_publish_article_read_users", "Users who read the article on the day, by source.", "detail.", msgid()),
			},
		},
		{
			Name: "getarticleshare", Title: Words{"Published sharers", "发表分享"}, Span: 1, Kind: Article, Since: publishSince, Row: articleShare{}, Key: []Label{msgid()}, Reads: "detail.share_user",
			Groups: []Group{{Labels: []Label{msgid()}, Gauges: []Gauge{
				{Name: "wx_publish_article_share_users", Help: "Users who shared the article on the day.", Unit: "users", Field: "detail.share_user", Adds: Nowhere},
			}}},
		},
		getArticleTotalDetail(),
	}}
}

// getArticleTotalDetail is the figures of each article, in total up to each of its
// first thirty days.
func getArticleTotalDetail() API {
	const prefix, in = "wx_publish_article_total_", "detail_list."
	byDay := []Label{msgid(), statDate("detail_list.stat_date")}
	return API{
		Name: "getarticletotaldetail", Title: Words{"Published, totals", "发表累计"}, Span: 1, Kind: Article, Since: publishSince, Grows: 30, Row: articleTotalDetail{}, Key: []Label{msgid()},
		Reads: "detail_list.read_user", Stats: "detail_list.stat_date",
		Groups: []Group{
			byScene(prefix+"read_users", "Users who read the article from publication to stat_date, by source.", in, byDay...),
			{Each: "detail_list", Labels: byDay, Gauges: append(upToDay(published(prefix, ", for each article from publication to stat_date", in)),
				Gauge{Name: prefix + "praise_fen", Help: "Rewards from readers, from publication to stat_date.", Unit: "fen (1/100 yuan)", Field: in + "praise_money", Adds: OverLabels},
				Gauge{Name: prefix + "read_subscribe_users", Help: "New followers after reading, from publication to stat_date.", Unit: "users", Field: in + "read_subscribe_user", Adds: Nowhere},
				Gauge{Name: prefix + "read_delivery_ratio", Help: "Share of recipients who read the article, up to stat_date.", Unit: "0 to 1", Field: in + "read_delivery_rate", Adds: Nowhere},
				Gauge{Name: prefix + "read_finish_ratio", Help: "Share of readers who reached the end of the article, up to stat_date.", Unit: "0 to 1", Field: in + "read_finish_rate", Adds: Nowhere},
				Gauge{Name: prefix + "read_avg_active_seconds", Help: "Average time a reader spent on the article, up to stat_date.", Unit: "seconds", Field: in + "read_avg_activetime x 60", Adds: Nowhere})},
			{Each: "detail_list.read_jump_position", Labels: append(byDay, code("position", "detail_list.read_jump_position.position")), Gauges: []Gauge{
				{Name: prefix + "jump_ratio", Help: "Share of readers who left the article at the position, 1 (start) to 5 (end).", Unit: "0 to 1", Field: in + "read_jump_position.rate", Adds: Nowhere},
			}},
			{Labels: []Label{msgid(), text("title", "title"), text("url", "content_url"), text("type", "publish_type")}, Gauges: []Gauge{
				{Name: "wx_publish_article_info", Help: "Title, link and publish type of an article; always 1.", Field: "title, content_url, publish_type", Info: true},
			}},
		},
	}
}

// published are the measures that an account's day and an article share. The
// arguments are those of about.
func published(prefix, whose, in string) []Gauge {
	return about(prefix, whose, in,
		Gauge{Name: "share_users", Help: "Users who shared", Unit: "users", Field: "share_user", Adds: Nowhere},
		Gauge{Name: "zaikan_users", Help: "Users who tapped Wow", Unit: "users", Field: "zaikan_user", Adds: Nowhere},
		Gauge{Name: "like_users", Help: "Users who liked", Unit: "users", Field: "like_user", Adds: Nowhere},
		Gauge{Name: "comments", Help: "Comments", Unit: "times", Field: "comment_count", Adds: Everywhere},
		Gauge{Name: "collection_users", Help: "Users who saved", Unit: "users", Field: "collection_user", Adds: Nowhere},
	)
}

// byScene is the readers by scene; in is the path of the fields.
func byScene(name, help, in string, labels ...Label) Group {
	return Group{
		Each:   in + "read_user_source",
		Labels: append(slices.Clip(labels), scene(in+"read_user_source.scene_desc")),
		Gauges: []Gauge{{Name: name, Help: help, Unit: "users", Field: in + "read_user_source.user_count, " + in + "read_user", Adds: Nowhere, Main: true}},
	}
}
