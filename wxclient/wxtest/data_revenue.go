package wxtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/wxexporter/wx_exporter/calendar"
)

const settlement = "publisher_settlement"

// firstRevenue is 2016-01-01.
const firstRevenue calendar.Day = 16801

// The actions of revenue.
var revenueAPIs = []api{
	{name: "publisher_adpos_general", form: &publisher, types: anyType, span: 90, first: firstRevenue, sourced: true, rows: (*account).slotRows},
	{name: "publisher_adunit_general", form: &publisher, types: Mini, span: 90, first: firstRevenue, sourced: true, rows: (*account).unitRows},
	{name: "publisher_cps_general", form: &publisher, types: official, span: 60, first: firstRevenue, sourced: true, rows: (*account).saleRows},
	{name: settlement, form: &publisher, types: anyType, first: firstRevenue, sourced: true, rows: (*account).settled, whole: (*account).settledWithin},
}

// place is a slot for ads: how much of the traffic sees it, and what a thousand
// impressions earn, in fen.
type place struct {
	name       string
	seen, earn float64
}

var (
	officialSlots = []place{{"SLOT_ID_BIZ_BOTTOM", 0.5, 620}, {"SLOT_ID_BIZ_MID_CONTEXT", 0.3, 900}, {"SLOT_ID_BIZ_VIDEO_END", 0.05, 1400}}
	miniSlots     = []place{{"SLOT_ID_WEAPP_BANNER", 0.9, 480}, {"SLOT_ID_WEAPP_REWARD_VIDEO", 0.15, 6200}, {"SLOT_ID_WEAPP_INTERSTITIAL", 0.3, 2100}}
	newSlot       = place{"SLOT_ID_OF_TOMORROW", 0.02, 300}
)

func (a *account) slots() []place {
	slots := officialSlots
	if a.Type == Mini {
		slots = miniSlots
	}
	if a.Novelties {
		slots = append(slices.Clip(slots), newSlot)
	}
	return slots
}

// ads is what a slot or a unit showed and earned on a day.
type ads struct{ requests, impressions, clicks, income int64 }

func (v ads) fields() row {
	rate := func(a, b int64) float64 { return per(float64(a), float64(b), false) }
	return row{
		{"req_succ_count", count(v.requests)}, {"exposure_count", count(v.impressions)}, {"exposure_rate", rate(v.impressions, v.requests)},
		{"click_count", count(v.clicks)}, {"click_rate", rate(v.clicks, v.impressions)},
		{"income", count(v.income)}, {"ecpm", per(1000*float64(v.income), float64(v.impressions), false)},
	}
}

// traffic is how often ads may be shown on a day. A few days have none.
func (a *account) traffic(d calendar.Day) float64 {
	r := a.dice(topicAds, d, 0)
	switch {
	case r.float() < 0.02:
		return 0
	case a.Type == Mini:
		return float64(a.visits(d).pages)
	}
	return a.people(d) * 0.06 * readWeek[d.Weekday()]
}

// earned is what a slot shows and earns on a day in the end.
func (a *account) earned(d calendar.Day, i int, s place) (v ads) {
	r := a.dice(topicAds, d, i+1)
	v.requests = r.count(a.traffic(d) * s.seen * r.between(0.9, 1.1))
	v.impressions = r.count(float64(v.requests) * r.between(0.35, 0.6))
	v.clicks = min(v.impressions, r.count(float64(v.impressions)*r.between(0.008, 0.03)))
	v.income = r.count(float64(v.impressions) / 1000 * s.earn * r.between(0.7, 1.3))
	return v
}

// estimateDays is for how many days the estimate of a day's income changes.
const estimateDays = 4

// estimated is what is said of a day's income so far: too little, for some days.
func estimated(v ads, d calendar.Day, ready readiness) ads {
	missing := estimateDays
	for missing > 0 && ready(d+calendar.Day(estimateDays-missing+1)) {
		missing--
	}
	v.income = int64(math.Ceil(float64(v.income) * (1 - 0.04*float64(missing))))
	return v
}

func (a *account) slotRows(d calendar.Day, ready readiness) (rows []row) {
	if !ready(d) {
		return nil
	}
	for i, s := range a.slots() {
		if v := estimated(a.earned(d, i, s), d, ready); v.impressions > 0 {
			head := row{{"slot_id", slotID(i)}, {"ad_slot", s.name}, {"date", d.String()}}
			rows = append(rows, append(head, v.fields()...))
		}
	}
	return rows
}

func slotID(i int) int { return 3_030_046_780_000_001 + i*100_000_007 }

// unitRows divides each slot among the units in it. The figures of a unit stand in
// an object or in a list.
func (a *account) unitRows(d calendar.Day, ready readiness) (rows []row) {
	if !ready(d) {
		return nil
	}
	slots := a.slots()
	for i, s := range slots {
		var units []int
		for u := i; u < a.AdUnits; u += len(slots) {
			units = append(units, u)
		}
		all := estimated(a.earned(d, i, s), d, ready)
		for j, u := range units {
			part := func(n int64) int64 { return n*int64(j+1)/int64(len(units)) - n*int64(j)/int64(len(units)) }
			v := ads{part(all.requests), part(all.impressions), part(all.clicks), part(all.income)}
			if v.impressions == 0 {
				continue
			}
			item := append(row{{"ad_slot", s.name}, {"date", d.String()}}, v.fields()...)
			r := row{{"ad_unit_id", fmt.Sprintf("adunit-%016x", a.seed^uint64(u))}, {"ad_unit_name", fmt.Sprintf("广告位%d", u+1)}, {"stat_item", item}}
			if dice := a.dice(topicAdUnits, d, u); dice.float() < 0.5 {
				r[2].val = []row{item}
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// saleRows: what readers bought through articles.
func (a *account) saleRows(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	r := a.dice(topicSales, d, 0)
	shown := r.count(a.traffic(d) * 0.1)
	if shown == 0 {
		return nil
	}
	clicks := r.count(float64(shown) * 0.38)
	orders := r.count(float64(clicks) * 0.008)
	fee := orders * int64(r.between(2_000, 9_000))
	return []row{{
		{"date", d.String()}, {"exposure_count", count(shown)}, {"click_count", count(clicks)},
		{"click_rate", per(100*float64(clicks), float64(shown), false)}, // of a hundred, unlike the other
		{"order_count", count(orders)}, {"order_rate", per(float64(orders), float64(clicks), false)},
		{"total_fee", count(fee)}, {"total_commission", count(fee / 10)},
	}}
}

// summary adds the rows of all pages up.
func summary(rows []row) row {
	sums := map[string]count{}
	for _, r := range rows {
		if i := r.index("stat_item"); i >= 0 {
			item, ok := r[i].val.(row)
			if !ok {
				item = r[i].val.([]row)[0]
			}
			r = item
		}
		for _, f := range r {
			if n, ok := f.val.(count); ok {
				sums[f.key] += n
			}
		}
	}
	var out row
	for _, key := range []string{"req_succ_count", "exposure_count", "click_count", "income", "order_count", "total_fee", "total_commission"} {
		if n, ok := sums[key]; ok {
			out = append(out, field{key, n})
		}
	}
	return out
}
