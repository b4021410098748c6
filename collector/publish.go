package collector

import (
	"iter"
	"slices"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// publishSince is the first day that the APIs of the publish family know.
const publishSince wxclient.Day = 20393 // 2025-11-01

// publishFamily is the reading and sharing of articles as the four APIs tell it
// that replaced the article family.
func publishFamily() Family {
	return Family{Name: "publish", APIs: []API{bizSummary(), articleRead(), articleShare(), articleTotalDetail()}}
}

// Scene is a place that readers come from, as the APIs of the publish family
// write it, and the stable word that stands for it in the label scene.
type Scene struct{ Chinese, Word string }

// Scenes returns the known scenes; others are exported as WeChat writes them.
func Scenes() []Scene {
	return []Scene{
		{"全部", "all"}, {"公众号消息", "message"}, {"聊天会话", "chat"}, {"朋友圈", "moments"},
		{"公众号主页", "home"}, {"推荐", "recommend"}, {"搜一搜", "search"}, {"其他", "other"},
	}
}

func sceneWord(s string) string {
	scenes := Scenes()
	if i := slices.IndexFunc(scenes, func(known Scene) bool { return known.Chinese == s }); i >= 0 {
		return scenes[i].Word
	}
	return s
}

// readers is a number of readers of a scene, of an article and up to a day
// where there are such.
type readers struct {
	id       wxclient.Text
	statDate string
	wxclient.SceneReaders
}

func scene() Label[readers] {
	return Label[readers]{"scene", func(e readers) (string, bool) {
		return wxclient.ScrubText(sceneWord(e.SceneDesc)), e.SceneDesc != ""
	}}
}

func readerID() Label[readers] { return msgid(func(e readers) wxclient.Text { return e.id }) }

// byScene lists the readers of each scene. The total that stands beside the
// list serves as the scene "all" where the list itself has none.
func byScene(id wxclient.Text, statDate string, total *int64, list []wxclient.SceneReaders) iter.Seq[readers] {
	all := Scenes()[0].Chinese
	if total != nil && !slices.ContainsFunc(list, func(s wxclient.SceneReaders) bool { return s.SceneDesc == all }) {
		list = append([]wxclient.SceneReaders{{UserCount: total, SceneDesc: all}}, list...)
	}
	return func(yield func(readers) bool) {
		for _, s := range list {
			if !yield(readers{id, statDate, s}) {
				return
			}
		}
	}
}

func readUsers(name, help, path string) Gauge[readers] {
	return Gauge[readers]{Name: name, Help: help, Unit: "users", Field: path + "read_user_source.user_count, " + path + "read_user",
		Value: count(func(e readers) *int64 { return e.UserCount })}
}

// published are the measures that a day of the account and an article share.
func published[E any](prefix, whose, path string, of func(E) wxclient.PublishMeasures) []Gauge[E] {
	m := func(name, help, unit, field string, value func(wxclient.PublishMeasures) *int64) Gauge[E] {
		return Gauge[E]{Name: prefix + name, Help: help + whose + ".", Unit: unit, Field: path + field,
			Value: count(func(e E) *int64 { return value(of(e)) })}
	}
	return []Gauge[E]{
		m("share_users", "Users who shared", "users", "share_user", func(p wxclient.PublishMeasures) *int64 { return p.ShareUser }),
		m("zaikan_users", "Users who marked as Wow", "users", "zaikan_user", func(p wxclient.PublishMeasures) *int64 { return p.ZaikanUser }),
		m("like_users", "Users who liked", "users", "like_user", func(p wxclient.PublishMeasures) *int64 { return p.LikeUser }),
		m("comments", "Comments", "times", "comment_count", func(p wxclient.PublishMeasures) *int64 { return p.CommentCount }),
		m("collection_users", "Users who added to their collection", "users", "collection_user", func(p wxclient.PublishMeasures) *int64 { return p.CollectionUser }),
	}
}

// bizSummary is what an account's articles did on a day, all together.
func bizSummary() API {
	type row = wxclient.BizSummary
	gauges := append(published("wx_publish_", ", for all articles of the account on the day", "detail.",
		func(r row) wxclient.PublishMeasures { return r.Detail.PublishMeasures }),
		Gauge[row]{Name: "wx_publish_ori_page_users", Help: "Users who went on to the original page that an article links to.", Unit: "users", Field: "detail.redirect_ori_page_user", Value: count(func(r row) *int64 { return r.Detail.RedirectOriPageUser })},
		Gauge[row]{Name: "wx_publish_pages", Help: "Articles that the account published on the day.", Unit: "articles", Field: "detail.send_page_count", Value: count(func(r row) *int64 { return r.Detail.SendPageCount })})
	return Table[row]{
		Spec: Spec{Name: "getbizsummary", Span: 30, Since: publishSince},
		Date: func(r row) string { return r.RefDate },
		Groups: []Group[row]{
			PerRow(nil, gauges...),
			Each(func(r row) iter.Seq[readers] { return byScene("", "", r.Detail.ReadUser, r.Detail.ReadUserSource) },
				[]Label[readers]{scene()},
				readUsers("wx_publish_read_users", "Users who read articles of the account on the day, by where they came from.", "detail.")),
		},
	}.API()
}

// articleRead is the readers of each article on each day.
func articleRead() API {
	type row = wxclient.ArticleRead
	return Table[row]{
		Spec:  Spec{Name: "getarticleread", Span: 1, Kind: Article, Since: publishSince},
		Date:  func(r row) string { return r.RefDate },
		Key:   []Label[row]{msgid(func(r row) wxclient.Text { return r.MsgID })},
		Reads: func(r row) *int64 { return r.Detail.ReadUser },
		Groups: []Group[row]{
			Each(func(r row) iter.Seq[readers] { return byScene(r.MsgID, "", r.Detail.ReadUser, r.Detail.ReadUserSource) },
				[]Label[readers]{readerID(), scene()},
				readUsers("wx_publish_article_read_users", "Users who read the article on the day, by where they came from.", "detail.")),
		},
	}.API()
}

// articleShare is the sharers of each article on each day.
func articleShare() API {
	type row = wxclient.ArticleShare
	key := []Label[row]{msgid(func(r row) wxclient.Text { return r.MsgID })}
	return Table[row]{
		Spec:  Spec{Name: "getarticleshare", Span: 1, Kind: Article, Since: publishSince},
		Date:  func(r row) string { return r.RefDate },
		Key:   key,
		Reads: func(r row) *int64 { return r.Detail.ShareUser },
		Groups: []Group[row]{PerRow(key,
			Gauge[row]{Name: "wx_publish_article_share_users", Help: "Users who shared the article on the day.", Unit: "users", Field: "detail.share_user", Value: count(func(r row) *int64 { return r.Detail.ShareUser })})},
	}.API()
}

// articleDetail is an entry of getarticletotaldetail's list with its article.
type articleDetail struct {
	id wxclient.Text
	wxclient.ArticleDetailDay
}

// jump is a place in the article at which readers left it.
type jump struct {
	articleDetail
	wxclient.JumpPosition
}

// articleTotalDetail is what each article did from its publishing up to each of
// the thirty days from then on.
func articleTotalDetail() API {
	type row = wxclient.ArticleTotalDetail
	id := msgid(func(r row) wxclient.Text { return r.MsgID })
	const prefix, path = "wx_publish_article_total_", "detail_list."
	daily := []Label[articleDetail]{
		msgid(func(e articleDetail) wxclient.Text { return e.id }),
		statDate(func(e articleDetail) string { return e.StatDate }),
	}
	jumps := []Label[jump]{
		msgid(func(e jump) wxclient.Text { return e.id }),
		statDate(func(e jump) string { return e.StatDate }),
		code("position", func(e jump) *int64 { return e.Position }),
	}
	return Table[row]{
		Spec: Spec{Name: "getarticletotaldetail", Span: 1, Kind: Article, Since: publishSince, Grows: 30},
		Date: func(r row) string { return r.RefDate },
		Key:  []Label[row]{id},
		Reads: func(r row) *int64 {
			return greatest(r.DetailList, func(d wxclient.ArticleDetailDay) *int64 { return d.ReadUser })
		},
		Stats: func(r row) (days []string) {
			for _, d := range r.DetailList {
				days = append(days, d.StatDate)
			}
			return days
		},
		Groups: []Group[row]{
			Each(flatten(articleDetails, func(d articleDetail) []readers {
				return slices.Collect(byScene(d.id, d.StatDate, d.ReadUser, d.ReadUserSource))
			}), []Label[readers]{readerID(), statDate(func(e readers) string { return e.statDate }), scene()},
				readUsers(prefix+"read_users", "Users who read the article from its publishing to stat_date, by where they came from.", path)),
			Each(articleDetails, daily, totals(prefix, path)...),
			Each(flatten(articleDetails, jumpsOf), jumps,
				Gauge[jump]{Name: prefix + "jump_ratio", Help: "Share of the readers who left the article at the position, 1 (its begin) to 5 (its end).", Unit: "0 to 1", Field: path + "read_jump_position.rate", Value: ratio(1, func(e jump) *float64 { return e.Rate })}),
			PerRow([]Label[row]{id, text("title", func(r row) string { return r.Title }), text("url", func(r row) string { return r.ContentURL }), text("type", func(r row) string { return string(r.PublishType) })},
				Gauge[row]{Name: "wx_publish_article_info", Help: "Title, link and kind of publishing of an article; always 1.", Field: "title, content_url, publish_type", Value: one[row], Info: true}),
		},
	}.API()
}

// totals are the measures of an article's days that have no labels of their own.
func totals(prefix, path string) []Gauge[articleDetail] {
	type entry = articleDetail
	return append(published(prefix, ", for each article from its publishing to stat_date", path, func(e entry) wxclient.PublishMeasures { return e.PublishMeasures }),
		Gauge[entry]{Name: prefix + "praise_fen", Help: "Money that readers gave as praise, from the article's publishing to stat_date.", Unit: "fen (1/100 yuan)", Field: path + "praise_money", Value: count(func(e entry) *int64 { return e.PraiseMoney })},
		Gauge[entry]{Name: prefix + "read_subscribe_users", Help: "Users who began to follow after reading, from the article's publishing to stat_date.", Unit: "users", Field: path + "read_subscribe_user", Value: count(func(e entry) *int64 { return e.ReadSubscribeUser })},
		Gauge[entry]{Name: prefix + "read_delivery_ratio", Help: "Share of those whom the article was delivered to that read it, up to stat_date.", Unit: "0 to 1", Field: path + "read_delivery_rate", Value: ratio(1, func(e entry) *float64 { return e.ReadDeliveryRate })},
		Gauge[entry]{Name: prefix + "read_finish_ratio", Help: "Share of the readers who read the article to its end, up to stat_date.", Unit: "0 to 1", Field: path + "read_finish_rate", Value: ratio(1, func(e entry) *float64 { return e.ReadFinishRate })},
		Gauge[entry]{Name: prefix + "read_avg_active_seconds", Help: "Time that a reader spent on the article on average, up to stat_date.", Unit: "seconds", Field: path + "read_avg_activetime x 60", Value: ratio(60, func(e entry) *float64 { return e.ReadAvgActiveTime })},
	)
}

func articleDetails(r wxclient.ArticleTotalDetail) iter.Seq[articleDetail] {
	return func(yield func(articleDetail) bool) {
		for _, d := range r.DetailList {
			if !yield(articleDetail{r.MsgID, d}) {
				return
			}
		}
	}
}

func jumpsOf(d articleDetail) (jumps []jump) {
	for _, j := range d.ReadJumpPosition {
		jumps = append(jumps, jump{d, j})
	}
	return jumps
}
