package simulation

// shape is how an API is asked and answers, where it is not as those of Official
// Accounts.
type shape struct {
	types     string   // of accounts that have it: "", Official Accounts; mini; or both
	hour      int      // from which on yesterday is asked for, unless that is configured; 0: 8
	form      form     // how it is asked
	rows      string   // where an answer has its rows: "" its list, theAnswer: it is one
	date      string   // where a row has its day: "" ref_date; nowhere: it does not
	id        []string // what tells a row of a day from others
	empty     []string // what is empty in an answer without a list
	later     []int    // periods after which an answer about one grows
	days      int      // of a row, up to its own, where they are more than its period
	newest    int      // so many of the newest periods are there, whatever the window
	yesterday bool     // WeChat answers about yesterday alone
	daily     bool     // it is asked for once a day
	fresh     int      // days for which corrections come, as a question covers them
	most      []many   // of which pages_per_day are shown
}

// form is how an API is asked.
type form int

const (
	plain     form = iota // dates as 2026-11-20 in the body
	compact               // as 20261120
	seconds               // since 1970, and a question for each kind of a time
	publisher             // in the query, and pages
)

const (
	theAnswer   = "."
	nowhere     = "-"
	settlements = "settlement_list"
	inText      = "default_time_data"
	month       = "month"
	mini        = "mini"
	both        = "*"
	weanalysis  = "getweanalysisappid"
)

// part is a kind of lines that rows have.
type part struct {
	view    string            // of the view that has them, after the API's name
	each    string            // the list whose entries they are, or the object that is one; "" for the rows
	index   string            // they are in rows with that index; other: with one that is not known
	word    string            // the value of a label that has no field
	keys    map[string]string // field to label
	metrics map[string]string // field to metric
	sums    bool              // what comes twice is added up
	per     float64           // a metric is its field divided by that; 0: as it is
}

var miniDocuments = []document{
	program("dailysummarytrend", daily, map[string]string{"visit_total": "wx_mini_users", "share_pv": "wx_mini_shares", "share_uv": "wx_mini_share_users"}),
	program("dailyvisittrend", daily, visits("wx_mini_")),
	program("weeklyvisittrend", weekly, visits("wx_mini_weekly_")),
	program("monthlyvisittrend", monthly, visits("wx_mini_monthly_")),
	retention("dailyretaininfo", daily, "wx_mini_", 1, 2, 3, 4, 5, 6, 7, 14, 30),
	retention("weeklyretaininfo", weekly, "wx_mini_weekly_", 1, 2, 3, 4),
	retention("monthlyretaininfo", monthly, "wx_mini_monthly_", 1),
	distribution(),
	{name: weanalysis + "visitpage", family: "mini", kind: article, keys: map[string]string{"page_path": "page_path"}, metrics: map[string]string{
		"page_visit_pv": "wx_mini_page_visits", "page_visit_uv": "wx_mini_page_visitors", "page_staytime_pv": "wx_mini_page_stay_seconds", "entrypage_pv": "wx_mini_page_entries",
		"exitpage_pv": "wx_mini_page_exits", "page_share_pv": "wx_mini_page_shares", "page_share_uv": "wx_mini_page_share_users",
	}, shape: shape{types: mini, hour: 10, form: compact, date: nowhere, id: []string{"page_path"}, most: []many{{rank: "wx_mini_page_visits", with: "wx_mini_page_"}}}},
	portrait(),
	{name: "get_performance", family: "miniops", parts: []part{{keys: map[string]string{"cost_time_type": "phase"}, metrics: map[string]string{"cost_time": "wx_mini_load_seconds"}, per: 1000}},
		shape: shape{types: mini, hour: 10, form: seconds, rows: inText, id: []string{"cost_time_type"}}},
}

var phases = map[string]string{"1": "total", "2": "download", "3": "render"}

// program is an API of /datacube/ that mini programs have.
func program(name string, k kind, metrics map[string]string) document {
	return document{name: weanalysis + name, family: "mini", kind: k, metrics: metrics, shape: shape{types: mini, hour: 10, form: compact}}
}

func visits(prefix string) map[string]string {
	return map[string]string{
		"session_cnt": prefix + "sessions", "visit_pv": prefix + "visits", "visit_uv": prefix + "visitors", "visit_uv_new": prefix + "new_visitors",
		"stay_time_uv": prefix + "visitor_stay_seconds", "stay_time_session": prefix + "session_stay_seconds", "visit_depth": prefix + "visit_depth_pages",
	}
}

func retention(name string, k kind, prefix string, later ...int) document {
	d := program(name, k, nil)
	d.rows, d.later, d.empty = theAnswer, later, []string{"visit_uv_new", "visit_uv"}
	for _, one := range [][2]string{{"visit_uv", "retained_visitors"}, {"visit_uv_new", "retained_new_visitors"}} {
		d.parts = append(d.parts, part{view: "_" + one[0], each: one[0], keys: map[string]string{"key": "after"}, metrics: map[string]string{"value": prefix + one[1]}})
	}
	return d
}

// other is an index of visits that no document mentions.
const other = "other"

var distributions = [][3]string{ // index, label, metric
	{"access_source_session_cnt", "source", "wx_mini_source_sessions"}, {"access_source_visit_uv", "source", "wx_mini_source_visitors"},
	{"access_staytime_info", "interval", "wx_mini_stay_sessions"}, {"access_depth_info", "interval", "wx_mini_depth_sessions"},
}

func distribution() document {
	d := program("visitdistribution", daily, nil)
	d.date, d.id = nowhere, []string{"index"}
	for _, one := range distributions {
		d.parts = append(d.parts, part{view: "_item_list", each: "item_list", index: one[0], keys: map[string]string{"key": one[1]}, metrics: map[string]string{"value": one[2]}})
	}
	d.parts = append(d.parts, part{view: "_item_list", each: "item_list", index: other, keys: map[string]string{"index": "index", "key": "key"}, metrics: map[string]string{"value": "wx_mini_other"}})
	return d
}

func portrait() document {
	d := program("userportrait", daily, nil)
	d.rows, d.date, d.days, d.newest, d.yesterday = theAnswer, nowhere, 30, 1, true
	for _, who := range [][2]string{{"visit_uv", "visitors"}, {"visit_uv_new", "new_visitors"}} {
		for _, kind := range []string{"kind=city", "kind=device"} {
			d.most = append(d.most, many{of: kind, rank: "wx_mini_portrait_" + who[1], with: "wx_mini_portrait_" + who[1]})
		}
		for _, of := range [][2]string{{"province", "province"}, {"city", "city"}, {"genders", "gender"}, {"platforms", "platform"}, {"devices", "device"}, {"ages", "age"}} {
			d.empty = append(d.empty, who[0]+"."+of[0])
			d.parts = append(d.parts, part{
				view: "_" + who[0] + "_" + of[0], each: who[0] + "." + of[0], word: "kind=" + of[1], sums: true,
				keys: map[string]string{"name": "name"}, metrics: map[string]string{"value": "wx_mini_portrait_" + who[1]},
			})
		}
	}
	return d
}

// revenueDocuments are actions of /publisher/stat.
var revenueDocuments = []document{
	revenue("publisher_adpos_general", daily, shape{types: both, date: "date", id: []string{"ad_slot"}, fresh: 7},
		part{keys: map[string]string{"ad_slot": "ad_slot"}, metrics: ads("wx_revenue_slot_")}),
	revenue("publisher_adunit_general", article, shape{types: mini, date: "stat_item.date", id: []string{"ad_unit_id", "stat_item.ad_slot"}, fresh: 7, most: []many{{rank: "wx_revenue_unit_income_fen", with: "wx_revenue_unit_"}}},
		part{each: "stat_item", keys: map[string]string{"ad_unit_id": "ad_unit", "ad_slot": "ad_slot"}, metrics: ads("wx_revenue_unit_")}),
	revenue("publisher_cps_general", daily, shape{date: "date", fresh: 7}, part{metrics: map[string]string{
		"exposure_count": "wx_revenue_cps_impressions", "click_count": "wx_revenue_cps_clicks", "click_rate": "wx_revenue_cps_click_rate", "order_count": "wx_revenue_cps_orders",
		"order_rate": "wx_revenue_cps_order_ratio", "total_fee": "wx_revenue_cps_fee_fen", "total_commission": "wx_revenue_cps_commission_fen",
	}}),
	revenue("publisher_settlement", halfMonthly, shape{types: both, rows: settlements, date: month, newest: 6, daily: true},
		part{metrics: map[string]string{"settled_revenue": "wx_revenue_settlement_fen", "sett_status": "wx_revenue_settlement_status"}}),
	revenue(totals, daily, shape{types: both, rows: theAnswer, date: nowhere, yesterday: true, empty: []string{"revenue_all", "settled_revenue_all", "penalty_all"}},
		part{metrics: map[string]string{"revenue_all": "wx_revenue_total_fen", "settled_revenue_all": "wx_revenue_settled_total_fen", "penalty_all": "wx_revenue_penalty_total_fen"}}),
}

// totals are what stands beside the settlements. They are asked for by themselves, about
// yesterday.
const totals = "publisher_settlement_total"

func revenue(name string, k kind, s shape, p part) document {
	s.hour, s.form = 13, publisher
	return document{name: name, family: "revenue", kind: k, shape: s, parts: []part{p}}
}

func ads(prefix string) map[string]string {
	return map[string]string{
		"req_succ_count": prefix + "requests", "exposure_count": prefix + "impressions", "click_count": prefix + "clicks", "income": prefix + "income_fen",
		"ecpm": prefix + "ecpm_fen", "exposure_rate": prefix + "impression_ratio", "click_rate": prefix + "click_ratio",
	}
}
