package collector

import (
	"encoding/json"
	"reflect"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Ask says how WeChat is asked for an API, and where an answer has the rows. The zero
// value is an Official Account's: POST /datacube/NAME with begin_date and end_date in the
// body, written as 2026-11-20, and one answer, whose rows are its list.
type Ask struct {
	Path     string // such as /publisher/stat; empty: /datacube/ and the API's name
	Query    bool   // GET, and dates and parameters are in the query; else POST, and they are in the body
	From, To string // the parameters that are the first and the last day; empty: begin_date and end_date
	Dates    Dates  // how they are written

	// Params are further parameters. If one has several values, a day has a question for
	// each of them, and is there when all have answered.
	Params map[string][]any

	Whole bool // weeks, months and halves of months are asked for from their first to their last day; else by their first alone
	Days  int  // a row is of so many days up to its own, and they are asked for; 0: of the period alone
	Pages int  // rows of a page, of page, page_size and total_num; 0: all rows come at once

	// Rows is where the rows are, such as data.list, also through JSON that is a text;
	// empty: list. TheAnswer is that an answer is a row.
	Rows string
}

// Questions returns how many questions a day has.
func (a Ask) Questions() int {
	n := 1
	for _, values := range a.Params {
		n *= len(values)
	}
	return n
}

// TheAnswer as Ask.Rows says that an answer is one row, without a list.
const TheAnswer = "."

// Dates is how a question writes days.
type Dates uint8

// How days are written.
const (
	Dashed  Dates = iota // 2026-11-20
	Compact              // 20261120
	Seconds              // since 1970, of the first second of the first and the last one of the last day
)

// Asked as API.Date says that rows do not tell their day: it is the one that was asked
// for.
const Asked = "-"

// Limit is what bounds how many things of a day an API shows on /metrics.
type Limit uint8

// The limits, as the configuration calls them.
const (
	ArticlesPerDay Limit = iota
	PagesPerDay
)

// Limits are how many things of a day and API are shown, the largest first; 0 is all.
type Limits struct{ Articles, Pages int }

// Of returns how many things of a day an API shows; 0 is all.
func (l Limits) Of(a API) int {
	if a.Limit == PagesPerDay {
		return l.Pages
	}
	return l.Articles
}

// Condition chooses entries by a field of them.
type Condition struct {
	Field string   // path
	Is    []string // it is one of these
	Not   bool     // it is none of them

	path path
}

// holds reports whether the entry that a scope leads to is chosen.
func (c Condition) holds(scope []reflect.Value) bool {
	return c.path == nil || slices.Contains(c.Is, c.path.in(scope).String()) != c.Not
}

// unfolded returns a row for each object in the field Unfold of rows.
func (a API) unfolded(rows []json.RawMessage) (all []json.RawMessage) {
	if a.Unfold == "" {
		return rows
	}
	for _, row := range rows {
		var fields map[string]jsontext.Value
		var list []jsontext.Value
		if decode(row, &fields) != nil || decode(fields[a.Unfold], &list) != nil {
			all = append(all, row)
			continue
		}
		for _, one := range list {
			fields[a.Unfold] = one
			raw, err := jsonv2.Marshal(fields, jsonv2.Deterministic(true), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
			if err != nil {
				raw = row // which cannot be read either, and is counted
			}
			all = append(all, raw)
		}
	}
	return all
}
