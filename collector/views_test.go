package collector

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// viewTexts are views by name: the lists that are gone through, and the columns.
func viewTexts(families []Family) map[string][]string {
	texts := map[string][]string{}
	for _, v := range Views(families) {
		texts[v.Name] = []string{}
		for _, path := range v.Each {
			texts[v.Name] = append(texts[v.Name], strings.Join(path, ".")+"[]")
		}
		for _, c := range v.Columns {
			texts[v.Name] = append(texts[v.Name], fmt.Sprintf("%d:%s:%s", c.Level, strings.Join(c.Path, "."), c.Kind))
		}
	}
	return texts
}

func TestViews(t *testing.T) {
	want := map[string][]string{
		"getcardsummary":        strings.Fields("0:card_id:integer 0:view_count:integer 0:use_rate:real"),
		"getcardsummary_shops":  strings.Fields("shops[] 0:card_id:integer 1:shop_id:integer"),
		"getcardsummary_owners": strings.Fields("shops[] owners[] 0:card_id:integer 2:name:text"),
		"getcardtotal":          strings.Fields("days[] 0:card.card_id:integer 0:card.name:text 1:stat_date:text 1:view_count:integer"),
		"getcardtotal_shops":    strings.Fields("days[] shops[] 0:card.card_id:integer 1:stat_date:text 2:shop_id:integer"),
		"getcardtotal_owners":   strings.Fields("days[] shops[] owners[] 0:card.card_id:integer 1:stat_date:text 3:name:text"),
		"getcardtotal_colours":  strings.Fields("colours[] 0:card.card_id:integer 1:colour:text"),
	}
	if diff := cmp.Diff(want, viewTexts([]Family{cardFamily()})); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
}

// TestViewsOfWeChat: the views that people query have these columns, and may have
// more.
func TestViewsOfWeChat(t *testing.T) {
	got := viewTexts(Families())
	for name, columns := range map[string]string{
		"getusersummary":                           "0:user_source:integer 0:new_user:integer 0:cancel_user:integer",
		"getupstreammsghour":                       "0:ref_hour:integer 0:msg_type:integer 0:msg_user:integer 0:msg_count:integer",
		"getarticletotal":                          "details[] 0:msgid:text 0:title:text 0:url:text 1:stat_date:text 1:int_page_read_user:integer",
		"getarticleread":                           "0:msgid:text 0:detail.read_user:integer",
		"getarticleread_read_user_source":          "detail.read_user_source[] 0:msgid:text 1:user_count:integer 1:scene_desc:text",
		"getbizsummary_read_user_source":           "detail.read_user_source[] 1:user_count:integer 1:scene_desc:text",
		"getarticletotaldetail":                    "detail_list[] 0:msgid:text 0:publish_type:text 1:stat_date:text 1:read_user:integer 1:read_finish_rate:real",
		"getarticletotaldetail_read_user_source":   "detail_list[] read_user_source[] 0:msgid:text 1:stat_date:text 2:user_count:integer 2:scene_desc:text",
		"getarticletotaldetail_read_jump_position": "detail_list[] read_jump_position[] 0:msgid:text 1:stat_date:text 2:position:integer 2:rate:real",
	} {
		for column := range strings.FieldsSeq(columns) {
			if !slices.Contains(got[name], column) {
				t.Errorf("%s has no %s: %q", name, column, got[name])
			}
		}
	}
}

// TestViewNames: no view and no column of a view has the name of another.
func TestViewNames(t *testing.T) {
	views := map[string]bool{}
	for _, v := range Views(Families()) {
		if views[v.Name] {
			t.Errorf("two views are %s", v.Name)
		}
		views[v.Name] = true
		columns := map[string]bool{"account": true, "date": true} // the store's own
		for _, c := range v.Columns {
			if columns[c.Name] {
				t.Errorf("%s has two columns %s", v.Name, c.Name)
			}
			columns[c.Name] = true
		}
	}
}

// TestViewsHaveEveryField: every list inside a row has a view, and the lines of a
// view are exactly what the row type reads: of the golden answers, and of a row
// that has every field.
func TestViewsHaveEveryField(t *testing.T) {
	for _, api := range allAPIs() {
		t.Run(api.Name, func(t *testing.T) {
			views := map[string]View{}
			for _, v := range Views([]Family{{APIs: []API{api}}}) {
				views[v.at(nil)] = v
			}
			full := filledRow(t, api)
			wanted := []string{""}
			if api.Stats != "" {
				wanted = nil // the view of the row goes on in the list
			}
			lists("", decoded(t, full), func(path string) { wanted = append(wanted, path) })
			for _, path := range wanted {
				if _, ok := views[path]; !ok {
					t.Errorf("there is no view of the list %q", path)
				}
			}
			if len(views) != len(wanted) {
				t.Errorf("%d views of %d lists", len(views), len(wanted))
			}
			_, end := goldenDays(api)
			for _, raw := range append(goldenRows(t, api), full) {
				if api.Ask.Path != "" || api.Ask.Dates != Dashed {
					r, _, _, _ := api.read(raw, end)
					raw = r.json
				}
				typed := decoded(t, typedRow(t, api, raw))
				for _, v := range views {
					if diff := cmp.Diff(v.expected(api, typed), v.lines(decoded(t, raw))); diff != "" {
						t.Errorf("%s of %s: - row type, + view:\n%s", v.Name, raw, diff)
					}
				}
			}
			for _, v := range views {
				for _, line := range v.scopes(decoded(t, full)) {
					for _, c := range v.Columns {
						if value := lookup(line[c.Level], c.Path); c.Kind != kindOf(value) {
							t.Errorf("%s: the column %s is %s, and %v is %s", v.Name, c.Name, c.Kind, value, kindOf(value))
						}
					}
				}
			}
		})
	}
}

// typedRow writes a row as the row type reads it: each field is there, a null
// where WeChat did not send it, and no other.
func typedRow(t *testing.T, api API, raw json.RawMessage) json.RawMessage {
	t.Helper()
	row := reflect.New(api.row)
	if err := decode(raw, row.Interface()); err != nil {
		t.Fatal(err)
	}
	emptyLists(row.Elem())
	return encoded(t, row.Interface())
}

// emptyLists makes a list of each that WeChat did not send.
func emptyLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			emptyLists(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			emptyLists(v.Index(i))
		}
	}
}

// scopes goes through the lists of a view: of each line, the row and the entries
// that lead to it.
func (v View) scopes(row any) [][]any {
	scopes := [][]any{{row}}
	for _, path := range v.Each {
		var deeper [][]any
		for _, scope := range scopes {
			entries, _ := lookup(scope[len(scope)-1], path).([]any)
			for _, e := range entries {
				deeper = append(deeper, append(slices.Clip(scope), e))
			}
		}
		scopes = deeper
	}
	return scopes
}

// lines are the lines of a view, its columns read as the store reads them.
func (v View) lines(row any) (lines []map[string]string) {
	for _, scope := range v.scopes(row) {
		line := map[string]string{}
		for _, c := range v.Columns {
			line[c.Name] = fmt.Sprint(orEmpty(lookup(scope[c.Level], c.Path)))
		}
		lines = append(lines, line)
	}
	return lines
}

// expected are the lines that a view must have of a row as the row type writes it:
// all fields of the row and of the day up to which figures count, or those of the
// entry with the key of what it lies in.
func (v View) expected(api API, row any) (lines []map[string]string) {
	for _, scope := range v.scopes(row) {
		line := map[string]string{}
		for level, object := range scope {
			scalars(object, func(name string, value any) {
				if name != "ref_date" && !strings.HasSuffix("."+api.Date, "."+name) && (v.Name == api.Name || level == len(scope)-1 || identifies(api, name)) {
					line[name] = fmt.Sprint(orEmpty(value))
				}
			})
		}
		lines = append(lines, line)
	}
	return lines
}

func identifies(api API, name string) bool {
	return name == "stat_date" || slices.ContainsFunc(api.Key, func(l Label) bool { return l.Field == name })
}

// orEmpty is a value; a string that WeChat did not send is an empty one in a row
// type, a number null.
func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

func lookup(v any, path []string) any {
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// scalars yields the fields of an object and of the objects in it, lists left out.
func scalars(v any, yield func(name string, v any)) {
	for name, inner := range v.(map[string]any) {
		switch inner.(type) {
		case []any:
		case map[string]any:
			scalars(inner, yield)
		default:
			yield(name, inner)
		}
	}
}

// lists yields the path of every list in a JSON value, such as details.
func lists(at string, v any, yield func(path string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			lists(strings.TrimPrefix(at+"."+name, "."), inner, yield)
		}
	case []any:
		yield(at)
		for _, entry := range v {
			lists(at, entry, yield)
		}
	}
}

func kindOf(v any) string {
	switch v := v.(type) {
	case string:
		return "text"
	case json.Number:
		if strings.Contains(v.String(), ".") {
			return "real"
		}
		return "integer"
	}
	return "nothing"
}
