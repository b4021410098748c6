// Package sheets writes views of the store as files for people: workbooks, and tables
// for spreadsheets.
package sheets

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// Reader reads the store; see store.Reader.
type Reader interface {
	Rows(ctx context.Context, v store.View, since, until string, accounts ...string) iter.Seq2[[]any, error]
	OpenDays(ctx context.Context, since, until string, accounts ...string) ([]store.Found, error)
}

// Book says what is written, and for whom.
type Book struct {
	Language     texts.Language
	Views        []collector.View
	Since, Until string   // dates, both included; "" is no limit
	Accounts     []string // names; none are all
	Made         string   // when, and by which version
	Dir          string   // of what does not fit into memory
	MaxRows      int      // of a sheet; 0: a million
	Progress     func(view string, lines int)
}

// Views are the views of families that have anything to read: some have nothing but
// lists, which are views of their own.
func Views(families []collector.Family) []collector.View {
	return slices.DeleteFunc(collector.Views(families), func(v collector.View) bool { return len(v.Columns) == 0 })
}

// StoreView is a view as the store knows it.
func StoreView(v collector.View) store.View {
	out := store.View{Name: v.Name, API: v.API, Each: v.Each}
	for _, c := range v.Columns {
		out.Columns = append(out.Columns, store.Column{Name: c.Name, Level: c.Level, Path: c.Path, Kind: c.Kind})
	}
	return out
}

func (b Book) until() string { return cmp.Or(b.Until, "9999-12-31") }

// heads are those of a view's columns: words of the language, and WeChat's names.
func (b Book) heads(v collector.View) (words, names []string) {
	words, names = []string{b.Language.Say("Account"), b.Language.Say("Date")}, []string{"account", v.Date}
	for _, c := range v.Columns {
		head := b.Language.Pick(c.Head.English, c.Head.Chinese)
		if head == "" {
			head = c.Name
		}
		words, names = append(words, head), append(names, c.Name)
	}
	return words, names
}

// value is a cell: a text, a time.Time that is a day, an int64, a float64, or nil. The
// first two columns are account and date.
func (b Book) value(v collector.View, column int, line []any) any {
	is := text(line[column])
	if is == nil || column == 0 {
		return is
	}
	if column == 1 {
		return date(is)
	}
	c := v.Columns[column-2]
	switch {
	case c.Coded():
		kind := c.Code
		if by := slices.IndexFunc(v.Columns, func(other collector.Column) bool { return other.Name == c.By }); by >= 0 {
			kind = c.Kinds[fmt.Sprint(text(line[2+by]))]
		}
		words := collector.NameOf(kind, fmt.Sprint(is))
		return b.Language.Pick(words.English, words.Chinese)
	case strings.HasSuffix(c.Name, "_date"):
		return date(is)
	}
	return is
}

// text makes a text of what a database returns as bytes.
func text(is any) any {
	if bytes, ok := is.([]byte); ok {
		return string(bytes)
	}
	return is
}

// date reads a day; what is none stays as it is.
func date(is any) any {
	text, _ := is.(string)
	if d, err := time.Parse(time.DateOnly, text); err == nil {
		return d
	}
	return is
}

// isLink reports whether a column holds addresses, and a text is one of the web.
func isLink(c collector.Column, is any) bool {
	text, ok := is.(string)
	if !ok || !strings.HasSuffix(c.Name, "url") {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// rows are the cells of a view. The slice is used again.
func (b Book) rows(ctx context.Context, from Reader, v collector.View) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		cells, n := make([]any, 2+len(v.Columns)), 0
		for line, err := range from.Rows(ctx, StoreView(v), b.Since, b.until(), b.Accounts...) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range cells {
				cells[i] = b.value(v, i, line)
			}
			if n++; b.Progress != nil {
				b.Progress(v.Name, n)
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
}
