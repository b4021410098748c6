package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"time"
)

// Old is what a deletion is about: days of APIs, of how many accounts, from the
// oldest date to the newest.
type Old struct {
	Rows, Accounts int
	Oldest, Newest string // YYYY-MM-DD; "" when there is none
}

// aged collects it.
type aged struct {
	Old
	accounts map[string]bool
}

func (o *aged) add(account string, rows int, oldest, newest string) {
	if o.accounts[account] = true; o.Oldest == "" {
		o.Oldest = oldest
	}
	o.Oldest, o.Newest = min(o.Oldest, oldest), max(o.Newest, newest)
	o.Rows, o.Accounts = o.Rows+rows, len(o.accounts)
}

// Before returns the stored days of all accounts that are older than what before
// says of their API, YYYY-MM-DD.
func (s *Store) Before(before func(api string) string) (Old, error) {
	old := aged{accounts: map[string]bool{}}
	err := s.eachAPI(func(api string) error {
		return s.query(func(r *sql.Rows) error {
			var account, oldest, newest string
			var rows int
			err := r.Scan(&account, &rows, &oldest, &newest)
			if err == nil {
				old.add(account, rows, oldest, newest)
			}
			return err
		}, "SELECT account, count(*), min(date), max(date) FROM days WHERE api = $1 AND date < $2 GROUP BY account", api, before(api))
	})
	if err != nil {
		return old.Old, fmt.Errorf("count old days: %w", err)
	}
	return old.Old, nil
}

// DeleteBefore deletes what Before returns, and what was sent of it. After an error
// it returns what was deleted so far.
func (s *Store) DeleteBefore(before func(api string) string) (Old, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	maps.DeleteFunc(s.waiting, func(k key, _ entry) bool { return k.table == "days" && k.name < before(k.api) })
	clear(s.counts)
	s.mu.Unlock()
	old := aged{accounts: map[string]bool{}}
	err := s.eachAPI(func(api string) error { return s.delete(api, before(api), &old) })
	if err != nil {
		return old.Old, fmt.Errorf("delete old days: %w", err)
	}
	return old.Old, nil
}

// eachAPI calls each for the APIs that have days, one by one, so that no
// transaction is large.
func (s *Store) eachAPI(each func(api string) error) error {
	var apis []string
	err := s.query(func(r *sql.Rows) error {
		apis = append(apis, "")
		return r.Scan(&apis[len(apis)-1])
	}, "SELECT DISTINCT api FROM days")
	for _, api := range apis {
		if err == nil {
			err = each(api)
		}
	}
	return err
}

func (s *Store) delete(api, before string, old *aged) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	deleted := aged{accounts: map[string]bool{}}
	err := s.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM sent WHERE api = $1 AND date < $2", api, before); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "DELETE FROM days WHERE api = $1 AND date < $2 RETURNING account, date", api, before)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var account, date string
			if err := rows.Scan(&account, &date); err != nil {
				return err
			}
			deleted.add(account, 1, date, date)
		}
		return rows.Err()
	})
	if err != nil {
		s.failed(err)
		return &loggedError{err}
	}
	for account := range deleted.accounts {
		old.add(account, 0, deleted.Oldest, deleted.Newest)
	}
	old.Rows += deleted.Rows
	return nil
}

// Note returns what SetNote stored about the store itself, "" when there is none.
func (s *Store) Note(name string) (value string, err error) {
	err = s.query(func(r *sql.Rows) error { return r.Scan(&value) }, "SELECT value FROM meta WHERE name = $1", name)
	return value, err
}

// SetNote stores something about the store itself. It does not wait in memory.
func (s *Store) SetNote(name, value string) error {
	s.dbMu.RLock()
	defer s.dbMu.RUnlock()
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	if err := s.execute(ctx, upsertOf["meta"], name, value); err != nil {
		s.failed(err)
		return &loggedError{fmt.Errorf("write the store's %s: %w", name, err)}
	}
	return nil
}
