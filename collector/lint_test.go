package collector

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// unlinted are the names of the contract that promlint is known to object to,
// each with its words. Nothing else may displease it.
var unlinted = map[string]string{
	// WeChat's unit is no base unit of Prometheus'.
	"wx_interface_total_ms": abbreviated, "wx_interface_max_ms": abbreviated, "wx_interface_avg_ms": abbreviated,
	"wx_interface_hourly_total_ms": abbreviated, "wx_interface_hourly_max_ms": abbreviated, "wx_interface_hourly_avg_ms": abbreviated,
	// Days are what these count, not the unit in which they measure a time.
	"wx_api_open_days": daysForSeconds, "wx_store_days": daysForSeconds,
}

const (
	abbreviated    = "metric names should not contain abbreviated units"
	daysForSeconds = `use base unit "seconds" instead of "days"`
)

func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(everything(t))
	if err != nil {
		t.Fatal(err)
	}
	complained := map[string]bool{}
	for _, p := range problems {
		complained[p.Metric] = true
		if unlinted[p.Metric] != p.Text {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	for name := range unlinted {
		if !complained[name] {
			t.Errorf("promlint has nothing against %s, or has not seen it", name)
		}
	}
}

// everything gathers the families with the golden answers of all APIs, the own
// series of an account to which everything has happened once, and what all
// accounts share.
func everything(t testing.TB) prometheus.Gatherers {
	t.Helper()
	kept := newMemory()
	for _, g := range goldens {
		keepGolden(t, kept, g.api, day(t, g.begin), day(t, g.end))
	}
	var all prometheus.Gatherers
	for _, f := range Families() {
		all = append(all, pedantic(t, f, kept))
	}
	durations := NewDurations()
	shared := prometheus.NewPedanticRegistry()
	shared.MustRegister(NewCodeCollector(), durations)
	return append(all, shared, eventful(kept, durations).own())
}

// eventful returns an account that has something to say about everything.
func eventful(kept Store, durations *prometheus.HistogramVec) *account {
	e := New(Options{Store: kept, Durations: durations, Logger: log.NewNopLogger(), Now: time.Now})
	a := e.account(AccountOptions{Name: "brand", ID: "wx1", Families: familyNames(), Window: goldenWindow, Poll: goldenPoll})
	a.restore()
	a.observe(wxclient.Exchange{API: "getuserread", Code: "0", Duration: time.Second})
	a.onToken(wxclient.Token{Expiry: time.Now()})
	a.metrics.dropped.WithLabelValues("getuserread", duplicate).Inc()
	a.quotas.APIs = map[string]wxclient.Quota{"getuserread": {Limit: 100, Used: 1}}
	a.polled = true
	a.polls["user"] = familyPoll{Success: true, Duration: time.Second, LastSuccess: time.Now()}
	return a
}

// named is the contract's table of metrics once more: of an API the labels
// beside account and date, and the metrics with the fields that they show. R
// stands for the eight read measures.
var named = []struct{ api, labels, metrics string }{
	{"getusersummary", "source", "wx_new_users=new_user wx_cancel_users=cancel_user"},
	{"getusercumulate", "", "wx_cumulate_users=cumulate_user"},
	{"getupstreammsg", "type", "wx_upstream_msgs=msg_count wx_upstream_msg_users=msg_user"},
	{"getupstreammsghour", "hour type", "wx_upstream_hourly_msgs=msg_count wx_upstream_hourly_msg_users=msg_user"},
	{"getupstreammsgweek", "type", "wx_upstream_weekly_msgs=msg_count wx_upstream_weekly_msg_users=msg_user"},
	{"getupstreammsgmonth", "type", "wx_upstream_monthly_msgs=msg_count wx_upstream_monthly_msg_users=msg_user"},
	{"getupstreammsgdist", "interval", "wx_upstream_dist_users=msg_user"},
	{"getupstreammsgdistweek", "interval", "wx_upstream_weekly_dist_users=msg_user"},
	{"getupstreammsgdistmonth", "interval", "wx_upstream_monthly_dist_users=msg_user"},
	{"getinterfacesummary", "", "wx_interface_callbacks=callback_count wx_interface_failures=fail_count " +
		"wx_interface_total_ms=total_time_cost wx_interface_max_ms=max_time_cost wx_interface_avg_ms=total_time_cost+callback_count"},
	{"getinterfacesummaryhour", "hour", "wx_interface_hourly_callbacks=callback_count wx_interface_hourly_failures=fail_count " +
		"wx_interface_hourly_total_ms=total_time_cost wx_interface_hourly_max_ms=max_time_cost wx_interface_hourly_avg_ms=total_time_cost+callback_count"},
	{"getuserread", "source", "wx_read_R"},
	{"getuserreadhour", "hour source", "wx_read_hourly_R"},
	{"getusershare", "scene", "wx_scene_share_users=share_user wx_scene_shares=share_count"},
	{"getusersharehour", "hour scene", "wx_scene_hourly_share_users=share_user wx_scene_hourly_shares=share_count"},
	{"getarticlesummary", "msgid", "wx_article_R"},
	{"getarticlesummary", "msgid title url", "wx_article_info=title"}, // url is empty, and so no label
	{"getarticletotal", "msgid title url", "wx_article_info=title+url"},
	{"getarticletotal", "msgid stat_date", "wx_article_total_R wx_article_total_target_users=target_user"},
	{"getarticletotal", "msgid source stat_date", "wx_article_total_source_read_users=int_page_from_*_read_user wx_article_total_source_reads=int_page_from_*_read_count " +
		"wx_article_total_feed_share_users=feed_share_from_*_user wx_article_total_feed_shares=feed_share_from_*_cnt"},
	{"getbizsummary", "scene", "wx_publish_read_users=read_user+read_user_source+user_count"},
	{"getbizsummary", "", "wx_publish_share_users=share_user wx_publish_zaikan_users=zaikan_user wx_publish_like_users=like_user wx_publish_comments=comment_count " +
		"wx_publish_collection_users=collection_user wx_publish_ori_page_users=redirect_ori_page_user wx_publish_pages=send_page_count"},
	{"getarticleread", "msgid scene", "wx_publish_article_read_users=read_user+read_user_source+user_count"},
	{"getarticleshare", "msgid", "wx_publish_article_share_users=share_user"},
	{"getarticletotaldetail", "msgid scene stat_date", "wx_publish_article_total_read_users=read_user+read_user_source+user_count"},
	{"getarticletotaldetail", "msgid stat_date", "wx_publish_article_total_share_users=share_user wx_publish_article_total_zaikan_users=zaikan_user " +
		"wx_publish_article_total_like_users=like_user wx_publish_article_total_comments=comment_count wx_publish_article_total_collection_users=collection_user " +
		"wx_publish_article_total_praise_fen=praise_money wx_publish_article_total_read_subscribe_users=read_subscribe_user " +
		"wx_publish_article_total_read_delivery_ratio=read_delivery_rate wx_publish_article_total_read_finish_ratio=read_finish_rate " +
		"wx_publish_article_total_read_avg_active_seconds=read_avg_activetime"},
	{"getarticletotaldetail", "msgid position stat_date", "wx_publish_article_total_jump_ratio=read_jump_position+rate"},
	{"getarticletotaldetail", "msgid title type url", "wx_publish_article_info=title+content_url+publish_type"},
}

var eight = "int_page_users=int_page_read_user int_page_reads=int_page_read_count ori_page_users=ori_page_read_user ori_page_reads=ori_page_read_count " +
	"share_users=share_user shares=share_count fav_users=add_to_fav_user favs=add_to_fav_count"

// TestMetricNames holds the families' tables against the contract, both ways,
// and the HELP that users read against what it must say.
func TestMetricNames(t *testing.T) {
	help := map[string]string{}
	for _, family := range gathered(t, everything(t)) {
		help[family.GetName()] = family.GetHelp()
	}
	want := map[[2]string]string{} // labels by API and metric
	for _, n := range named {
		for _, pair := range pairs(n.metrics) {
			name, fields, _ := strings.Cut(pair, "=")
			want[[2]string{n.api, name}] = n.labels
			if help[name] == "" {
				t.Errorf("%s: no golden answer makes it, or it has no HELP", name)
				continue
			}
			words := strings.FieldsFunc(help[name], func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != '*' })
			for _, word := range append(strings.Split(fields, "+"), n.api, "Beijing") {
				if !slices.Contains(words, word) {
					t.Errorf("HELP of %s says nothing of %s: %s", name, word, help[name])
				}
			}
			if !strings.Contains(help[name], "as last fetched") {
				t.Errorf("HELP of %s does not say that the value is as last fetched: %s", name, help[name])
			}
		}
	}
	for _, f := range Families() {
		for _, api := range f.APIs {
			for _, m := range api.Metrics {
				key := [2]string{api.Name, m.Name}
				labels := strings.Join(slices.Sorted(slices.Values(m.Labels)), " ")
				if contracted, ok := want[key]; !ok || contracted != labels {
					t.Errorf("%s of %s has the labels %q, want %q (in the contract: %v)", m.Name, api.Name, labels, contracted, ok)
				}
				delete(want, key)
			}
		}
	}
	for key := range want {
		t.Errorf("%s has no %s", key[0], key[1])
	}
}

// pairs expands R.
func pairs(metrics string) (all []string) {
	for _, pair := range strings.Fields(metrics) {
		prefix, isR := strings.CutSuffix(pair, "R")
		if !isR {
			all = append(all, pair)
			continue
		}
		for _, measure := range strings.Fields(eight) {
			all = append(all, prefix+measure)
		}
	}
	return all
}

// TestOwnMetricNames: what the exporter says about an account has the names of
// the contract, and each was seen with a sample.
func TestOwnMetricNames(t *testing.T) {
	want := map[string]bool{}
	for _, name := range strings.Fields(`wx_latest_date_timestamp_seconds wx_up wx_collector_success wx_collector_duration_seconds
		wx_collector_last_success_timestamp_seconds wx_api_state wx_api_open_days wx_api_requests_total wx_api_request_duration_seconds
		wx_api_quota_limit wx_api_quota_used wx_token_refreshes_total wx_token_expiry_timestamp_seconds wx_rows_dropped_total
		wx_store_days wx_code_info`) {
		want[name] = true
	}
	for _, n := range named {
		for _, pair := range pairs(n.metrics) {
			name, _, _ := strings.Cut(pair, "=")
			want[name] = true
		}
	}
	for _, family := range gathered(t, everything(t)) {
		if !want[family.GetName()] {
			t.Errorf("%s is not in the contract", family.GetName())
		}
		delete(want, family.GetName())
	}
	for name := range want {
		t.Errorf("there is no %s", name)
	}
}

func gathered(t testing.TB, g prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}
