package collector

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	eightMeasures = `"int_page_read_user":11,"int_page_read_count":12,"ori_page_read_user":13,"ori_page_read_count":14,
		"share_user":15,"share_count":16,"add_to_fav_user":17,"add_to_fav_count":18`
	sevenMeasures = `"read_user":21,"read_user_source":[{"user_count":22,"scene_desc":"全部"},{"user_count":23,"scene_desc":"朋友圈"}],
		"share_user":24,"zaikan_user":25,"like_user":26,"comment_count":27,"collection_user":28`
	adMeasures    = `"req_succ_count":1,"exposure_count":2,"exposure_rate":0.5,"click_count":3,"click_rate":0.25,"income":4,"ecpm":5.5`
	portraitParts = `{"province":[{"id":"31","name":"广东省","value":1}],"city":[{"id":"3101","name":"广州","value":2}],"genders":[{"id":"1","name":"男","value":3}],
		"platforms":[{"id":"1","name":"iPhone","value":4}],"devices":[{"id":"","name":"OPPO R9","value":5}],"ages":[{"id":"3","name":"25-29岁","value":6}]}`
)

// documentedRows are rows of APIs that carry each field, as WeChat documents
// them, with a value of its own.
var documentedRows = map[string]string{
	"getusersummary":  `{"ref_date":"2026-05-01","user_source":30,"new_user":1,"cancel_user":2}`,
	"getusercumulate": `{"ref_date":"2026-05-01","cumulate_user":9007199254740993}`,
	"getupstreammsg getupstreammsgweek getupstreammsgmonth": `{"ref_date":"2026-05-01","msg_type":1,"msg_user":2,"msg_count":3}`,
	"getupstreammsghour": `{"ref_date":"2026-05-01","ref_hour":2300,"msg_type":1,"msg_user":2,"msg_count":3}`,
	"getupstreammsgdist getupstreammsgdistweek getupstreammsgdistmonth": `{"ref_date":"2026-05-01","count_interval":3,"msg_user":2}`,
	"getinterfacesummary":     `{"ref_date":"2026-05-01","callback_count":1,"fail_count":2,"total_time_cost":3,"max_time_cost":4}`,
	"getinterfacesummaryhour": `{"ref_date":"2026-05-01","ref_hour":0,"callback_count":1,"fail_count":2,"total_time_cost":3,"max_time_cost":4}`,
	"getarticlesummary":       `{"ref_date":"2026-05-01","msgid":"12003_3","title":"题目",` + eightMeasures + `}`,
	"getarticletotal": `{"ref_date":"2026-05-01","msgid":"12003_3","title":"t","url":"http://mp.weixin.qq.com/s?a=1&b=2","details":[
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
		"feed_share_from_other_user":49,"feed_share_from_other_cnt":50}]}`,
	"getuserread":      `{"ref_date":"2026-05-01","user_source":99999999,` + eightMeasures + `}`,
	"getuserreadhour":  `{"ref_date":"2026-05-01","ref_hour":1500,"user_source":0,"total_online_time":5,` + eightMeasures + `}`,
	"getusershare":     `{"ref_date":"2026-05-01","share_scene":255,"share_user":1,"share_count":2}`,
	"getusersharehour": `{"ref_date":"2026-05-01","ref_hour":1200,"share_scene":5,"share_user":1,"share_count":2}`,
	"getarticleread":   `{"ref_date":"2026-05-01","msgid":"2247_1","detail":{"read_user":1,"read_user_source":[{"user_count":2,"scene_desc":"搜一搜"}]}}`,
	"getarticleshare":  `{"ref_date":"2026-05-01","msgid":"2247_1","detail":{"share_user":1}}`,
	"getbizsummary":    `{"ref_date":"2026-05-01","detail":{` + sevenMeasures + `,"redirect_ori_page_user":1,"send_page_count":2}}`,
	"getarticletotaldetail": `{"ref_date":"2026-05-01","msgid":"2247_1","publish_type":"1","title":"t","content_url":"http://mp.weixin.qq.com/s/x",
		"detail_list":[{"stat_date":"2026-05-02",` + sevenMeasures + `,"praise_money":66,"read_subscribe_user":3,"read_delivery_rate":0.125,
		"read_finish_rate":1,"read_avg_activetime":2.5,"read_jump_position":[{"position":1,"rate":0.25},{"position":5,"rate":0.5}]}]}`,
	"getweanalysisappiddailysummarytrend": `{"ref_date":"20260501","visit_total":1,"share_pv":2,"share_uv":3}`,
	"getweanalysisappiddailyvisittrend getweanalysisappidweeklyvisittrend getweanalysisappidmonthlyvisittrend": `{"ref_date":"202605","session_cnt":1,
		"visit_pv":2,"visit_uv":3,"visit_uv_new":4,"stay_time_uv":5.5,"stay_time_session":6.5,"visit_depth":7.5}`,
	"getweanalysisappiddailyretaininfo getweanalysisappidweeklyretaininfo getweanalysisappidmonthlyretaininfo": `{"ref_date":"20260501-20260507",
		"visit_uv_new":[{"key":0,"value":1}],"visit_uv":[{"key":14,"value":2}]}`,
	"getweanalysisappidvisitdistribution": `{"index":"access_staytime_info","item_list":[{"key":"1","value":2}]}`,
	"getweanalysisappidvisitpage": `{"page_path":"pages/a","page_visit_pv":1,"page_visit_uv":2,"page_staytime_pv":3.5,"entrypage_pv":4,"exitpage_pv":5,
		"page_share_pv":6,"page_share_uv":7}`,
	"getweanalysisappiduserportrait": `{"visit_uv_new":` + portraitParts + `,"visit_uv":` + portraitParts + `}`,
	"get_performance":                `{"ref_date":"20260501","cost_time_type":1,"cost_time":2}`,
	"publisher_adpos_general":        `{"slot_id":"3030046780000001","ad_slot":"SLOT_ID_BIZ_BOTTOM","date":"2026-05-01",` + adMeasures + `}`,
	"publisher_adunit_general":       `{"ad_unit_id":"adunit-1","ad_unit_name":"横幅","stat_item":{"ad_slot":"SLOT_ID_WEAPP_BANNER","date":"2026-05-01",` + adMeasures + `}}`,
	"publisher_cps_general": `{"date":"2026-05-01","exposure_count":1,"click_count":2,"click_rate":38.27,"order_count":3,"order_rate":0.0075,
		"total_fee":4,"total_commission":5}`,
	"publisher_settlement": `{"zone":"z","month":"202605","order":1,"sett_status":5,"settled_revenue":6,
		"slot_revenue":[{"slot_id":"SLOT_ID_BIZ_BOTTOM","slot_settled_revenue":7}]}`,
	"publisher_settlement_total": `{"penalty_all":1,"revenue_all":2,"settled_revenue_all":3}`,
}

// documented returns the documented row of an API and its key; "" when there is
// none here.
func documented(api string) (names, row string) {
	for names, row := range documentedRows {
		if slices.Contains(strings.Fields(names), api) {
			return names, row
		}
	}
	return "", ""
}

// TestRowsHoldEveryField: a row type has every field that WeChat documents. Of an
// API whose documented row is not here, the simulated WeChat answers each field of
// the row type.
func TestRowsHoldEveryField(t *testing.T) {
	untested := maps.Clone(documentedRows)
	for _, api := range allAPIs() {
		names, raw := documented(api.Name)
		delete(untested, names)
		if raw == "" {
			isSimulated(t, api)
			continue
		}
		row := reflect.New(api.row).Interface()
		strict := json.NewDecoder(strings.NewReader(raw))
		strict.DisallowUnknownFields()
		if err := strict.Decode(row); err != nil {
			t.Errorf("%s: %v", api.Name, err)
			continue
		}
		// What is encoded again has every field with its value: none is lost, and
		// none stands in the place of another.
		if diff := cmp.Diff(decoded(t, []byte(raw)), withoutNulls(decoded(t, encoded(t, row)))); diff != "" {
			t.Errorf("%s: - want, + got:\n%s", api.Name, diff)
		}
	}
	for names := range untested {
		t.Errorf("there is no %s", names)
	}
}

// isSimulated finds each field of a row type in what the simulated WeChat answers.
func isSimulated(t *testing.T, api API) {
	t.Helper()
	begin, end := goldenDays(api)
	there := map[string]bool{}
	for _, raw := range simulatedRows(api, parseDay(t, begin), parseDay(t, end)) {
		leaves("", decoded(t, raw), func(path string, _ any) { there[path] = true })
	}
	leaves("", decoded(t, filledRow(t, api)), func(path string, _ any) {
		if !there[path] {
			t.Errorf("%s: no row of the simulated WeChat has the field %s", api.Name, path[1:])
		}
	})
}

// filledRow is a row that has each field of the row type, dated the last of the
// golden days. Its values suit every label: 100 is a code and an hour, the text is
// a name and a day.
func filledRow(t testing.TB, api API) json.RawMessage {
	t.Helper()
	_, end := goldenDays(api)
	row := reflect.New(api.row)
	fill(row.Elem(), end)
	if api.Half != "" {
		for _, half := range api.half.all(row.Elem()) {
			half.Elem().SetInt(1)
		}
	}
	return encoded(t, row.Interface())
}

func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Int64:
		v.SetInt(100)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.String:
		v.SetString(text)
	}
}

// leaves yields what is neither object nor list in a JSON value, each with its
// path, such as .details.stat_date.
func leaves(at string, v any, yield func(path string, v any)) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			leaves(at+"."+name, inner, yield)
		}
	case []any:
		for _, entry := range v {
			leaves(at, entry, yield)
		}
	default:
		yield(at, v)
	}
}

// withoutNulls drops fields without a value.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, inner any) bool { return withoutNulls(inner) == nil })
		return v
	case []any:
		for _, entry := range v {
			withoutNulls(entry)
		}
		return v
	}
	return v
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// decoded reads JSON, its numbers as they are written.
func decoded(t testing.TB, raw []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRowsTellMissingFromZero(t *testing.T) {
	var row articleTotalDetail
	raw := `{"extra":{"a":[]},"detail_list":[{"read_delivery_rate":0,"like_user":0,"Like_user":7,"zaikan_user":null,"user_source":0}],"msgid":22470001}`
	if err := decode([]byte(raw), &row); err != nil {
		t.Fatal(err)
	}
	d := row.DetailList[0]
	if d.LikeUser == nil || *d.LikeUser != 0 || d.ReadDeliveryRate == nil || *d.ReadDeliveryRate != 0 {
		t.Errorf("a zero that was sent is lost, or Like_user is taken for like_user: %s", encoded(t, d))
	}
	if d.ZaikanUser != nil || d.ShareUser != nil || d.ReadFinishRate != nil || d.ReadUserSource != nil {
		t.Errorf("something has a value that was not sent: %s", encoded(t, d))
	}
	if row.MsgID != "22470001" {
		t.Errorf("msgid = %q", row.MsgID)
	}
}

func TestRowsAreReadAsWeChatWritesThem(t *testing.T) {
	var row articleTotalDetail
	raw := `{"Msgid":"1","msgid":"2","title":"\ud800x","title":"\ud801y","detail_list":[]}`
	if err := decode([]byte(raw), &row); err != nil {
		t.Fatal(err)
	}
	if row.MsgID != "2" || row.Title != "\ufffdy" {
		t.Errorf("read as %q, %q", row.MsgID, row.Title)
	}
	if err := decode([]byte(`{"Msgid":"1"}`), &row); err != nil || row.MsgID != "2" {
		t.Errorf("Msgid is taken for msgid: %q, %v", row.MsgID, err)
	}
}

func TestRowsRefuseOtherTypes(t *testing.T) {
	for _, c := range []struct {
		row string
		to  any
	}{
		{`{"new_user":"1"}`, new(userSummary)},
		{`{"new_user":1.5}`, new(userSummary)},
		{`{"new_user":9223372036854775808}`, new(userSummary)},
		{`{"ref_date":20260501}`, new(userSummary)},
		{`{"msgid":{}}`, new(articleSummary)},
		{`{"msgid":true}`, new(articleSummary)},
		{`{"details":{}}`, new(articleTotal)},
		{`{"detail":[]}`, new(articleRead)},
		{`{"detail":{"read_user_source":[{"user_count":"1"}]}}`, new(articleRead)},
	} {
		if decode([]byte(c.row), c.to) == nil {
			t.Errorf("%s is read as %s", c.row, encoded(t, c.to))
		}
	}
}
