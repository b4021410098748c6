package main

// The measures that the dashboards show, with the labels of their series.
var (
	newUsers      = measure{metric: "wx_new_users", labels: []string{"source"}, api: "getusersummary"}
	cancelUsers   = measure{metric: "wx_cancel_users", labels: []string{"source"}, api: "getusersummary"}
	cumulateUsers = measure{metric: "wx_cumulate_users", api: "getusercumulate"}

	upstreamMsgs       = measure{metric: "wx_upstream_msgs", labels: []string{"type"}, api: "getupstreammsg"}
	upstreamHourlyMsgs = measure{metric: "wx_upstream_hourly_msgs", labels: []string{"hour", "type"}, api: "getupstreammsghour"}
	upstreamWeekMsgs   = measure{metric: "wx_upstream_weekly_msgs", every: 7, labels: []string{"type"}, api: "getupstreammsgweek"}
	upstreamMonthMsgs  = measure{metric: "wx_upstream_monthly_msgs", every: 31, labels: []string{"type"}, api: "getupstreammsgmonth"}
	upstreamDist       = measure{metric: "wx_upstream_dist_users", labels: []string{"interval"}, api: "getupstreammsgdist"}
	upstreamSenders    = measure{metric: "wx_upstream_dist_users", match: `interval!="0"`, labels: []string{"interval"}, api: "getupstreammsgdist"}
	upstreamWeekDist   = measure{metric: "wx_upstream_weekly_dist_users", every: 7, labels: []string{"interval"}, api: "getupstreammsgdistweek"}
	upstreamMonthDist  = measure{metric: "wx_upstream_monthly_dist_users", every: 31, labels: []string{"interval"}, api: "getupstreammsgdistmonth"}

	callbacks       = measure{metric: "wx_interface_callbacks", api: "getinterfacesummary"}
	failures        = measure{metric: "wx_interface_failures", api: "getinterfacesummary"}
	totalMs         = measure{metric: "wx_interface_total_ms", api: "getinterfacesummary"}
	maxMs           = measure{metric: "wx_interface_max_ms", api: "getinterfacesummary"}
	hourlyCallbacks = measure{metric: "wx_interface_hourly_callbacks", labels: []string{"hour"}, api: "getinterfacesummaryhour"}
	hourlyFailures  = measure{metric: "wx_interface_hourly_failures", labels: []string{"hour"}, api: "getinterfacesummaryhour"}
	hourlyTotalMs   = measure{metric: "wx_interface_hourly_total_ms", labels: []string{"hour"}, api: "getinterfacesummaryhour"}
	hourlyMaxMs     = measure{metric: "wx_interface_hourly_max_ms", labels: []string{"hour"}, api: "getinterfacesummaryhour"}

	sceneShares = measure{metric: "wx_scene_shares", labels: []string{"scene"}, api: "getusershare"}

	publishReaders    = measure{metric: "wx_publish_read_users", labels: []string{"scene"}, match: `scene!="all"`, api: "getbizsummary"}
	publishAllReaders = measure{metric: "wx_publish_read_users", match: `scene="all"`, api: "getbizsummary"}
	publishPages      = measure{metric: "wx_publish_pages", api: "getbizsummary"}
	publishShares     = measure{metric: "wx_publish_share_users", api: "getbizsummary"}
	publishZaikan     = measure{metric: "wx_publish_zaikan_users", api: "getbizsummary"}
	publishLikes      = measure{metric: "wx_publish_like_users", api: "getbizsummary"}
	publishComments   = measure{metric: "wx_publish_comments", api: "getbizsummary"}
	publishCollection = measure{metric: "wx_publish_collection_users", api: "getbizsummary"}
)

// reads is one of the read measures of all channels together. The channels sum
// to more than their deduplicated total, so they are never added up.
func reads(r string) measure {
	return measure{metric: "wx_read_" + r, match: `source="all"`, api: "getuserread"}
}

// channelReads is a read measure by channel.
func channelReads(r string) measure {
	return measure{metric: "wx_read_" + r, match: `source!="all"`, labels: []string{"source"}, api: "getuserread"}
}

func hourlyReads(r string) measure {
	return measure{metric: "wx_read_hourly_" + r, match: `source="all"`, labels: []string{"hour"}, api: "getuserreadhour"}
}
