package collector

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/wxexporter/wx_exporter/textfile"
)

// allSources is the code with which WeChat marks the total over all sources.
const allSources = 99999999

// all is the value of the labels source and scene that stands for the total.
const all = "all"

// Text is an identifier or kind that WeChat writes as a string in some answers and
// as a number in others. A number keeps its digits.
type Text string

// UnmarshalJSON implements json.Unmarshaler for strings, numbers and null.
func (t *Text) UnmarshalJSON(raw []byte) error {
	switch {
	case string(raw) == "null":
		return nil
	case len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'):
		*t = Text(raw)
		return nil
	}
	return json.Unmarshal(raw, (*string)(t))
}

// code is a label whose value is one of WeChat's codes, unchanged.
func code(name, field string) Label {
	return Label{Name: name, Field: field, value: func(v reflect.Value) (string, bool) {
		if v.IsNil() {
			return "", false
		}
		return strconv.FormatInt(v.Elem().Int(), 10), true
	}}
}

// source is the label of a user_source; a row without one is a total.
func source() Label {
	return Label{Name: "source", Field: "user_source", value: func(v reflect.Value) (string, bool) {
		if v.IsNil() || v.Elem().Int() == allSources {
			return all, true
		}
		return strconv.FormatInt(v.Elem().Int(), 10), true
	}}
}

// hour is the label of a ref_hour, which is 0, 100 to 2300.
func hour() Label {
	return Label{Name: "hour", Field: "ref_hour", value: func(v reflect.Value) (string, bool) {
		if v.IsNil() {
			return "", false
		}
		n := v.Elem().Int()
		return fmt.Sprintf("%02d", n/100), n >= 0 && n <= 2300 && n%100 == 0
	}}
}

// text is a label whose value WeChat writes as text, which may be empty.
func text(name, field string) Label {
	return Label{Name: name, Field: field, value: func(v reflect.Value) (string, bool) { return textfile.Spaced(v.String()), true }}
}

// msgid is the label of an article; a row without one is invalid.
func msgid() Label { return identifier("msgid", "msgid") }

// identifier is a label that tells what a row is about; one without it is invalid.
func identifier(name, field string) Label {
	return Label{Name: name, Field: field, value: func(v reflect.Value) (string, bool) {
		id := textfile.Spaced(v.String())
		return id, id != ""
	}}
}

// statDate is the label of the day up to which growing figures count.
func statDate(field string) Label {
	return Label{Name: "stat_date", Field: field, value: func(v reflect.Value) (string, bool) { return v.String(), isDate(v.String()) }}
}

// scene is the label for where readers come from.
func scene(field string) Label {
	return Label{Name: "scene", Field: field, value: func(v reflect.Value) (string, bool) {
		return textfile.Spaced(sceneWord(v.String())), v.String() != ""
	}}
}

// word is the label of the part of a field's name that the group's Words list.
func word(name string) Label { return Label{Name: name, Field: "*"} }

// Scene is a place that readers come from, as the APIs of the publish family
// write it, the stable word that stands for it in the label scene, and its English name.
type Scene struct{ Chinese, Word, English string }

// Scenes returns the known scenes; others are exported as WeChat writes them.
func Scenes() []Scene {
	return []Scene{
		{"全部", all, "All"}, {"公众号消息", "message", "Message"}, {"聊天会话", "chat", "Chat"}, {"朋友圈", "moments", "Moments"},
		{"公众号主页", "home", "Account page"}, {"推荐", "recommend", "Recommended"}, {"搜一搜", "search", "Search"}, {"其他", "other", "Other"},
	}
}

func sceneWord(s string) string {
	scenes := Scenes()
	if i := slices.IndexFunc(scenes, func(known Scene) bool { return known.Chinese == s }); i >= 0 {
		return scenes[i].Word
	}
	return s
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
