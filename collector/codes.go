package collector

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Code is a code that WeChat uses, with a name for people. Unknown codes occur and
// are exported as they are.
type Code struct {
	Kind   string // user_source, read_source, share_scene, msg_type, msg_interval
	Code   string // as the labels have it
	Name   string
	NameZH string
}

// Codes returns the known codes: user_source of getusersummary, read_source of
// getuserread and getuserreadhour, share_scene of getusershare and
// getusersharehour, msg_type of the message APIs, and msg_interval, the
// count_interval of the distributions.
func Codes() []Code {
	return []Code{
		{"user_source", "0", "Other", "其他"},
		{"user_source", "1", "Search", "公众号搜索"},
		{"user_source", "17", "Business card", "名片分享"},
		{"user_source", "30", "QR code", "扫描二维码"},
		{"user_source", "43", "Article menu", "图文页右上角菜单"},
		{"user_source", "51", "Payment page", "支付后关注"},
		{"user_source", "57", "Account name in article", "图文页内账号名称"},
		{"user_source", "75", "Ad in article", "公众号文章广告"},
		{"user_source", "78", "Moments ad", "朋友圈广告"},
		{"user_source", "100", "WeChat ads", "微信广告"},
		{"user_source", "149", "Mini program", "小程序关注"},
		{"user_source", "161", "Reposted article", "他人转载"},
		{"user_source", "176", "Album", "专辑关注"},
		{"user_source", "200", "Channels", "视频号"},
		{"user_source", "201", "Live", "直播"},
		{"read_source", "all", "All", "全部"},
		{"read_source", "0", "Chat", "会话"},
		{"read_source", "1", "Friends", "好友转发"},
		{"read_source", "2", "Moments", "朋友圈"},
		{"read_source", "3", "Tencent Weibo", "腾讯微博"},
		{"read_source", "4", "Message history", "历史消息页"},
		{"read_source", "5", "Other", "其他"},
		{"read_source", "6", "Top Stories", "看一看"},
		{"read_source", "7", "Search", "搜一搜"},
		{"share_scene", "1", "Friends", "好友转发"},
		{"share_scene", "2", "Moments", "朋友圈"},
		{"share_scene", "3", "Tencent Weibo", "腾讯微博"},
		{"share_scene", "255", "Other", "其他"},
		{"msg_type", "1", "Text", "文字"},
		{"msg_type", "2", "Image", "图片"},
		{"msg_type", "3", "Voice", "语音"},
		{"msg_type", "4", "Video", "视频"},
		{"msg_type", "6", "Link", "链接"},
		{"msg_interval", "0", "0", "0"},
		{"msg_interval", "1", "1-5", "1-5"},
		{"msg_interval", "2", "6-10", "6-10"},
		{"msg_interval", "3", "More than 10", "10次以上"},
	}
}

func codeLabels() []string { return []string{"kind", "code", "name", "name_zh"} }

// codeCollector collects wx_code_info.
type codeCollector struct{ info *prometheus.Desc }

// NewCodeCollector returns a collector of wx_code_info, the names of Codes for
// joins.
func NewCodeCollector() prometheus.Collector {
	return codeCollector{prometheus.NewDesc("wx_code_info", "Names of the codes that WeChat uses; always 1.", codeLabels(), nil)}
}

// Describe implements prometheus.Collector.
func (c codeCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.info }

// Collect implements prometheus.Collector.
func (c codeCollector) Collect(ch chan<- prometheus.Metric) {
	for _, k := range Codes() {
		ch <- prometheus.MustNewConstMetric(c.info, prometheus.GaugeValue, 1, k.Kind, k.Code, k.Name, k.NameZH)
	}
}
