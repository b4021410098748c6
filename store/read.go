package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-kit/log/level"
)

// Days returns the stored days of an API from one date to another, both included,
// oldest first. With an error it returns those that wait in memory.
func (s *Store) Days(account, api, from, to string) ([]Day, error) {
	return s.days(account, api, from, to, "rows")
}

// Known returns what Days would, without the rows.
func (s *Store) Known(account, api, from, to string) ([]DayInfo, error) {
	days, err := s.days(account, api, from, to, s.dialect.markedRows)
	known := make([]DayInfo, len(days))
	for i, d := range days {
		known[i] = DayInfo{d.Date, d.Open, d.Fetched, d.HasRows()}
	}
	return known, err
}

// Dates returns the dates from one on for which APIs of an account have rows, by API,
// oldest first.
func (s *Store) Dates(account, from string) (all map[string][]string, err error) {
	all = map[string][]string{}
	// Memory first: what leaves it from now on is in the database.
	newer := map[key]bool{}
	s.mu.Lock()
	for k, e := range s.waiting {
		if k.table == "days" && k.account == account && k.name >= from {
			newer[k] = e.day.HasRows()
		}
	}
	s.mu.Unlock()
	err = s.query(func(r *sql.Rows) error {
		k := key{table: "days", account: account}
		if err := r.Scan(&k.api, &k.name); err != nil {
			return err
		}
		if _, ok := newer[k]; !ok {
			all[k.api] = append(all[k.api], k.name)
		}
		return nil
	}, "SELECT api, date FROM days WHERE account = $1 AND date >= $2 AND ("+s.dialect.markedRows+") <> '[]' ORDER BY api, date", account, from)
	for k, rows := range newer {
		if rows {
			all[k.api] = append(all[k.api], k.name)
			slices.Sort(all[k.api])
		}
	}
	return all, err
}

// days reads days with an expression for their rows, and puts those in memory
// in their place. A day with a damaged date or time is taken for missing; rows
// are not looked at.
func (s *Store) days(account, api, from, to, rows string) (days []Day, err error) {
	// Memory first: what leaves it from now on is in the database.
	newer := map[string]Day{}
	for _, e := range s.inMemory(func(k key) bool { return k == key{"days", account, api, k.name} && from <= k.name && k.name <= to }) {
		newer[e.day.Date] = e.day
	}
	err = s.query(func(r *sql.Rows) error {
		var d Day
		var fetched string
		err := r.Scan(&d.Date, &d.Open, &fetched, &d.Rows)
		if err == nil {
			_, err = time.Parse(time.DateOnly, d.Date)
		}
		if err == nil {
			d.Fetched, err = time.Parse(timeFormat, fetched)
		}
		if err != nil {
			level.Warn(s.o.Logger).Log("msg", "ignoring a corrupt stored day, it will be fetched again", "account", account, "api", api, "date", d.Date, "err", err)
		} else if _, ok := newer[d.Date]; !ok {
			days = append(days, d)
		}
		return nil
	}, "SELECT date, open, fetched_at, "+rows+" FROM days WHERE account = $1 AND api = $2 AND date BETWEEN $3 AND $4", account, api, from, to)
	days = slices.AppendSeq(days, maps.Values(newer))
	slices.SortFunc(days, func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	return days, err
}

// State returns the text that PutState stored, nil when there is none.
func (s *Store) State(account, name string) (value []byte, err error) {
	for _, e := range s.inMemory(func(k key) bool { return k == key{"state", account, "", name} }) {
		return slices.Clone(e.value), nil
	}
	err = s.query(func(r *sql.Rows) error { return r.Scan(&value) }, "SELECT value FROM state WHERE account = $1 AND name = $2", account, name)
	return value, err
}

// query calls each for every row of the answer.
func (s *Store) query(each func(*sql.Rows) error, query string, args ...any) error {
	s.dbMu.RLock()
	defer s.dbMu.RUnlock()
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	err := s.o.Sharing.reach()
	var rows *sql.Rows
	if err == nil {
		rows, err = s.rows(ctx, query, args...)
	}
	if err == nil {
		defer rows.Close()
		for err == nil && rows.Next() {
			err = each(rows)
		}
		err = errors.Join(err, rows.Err())
	}
	if err != nil {
		s.failed(err) // until a write succeeds, no scrape waits for the database
		return &loggedError{fmt.Errorf("read the store: %w", explained(err))}
	}
	return nil
}

// rows begins a query. For SQLite it is parsed once: that takes as long as finding a
// few days. pgx does so by itself, where PostgreSQL can.
func (s *Store) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.o.URL != "" {
		return s.db.QueryContext(ctx, query, args...)
	}
	prepared, ok := s.prepared.Load(query)
	if !ok {
		p, err := s.db.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		if prepared, ok = s.prepared.LoadOrStore(query, p); ok { // another was faster
			_ = p.Close()
		}
	}
	return prepared.(*sql.Stmt).QueryContext(ctx, args...)
}
