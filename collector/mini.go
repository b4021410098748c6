package collector

import "github.com/wxexporter/wx_exporter/calendar"

type miniSummary struct {
	RefDate    string `json:"ref_date"`
	VisitTotal *int64 `json:"visit_total" name:"Users in all|累计用户"`
	SharePV    *int64 `json:"share_pv" name:"Shares|转发次数"`
	ShareUV    *int64 `json:"share_uv" name:"Sharers|转发人数"`
}

type miniVisits struct {
	RefDate         string   `json:"ref_date"` // of a week its Monday to its Sunday, of a month 202610
	SessionCnt      *int64   `json:"session_cnt" name:"Sessions|打开次数"`
	VisitPV         *int64   `json:"visit_pv" name:"Page views|访问次数"`
	VisitUV         *int64   `json:"visit_uv" name:"Visitors|访问人数"` // each once in the day, week or month
	VisitUVNew      *int64   `json:"visit_uv_new" name:"New visitors|新用户"`
	StayTimeUV      *float64 `json:"stay_time_uv" name:"Time of a visitor (s)|人均停留（秒）"` // some answers lack it
	StayTimeSession *float64 `json:"stay_time_session" name:"Time of a session (s)|次均停留（秒）"`
	VisitDepth      *float64 `json:"visit_depth" name:"Pages of a session|平均访问深度"`
}

// miniRetained is an answer without a list: of the visitors of a day, week or month, how
// many came again so many days, weeks or months after, 0 being the period itself.
type miniRetained[After any] struct {
	RefDate    string  `json:"ref_date"`
	VisitUVNew []After `json:"visit_uv_new" name:"new|新用户"`
	VisitUV    []After `json:"visit_uv" name:"all|全部用户"`
}

type daysAfter struct {
	Key   *int64 `json:"key" name:"Days after|间隔（天）"`
	Value *int64 `json:"value" name:"Visitors|人数"`
}

type weeksAfter struct {
	Key   *int64 `json:"key" name:"Weeks after|间隔（周）"`
	Value *int64 `json:"value" name:"Visitors|人数"`
}

type monthsAfter struct {
	Key   *int64 `json:"key" name:"Months after|间隔（月）"`
	Value *int64 `json:"value" name:"Visitors|人数"`
}

// miniDistribution is how the sessions, or the visitors, of a day are distributed. The
// indexes and the keys are open sets.
type miniDistribution struct {
	Index    string        `json:"index" name:"Distribution|分布" code:"mini_index"`
	ItemList []distributed `json:"item_list" name:"parts|明细"`
}

type distributed struct {
	Key   Text   `json:"key" name:"Part|分类"`
	Value *int64 `json:"value" name:"Number|数量"`
}

type miniPage struct {
	PagePath       string   `json:"page_path" name:"Page|页面"`
	PageVisitPV    *int64   `json:"page_visit_pv" name:"Views|访问次数"`
	PageVisitUV    *int64   `json:"page_visit_uv" name:"Visitors|访问人数"`
	PageStaytimePV *float64 `json:"page_staytime_pv" name:"Time (s)|次均停留（秒）"`
	EntrypagePV    *int64   `json:"entrypage_pv" name:"Entries|进入次数"`
	ExitpagePV     *int64   `json:"exitpage_pv" name:"Exits|退出次数"`
	PageSharePV    *int64   `json:"page_share_pv" name:"Shares|转发次数"`
	PageShareUV    *int64   `json:"page_share_uv" name:"Sharers|转发人数"`
}

// miniPortrait is an answer without a list: who came in the 30 days up to yesterday.
type miniPortrait struct {
	VisitUVNew portrait `json:"visit_uv_new" name:"new|新用户"`
	VisitUV    portrait `json:"visit_uv" name:"all|全部用户"`
}

type portrait struct {
	Province  []person `json:"province" name:"provinces|省份"`
	City      []person `json:"city" name:"cities|城市"`
	Genders   []person `json:"genders" name:"genders|性别"`
	Platforms []person `json:"platforms" name:"platforms|平台"`
	Devices   []person `json:"devices" name:"devices|机型"`
	Ages      []person `json:"ages" name:"ages|年龄"`
}

type person struct {
	ID    Text   `json:"id" name:"Number|编号"` // devices have none
	Name  string `json:"name" name:"Name|名称"`
	Value *int64 `json:"value" name:"Visitors|人数"`
}

// miniHour is when the figures of mini programs are mostly there; some take until the
// afternoon.
const miniHour = 10

// miniFamily is who visits a mini program, and what they do there.
func miniFamily() Family {
	return Family{Name: "mini", Types: []AccountType{Mini}, APIs: []API{
		mini("dailysummarytrend", "Users and shares", "用户与转发", API{Row: miniSummary{}, Groups: []Group{{Gauges: []Gauge{
			{Name: "wx_mini_users", Help: "Users who have ever visited the mini program, up to the day.", Unit: "users", Field: "visit_total", Adds: Nowhere, Main: true},
			{Name: "wx_mini_shares", Help: "Shares of the mini program on the day.", Unit: "times", Field: "share_pv", Adds: Everywhere},
			{Name: "wx_mini_share_users", Help: "Users who shared the mini program on the day.", Unit: "users", Field: "share_uv", Adds: Nowhere},
		}}}}),
		visits("dailyvisittrend", "Visits", "访问", calendar.Daily, "", "on the day"),
		visits("weeklyvisittrend", "Visits by week", "访问（周）", calendar.Weekly, "weekly_", "in the week that began on the day"),
		visits("monthlyvisittrend", "Visits by month", "访问（月）", calendar.Monthly, "monthly_", "in the month that began on the day"),
		retention(miniRetained[daysAfter]{}, "dailyretaininfo", "Retention", "留存", calendar.Daily, "", "day", 1, 2, 3, 4, 5, 6, 7, 14, 30),
		retention(miniRetained[weeksAfter]{}, "weeklyretaininfo", "Retention by week", "留存（周）", calendar.Weekly, "weekly_", "week", 1, 2, 3, 4),
		retention(miniRetained[monthsAfter]{}, "monthlyretaininfo", "Retention by month", "留存（月）", calendar.Monthly, "monthly_", "month", 1),
		visitDistribution(),
		visitPages(),
		userPortrait(),
	}}
}

// mini completes an API of /datacube/ that mini programs have.
func mini(name, english, chinese string, a API) API {
	a.Name, a.Title, a.Hour, a.Span = "getweanalysisappid"+name, Words{english, chinese}, miniHour, 1
	a.Ask.Dates, a.Ask.Whole = Compact, true
	return a
}

// visits is the visits of a day, week or month. period is a part of the metrics' names,
// during of their HELP.
func visits(name, english, chinese string, p calendar.Period, period, during string) API {
	return mini(name, english, chinese, API{Period: p, Row: miniVisits{}, Groups: []Group{{Gauges: about("wx_mini_"+period, " "+during, "",
		Gauge{Name: "sessions", Help: "Times that the mini program was opened", Unit: "sessions", Field: "session_cnt", Adds: Everywhere},
		Gauge{Name: "visits", Help: "Views of pages", Unit: "visits", Field: "visit_pv", Adds: Everywhere},
		Gauge{Name: "visitors", Help: "Users who visited the mini program", Unit: "users", Field: "visit_uv", Adds: Nowhere, Main: true},
		Gauge{Name: "new_visitors", Help: "Users who visited the mini program for the first time", Unit: "users", Field: "visit_uv_new", Adds: Nowhere, Main: true},
		Gauge{Name: "visitor_stay_seconds", Help: "Time that a visitor spent on average", Unit: "seconds", Field: "stay_time_uv", Adds: Nowhere},
		Gauge{Name: "session_stay_seconds", Help: "Time that a session took on average", Unit: "seconds", Field: "stay_time_session", Adds: Nowhere},
		Gauge{Name: "visit_depth_pages", Help: "Pages that a session had on average", Unit: "pages", Field: "visit_depth", Adds: Nowhere},
	)}}})
}

// retention is how many of the visitors of a day, week or month came again later.
func retention(row any, name, english, chinese string, p calendar.Period, period, of string, later ...int) API {
	again := func(metric, list, who string) Group {
		return Group{Each: list, Labels: []Label{code("after", list+".key")}, Gauges: []Gauge{
			{Name: "wx_mini_" + period + metric, Help: who + " of the " + of + " who were there again so many " + of + "s after.", Unit: "users", Field: list + ".value", Adds: Nowhere},
		}}
	}
	return mini(name, english, chinese, API{
		Period: p, Row: row, Ask: Ask{Rows: TheAnswer}, Later: later, Grown: "visit_uv.key",
		Groups: []Group{again("retained_visitors", "visit_uv", "Visitors"), again("retained_new_visitors", "visit_uv_new", "New visitors")},
	})
}

// visitDistribution is how sessions and visitors are distributed over where they came from,
// how long they stayed and how many pages they saw.
func visitDistribution() API {
	var known []string
	var groups []Group
	part := func(index, label, codes string, g Gauge) {
		g.Field = "item_list.value"
		l := identifier(label, "item_list.key")
		l.Codes = codes
		known = append(known, index)
		groups = append(groups, Group{Each: "item_list", Where: Condition{Field: "index", Is: []string{index}}, Labels: []Label{l}, Gauges: []Gauge{g}})
	}
	part("access_source_session_cnt", "source", "mini_source", Gauge{Name: "wx_mini_source_sessions", Help: "Sessions on the day, by where they began.", Unit: "sessions", Adds: Everywhere})
	part("access_source_visit_uv", "source", "mini_source", Gauge{Name: "wx_mini_source_visitors", Help: "Visitors on the day, by where they came from.", Unit: "users", Adds: Nowhere}) // who comes twice may come from two places
	part("access_staytime_info", "interval", "mini_stay", Gauge{Name: "wx_mini_stay_sessions", Help: "Sessions on the day, by how long they took, in intervals.", Unit: "sessions", Adds: Everywhere})
	part("access_depth_info", "interval", "mini_depth", Gauge{Name: "wx_mini_depth_sessions", Help: "Sessions on the day, by how many pages they had, in intervals.", Unit: "sessions", Adds: Everywhere})
	return mini("visitdistribution", "Distributions", "访问分布", API{
		Row: miniDistribution{}, Date: Asked, Key: []Label{identifier("index", "index")},
		Groups: append(groups, Group{Each: "item_list", Where: Condition{Field: "index", Is: known, Not: true}, Labels: []Label{identifier("index", "index"), identifier("key", "item_list.key")}, Gauges: []Gauge{
			{Name: "wx_mini_other", Help: "Parts of a distribution that no document mentions, as WeChat names them.", Unit: "of its index", Field: "item_list.value", Adds: Nowhere},
		}}),
	})
}

// visitPages is the visits of each page, of which WeChat returns the 200 with the most.
func visitPages() API {
	page := []Label{identifier("page_path", "page_path")}
	return mini("visitpage", "Pages", "页面", API{
		Kind: Article, Row: miniPage{}, Date: Asked, Key: page, Reads: "page_visit_pv", Limit: PagesPerDay,
		Groups: []Group{{Labels: page, Gauges: about("wx_mini_page_", " on the day", "",
			Gauge{Name: "visits", Help: "Views of the page", Unit: "visits", Field: "page_visit_pv", Adds: Everywhere},
			Gauge{Name: "visitors", Help: "Users who saw the page", Unit: "users", Field: "page_visit_uv", Adds: Nowhere},
			Gauge{Name: "stay_seconds", Help: "Time that a view of the page took on average", Unit: "seconds", Field: "page_staytime_pv", Adds: Nowhere},
			Gauge{Name: "entries", Help: "Sessions that began with the page", Unit: "sessions", Field: "entrypage_pv", Adds: Everywhere},
			Gauge{Name: "exits", Help: "Sessions that ended with the page", Unit: "sessions", Field: "exitpage_pv", Adds: Everywhere},
			Gauge{Name: "shares", Help: "Shares of the page", Unit: "times", Field: "page_share_pv", Adds: Everywhere},
			Gauge{Name: "share_users", Help: "Users who shared the page", Unit: "users", Field: "page_share_uv", Adds: Nowhere},
		)}},
	})
}

// userPortrait is who came in the 30 days up to a day. WeChat answers for those up to
// yesterday alone.
func userPortrait() API {
	kinds := []struct{ list, kind string }{{"province", "province"}, {"city", "city"}, {"genders", "gender"}, {"platforms", "platform"}, {"devices", "device"}, {"ages", "age"}}
	var groups []Group
	for _, who := range []struct{ in, metric, help string }{
		{"visit_uv", "visitors", "Visitors in the 30 days up to the day, by one of their properties."},
		{"visit_uv_new", "new_visitors", "New visitors in the 30 days up to the day, by one of their properties."},
	} {
		for _, k := range kinds {
			list := who.in + "." + k.list
			groups = append(groups, Group{
				Each: list, Words: []string{k.kind}, Labels: []Label{word("kind"), text("name", list+".name")}, Sums: true, Most: k.kind == "city" || k.kind == "device",
				Gauges: []Gauge{{Name: "wx_mini_portrait_" + who.metric, Help: who.help, Unit: "users", Field: list + ".value", Adds: Nowhere}},
			})
		}
	}
	return mini("userportrait", "Portrait", "用户画像", API{
		Row: miniPortrait{}, Date: Asked, Ask: Ask{Rows: TheAnswer, Days: 30}, Newest: 1, Yesterday: true, Limit: PagesPerDay, Groups: groups,
	})
}
