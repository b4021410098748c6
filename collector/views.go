package collector

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// View describes the rows of an API as a table. The store makes an SQL view of it
// and adds the columns account and date.
type View struct {
	Name  string
	API   string
	Title Words  // for people
	Date  string // WeChat's name of the day

	// Each holds the JSON paths of nested lists, outermost first. The view has a
	// line for each entry of the last list or, without lists, for each row.
	Each    [][]string
	Columns []Column
}

// Column is a field of a row, or of an entry of one of the lists.
type Column struct {
	Name  string   // WeChat's name of the field
	Level int      // 0: of the row; 1: of an entry of the first list; ...
	Path  []string // JSON keys below that level
	Kind  string   // text, integer or real
	Adds  Adds     // over what it may be added up; 0 if it is no figure
	Head  Words    // for people
	Code  string   // the kind of Codes that name its values; empty: none

	// By is another column, if that tells the kind: Kinds has it by that one's values.
	By    string
	Kinds map[string]string
}

// Coded reports whether a column holds codes.
func (c Column) Coded() bool { return c.Code != "" || c.By != "" }

// Views returns the views of all APIs. The view with the API's name has all fields
// of the row; if its figures grow, it has a line for each stat_date. Every other
// list in the rows has a view of its own, named API_list, which begins with the
// row's key; where two lists have a name, API_object_list.
func Views(families []Family) []View {
	var all []View
	for _, f := range families {
		for _, api := range f.APIs {
			all = append(all, named(api.views(View{Name: api.Name, API: api.Name, Title: api.Title, Date: api.dateName()}, nil, api.row))...)
		}
	}
	return all
}

// dateName is WeChat's name of the day. Where rows do not tell it, it mostly stands beside
// them.
func (a API) dateName() string {
	if a.Date == Asked {
		return "ref_date"
	}
	return a.Date[strings.LastIndex(a.Date, ".")+1:]
}

// named gives lists of an API that have the same name their whole paths as names.
func named(views []View) []View {
	count := map[string]int{}
	for _, v := range views {
		count[v.Name]++
	}
	for i, v := range views {
		if count[v.Name] > 1 {
			views[i].Name = v.API + "_" + strings.Join(slices.Concat(v.Each...), "_")
		}
	}
	return views
}

// views completes a view with the fields of type t, that of its entries, and
// returns it with the views of the lists below. key holds the key columns of the
// levels above.
func (a API) views(v View, key []Column, t reflect.Type) []View {
	columns, lists := fields(t, len(v.Each), nil)
	for _, c := range columns {
		at := v.at(c.Path)
		if at == a.Date {
			continue // the store has a column for it
		}
		c.Adds = a.adds(at)
		c.By, c.Kinds = a.kinds(at)
		v.Columns = append(slices.Clip(v.Columns), c)
		if at == a.Stats || slices.ContainsFunc(a.Key, func(l Label) bool { return l.Field == at }) {
			key = append(slices.Clip(key), c)
		}
	}
	var below []View
	grows := false
	for _, l := range lists {
		inner := View{Name: a.Name + "_" + l.path[len(l.path)-1], API: a.Name, Date: v.Date, Each: append(slices.Clip(v.Each), l.path), Columns: key,
			Title: Words{a.Title.English + ", " + l.name.English, a.Title.Chinese + l.name.Chinese}}
		if strings.HasPrefix(a.Stats, v.at(l.path)+".") {
			grows, inner.Name, inner.Title, inner.Columns = true, v.Name, v.Title, v.Columns
		}
		below = append(below, a.views(inner, key, l.entry)...)
	}
	if grows {
		return below // the view goes on in the list, under the same name
	}
	return append([]View{v}, below...)
}

// kinds returns the column that tells what the codes of a column mean, and how.
func (a API) kinds(at string) (by string, kinds map[string]string) {
	for _, g := range a.Groups {
		for _, l := range g.Labels {
			if l.Field != at || l.Codes == "" {
				continue
			}
			if kinds == nil {
				kinds = map[string]string{}
			}
			for _, is := range g.Where.Is {
				by, kinds[is] = g.Where.Field, l.Codes
			}
		}
	}
	return by[strings.LastIndex(by, ".")+1:], kinds
}

// at writes a path below the last list as the tables write paths.
func (v View) at(path []string) string {
	return strings.Join(append(slices.Concat(v.Each...), path...), ".")
}

// list is a list inside a row, and the type of its entries.
type list struct {
	path  []string
	entry reflect.Type
	name  Words
}

// fields returns the fields and the lists of a struct, including those of objects
// in it. Embedded structs have no name in JSON.
func fields(t reflect.Type, level int, in []string) (columns []Column, lists []list) {
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("json")
		path := append(slices.Clip(in), name)
		switch {
		case name == "":
		case f.Type.Kind() == reflect.Slice:
			lists = append(lists, list{path, f.Type.Elem(), wordsOf(f)})
		case f.Type.Kind() == reflect.Struct:
			c, l := fields(f.Type, level, path)
			for i, in := 0, wordsOf(f); i < len(l) && in.English != ""; i++ {
				l[i].name = Words{in.English + " " + l[i].name.English, in.Chinese + l[i].name.Chinese}
			}
			columns, lists = append(columns, c...), append(lists, l...)
		default:
			columns = append(columns, Column{Name: name, Level: level, Path: path, Kind: kind(f.Type), Head: wordsOf(f), Code: f.Tag.Get("code")})
		}
	}
	return columns, lists
}

// kind returns the kind of a column. It panics for a number that is no pointer: a
// missing field would look like 0.
func kind(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.String:
		return "text"
	case t == reflect.TypeFor[*int64]():
		return "integer"
	case t == reflect.TypeFor[*float64]():
		return "real"
	}
	panic(fmt.Sprintf("no column is made of a field of type %s", t))
}
