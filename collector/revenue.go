package collector

import "github.com/wxexporter/wx_exporter/calendar"

// Money is in fen, hundredths of a yuan. Days without income have no rows.

// shown is what a slot, or a unit in it, showed and earned.
type shown struct {
	ReqSuccCount  *int64   `json:"req_succ_count" name:"Requests|拉取次数"`
	ExposureCount *int64   `json:"exposure_count" name:"Impressions|曝光次数"`
	ExposureRate  *float64 `json:"exposure_rate" name:"Impressions of requests|曝光率"` // 0 to 1
	ClickCount    *int64   `json:"click_count" name:"Clicks|点击次数"`
	ClickRate     *float64 `json:"click_rate" name:"Clicks of impressions|点击率"` // 0 to 1
	Income        *int64   `json:"income" name:"Income (fen)|收入（分）"`
	ECPM          *float64 `json:"ecpm" name:"Income of 1000 impressions (fen)|千次曝光收益（分）"`
}

type adSlot struct {
	Date   string `json:"date"`
	SlotID Text   `json:"slot_id" name:"Slot number|广告位编号"`
	AdSlot string `json:"ad_slot" name:"Slot|广告位" code:"ad_slot"`
	shown
}

type adUnit struct {
	AdUnitID   Text   `json:"ad_unit_id" name:"Unit number|广告单元编号"`
	AdUnitName string `json:"ad_unit_name" name:"Unit|广告单元"`
	StatItem   struct {
		Date   string `json:"date"`
		AdSlot string `json:"ad_slot" name:"Slot|广告位" code:"ad_slot"`
		shown
	} `json:"stat_item"`
}

type cps struct {
	Date            string   `json:"date"`
	ExposureCount   *int64   `json:"exposure_count" name:"Impressions|曝光次数"`
	ClickCount      *int64   `json:"click_count" name:"Clicks|点击次数"`
	ClickRate       *float64 `json:"click_rate" name:"Click rate|点击率"` // of which unit is not known
	OrderCount      *int64   `json:"order_count" name:"Orders|订单数"`
	OrderRate       *float64 `json:"order_rate" name:"Orders of clicks|下单率"` // 0 to 1
	TotalFee        *int64   `json:"total_fee" name:"Sales (fen)|订单金额（分）"`
	TotalCommission *int64   `json:"total_commission" name:"Commission (fen)|预估收入（分）"`
}

// settlement is what WeChat pays for half a month.
type settlement struct {
	Month          string        `json:"month"` // 202610
	Order          *int64        `json:"order" name:"Half|上下半月"`
	Zone           string        `json:"zone" name:"Days|结算区间"`
	SettStatus     *int64        `json:"sett_status" name:"Status|结算状态" code:"settlement"` // 1 settling, 2 and 3 settled, 4 paying, 5 paid
	SettledRevenue *int64        `json:"settled_revenue" name:"Settled (fen)|结算收入（分）"`
	SlotRevenue    []slotRevenue `json:"slot_revenue" name:"by slot|按广告位"`
}

type slotRevenue struct {
	SlotID             string `json:"slot_id" name:"Slot|广告位" code:"ad_slot"`
	SlotSettledRevenue *int64 `json:"slot_settled_revenue" name:"Settled (fen)|结算收入（分）"`
}

type settledTotal struct {
	RevenueAll        *int64 `json:"revenue_all" name:"Income in all (fen)|累计收入（分）"`
	SettledRevenueAll *int64 `json:"settled_revenue_all" name:"Settled in all (fen)|累计已结算（分）"`
	PenaltyAll        *int64 `json:"penalty_all" name:"Taken back in all (fen)|累计扣除（分）"`
}

const fen = "fen (1/100 yuan)"

// revenueFamily is what an account earns by showing ads (流量主): estimates, which change
// for some days, and settlements.
func revenueFamily() Family {
	return Family{Name: "revenue", Types: []AccountType{Official, Mini}, Off: true, APIs: []API{
		adPositions(), adUnits(), cpsGeneral(), settlements(), settledTotals(),
	}}
}

// publisher completes an API that is an action of /publisher/stat. A question covers the
// seven days whose estimates change; WeChat allows more.
func publisher(action string, a API) API {
	const yesterdayIsThere = 13
	a.Hour, a.Since = yesterdayIsThere, "2016-01-01"
	a.Ask.Path, a.Ask.Query, a.Ask.From, a.Ask.Pages = "/publisher/stat", true, "start_date", 90
	a.Ask.Params = map[string][]any{"action": {action}}
	return a
}

// ads are the seven measures of a slot or a unit. The arguments are those of about.
func ads(prefix, whose, in string) []Gauge {
	return about(prefix, whose, in,
		Gauge{Name: "requests", Help: "Requests for ads that were answered with one", Unit: "requests", Field: "req_succ_count", Adds: Everywhere},
		Gauge{Name: "impressions", Help: "Times that an ad was shown", Unit: "times", Field: "exposure_count", Adds: Everywhere},
		Gauge{Name: "clicks", Help: "Clicks on ads", Unit: "times", Field: "click_count", Adds: Everywhere},
		Gauge{Name: "income_fen", Help: "Estimated income", Unit: fen, Field: "income", Adds: Everywhere},
		Gauge{Name: "ecpm_fen", Help: "Estimated income of a thousand impressions", Unit: fen, Field: "ecpm", Adds: Nowhere},
		Gauge{Name: "impression_ratio", Help: "Share of the requests that led to an impression", Unit: "0 to 1", Field: "exposure_rate", Adds: Nowhere},
		Gauge{Name: "click_ratio", Help: "Share of the impressions that led to a click", Unit: "0 to 1", Field: "click_rate", Adds: Nowhere},
	)
}

func adPositions() API {
	slot := []Label{identifier("ad_slot", "ad_slot")}
	return publisher("publisher_adpos_general", API{
		Name: "publisher_adpos_general", Title: Words{"Revenue by slot", "广告收入"}, Span: 7, Row: adSlot{}, Date: "date", Key: slot,
		Groups: []Group{{Labels: slot, Gauges: ads("wx_revenue_slot_", " on the day, by slot", "")}},
	})
}

func adUnits() API {
	unit, slot := identifier("ad_unit", "ad_unit_id"), identifier("ad_slot", "stat_item.ad_slot")
	return publisher("publisher_adunit_general", API{
		Name: "publisher_adunit_general", Title: Words{"Revenue by unit", "广告单元收入"}, Types: []AccountType{Mini}, Span: 7, Kind: Article,
		Row: adUnit{}, Unfold: "stat_item", Date: "stat_item.date", Key: []Label{unit, slot}, Reads: "stat_item.income", Limit: PagesPerDay,
		Groups: []Group{
			{Labels: []Label{unit, slot}, Gauges: ads("wx_revenue_unit_", " on the day, by unit", "stat_item.")},
			{Labels: []Label{unit, text("name", "ad_unit_name")}, Gauges: []Gauge{
				{Name: "wx_revenue_unit_info", Help: "Name of an ad unit; always 1.", Field: "ad_unit_name", Info: true},
			}},
		},
	})
}

func cpsGeneral() API {
	return publisher("publisher_cps_general", API{
		Name: "publisher_cps_general", Title: Words{"Revenue by sales", "返佣商品收入"}, Types: []AccountType{Official}, Span: 7, Row: cps{}, Date: "date",
		Groups: []Group{{Gauges: about("wx_revenue_cps_", " on the day", "",
			Gauge{Name: "impressions", Help: "Times that goods were shown", Unit: "times", Field: "exposure_count", Adds: Everywhere},
			Gauge{Name: "clicks", Help: "Clicks on goods", Unit: "times", Field: "click_count", Adds: Everywhere},
			Gauge{Name: "click_rate", Help: "Clicks by impressions, in a unit that WeChat does not document,", Unit: "undocumented", Field: "click_rate", Adds: Nowhere},
			Gauge{Name: "orders", Help: "Orders", Unit: "orders", Field: "order_count", Adds: Everywhere},
			Gauge{Name: "order_ratio", Help: "Share of the clicks that led to an order", Unit: "0 to 1", Field: "order_rate", Adds: Nowhere},
			Gauge{Name: "fee_fen", Help: "What the orders cost", Unit: fen, Field: "total_fee", Adds: Everywhere},
			Gauge{Name: "commission_fen", Help: "Estimated commission", Unit: fen, Field: "total_commission", Adds: Everywhere},
		)}},
	})
}

// settlements are those of the six newest half-months. They change until they are paid,
// after weeks, so that one of the six is mostly under way.
func settlements() API {
	return publisher("publisher_settlement", API{
		Name: "publisher_settlement", Title: Words{"Settlements", "结算"}, Span: 6, Period: calendar.HalfMonthly, Newest: 6, Daily: true, Ask: Ask{Rows: "settlement_list", Whole: true},
		Row: settlement{}, Date: "month", Half: "order",
		Groups: []Group{{Gauges: []Gauge{
			{Name: "wx_revenue_settlement_fen", Help: "Income of the half of the month that began on the day, as it is settled.", Unit: fen, Field: "settled_revenue", Adds: Everywhere},
			{Name: "wx_revenue_settlement_status", Help: "How far the settlement is: 1 settling, 2 and 3 settled, 4 being paid, 5 paid.", Unit: "WeChat's number", Field: "sett_status", Adds: Nowhere},
		}}},
	})
}

// settledTotals is what stands beside the list of settlements. It says how things are now,
// so it is asked for about yesterday alone.
func settledTotals() API {
	return publisher("publisher_settlement", API{
		Name: "publisher_settlement_total", Title: Words{"Settlements, totals", "结算累计"}, Span: 1, Ask: Ask{Rows: TheAnswer}, Row: settledTotal{}, Only: true, Date: Asked, Yesterday: true,
		Groups: []Group{{Gauges: []Gauge{
			{Name: "wx_revenue_total_fen", Help: "Income up to the day, settled or not.", Unit: fen, Field: "revenue_all", Adds: Nowhere},
			{Name: "wx_revenue_settled_total_fen", Help: "Income that was settled up to the day.", Unit: fen, Field: "settled_revenue_all", Adds: Nowhere},
			{Name: "wx_revenue_penalty_total_fen", Help: "Income that WeChat took back up to the day.", Unit: fen, Field: "penalty_all", Adds: Nowhere},
		}}},
	})
}
