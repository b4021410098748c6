package collector

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// totalSource is the code that WeChat marks the total over all sources with.
var totalSource = strconv.Itoa(allSources)

// Words are what people read: a head of a column, the title of a view.
type Words struct{ English, Chinese string }

// wordsOf reads the words in a field's tag `name:"English|Chinese"`.
func wordsOf(f reflect.StructField) Words {
	english, chinese, _ := strings.Cut(f.Tag.Get("name"), "|")
	return Words{english, chinese}
}

// heading returns the words of the field that a gauge is read off.
func (a API) heading(field string) Words {
	f, _ := a.field(plain(field))
	return wordsOf(f)
}

// field returns the field at a path of the row; false if it is none, as a quotient.
func (a API) field(field string) (f reflect.StructField, ok bool) {
	if field == "" || strings.ContainsAny(field, " *") {
		return f, false
	}
	at := a.row
	for name := range strings.SplitSeq(field, ".") {
		if at.Kind() == reflect.Slice {
			at = at.Elem()
		}
		f, ok = tagged(at, name)
		at = f.Type
	}
	return f, ok
}

// NameOf returns what people call a value of a column, or of a label, that is one of
// the Codes, a scene, or an hour of a row. Others have the name that they are.
func NameOf(kind, value string) Words {
	for _, c := range append(Codes(), columnCodes()...) {
		if c.Kind == kind && (c.Code == value || value == totalSource && c.Code == all) {
			return Words{c.Name, c.NameZH}
		}
	}
	for _, s := range Scenes() {
		if kind == "scene" && (s.Chinese == value || s.Word == value) {
			return Words{s.English, s.Chinese}
		}
	}
	if hour, err := strconv.Atoi(value); kind == "hour" && err == nil {
		at := fmt.Sprintf("%02d:00", hour/100)
		return Words{at, at}
	}
	if value == all || value == totalSource {
		return Words{"All", "全部"}
	}
	return Words{value, value}
}

// IsTotal reports whether a value of a source or scene stands for all of them.
func IsTotal(value string) bool {
	return value == all || value == totalSource || value == Scenes()[0].Chinese
}
