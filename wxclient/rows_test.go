package wxclient

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
)

const (
	eightMeasures = `"int_page_read_user":11,"int_page_read_count":12,"ori_page_read_user":13,"ori_page_read_count":14,
		"share_user":15,"share_count":16,"add_to_fav_user":17,"add_to_fav_count":18`
	sevenMeasures = `"read_user":21,"read_user_source":[{"user_count":22,"scene_desc":"全部"},{"user_count":23,"scene_desc":"朋友圈"}],
		"share_user":24,"zaikan_user":25,"like_user":26,"comment_count":27,"collection_user":28`
)

// rowTypes has every row type with a row that carries each of its fields, as
// WeChat documents them, with a value of its own.
var rowTypes = []struct {
	apis string
	new  func() any
	row  string
}{
	{"getusersummary", newRow[UserSummary], `{"ref_date":"2026-05-01","user_source":30,"new_user":1,"cancel_user":2}`},
	{"getusercumulate", newRow[UserCumulate], `{"ref_date":"2026-05-01","cumulate_user":9007199254740993}`},
	{"getupstreammsg, ...week, ...month", newRow[UpstreamMsg], `{"ref_date":"2026-05-01","msg_type":1,"msg_user":2,"msg_count":3}`},
	{"getupstreammsghour", newRow[UpstreamMsgHour], `{"ref_date":"2026-05-01","ref_hour":2300,"msg_type":1,"msg_user":2,"msg_count":3}`},
	{"getupstreammsgdist, ...week, ...month", newRow[UpstreamMsgDist], `{"ref_date":"2026-05-01","count_interval":3,"msg_user":2}`},
	{"getinterfacesummary", newRow[InterfaceSummary], `{"ref_date":"2026-05-01","callback_count":1,"fail_count":2,"total_time_cost":3,"max_time_cost":4}`},
	{"getinterfacesummaryhour", newRow[InterfaceSummaryHour], `{"ref_date":"2026-05-01","ref_hour":0,"callback_count":1,"fail_count":2,"total_time_cost":3,"max_time_cost":4}`},
	{"getarticlesummary", newRow[ArticleSummary], `{"ref_date":"2026-05-01","msgid":"12003_3","title":"题目",` + eightMeasures + `}`},
	{"getarticletotal", newRow[ArticleTotal], `{"ref_date":"2026-05-01","msgid":"12003_3","title":"t","url":"http://mp.weixin.qq.com/s?a=1&b=2","details":[
		{"stat_date":"2026-05-01","target_user":1,` + eightMeasures + `,
		"int_page_from_session_read_user":31,"int_page_from_session_read_count":32,
		"int_page_from_hist_msg_read_user":33,"int_page_from_hist_msg_read_count":34,
		"int_page_from_feed_read_user":35,"int_page_from_feed_read_count":36,
		"int_page_from_friends_read_user":37,"int_page_from_friends_read_count":38,
		"int_page_from_other_read_user":39,"int_page_from_other_read_count":40,
		"int_page_from_kanyikan_read_user":41,"int_page_from_kanyikan_read_count":42,
		"int_page_from_souyisou_read_user":43,"int_page_from_souyisou_read_count":44,
		"feed_share_from_session_user":45,"feed_share_from_session_cnt":46,
		"feed_share_from_feed_user":47,"feed_share_from_feed_cnt":48,
		"feed_share_from_other_user":49,"feed_share_from_other_cnt":50}]}`},
	{"getuserread", newRow[UserRead], `{"ref_date":"2026-05-01","user_source":99999999,` + eightMeasures + `}`},
	{"getuserreadhour", newRow[UserReadHour], `{"ref_date":"2026-05-01","ref_hour":1500,"user_source":0,"total_online_time":5,` + eightMeasures + `}`},
	{"getusershare", newRow[UserShare], `{"ref_date":"2026-05-01","share_scene":255,"share_user":1,"share_count":2}`},
	{"getusersharehour", newRow[UserShareHour], `{"ref_date":"2026-05-01","ref_hour":1200,"share_scene":5,"share_user":1,"share_count":2}`},
	{"getarticleread", newRow[ArticleRead], `{"ref_date":"2026-05-01","msgid":"2247_1","detail":{"read_user":1,"read_user_source":[{"user_count":2,"scene_desc":"搜一搜"}]}}`},
	{"getarticleshare", newRow[ArticleShare], `{"ref_date":"2026-05-01","msgid":"2247_1","detail":{"share_user":1}}`},
	{"getbizsummary", newRow[BizSummary], `{"ref_date":"2026-05-01","detail":{` + sevenMeasures + `,"redirect_ori_page_user":1,"send_page_count":2}}`},
	{"getarticletotaldetail", newRow[ArticleTotalDetail], `{"ref_date":"2026-05-01","msgid":"2247_1","publish_type":"1","title":"t","content_url":"http://mp.weixin.qq.com/s/x",
		"detail_list":[{"stat_date":"2026-05-02",` + sevenMeasures + `,"praise_money":66,"read_subscribe_user":3,"read_delivery_rate":0.125,
		"read_finish_rate":1,"read_avg_activetime":2.5,"read_jump_position":[{"position":1,"rate":0.25},{"position":5,"rate":0.5}]}]}`},
}

func newRow[T any]() any { return new(T) }

func TestRowsHoldEveryField(t *testing.T) {
	for _, c := range rowTypes {
		row := c.new()
		strict := json.NewDecoder(bytes.NewReader([]byte(c.row)))
		strict.DisallowUnknownFields()
		if err := strict.Decode(row); err != nil {
			t.Errorf("%s: %v", c.apis, err)
			continue
		}
		// What is encoded again has every field of the type: none without a
		// value, none with another's.
		if got, want := asMap(t, encode(t, row)), asMap(t, []byte(c.row)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", c.apis, got, want)
		}
		other := c.new()
		if err := jsonv2.Unmarshal([]byte(c.row), other); err != nil || !reflect.DeepEqual(row, other) {
			t.Errorf("%s: the other JSON package reads %s, %v", c.apis, encode(t, other), err)
		}
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func asMap(t *testing.T, raw []byte) (m map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRowsTellMissingFromZero(t *testing.T) {
	var row ArticleTotalDetail
	raw := `{"extra":{"a":[]},"detail_list":[{"read_delivery_rate":0,"like_user":0,"zaikan_user":null,"user_source":0}],"msgid":22470001}`
	if err := json.Unmarshal([]byte(raw), &row); err != nil {
		t.Fatal(err)
	}
	d := row.DetailList[0]
	if d.LikeUser == nil || *d.LikeUser != 0 || d.ReadDeliveryRate == nil || *d.ReadDeliveryRate != 0 {
		t.Errorf("a zero that was sent is lost: %s", encode(t, d))
	}
	if d.ZaikanUser != nil || d.ShareUser != nil || d.ReadFinishRate != nil || d.ReadUserSource != nil {
		t.Errorf("something has a value that was not sent: %s", encode(t, d))
	}
	if row.MsgID != "22470001" {
		t.Errorf("msgid = %q", row.MsgID)
	}
}

func TestRowsRefuseOtherTypes(t *testing.T) {
	for _, c := range []struct {
		row string
		to  any
	}{
		{`{"new_user":"1"}`, new(UserSummary)},
		{`{"new_user":1.5}`, new(UserSummary)},
		{`{"new_user":9223372036854775808}`, new(UserSummary)},
		{`{"ref_date":20260501}`, new(UserSummary)},
		{`{"msgid":{}}`, new(ArticleSummary)},
		{`{"msgid":true}`, new(ArticleSummary)},
		{`{"details":{}}`, new(ArticleTotal)},
		{`{"detail":[]}`, new(ArticleRead)},
		{`{"detail":{"read_user_source":[{"user_count":"1"}]}}`, new(ArticleRead)},
	} {
		if json.Unmarshal([]byte(c.row), c.to) == nil || jsonv2.Unmarshal([]byte(c.row), c.to) == nil {
			t.Errorf("%s is read as %s", c.row, encode(t, c.to))
		}
	}
}
