package wxtest

import (
	"fmt"
	"math"

	"github.com/wxexporter/wx_exporter/calendar"
)

// trait is a kind of what is known of visitors: ids and names, by their shares.
type trait struct {
	key   string
	names []string // place i has the id i+1
	bare  bool     // without an id
}

var traits = []trait{
	{key: "province", names: []string{"广东省", "江苏省", "浙江省", "山东省", "北京市", "上海市", "四川省", "河南省", "湖北省", "福建省", "湖南省", "安徽省", "河北省", "陕西省", "重庆市", "辽宁省", "江西省", "广西", "云南省", "天津市", "未知"}},
	{key: "city", names: []string{"深圳市", "北京市", "上海市", "广州市", "杭州市", "成都市", "南京市", "武汉市", "苏州市", "重庆市", "西安市", "郑州市", "长沙市", "青岛市", "东莞市", "佛山市", "宁波市", "合肥市", "天津市", "福州市", "厦门市", "济南市", "无锡市", "昆明市", "沈阳市", "南昌市", "温州市", "泉州市", "石家庄市", "哈尔滨市", "未知"}},
	{key: "genders", names: []string{"男", "女", "未知"}},
	{key: "platforms", names: []string{"iPhone", "Android", "其他"}},
	{key: "devices", names: devices(), bare: true},
	{key: "ages", names: []string{"17岁以下", "18-24岁", "25-29岁", "30-39岁", "40-49岁", "50岁以上", "未知"}},
}

func devices() (names []string) {
	for _, phone := range []string{"iPhone %d", "HUAWEI P%d0", "OPPO R%d", "vivo X%d", "Xiaomi %d"} {
		for model := 9; model <= 15; model++ {
			names = append(names, fmt.Sprintf(phone, model))
		}
	}
	return names
}

var noPortrait = func() row {
	var none row
	for _, t := range traits {
		none = append(none, field{t.key, []row{}})
	}
	return row{{"visit_uv_new", none}, {"visit_uv", none}}
}()

// portraitOfMonth is the portrait of the 30 days up to d.
func (a *account) portraitOfMonth(d calendar.Day, ready readiness) []row {
	return a.portrait(d-29, d, ready)
}

// portrait tells who the visitors of some days were.
func (a *account) portrait(begin, end calendar.Day, ready readiness) []row {
	if !ready(end) || a.idle.Load() {
		return nil
	}
	v := a.visitsOf(begin, end+1)
	return []row{{
		{"ref_date", spanText(&api{}, begin, end)},
		{"visit_uv_new", a.traits(end, 0, v.fresh)},
		{"visit_uv", a.traits(end, 1, v.visitors)},
	}}
}

func (a *account) traits(d calendar.Day, k int, people int64) (out row) {
	for i, t := range traits {
		shares := make([]share, len(t.names))
		for j := range shares {
			shares[j] = share{j + 1, math.Pow(float64(j+1), -0.8)}
		}
		rows := []row{}
		for _, part := range a.divide(topicPortrait, d, k<<8|i, people, shares) {
			r := row{{"id", part[0].val}, {"name", t.names[part[0].val.(int)-1]}, {"value", part[1].val}}
			if t.bare {
				r = r[1:]
			}
			rows = append(rows, r)
		}
		if t.bare && a.Novelties && len(rows) > 0 {
			rows = append(rows, row{rows[0][0], {"value", count(1)}})
		}
		out = append(out, field{t.key, rows})
	}
	return out
}
