package wxtest

import (
	"math"

	"github.com/wxexporter/wx_exporter/calendar"
)

// allScenes is the scene_desc of the total over the scenes, in which a reader
// of several scenes counts once.
const allScenes = "全部"

// The places where people read, in WeChat's words, with their shares. 看一看 is
// in none of the lists of known words.
var (
	scenes      = []string{"公众号消息", "聊天会话", "朋友圈", "公众号主页", "推荐", "搜一搜", "其他", "看一看"}
	sceneShares = []float64{0.44, 0.12, 0.15, 0.07, 0.12, 0.06, 0.03, 0.01}
)

// published is what people did with one article or with all of them.
type published struct {
	readers    int64
	byScene    [8]int64
	share      int64
	zaikan     int64
	like       int64
	comments   int64
	collection int64
	original   int64 // followed the link to the original page
	praise     int64 // fen
	followers  int64 // who began to follow after reading
}

// publishedOn tells what people did with an article on a day.
func (t article) publishedOn(d calendar.Day) published {
	readers, r := t.readers(d)
	v := readsOf(readers, &r)
	r = t.account.dice(topicPublish, d, t.number())
	n := float64(readers)
	some := func(share float64) int64 { return min(readers, r.count(n*share*r.between(0.5, 1.5))) }
	p := published{
		readers: readers, share: v[4], original: v[2], collection: v[6],
		zaikan: some(0.01), like: some(0.02), comments: some(0.006), followers: some(0.004),
	}
	if r.float() < 0.05 {
		p.praise = some(0.02) * 100
	}
	var weights [8]float64
	for i, share := range sceneShares {
		weights[i] = share * r.between(0.6, 1.4)
	}
	r.split(p.byScene[:], int64(math.Ceil(n*1.12)), weights[:])
	for i := range p.byScene { // nobody reads an article twice in one place
		p.byScene[i] = min(p.byScene[i], readers)
	}
	return p
}

func (p *published) add(q published) {
	p.readers += q.readers
	for i := range p.byScene {
		p.byScene[i] += q.byScene[i]
	}
	p.share += q.share
	p.zaikan += q.zaikan
	p.like += q.like
	p.comments += q.comments
	p.collection += q.collection
	p.original += q.original
	p.praise += q.praise
	p.followers += q.followers
}

// sources returns read_user_source; the total stands first.
func (p published) sources() []row {
	list := make([]row, 0, len(p.byScene)+1)
	list = append(list, row{{"user_count", count(p.readers)}, {"scene_desc", allScenes}})
	for i, n := range p.byScene {
		if n > 0 {
			list = append(list, row{{"user_count", count(n)}, {"scene_desc", scenes[i]}})
		}
	}
	return list
}

// articleRead: all articles that were read on the day.
func (a *account) articleRead(d calendar.Day, ready readiness) []row {
	return a.publishedRows(d, ready, func(p published) row {
		if p.readers == 0 {
			return nil
		}
		return row{{"read_user", count(p.readers)}, {"read_user_source", p.sources()}}
	})
}

// articleShare: all articles that were shared on the day.
func (a *account) articleShare(d calendar.Day, ready readiness) []row {
	return a.publishedRows(d, ready, func(p published) row {
		if p.share == 0 {
			return nil
		}
		return row{{"share_user", count(p.share)}}
	})
}

func (a *account) publishedRows(d calendar.Day, ready readiness, detail func(published) row) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	date := d.String()
	a.eachArticle(d, func(t article) {
		if p := detail(t.publishedOn(d)); p != nil {
			rows = append(rows, row{{"ref_date", date}, {"msgid", t.msgid()}, {"detail", p}})
		}
	})
	return rows
}

// bizSummary: the account's articles together.
func (a *account) bizSummary(d calendar.Day, ready readiness) []row {
	if !ready(d) || a.idle.Load() {
		return nil
	}
	var p published
	a.eachArticle(d, func(t article) { p.add(t.publishedOn(d)) })
	return []row{{{"ref_date", d.String()}, {"detail", row{
		{"read_user", count(p.readers)}, {"read_user_source", p.sources()},
		{"share_user", count(p.share)}, {"zaikan_user", count(p.zaikan)}, {"like_user", count(p.like)},
		{"comment_count", count(p.comments)}, {"collection_user", count(p.collection)},
		{"redirect_ori_page_user", count(p.original)}, {"send_page_count", count(len(a.articles(d)))},
	}}}}
}

// articleTotalDetail: the articles published on d, each with its totals at the
// end of d and of the 29 days after it, as far as these are computed.
func (a *account) articleTotalDetail(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	var rows []row
	for _, t := range a.articles(d) {
		kind := 0 // sent to the followers
		if t.published {
			kind = 1
		}
		rows = append(rows, row{
			{"ref_date", d.String()}, {"msgid", t.msgid()}, {"publish_type", kind},
			{"title", t.title()}, {"content_url", t.url()}, {"detail_list", t.totals(ready)},
		})
	}
	return rows
}

func (t article) totals(ready readiness) []row {
	var p published
	var list []row
	r := t.account.dice(topicPublish, t.sent, -t.k)
	followers := max(1, float64(t.account.followers(t.sent)))
	finish, minutes := r.between(0.3, 0.7), r.between(0.6, 3.5)
	left := jumps(1 - finish)
	for stat := t.sent; stat < t.sent+readingDays && ready(stat); stat++ {
		p.add(t.publishedOn(stat))
		list = append(list, row{
			{"stat_date", stat.String()},
			{"read_user", count(p.readers)}, {"read_user_source", p.sources()},
			{"share_user", count(p.share)}, {"zaikan_user", count(p.zaikan)}, {"like_user", count(p.like)},
			{"comment_count", count(p.comments)}, {"collection_user", count(p.collection)},
			{"praise_money", count(p.praise)}, {"read_subscribe_user", count(p.followers)},
			{"read_delivery_rate", ratio(min(1, float64(p.followers)/followers))},
			{"read_finish_rate", ratio(finish * r.between(0.98, 1.02))},
			{"read_avg_activetime", ratio(minutes * r.between(0.97, 1.03))},
			{"read_jump_position", left},
		})
	}
	return list
}

// jumps tells in which fifth of an article the readers left who did not finish.
func jumps(leaving float64) []row {
	list := make([]row, 5)
	for i, share := range [5]float64{0.40, 0.25, 0.15, 0.12, 0.08} {
		list[i] = row{{"position", i + 1}, {"rate", ratio(leaving * share)}}
	}
	return list
}

// ratio rounds to four digits, as WeChat does.
func ratio(f float64) float64 { return math.Round(f*10_000) / 10_000 }
