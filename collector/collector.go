// Package collector has the families of WeChat's statistics as tables of APIs.
// Series, SQL views and documents are made from these tables. It knows nothing of
// time, network or storage.
package collector

import (
	"cmp"
	"maps"
	"slices"
	"sync"
)

// Family is a set of APIs that belong together. Flags and configuration call it a
// collector.
type Family struct {
	Name  string
	Types []AccountType // of the accounts that have it; none: Official Accounts alone
	Off   bool          // it is polled only where somebody asks for it
	APIs  []API
}

// AccountType is what kind of WeChat account it is; its token reads the statistics of
// that kind alone. The zero value is an Official Account.
type AccountType string

// The types of accounts, as the configuration writes them.
const (
	Official AccountType = "official"
	Mini     AccountType = "mini"
)

// For reports whether accounts of a type have the family; the zero value is Official.
func (f Family) For(t AccountType) bool {
	t = cmp.Or(t, Official)
	return t == Official && len(f.Types) == 0 || slices.Contains(f.Types, t)
}

// Of returns the family with the APIs that accounts of a type have; the zero value is
// Official. Where all have all, that is the table itself: there may be thousands of
// accounts.
func (f Family) Of(t AccountType) Family {
	t = cmp.Or(t, Official)
	lacks := func(a API) bool { return len(a.Types) > 0 && !slices.Contains(a.Types, t) }
	if slices.ContainsFunc(f.APIs, lacks) {
		f.APIs = slices.DeleteFunc(slices.Clone(f.APIs), lacks)
	}
	return f
}

// Families returns all families, each with its APIs.
func Families() []Family {
	all := slices.Clone(tables())
	for i, f := range all {
		all[i].APIs = slices.Clone(f.APIs)
	}
	return all
}

// tables are what the families say, read once, which takes a millisecond. A new API is
// one entry in one of them.
var tables = sync.OnceValue(func() []Family {
	all := []Family{userFamily(), messageFamily(), interfaceFamily(), articleFamily(), publishFamily(), miniFamily(), miniopsFamily(), revenueFamily()}
	for _, f := range all {
		for i := range f.APIs {
			f.APIs[i].resolve()
		}
	}
	return all
})

// Names returns the names of families.
func Names(families []Family) []string {
	names := make([]string, len(families))
	for i, f := range families {
		names[i] = f.Name
	}
	return names
}

// LabelNames returns every label name that series of families and of their codes
// carry.
func LabelNames(families []Family) []string {
	names := map[string]bool{"account": true, "date": true, "api": true}
	for _, l := range codeLabels() {
		names[l] = true
	}
	for _, f := range families {
		for _, m := range f.Metrics() {
			for _, l := range m.Labels {
				names[l] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// Metric describes one metric, for HELP and for the documents.
type Metric struct {
	Name   string
	Help   string   // what is counted, one sentence
	Unit   string   // users, times, milliseconds, ...
	Field  string   // WeChat's field, or how the value comes out of its fields
	Labels []string // beside account and date
	APIs   string   // the API that it comes from, or two joined by "and"
	Adds   Adds     // over what it may be added up
	Title  Words    // for people; none for what is computed of several fields
	Codes  []string // for each label the kind of Codes that name its values; empty: none
	Heads  []Words  // what people call each label
	Main   bool     // it is shown where accounts are compared

	// Info marks a metric whose other labels describe its first one. There is one
	// series for each date and first label: the one with the most labels filled.
	Info bool
}

// Metrics returns what the family exports, each metric once.
func (f Family) Metrics() []Metric {
	var all []Metric
	for _, api := range f.APIs {
		for _, m := range api.metrics {
			i := slices.IndexFunc(all, func(o Metric) bool { return o.Name == m.Name })
			if i < 0 {
				all = append(all, m)
				continue
			}
			if all[i].APIs == m.APIs { // of several groups
				all[i].Field += ", " + m.Field
				continue
			}
			all[i].APIs += " and " + m.APIs
		}
	}
	return all
}

// Metrics returns what the API exports.
func (a API) Metrics() []Metric { return a.metrics }

// help is a metric's HELP: what it counts, where it comes from, and what its
// date and its value are.
func (m Metric) help() string {
	return m.Help + " From " + m.APIs + ", field " + m.Field + "."
}
