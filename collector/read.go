package collector

import (
	"fmt"
	"strconv"

	"github.com/wxexporter/wx_exporter/wxclient"
)

// allSources is the code with which WeChat marks the total over all sources.
const allSources = 99999999

// count reads a number that WeChat counts in integers.
func count[E any](field func(E) *int64) func(E) (float64, bool) {
	return func(e E) (float64, bool) {
		if n := field(e); n != nil {
			return float64(*n), true
		}
		return 0, false
	}
}

// greatest returns the greatest number of a list whose figures grow, which is
// the newest one wherever it stands and whichever entries lack the field.
func greatest[E any](list []E, field func(E) *int64) (most *int64) {
	for _, e := range list {
		if n := field(e); n != nil && (most == nil || *n > *most) {
			most = n
		}
	}
	return most
}

// ratio reads a number that WeChat gives as a fraction, times a factor.
func ratio[E any](factor float64, field func(E) *float64) func(E) (float64, bool) {
	return func(e E) (float64, bool) {
		if f := field(e); f != nil {
			return *f * factor, true
		}
		return 0, false
	}
}

// one is the value of an info metric, whose labels are the data.
func one[E any](E) (float64, bool) { return 1, true }

// code is a label whose value is a code of WeChat's, as it is.
func code[E any](name string, field func(E) *int64) Label[E] {
	return Label[E]{name, func(e E) (string, bool) {
		n := field(e)
		if n == nil {
			return "", false
		}
		return strconv.FormatInt(*n, 10), true
	}}
}

// source is the label of a user_source; a row without one is a total.
func source[E any](field func(E) *int64) Label[E] {
	return Label[E]{"source", func(e E) (string, bool) {
		n := field(e)
		if n == nil || *n == allSources {
			return "all", true
		}
		return strconv.FormatInt(*n, 10), true
	}}
}

// hour is the label of a ref_hour, which is 0, 100 to 2300.
func hour[E any](field func(E) *int64) Label[E] {
	return Label[E]{"hour", func(e E) (string, bool) {
		n := field(e)
		if n == nil || *n < 0 || *n > 2300 || *n%100 != 0 {
			return "", false
		}
		return fmt.Sprintf("%02d", *n/100), true
	}}
}

// text is a label whose value WeChat writes as text, which may be empty.
func text[E any](name string, field func(E) string) Label[E] {
	return Label[E]{name, func(e E) (string, bool) { return wxclient.ScrubText(field(e)), true }}
}

// msgid is the label of an article; without one a row is of no article.
func msgid[E any](field func(E) wxclient.Text) Label[E] {
	return Label[E]{"msgid", func(e E) (string, bool) {
		id := wxclient.ScrubText(string(field(e)))
		return id, id != ""
	}}
}

// statDate is the label of the day up to which figures that grow are counted.
func statDate[E any](field func(E) string) Label[E] {
	return Label[E]{"stat_date", func(e E) (string, bool) {
		_, err := wxclient.ParseDay(field(e))
		return field(e), err == nil
	}}
}

// measures are the eight read measures of an element, under a prefix such as
// wx_read_; whose says in HELP what was read, path where the fields stand.
func measures[E any](prefix, whose, path string, of func(E) wxclient.ReadMeasures) []Gauge[E] {
	m := func(name, help, unit, field string, value func(wxclient.ReadMeasures) *int64) Gauge[E] {
		return Gauge[E]{Name: prefix + name, Help: help + whose + ".", Unit: unit, Field: path + field,
			Value: count(func(e E) *int64 { return value(of(e)) })}
	}
	return []Gauge[E]{
		m("int_page_users", "Users who read the article page", "users", "int_page_read_user", func(r wxclient.ReadMeasures) *int64 { return r.IntPageReadUser }),
		m("int_page_reads", "Reads of the article page", "times", "int_page_read_count", func(r wxclient.ReadMeasures) *int64 { return r.IntPageReadCount }),
		m("ori_page_users", "Users who read the original page that the article links to", "users", "ori_page_read_user", func(r wxclient.ReadMeasures) *int64 { return r.OriPageReadUser }),
		m("ori_page_reads", "Reads of the original page that the article links to", "times", "ori_page_read_count", func(r wxclient.ReadMeasures) *int64 { return r.OriPageReadCount }),
		m("share_users", "Users who shared", "users", "share_user", func(r wxclient.ReadMeasures) *int64 { return r.ShareUser }),
		m("shares", "Shares", "times", "share_count", func(r wxclient.ReadMeasures) *int64 { return r.ShareCount }),
		m("fav_users", "Users who added to their favourites", "users", "add_to_fav_user", func(r wxclient.ReadMeasures) *int64 { return r.AddToFavUser }),
		m("favs", "Additions to favourites", "times", "add_to_fav_count", func(r wxclient.ReadMeasures) *int64 { return r.AddToFavCount }),
	}
}
