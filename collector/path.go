package collector

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// path leads from a row to a field: each level holds the struct fields to follow,
// and each level but the last ends in a list, whose entries the next level
// belongs to. The empty path leads to the row itself.
type path [][]int

// find finds a path such as details.stat_date in a row type.
func find(row reflect.Type, field string) path {
	if field == "" {
		return nil
	}
	p, at := path{nil}, row
	for name := range strings.SplitSeq(field, ".") {
		if at.Kind() == reflect.Slice {
			p, at = append(p, nil), at.Elem()
		}
		f, ok := tagged(at, name)
		if !ok {
			panic(fmt.Sprintf("%s has no field %s of %s", row, name, field))
		}
		last := len(p) - 1
		p[last], at = append(p[last], f.Index...), f.Type
	}
	return p
}

// tagged finds the field of a struct that has a JSON name.
func tagged(t reflect.Type, name string) (reflect.StructField, bool) {
	for _, f := range reflect.VisibleFields(t) {
		if f.Tag.Get("json") == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// mustLieIn panics if a path goes through other lists than its group does.
func (p path) mustLieIn(each path, field string) {
	if len(p) > len(each)+1 || len(p) > 1 && !slices.EqualFunc(p[:len(p)-1], each[:len(p)-1], slices.Equal) {
		panic(fmt.Sprintf("the group does not go through the lists of %s", field))
	}
}

// in returns the field in a scope, which is the row followed by the list entries
// that lead to an element.
func (p path) in(scope []reflect.Value) reflect.Value {
	return scope[len(p)-1].FieldByIndex(p[len(p)-1])
}

// all returns every field that the path leads to.
func (p path) all(row reflect.Value) (fields []reflect.Value) {
	if len(p) > 0 {
		for _, scope := range p[:len(p)-1].entries(row) {
			fields = append(fields, p.in(scope))
		}
	}
	return fields
}

// entries returns the scope of every entry of the lists at the path; for the empty
// path, those of the rows themselves.
func (p path) entries(rows ...reflect.Value) [][]reflect.Value {
	scopes := make([][]reflect.Value, len(rows))
	for i := range rows {
		scopes[i] = rows[i : i+1 : i+1]
	}
	for level, fields := range p {
		outer := scopes
		scopes = nil
		for _, scope := range outer {
			list := scope[level].FieldByIndex(fields)
			scopes = slices.Grow(scopes, list.Len())
			for i := range list.Len() {
				scopes = append(scopes, append(slices.Clip(scope), list.Index(i)))
			}
		}
	}
	return scopes
}

// expression is a number that is read off an element.
type expression struct {
	value   path
	divisor path // nil: none
	factor  float64
	parts   float64 // a divisor that is a number; 18 / 1000 is 0.018, and 18 x 0.001 is not
}

// parse reads "path", "path x number", "path / number" or "path / path". What comes
// after a comma is for people.
func parse(row reflect.Type, field string) expression {
	e := expression{factor: 1, parts: 1}
	field, _, _ = strings.Cut(field, ", ")
	field, factor, multiplied := strings.Cut(field, " x ")
	if multiplied {
		n, err := strconv.ParseFloat(factor, 64)
		if err != nil {
			panic(err)
		}
		e.factor = n
	}
	value, divisor, _ := strings.Cut(field, " / ")
	if n, err := strconv.ParseFloat(divisor, 64); err == nil {
		divisor, e.parts = "", n
	}
	e.value, e.divisor = find(row, value), find(row, divisor)
	return e
}

// plain returns the path that a field's expression is read off, "" if it is the quotient
// of two.
func plain(field string) string {
	field, _, _ = strings.Cut(field, ", ")
	field, _, _ = strings.Cut(field, " x ")
	value, divisor, quotient := strings.Cut(field, " / ")
	if _, err := strconv.ParseFloat(divisor, 64); quotient && err != nil {
		return ""
	}
	return value
}

// in returns the number; false if a field was not reported, the divisor is 0 or the
// number is none that a double holds.
func (e expression) in(scope []reflect.Value) (float64, bool) {
	v, ok := number(e.value.in(scope))
	if v = v * e.factor / e.parts; e.divisor != nil && ok {
		var d float64
		d, ok = number(e.divisor.in(scope))
		v /= d
	}
	return v, ok && !math.IsInf(v, 0) && !math.IsNaN(v)
}

// number reads a count or a ratio; a nil pointer is a field that WeChat did not
// report.
func number(v reflect.Value) (float64, bool) {
	switch {
	case v.IsNil():
		return 0, false
	case v.Type().Elem().Kind() == reflect.Float64:
		return v.Elem().Float(), true
	}
	return float64(v.Elem().Int()), true
}
