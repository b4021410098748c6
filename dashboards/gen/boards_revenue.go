package main

import "fmt"

// WeChat tells money in fen; boards show yuan.
const inYuan = " / 100"

const slotsAPI = "publisher_adpos_general"

var (
	income          = measure{metric: "wx_revenue_slot_income_fen", labels: []string{"ad_slot"}, api: slotsAPI}
	slotImpressions = measure{metric: "wx_revenue_slot_impressions", labels: []string{"ad_slot"}, api: slotsAPI}
	slotClicks      = measure{metric: "wx_revenue_slot_clicks", labels: []string{"ad_slot"}, api: slotsAPI}
)

// money is a total in yuan.
func money(m measure) quantity {
	q := total(m)
	q.value = "(" + q.value + inYuan + ")"
	return q
}

// perThousand is the income in yuan of a thousand impressions.
func perThousand() quantity {
	q := quotient(income, slotImpressions)
	q.value = "(" + q.value + " * 10)" // fen by impressions, times 1000 by 100
	return q
}

func revenue() []section {
	return []section{
		{"", false, []drawer{
			tile{box: box{"revenue.income", 6, 5, yuan}, quantity: money(income), good: 1, still: 2},
			tile{box: box{"revenue.impressions", 6, 5, "locale"}, quantity: total(slotImpressions), good: 1, still: 2},
			tile{box: box{"revenue.ecpm", 6, 5, yuan}, quantity: perThousand(), good: 1, still: 0.5},
			tile{box: box{"revenue.clicks", 6, 5, "percentunit"}, quantity: rate(slotClicks, slotImpressions), still: 0.5},
			stacked{box{"revenue.byslot", 12, 9, yuan}, income.wholeDays("ad_slot") + inYuan, "ad_slot", "ad_slot", false, ""},
			stacked{box{"revenue.byaccount", 12, 9, yuan}, most(shown, "("+income.perAccount()+inYuan+")", income), "account", "", false, ""},
			incomeTable(),
			slotsTable(),
			unitsTable(),
		}},
		{"revenue.paid", false, []drawer{
			settlementsTable(),
			totalsTable(),
		}},
		{"revenue.sales", true, []drawer{
			bars{box{"revenue.orders", 24, 8, "locale"}, []query{{"sum by (date) (max by (account, date) (" + metric("wx_revenue_cps_orders") + "))", "orders", blue},
				{"sum by (date) (max by (account, date) (" + metric("wx_revenue_cps_commission_fen") + "))" + inYuan, "commission", green}}, false, ""},
		}},
	}
}

// incomeTable has the income of weeks by account.
func incomeTable() table {
	days := func(to, from int) string {
		return "(sum by (account) (" + onDays(income.once(), income.api, to, from) + ")" + inYuan + ")"
	}
	return table{box{"revenue.accounts", 12, 9, yuan}, []column{
		{label: "account", name: "anyaccount", search: true, least: 150},
		{expr: days(7, 0), name: "week", width: 120},
		{expr: days(14, 7), name: "weekbefore", width: 120},
		{expr: days(7, 0) + " / (" + days(14, 7) + " > 0) - 1", name: "inaweek", unit: "percentunit", width: 95, steps: above(red, at{-0.1, plain}, at{0.1, green})},
		{expr: days(28, 0), name: "month", width: 125},
	}, "month", nil}
}

// slotsTable has what each slot came to in the exported days.
func slotsTable() table {
	of := func(m string) string {
		return "sum by (ad_slot) (max by (account, date, ad_slot) (" + metric("wx_revenue_slot_"+m) + "))"
	}
	return table{box{"revenue.slots", 12, 9, "locale"}, []column{
		{label: "ad_slot", name: "slot", codes: "ad_slot", least: 150},
		{expr: of("income_fen") + inYuan, name: "income", unit: yuan, width: 120},
		{expr: of("impressions"), name: "impressions", width: 110},
		{expr: of("income_fen") + " * 10 / (" + of("impressions") + " > 0)", name: "ecpm", unit: yuan, width: 90},
		{expr: of("clicks") + " / (" + of("impressions") + " > 0)", name: "clickrate", unit: "percentunit", width: 100},
	}, "income", nil}
}

// unitsTable has the ad units of the exported days that earned most.
func unitsTable() table {
	of := func(m string) string {
		return "sum by (account, ad_unit) (max by (account, date, ad_unit, ad_slot) (" + metric("wx_revenue_unit_"+m) + "))"
	}
	with := func(vector string) string {
		return "(" + vector + ") * on (account, ad_unit) group_left (name) topk by (account, ad_unit) (1, group by (account, ad_unit, name) (" + metric("wx_revenue_unit_info") + "))"
	}
	const shownUnits = 20
	best := fmt.Sprintf(" and on (account, ad_unit) topk(%d, %s)", shownUnits, of("income_fen"))
	return table{box{"revenue.units", 24, 9, "locale"}, []column{
		{label: "name", name: "unit", search: true, least: 150},
		{expr: with(of("income_fen") + inYuan + best), name: "income", unit: yuan, gauge: blue, width: 180},
		{label: "account", name: "anyaccount", search: true, width: 160},
		{expr: with(of("impressions") + best), name: "impressions", width: 150},
		{expr: with(of("clicks") + best), name: "clicks", width: 120},
		{expr: with(of("income_fen") + " * 10 / (" + of("impressions") + " > 0)" + best), name: "ecpm", unit: yuan, width: 120},
		{label: "ad_unit", name: "unitid", hide: true},
	}, "income", nil}
}

// settlementStates are WeChat's numbers.
func settlementStates() map[string]mapResult {
	return map[string]mapResult{"1": {plain, 0, "settling"}, "2": {blue, 1, "settled"}, "3": {blue, 2, "settled"}, "4": {blue, 3, "paying"}, "5": {green, 4, "paid"}}
}

func settlementsTable() table {
	of := func(m string) string { return "max by (account, date) (" + metric("wx_revenue_settlement_"+m) + ")" }
	return table{box{"revenue.settlements", 14, 8, "locale"}, []column{
		{label: "date", name: "halfmonth", width: 140},
		{label: "account", name: "anyaccount", search: true, least: 150},
		{expr: of("fen") + inYuan, name: "settledyuan", unit: yuan, width: 150},
		{expr: of("status"), name: "status", words: settlementStates(), width: 140},
	}, "halfmonth", nil}
}

func totalsTable() table {
	newestOf := func(m string) string {
		return fmt.Sprintf("max by (account) (%s and on (account, date) %s) / 100", metric("wx_revenue_"+m+"_fen"), newest("publisher_settlement_total"))
	}
	return table{box{"revenue.totals", 10, 8, yuan}, []column{
		{label: "account", name: "anyaccount", search: true, least: 100},
		{expr: newestOf("total"), name: "everything", width: 110},
		{expr: newestOf("settled_total"), name: "settled", width: 110},
		{expr: newestOf("penalty_total"), name: "takenback", width: 110},
	}, "everything", nil}
}
