package wxtest

import (
	"fmt"
	"math"
	"strconv"

	"github.com/wxexporter/wx_exporter/calendar"
)

// readingDays is for how many days after its sending an article is read.
const readingDays = 30

// article is one article of a sending (or publishing) day.
type article struct {
	sent      calendar.Day
	k         int     // place in the message, from 1
	pull      float64 // readers of the first day, on average
	published bool    // published only, not sent to the followers: unknown to the old article family
	words     int     // picks the title
	account   *account
}

// articles returns the articles of a sending day: few or none at weekends.
func (a *account) articles(sent calendar.Day) []article {
	if a.Articles < 0 || a.idle.Load() {
		return nil
	}
	r := a.dice(topicArticles, sent, 0)
	chance, least, most := 0.85, 0.34, 1.0
	if w := sent.Weekday(); w == 0 || w == 6 {
		chance, least, most = 0.4, 0.1, 0.5
	}
	if r.float() >= chance {
		return nil
	}
	n := int(math.Ceil(float64(a.Articles) * r.between(least, most)))
	out := make([]article, n)
	for i := range out {
		out[i] = article{
			sent: sent, k: i + 1, account: a,
			pull:      max(3, a.people(sent)*0.05*math.Exp(r.between(-0.9, 0.9))/(1+0.7*float64(i))),
			published: r.float() < 0.1,
			words:     r.intN(1 << 20),
		}
	}
	return out
}

// msgid is stable: the number of the message, and the place of the article.
func (t article) msgid() string {
	return strconv.Itoa(t.message()) + "_" + strconv.Itoa(t.k)
}

func (t article) message() int {
	return 1_000_000_000 + int(t.account.seed%1000)*1_000_000 + int(t.sent)
}

// number tells articles apart in the dice; a day has less than 4096.
func (t article) number() int { return int(t.sent)<<12 | t.k }

var (
	titleOpenings = []string{"收藏！", "重磅发布：", "一文读懂", "本周精选｜", "限时福利：", "“老用户”都在看：", "周末去哪儿？", "你问我答：", "提醒：", "新品上市，"}
	titleSubjects = []string{"秋冬穿搭指南", "会员日全攻略", "门店开放时间调整", "三分钟学会拿铁拉花", "年度用户报告", "售后服务升级说明", "城市骑行路线", "家庭装修避坑清单", "亲子活动报名开启", "咖啡豆产地故事", "双十一预售清单", "公众号小程序上线"}
)

func (t article) title() string {
	return titleOpenings[t.words%len(titleOpenings)] +
		titleSubjects[t.words/len(titleOpenings)%len(titleSubjects)] +
		fmt.Sprintf("（第%d期）", t.words%90+10)
}

func (t article) url() string {
	return fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=MzA%08xMA==&mid=%d&idx=%d&sn=%08x#rd",
		uint32(t.account.seed), t.message(), t.k, uint32(t.account.seed>>32)^uint32(t.words))
}

// interest is how much an article is read so many days after its sending,
// compared with the first day.
var interest = func() (out [readingDays]float64) {
	for age := range out {
		out[age] = math.Pow(1+float64(age), -1.7)
	}
	return out
}()

// readers is how many people read the article on a day, and the dice that tell
// what they did then.
func (t article) readers(d calendar.Day) (int64, dice) {
	age := d - t.sent
	r := t.account.dice(topicArticleReads, d, t.number())
	n := r.count(t.pull * readWeek[d.Weekday()] * r.between(0.8, 1.2) * interest[age])
	if age == 0 {
		n = max(n, 1)
	}
	return n, r
}

// eachArticle calls f for the articles that may be read on a day, newest first.
func (a *account) eachArticle(d calendar.Day, f func(article)) {
	for sent := d; sent > d-readingDays; sent-- {
		for _, t := range a.articles(sent) {
			f(t)
		}
	}
}

// dayReaders is how many people read anything on a day: the articles of the
// last weeks, and a little from the archive.
func (a *account) dayReaders(d calendar.Day) int64 {
	n := int64(a.people(d) * 0.002)
	a.eachArticle(d, func(t article) {
		readers, _ := t.readers(d)
		n += readers
	})
	return n
}
