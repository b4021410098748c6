package store

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Span names days of an API, both dates included.
type Span struct{ API, From, To string }

// has reports whether a day is one of the span.
func (s Span) has(api, date string) bool { return s.API == api && s.From <= date && date <= s.To }

// Found is a stored day, and the ID of the account that it is of.
type Found struct {
	Account, API string
	Day
}

// Look returns the days of spans in one look, by account, API and date: those of an
// account, or of all if its ID is empty. Times of asking are left out. With an error
// it returns those that wait in memory.
func (s *Store) Look(account string, spans ...Span) ([]Found, error) {
	if len(spans) == 0 {
		return nil, nil
	}
	wanted := func(k key) bool {
		return k.table == "days" && (account == "" || k.account == account) &&
			slices.ContainsFunc(spans, func(s Span) bool { return s.has(k.api, k.name) })
	}
	// Memory first: what leaves it from now on is in the database.
	found := map[key]Found{}
	for _, e := range s.inMemory(wanted) {
		k := key{"days", e.args[0].(string), e.args[1].(string), e.day.Date}
		found[k] = Found{k.account, k.api, e.day}
	}
	query, args := lookQuery(account, spans)
	err := s.query(func(r *sql.Rows) error {
		var f Found
		if err := r.Scan(&f.Account, &f.API, &f.Date, &f.Open, &f.Rows); err != nil {
			return err
		}
		if k := (key{"days", f.Account, f.API, f.Date}); found[k].API == "" {
			found[k] = f
		}
		return nil
	}, query, args...)
	return slices.SortedFunc(maps.Values(found), func(a, b Found) int {
		return strings.Compare(a.Account+"\x00"+a.API+"\x00"+a.Date, b.Account+"\x00"+b.API+"\x00"+b.Date)
	}), err
}

// lookQuery is the statement of Look.
func lookQuery(account string, spans []Span) (string, []any) {
	var args []any
	next := func(arg string) string {
		args = append(args, arg)
		return fmt.Sprintf("$%d", len(args))
	}
	query := "SELECT account, api, date, open, rows FROM days WHERE "
	if account != "" {
		query += "account = " + next(account) + " AND "
	}
	ranges := make([]string, len(spans))
	for i, s := range spans {
		ranges[i] = fmt.Sprintf("api = %s AND date BETWEEN %s AND %s", next(s.API), next(s.From), next(s.To))
	}
	return query + "(" + strings.Join(ranges, " OR ") + ")", args
}
