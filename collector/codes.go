package collector

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Code is a code that WeChat uses, with a name for people. Unknown codes occur and
// are exported as they are.
type Code struct {
	Kind   string // user_source, read_source, share_scene, msg_type, msg_interval, mini_source, mini_stay, mini_depth, ad_slot
	Code   string // as the labels have it
	Name   string
	NameZH string
}

// Codes returns the known codes: user_source of getusersummary, read_source of
// getuserread and getuserreadhour, share_scene of getusershare and
// getusersharehour, msg_type of the message APIs, and msg_interval, the
// count_interval of the distributions; mini_source, mini_stay and mini_depth of a mini
// program's visits, and ad_slot of revenue.
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
		{"mini_source", "1", "Mini program history", "小程序历史列表"},
		{"mini_source", "2", "Search", "搜索"},
		{"mini_source", "3", "Chat", "会话"},
		{"mini_source", "4", "QR code", "扫一扫二维码"},
		{"mini_source", "5", "Official Account page", "公众号主页"},
		{"mini_source", "6", "Top of chat", "聊天顶部"},
		{"mini_source", "7", "System desktop", "系统桌面"},
		{"mini_source", "8", "Mini program page", "小程序主页"},
		{"mini_source", "9", "Nearby", "附近的小程序"},
		{"mini_source", "10", "Other", "其他"},
		{"mini_source", "11", "Template message", "模板消息"},
		{"mini_source", "12", "Service message", "客服消息"},
		{"mini_source", "13", "Official Account menu", "公众号菜单"},
		{"mini_source", "14", "App share", "APP 分享"},
		{"mini_source", "15", "Payment page", "支付完成页"},
		{"mini_source", "16", "Long-pressed code", "长按识别二维码"},
		{"mini_source", "17", "Code from album", "相册选取二维码"},
		{"mini_source", "18", "Official Account article", "公众号文章"},
		{"mini_source", "19", "Wallet", "钱包"},
		{"mini_source", "20", "Card pack", "卡包"},
		{"mini_source", "21", "In a card", "小程序内卡券"},
		{"mini_source", "22", "Other mini program", "其他小程序"},
		{"mini_source", "23", "Back from another mini program", "其他小程序返回"},
		{"mini_source", "24", "Shop list", "卡券适用门店列表"},
		{"mini_source", "25", "Search box", "搜索框快捷入口"},
		{"mini_source", "26", "Mini program's service message", "小程序客服消息"},
		{"mini_source", "27", "Pushed message", "公众号下发"},
		{"mini_stay", "1", "0-2 s", "0-2 秒"},
		{"mini_stay", "2", "3-5 s", "3-5 秒"},
		{"mini_stay", "3", "6-10 s", "6-10 秒"},
		{"mini_stay", "4", "11-20 s", "11-20 秒"},
		{"mini_stay", "5", "20-30 s", "20-30 秒"},
		{"mini_stay", "6", "30-50 s", "30-50 秒"},
		{"mini_stay", "7", "50-100 s", "50-100 秒"},
		{"mini_stay", "8", "More than 100 s", "大于 100 秒"},
		{"mini_depth", "1", "1 page", "1 页"},
		{"mini_depth", "2", "2 pages", "2 页"},
		{"mini_depth", "3", "3 pages", "3 页"},
		{"mini_depth", "4", "4 pages", "4 页"},
		{"mini_depth", "5", "5 pages", "5 页"},
		{"mini_depth", "6", "6-10 pages", "6-10 页"},
		{"mini_depth", "7", "More than 10 pages", "大于 10 页"},
		{"ad_slot", "SLOT_ID_BIZ_BOTTOM", "Article bottom", "公众号底部广告"},
		{"ad_slot", "SLOT_ID_BIZ_MID_CONTEXT", "In article", "公众号文中广告"},
		{"ad_slot", "SLOT_ID_BIZ_VIDEO_END", "After video", "公众号视频后贴"},
		{"ad_slot", "SLOT_ID_BIZ_SPONSOR", "Sponsored article", "公众号互选广告"},
		{"ad_slot", "SLOT_ID_BIZ_CPS", "Goods for a commission", "公众号返佣商品"},
		{"ad_slot", "SLOT_ID_WEAPP_BANNER", "Banner", "小程序 Banner 广告"},
		{"ad_slot", "SLOT_ID_WEAPP_REWARD_VIDEO", "Rewarded video", "小程序激励视频广告"},
		{"ad_slot", "SLOT_ID_WEAPP_INTERSTITIAL", "Interstitial", "小程序插屏广告"},
		{"ad_slot", "SLOT_ID_WEAPP_VIDEO_FEEDS", "Video", "小程序视频广告"},
		{"ad_slot", "SLOT_ID_WEAPP_VIDEO_BEGIN", "Before video", "小程序视频贴片广告"},
		{"ad_slot", "SLOT_ID_WEAPP_BOX", "Box", "小程序格子广告"},
		{"ad_slot", "SLOT_ID_WEAPP_COVER", "Cover", "小程序封面广告"},
		{"ad_slot", "SLOT_ID_WEAPP_TEMPLATE", "Template", "小程序原生模板广告"},
	}
}

// columnCodes are codes of columns that no label has: they need no joins, but tables show
// their names.
func columnCodes() []Code {
	return []Code{
		{"mini_index", "access_source_session_cnt", "Sessions by source", "打开次数（按来源）"},
		{"mini_index", "access_source_visit_uv", "Visitors by source", "访问人数（按来源）"},
		{"mini_index", "access_staytime_info", "Sessions by length", "打开次数（按停留时长）"},
		{"mini_index", "access_depth_info", "Sessions by pages", "打开次数（按访问深度）"},
		{"phase", "1", "total", "合计"},
		{"phase", "2", "download", "下载"},
		{"phase", "3", "render", "渲染"},
		{"settlement", "1", "settling", "结算中"},
		{"settlement", "2", "settled", "已结算"},
		{"settlement", "3", "settled", "已结算"},
		{"settlement", "4", "being paid", "付款中"},
		{"settlement", "5", "paid", "已付款"},
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
