package main

// The measures that the dashboards show, with the labels of their series.
var (
	newUsers      = measure{metric: "wx_new_users", labels: []string{"source"}}
	cancelUsers   = measure{metric: "wx_cancel_users", labels: []string{"source"}}
	cumulateUsers = measure{metric: "wx_cumulate_users"}

	upstreamMsgs       = measure{metric: "wx_upstream_msgs", labels: []string{"type"}}
	upstreamUsers      = measure{metric: "wx_upstream_msg_users", labels: []string{"type"}}
	upstreamHourlyMsgs = measure{metric: "wx_upstream_hourly_msgs", labels: []string{"hour", "type"}}
	upstreamWeekMsgs   = measure{metric: "wx_upstream_weekly_msgs", labels: []string{"type"}}
	upstreamWeekUsers  = measure{metric: "wx_upstream_weekly_msg_users", labels: []string{"type"}}
	upstreamMonthMsgs  = measure{metric: "wx_upstream_monthly_msgs", labels: []string{"type"}}
	upstreamMonthUsers = measure{metric: "wx_upstream_monthly_msg_users", labels: []string{"type"}}
	upstreamDist       = measure{metric: "wx_upstream_dist_users", labels: []string{"interval"}}
	upstreamSenders    = measure{metric: "wx_upstream_dist_users", match: `interval!="0"`, labels: []string{"interval"}}
	upstreamWeekDist   = measure{metric: "wx_upstream_weekly_dist_users", labels: []string{"interval"}}
	upstreamMonthDist  = measure{metric: "wx_upstream_monthly_dist_users", labels: []string{"interval"}}

	callbacks       = measure{metric: "wx_interface_callbacks"}
	failures        = measure{metric: "wx_interface_failures"}
	totalMs         = measure{metric: "wx_interface_total_ms"}
	maxMs           = measure{metric: "wx_interface_max_ms"}
	hourlyCallbacks = measure{metric: "wx_interface_hourly_callbacks", labels: []string{"hour"}}
	hourlyFailures  = measure{metric: "wx_interface_hourly_failures", labels: []string{"hour"}}
	hourlyTotalMs   = measure{metric: "wx_interface_hourly_total_ms", labels: []string{"hour"}}
	hourlyMaxMs     = measure{metric: "wx_interface_hourly_max_ms", labels: []string{"hour"}}

	sceneShares     = measure{metric: "wx_scene_shares", labels: []string{"scene"}}
	sceneShareUsers = measure{metric: "wx_scene_share_users", labels: []string{"scene"}}
	sceneHourShares = measure{metric: "wx_scene_hourly_shares", labels: []string{"hour", "scene"}}

	publishReaders    = measure{metric: "wx_publish_read_users", labels: []string{"scene"}, match: `scene!="all"`}
	publishAllReaders = measure{metric: "wx_publish_read_users", match: `scene="all"`}
	publishPages      = measure{metric: "wx_publish_pages"}
	publishShares     = measure{metric: "wx_publish_share_users"}
	publishZaikan     = measure{metric: "wx_publish_zaikan_users"}
	publishLikes      = measure{metric: "wx_publish_like_users"}
	publishComments   = measure{metric: "wx_publish_comments"}
	publishCollection = measure{metric: "wx_publish_collection_users"}
	publishOriPage    = measure{metric: "wx_publish_ori_page_users"}

	articleDailyReaders = measure{metric: "wx_publish_article_read_users", match: `scene="all"`, labels: []string{"msgid"}}
	articleReads        = measure{metric: "wx_article_int_page_reads", labels: []string{"msgid"}}
	articleDailySharers = measure{metric: "wx_publish_article_share_users", labels: []string{"msgid"}}
)

// reads is one of the read measures of all channels together. The channels sum
// to more than their deduplicated total, so they are never added up.
func reads(r string) measure {
	return measure{metric: "wx_read_" + r, match: `source="all"`}
}

// channelReads is a read measure by channel.
func channelReads(r string) measure {
	return measure{metric: "wx_read_" + r, match: `source!="all"`, labels: []string{"source"}}
}

func hourlyReads(r string) measure {
	return measure{metric: "wx_read_hourly_" + r, match: `source="all"`, labels: []string{"hour"}}
}
