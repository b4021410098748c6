package config

import (
	"reflect"
	"strings"

	commoncfg "github.com/prometheus/common/config"
)

// field is a field of a section.
type field struct {
	reflect.Value
	rule
}

// mayBeEmpty holds for sections and lists whose content may be commented out.
func (f field) mayBeEmpty() bool {
	switch f.Kind() {
	case reflect.Struct:
		_, scalar := typeRules[f.Type()]
		return !scalar
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return true
	}
	return f.empty
}

// fields adds the fields of a section by key, and returns the map that takes all
// other keys, if there is one.
func fields(out reflect.Value, by map[string]field) (rest reflect.Value) {
	if out.Kind() == reflect.Pointer {
		out = out.Elem()
	}
	prometheus := out.Type().PkgPath() == reflect.TypeFor[commoncfg.URL]().PkgPath()
	for f, v := range out.Fields() {
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline" && v.Kind() == reflect.Map:
			rest = v
		case options == "inline":
			fields(v, by)
		case key == "" || key == "-":
		case !prometheus:
			by[key] = field{v, rule{empty: f.Tag.Get("empty") != "", free: v.Kind() == reflect.Map}}
		case strings.HasSuffix(key, "_ref"):
			by[key] = field{v, rule{check: noManager}}
		default:
			by[key] = field{v, httpKeys[key]}
		}
	}
	return rest
}
