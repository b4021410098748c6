package collector_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/collector"
)

// counted are units of what happens: each time once, so that days and parts add up.
var counted = []string{"times", "messages", "calls", "articles", "visits", "sessions", "orders", "requests"}

// averaged are units of what does not add up.
var averaged = []string{"users", "0 to 1", "seconds", "of its index"}

// partedUsers are the users that are counted once over the labels: who begins to
// follow does so once, and who wrote messages is in one interval.
var partedUsers = map[string]collector.Adds{
	"wx_new_users":                   collector.Everywhere,
	"wx_cancel_users":                collector.Everywhere,
	"wx_upstream_dist_users":         collector.OverLabels,
	"wx_upstream_weekly_dist_users":  collector.OverLabels,
	"wx_upstream_monthly_dist_users": collector.OverLabels,
}

// TestAdds judges the whole table: what may be added up over days and labels follows
// from what is counted.
func TestAdds(t *testing.T) {
	for _, f := range collector.Families() {
		for _, m := range f.Metrics() {
			want := mayAdd(m)
			if want == 0 && !m.Info {
				t.Errorf("%s: say in this test how %q adds up", m.Name, m.Unit)
			}
			if m.Adds != want {
				t.Errorf("%s in %s adds up over %q, want %q", m.Name, m.Unit, m.Adds, want)
			}
		}
	}
}

// mayAdd is over what a metric may be added up.
func mayAdd(m collector.Metric) collector.Adds {
	parted, known := partedUsers[m.Name]
	upToDay := slices.Contains(m.Labels, "stat_date")
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(strings.Split(m.Name, "_"), w) })
	}
	count := collector.Everywhere
	if upToDay {
		count = collector.OverLabels
	}
	switch {
	case m.Info:
		return 0
	case known:
		return parted
	case has("depth") && m.Unit == "sessions":
		return count
	case has("max", "avg", "ratio", "rate", "depth", "ecpm", "status"), slices.Contains(averaged, m.Unit), has("total") && has("revenue"):
		return collector.Nowhere
	case slices.Contains(counted, m.Unit), m.Unit == "milliseconds" && has("total"), strings.HasPrefix(m.Unit, "fen"):
		return count
	}
	return 0
}

// TestColumnsAdd: a column of a view adds up as the metric that is read off it.
func TestColumnsAdd(t *testing.T) {
	want := map[string]collector.Adds{
		"getusersummary.new_user":                             collector.Everywhere,
		"getusersummary.user_source":                          0,
		"getusercumulate.cumulate_user":                       collector.Nowhere,
		"getweanalysisappidvisitdistribution_item_list.value": collector.Nowhere, // of several metrics, one of which does not add up
		"getupstreammsg.msg_user":                             collector.Nowhere,
		"getupstreammsgdist.msg_user":                         collector.OverLabels,
		"getinterfacesummary.total_time_cost":                 collector.Everywhere,
		"getinterfacesummary.max_time_cost":                   collector.Nowhere,
		"getarticlesummary.int_page_read_count":               collector.Everywhere,
		"getarticletotal.int_page_read_count":                 collector.OverLabels,
		"getarticletotal.int_page_from_feed_read_count":       collector.OverLabels,
		"getarticletotal.int_page_from_feed_read_user":        collector.Nowhere,
		"getarticletotaldetail.read_avg_activetime":           collector.Nowhere,
		"getarticletotaldetail.read_user":                     collector.Nowhere,
		"getarticletotaldetail.title":                         0,
		"getarticletotaldetail_read_user_source.user_count":   collector.Nowhere,
		"getbizsummary.comment_count":                         collector.Everywhere,
		"getarticletotaldetail.comment_count":                 collector.OverLabels,
		"getuserreadhour.ref_hour":                            0,
		"getbizsummary_read_user_source.user_count":           collector.Nowhere,
		"getarticletotaldetail_read_jump_position.rate":       collector.Nowhere,
	}
	for _, v := range collector.Views(collector.Families()) {
		for _, c := range v.Columns {
			name := v.Name + "." + c.Name
			if adds, ok := want[name]; ok && c.Adds != adds {
				t.Errorf("%s adds up over %q, want %q", name, c.Adds, adds)
			}
			delete(want, name)
		}
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}
