package simulation

import (
	"slices"
	"strconv"
	"strings"
)

// kind is which days the rows of an API stand for.
type kind int

const (
	daily kind = iota
	hourly
	weekly
	monthly
	halfMonthly
	article
)

// document is what the documents say of an API.
type document struct {
	name, family string
	kind         kind
	grows        int               // days for which a day's figures grow; 0: they do not
	delays       bool              // the answer has is_delay
	each         string            // the list whose entries are lines, "" for the rows themselves
	keys         map[string]string // field to label; of the row and of the entry
	metrics      map[string]string // field to metric

	parts []part // its lines, where there are several kinds; else they are made of the three above
	shape        // of other APIs than Official Accounts'
}

// read are the eight read measures with a metric's prefix.
func read(prefix string) map[string]string {
	m := map[string]string{}
	for field, word := range map[string]string{
		"int_page_read_user": "int_page_users", "int_page_read_count": "int_page_reads",
		"ori_page_read_user": "ori_page_users", "ori_page_read_count": "ori_page_reads",
		"share_user": "share_users", "share_count": "shares", "add_to_fav_user": "fav_users", "add_to_fav_count": "favs",
	} {
		m[field] = prefix + word
	}
	return m
}

func callbacks(prefix string) map[string]string {
	return map[string]string{"callback_count": prefix + "callbacks", "fail_count": prefix + "failures", "total_time_cost": prefix + "total_ms", "max_time_cost": prefix + "max_ms"}
}

func messages(prefix string) map[string]string {
	return map[string]string{"msg_count": prefix + "msgs", "msg_user": prefix + "msg_users"}
}

// documents are the APIs that the simulation judges by their values.
var documents = func() []document {
	all := slices.Concat(officialDocuments, miniDocuments, revenueDocuments)
	for i := range all {
		if d := &all[i]; d.parts == nil && len(d.metrics) > 0 {
			d.parts = []part{{each: d.each, keys: d.keys, metrics: d.metrics}}
		}
	}
	return all
}()

var officialDocuments = []document{
	{name: "getusersummary", family: "user", keys: map[string]string{"user_source": "source"}, metrics: map[string]string{"new_user": "wx_new_users", "cancel_user": "wx_cancel_users"}},
	{name: "getusercumulate", family: "user", metrics: map[string]string{"cumulate_user": "wx_cumulate_users"}},

	{name: "getupstreammsg", family: "message", keys: map[string]string{"msg_type": "type"}, metrics: messages("wx_upstream_")},
	{name: "getupstreammsghour", family: "message", kind: hourly, keys: map[string]string{"ref_hour": "hour", "msg_type": "type"}, metrics: messages("wx_upstream_hourly_")},
	{name: "getupstreammsgweek", family: "message", kind: weekly, keys: map[string]string{"msg_type": "type"}, metrics: messages("wx_upstream_weekly_")},
	{name: "getupstreammsgmonth", family: "message", kind: monthly, keys: map[string]string{"msg_type": "type"}, metrics: messages("wx_upstream_monthly_")},
	{name: "getupstreammsgdist", family: "message", keys: map[string]string{"count_interval": "interval"}, metrics: map[string]string{"msg_user": "wx_upstream_dist_users"}},
	{name: "getupstreammsgdistweek", family: "message", kind: weekly, keys: map[string]string{"count_interval": "interval"}, metrics: map[string]string{"msg_user": "wx_upstream_weekly_dist_users"}},
	{name: "getupstreammsgdistmonth", family: "message", kind: monthly, keys: map[string]string{"count_interval": "interval"}, metrics: map[string]string{"msg_user": "wx_upstream_monthly_dist_users"}},

	{name: "getinterfacesummary", family: "interface", metrics: callbacks("wx_interface_")},
	{name: "getinterfacesummaryhour", family: "interface", kind: hourly, keys: map[string]string{"ref_hour": "hour"}, metrics: callbacks("wx_interface_hourly_")},

	{name: "getarticlesummary", family: "article", kind: article, keys: map[string]string{"msgid": "msgid"}, metrics: read("wx_article_")},
	{name: "getarticletotal", family: "article", kind: article, grows: 7, each: "details", keys: map[string]string{"msgid": "msgid", "stat_date": "stat_date"}, metrics: read("wx_article_total_")},
	{name: "getuserread", family: "article", keys: map[string]string{"user_source": "source"}, metrics: read("wx_read_")},
	{name: "getuserreadhour", family: "article", kind: hourly, keys: map[string]string{"ref_hour": "hour", "user_source": "source"}, metrics: read("wx_read_hourly_")},
	{name: "getusershare", family: "article", keys: map[string]string{"share_scene": "scene"}, metrics: map[string]string{"share_user": "wx_scene_share_users", "share_count": "wx_scene_shares"}},
	{name: "getusersharehour", family: "article", kind: hourly, keys: map[string]string{"ref_hour": "hour", "share_scene": "scene"}, metrics: map[string]string{"share_user": "wx_scene_hourly_share_users", "share_count": "wx_scene_hourly_shares"}},

	{name: "getarticleread", family: "publish", kind: article, delays: true, keys: map[string]string{"msgid": "msgid"}},
	{name: "getarticleshare", family: "publish", kind: article, delays: true, keys: map[string]string{"msgid": "msgid"}, metrics: map[string]string{"detail.share_user": "wx_publish_article_share_users"}},
	{name: "getbizsummary", family: "publish", delays: true, metrics: map[string]string{
		"detail.share_user": "wx_publish_share_users", "detail.zaikan_user": "wx_publish_zaikan_users", "detail.like_user": "wx_publish_like_users",
		"detail.comment_count": "wx_publish_comments", "detail.collection_user": "wx_publish_collection_users", "detail.send_page_count": "wx_publish_pages"}},
	{name: "getarticletotaldetail", family: "publish", kind: article, grows: 30, delays: true, each: "detail_list", keys: map[string]string{"msgid": "msgid", "stat_date": "stat_date"}, metrics: map[string]string{
		"share_user": "wx_publish_article_total_share_users", "zaikan_user": "wx_publish_article_total_zaikan_users", "like_user": "wx_publish_article_total_like_users", "comment_count": "wx_publish_article_total_comments"}},
}

func documentOf(api string) *document {
	i := slices.IndexFunc(documents, func(d document) bool { return d.name == api })
	if i < 0 {
		return nil
	}
	return &documents[i]
}

// label writes a key's value as a label has it.
func label(field, value string) string {
	switch {
	case field == "ref_hour":
		n, _ := strconv.Atoi(value)
		return strings.Repeat("0", 2-len(strconv.Itoa(n/100))) + strconv.Itoa(n/100)
	case field == "user_source" && (value == "99999999" || value == ""):
		return "all"
	case field == "cost_time_type" && phases[value] != "":
		return phases[value]
	}
	return value
}
