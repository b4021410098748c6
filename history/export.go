package history

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/wxexporter/wx_exporter/store"
)

// Reader reads the lines of a view: account, date and its columns.
type Reader interface {
	Rows(ctx context.Context, v store.View, since, until string, accounts ...string) iter.Seq2[[]any, error]
}

// Export says what to export.
type Export struct {
	Format       string       // csv or jsonl
	Views        []store.View // one after the other
	Since, Until string       // dates, both included; "" is no limit
	Accounts     []string     // names; none are all
	Progress     func(view string, lines int)
}

// Formats are the formats of an Export.
func Formats() []string { return []string{"csv", "jsonl"} }

// Write writes the lines. In CSV the header is that of all views together, and
// what a view does not have is empty; in JSON it is left out.
func (e Export) Write(ctx context.Context, from Reader, to io.Writer) error {
	out := bufio.NewWriter(to)
	write, end := jsonLines(out), out.Flush
	if e.Format == "csv" {
		columns := e.columns()
		lines := csv.NewWriter(out)
		if err := lines.Write(columns); err != nil {
			return err
		}
		write = csvLines(lines, columns)
		end = func() error {
			lines.Flush()
			return out.Flush()
		}
	}
	for _, v := range e.Views {
		names := header(v)
		n := 0
		for line, err := range from.Rows(ctx, v, e.Since, endDate(e.Until), e.Accounts...) {
			if err == nil {
				err = write(names, append([]any{v.Name}, line...))
			}
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			if n++; e.Progress != nil {
				e.Progress(v.Name, n)
			}
		}
	}
	return end()
}

// header names the values of a view's line.
func header(v store.View) []string {
	names := []string{"view", "account", "date"}
	for _, c := range v.Columns {
		names = append(names, c.Name)
	}
	return names
}

// columns are those of all views, in the order in which they first appear.
func (e Export) columns() (all []string) {
	for _, v := range e.Views {
		for _, name := range header(v) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

func csvLines(to *csv.Writer, columns []string) func(names []string, line []any) error {
	at := map[string]int{}
	for i, name := range columns {
		at[name] = i
	}
	return func(names []string, line []any) error {
		record := make([]string, len(columns))
		for i, value := range line {
			if value != nil {
				record[at[names[i]]] = fmt.Sprint(value)
				if text, ok := value.(string); ok {
					record[at[names[i]]] = Harmless(text)
				}
			}
		}
		return to.Write(record)
	}
}

// Harmless is a text that no spreadsheet takes for a formula: an apostrophe before it
// says that it is none.
func Harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func jsonLines(to io.Writer) func(names []string, line []any) error {
	return func(names []string, line []any) error {
		text := []byte("{")
		for i, value := range line {
			if value == nil {
				continue
			}
			v, err := json.Marshal(value)
			if err != nil {
				return err
			}
			if len(text) > 1 {
				text = append(text, ',')
			}
			text = append(strconv.AppendQuote(text, names[i]), ':')
			text = append(text, v...)
		}
		_, err := to.Write(append(text, "}\n"...))
		return err
	}
}
