package collector

import (
	"bytes"
	"cmp"
	"encoding/json"
	"reflect"
	"testing"
)

// documented are fields that WeChat documents and the simulated one leaves out.
var documented = map[string]string{
	"getweanalysisappiduserportrait": `{"visit_uv_new":{"devices":[{"id":"1"}]},"visit_uv":{"devices":[{"id":"1"}]}}`,
	"publisher_settlement_total":     `{"penalty_all":1,"revenue_all":2,"settled_revenue_all":3}`,
}

// TestRowsHoldEveryField: WeChat answers each field of the row types, so that none has a
// name of our own.
func TestRowsHoldEveryField(t *testing.T) {
	for _, api := range allAPIs() {
		begin, end := goldenDays(api)
		there := map[string]bool{}
		rows := append(simulatedRows(api, parseDay(t, begin), parseDay(t, end)), json.RawMessage(cmp.Or(documented[api.Name], "{}")))
		for _, raw := range rows {
			leaves("", decoded(t, raw), func(path string, _ any) { there[path] = true })
		}
		leaves("", decoded(t, filledRow(t, api)), func(path string, _ any) {
			if !there[path] {
				t.Errorf("%s: no row of WeChat has the field %s", api.Name, path[1:])
			}
		})
	}
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
