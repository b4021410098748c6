package wxtest

import (
	"fmt"
	"math"
	"slices"

	"github.com/wxexporter/wx_exporter/calendar"
)

// share is a code and how much of the whole it has.
type share struct {
	code   int
	weight float64
}

// The ways into a mini program, how long sessions last and how many pages they
// have. 29 occurs without a name in the documents.
var (
	miniSources = []share{{8, 0.24}, {3, 0.19}, {22, 0.03}, {1, 0.15}, {5, 0.09}, {4, 0.07}, {25, 0.06}, {18, 0.05}, {11, 0.04}, {10, 0.03}, {7, 0.02}, {13, 0.02}, {29, 0.01}}
	miniStays   = []share{{1, 0.18}, {2, 0.13}, {3, 0.15}, {4, 0.16}, {5, 0.11}, {6, 0.11}, {7, 0.10}, {8, 0.06}}
	miniDepths  = []share{{1, 0.34}, {2, 0.22}, {3, 0.15}, {4, 0.10}, {5, 0.07}, {6, 0.09}, {7, 0.03}}
)

// miniDistribution divides the sessions of a day, and its visitors, which no page
// documents.
func (a *account) miniDistribution(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	v := a.visits(d)
	index := func(k int, name string, n int64, shares []share) row {
		return row{{"index", name}, {"item_list", a.divide(topicDistributed, d, k, n, shares)}}
	}
	rows := []row{
		index(0, "access_source_session_cnt", v.sessions, miniSources),
		index(1, "access_staytime_info", v.sessions, miniStays),
		index(2, "access_depth_info", v.sessions, miniDepths),
		index(3, "access_source_visit_uv", v.visitors, miniSources),
	}
	if a.Novelties {
		rows = append(rows, index(4, "access_device_level", v.sessions, []share{{1, 0.5}, {2, 0.3}, {9, 0.2}}))
	}
	return rows
}

// divide returns the parts of n that are not 0, as keys and values.
func (a *account) divide(t topic, d calendar.Day, k int, n int64, shares []share) []row {
	r := a.dice(t, d, k)
	weights, parts := make([]float64, len(shares)), make([]int64, len(shares))
	for i, s := range shares {
		weights[i] = s.weight * r.between(0.8, 1.2)
	}
	r.split(parts, n, weights)
	rows := []row{}
	for i, n := range parts {
		if n > 0 {
			rows = append(rows, row{{"key", shares[i].code}, {"value", count(n)}})
		}
	}
	return rows
}

// maxPages is how many pages an answer has at most, those with the most visits.
const maxPages = 200

// miniPages tells what people did on each page.
func (a *account) miniPages(d calendar.Day, ready readiness) []row {
	if !ready(d) {
		return nil
	}
	v, r := a.visits(d), a.dice(topicPages, d, 0)
	views, entries, exits := make([]int64, a.Pages), make([]int64, a.Pages), make([]int64, a.Pages)
	weights := make([]float64, a.Pages)
	for i := range weights {
		weights[i] = r.between(0.8, 1.2) / float64(i+1)
	}
	r.split(views, v.pages, weights)
	r.split(entries, v.sessions, weights)
	r.split(exits, v.sessions, weights)
	var rows []row
	for i, n := range views {
		if n == 0 {
			continue
		}
		users := max(1, min(v.visitors, r.count(float64(n)*r.between(0.3, 0.6))))
		sharers := r.count(float64(users) * 0.01)
		rows = append(rows, row{
			{"page_path", pagePath(i)}, {"page_visit_pv", count(n)}, {"page_visit_uv", count(users)},
			{"page_staytime_pv", math.Round(r.between(2, 25)*1e6) / 1e6},
			{"entrypage_pv", count(min(n, entries[i]))}, {"exitpage_pv", count(min(n, exits[i]))},
			{"page_share_pv", count(sharers + r.count(float64(sharers)*0.3))}, {"page_share_uv", count(sharers)},
		})
	}
	slices.SortStableFunc(rows, func(x, y row) int { return int(y[1].val.(count) - x[1].val.(count)) })
	return rows[:min(len(rows), maxPages)]
}

var pageNames = []string{"index", "goods", "category", "cart", "order", "search", "profile", "coupon", "store", "live", "member", "address"}

func pagePath(i int) string {
	if i < len(pageNames) {
		return "pages/" + pageNames[i] + "/" + pageNames[i] + ".html"
	}
	return fmt.Sprintf("packageA/pages/topic%d/index.html", i-len(pageNames)+1)
}

// phases are the parts of a start (cost_time_type 1 to 3): all, the download, the
// first rendering, with their usual times in milliseconds.
var phases = [...]float64{1500, 640, 420}

func (a *account) loadTimes(d calendar.Day, ready readiness) []row {
	if !ready(d) || a.idle.Load() {
		return nil
	}
	r := a.dice(topicLoad, d, 0)
	slow := r.between(0.85, 1.2)
	var rows []row
	for i, ms := range phases {
		rows = append(rows, row{{"ref_date", compacted(d)}, {"cost_time_type", i + 1}, {"cost_time", count(ms * slow * r.between(0.95, 1.05))}})
	}
	return rows
}
