package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/go-kit/log/level"
)

const (
	retryPause = 5 * time.Second // between a write that failed and the next try by a Put
	batch      = 500             // lines of a transaction, so that it ends before its timeout
)

// place is where an entry belongs: a table and the first columns of its key.
type place struct{ table, account, api string }

// entry is a line of a table that is to be written.
type entry struct {
	name  string // the last column of its key
	day   Day    // of days
	value []byte // of state
	args  []any  // of its upsert
	put   uint64 // the put that brought it
	place place
}

// waiting is what is not in the database yet.
type waiting map[place]map[string]entry

// inMemory returns the entries of a place that wait.
func (s *Store) inMemory(at place, want func(name string) bool) map[string]entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]entry{}
	for name, e := range s.waiting[at] {
		if want(name) {
			found[name] = e
		}
	}
	return found
}

// put has entries wait, and writes all that wait unless another goroutine's
// transaction takes them along.
func (s *Store) put(at place, entries ...entry) {
	if len(entries) == 0 {
		return
	}
	s.mu.Lock()
	s.puts++
	mine := s.puts
	if s.waiting[at] == nil {
		s.waiting[at] = map[string]entry{}
	}
	for _, e := range entries {
		e.place, e.put = at, mine
		s.waiting[at][e.name] = e
	}
	s.mu.Unlock()

	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	done, troubled := s.written >= mine, s.trouble != nil
	s.mu.Unlock()
	since := s.o.Now().Sub(s.tried)
	if done || troubled && since >= 0 && since < retryPause {
		return
	}
	_ = s.write() // failed tells of it
}

// Flush tries to write what waits, and notices when the database has gone.
func (s *Store) Flush() {
	s.writing.Lock()
	defer s.writing.Unlock()
	_ = s.write() // failed tells of it
}

// write writes all that waits. The caller holds writing.
func (s *Store) write() (err error) {
	s.tried = s.o.Now()
	s.mu.Lock()
	all := slices.SortedFunc(s.waiting.all(), func(a, b entry) int { return cmp.Compare(a.put, b.put) })
	s.written = s.puts
	damage := s.damage
	s.mu.Unlock()
	if damage == nil && len(all) == 0 {
		damage, err = s.probe()
	}
	if damage != nil {
		err = s.reopen(damage)
	}
	for entries := range slices.Chunk(all, batch) {
		if err == nil {
			err = s.writeBatch(entries)
		}
	}
	if err != nil {
		s.failed(err)
		return err
	}
	s.healed()
	return nil
}

// all are the entries of all places, in no order.
func (w waiting) all() iter.Seq[entry] {
	return func(yield func(entry) bool) {
		for _, entries := range w {
			for _, e := range entries {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// probe finds out whether the database is still there. Another file in the place
// of SQLite's is damage: what is written would go with the old one.
func (s *Store) probe() (damage, err error) {
	if err := s.engine.moved(); err != nil {
		s.failed(err)
		return err, nil
	}
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	return nil, s.db.PingContext(ctx)
}

// writeBatch writes entries in one transaction, after which they no longer wait.
func (s *Store) writeBatch(entries []entry) error {
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	err := inTransaction(ctx, s.db, func(tx *sql.Tx) error {
		upserts := map[string]*sql.Stmt{}
		for _, e := range entries {
			upsert := upserts[e.place.table]
			if upsert == nil {
				var err error
				if upsert, err = tx.PrepareContext(ctx, upsertOf[e.place.table]); err != nil {
					return err
				}
				upserts[e.place.table] = upsert
			}
			if _, err := upsert.ExecContext(ctx, e.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		if s.waiting[e.place][e.name].put == e.put { // else it was put again
			delete(s.waiting[e.place], e.name)
		}
		s.forget(e.place.account)
	}
	maps.DeleteFunc(s.waiting, func(_ place, entries map[string]entry) bool { return len(entries) == 0 })
	return nil
}

// forget has the number of an account's days counted anew, and until then keeps
// the old one. The caller holds mu.
func (s *Store) forget(account string) {
	if f, ok := s.figures[account]; ok {
		s.figures[account] = figure{value: f.value}
	}
}

func inTransaction(ctx context.Context, db *sql.DB, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // err matters more
		return err
	}
	return tx.Commit()
}

// failed notes trouble, and logs it when it begins.
func (s *Store) failed(err error) {
	s.mu.Lock()
	first := s.trouble == nil
	s.trouble = err
	if s.engine.damaged(err) {
		s.damage = err
	}
	s.mu.Unlock()
	if first {
		level.Warn(s.o.Logger).Log("msg", "the store cannot be used, answers wait in memory", "err", err)
	}
}

// healed notes that trouble is over.
func (s *Store) healed() {
	s.mu.Lock()
	over := s.trouble != nil && s.damage == nil // a reader may just have found some
	if over {
		s.trouble = nil
	}
	s.mu.Unlock()
	if over {
		level.Info(s.o.Logger).Log("msg", "the store is written again")
	}
}

// reopen sets a damaged file aside and goes on with a new one.
func (s *Store) reopen(damage error) error {
	s.using.Lock()
	defer s.using.Unlock()
	_ = s.db.Close() // it is damaged
	if s.engine.damaged(damage) {
		if err := s.engine.setAside(damage); err != nil {
			return err
		}
	}
	ctx, cancel := s.dialect.limit(context.Background())
	defer cancel()
	db, err := s.engine.open(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.damage = fmt.Errorf("open the store again: %w", err)
		return s.damage
	}
	s.db, s.damage = db, nil
	clear(s.figures)
	return nil
}

// DeleteBefore deletes the days before date, YYYY-MM-DD, of all accounts.
func (s *Store) DeleteBefore(date string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	for at, entries := range s.waiting {
		maps.DeleteFunc(entries, func(name string, _ entry) bool { return at.table == "days" && name < date })
	}
	clear(s.figures)
	s.mu.Unlock()
	var apis []string
	err := s.query(func(r *sql.Rows) error {
		apis = append(apis, "")
		return r.Scan(&apis[len(apis)-1])
	}, "SELECT DISTINCT api FROM days WHERE date < $1", date)
	for _, api := range apis { // so that none takes long
		if err == nil {
			err = s.delete(api, date)
		}
	}
	if err != nil {
		return fmt.Errorf("delete days before %s: %w", date, err)
	}
	return nil
}

func (s *Store) delete(api, before string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := s.db.ExecContext(ctx, "DELETE FROM days WHERE api = $1 AND date < $2", api, before)
	if err != nil {
		s.failed(err)
	}
	return err
}

// Close writes what waits, and ends the use of the database. An error tells how
// much is lost.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	err := s.write()
	s.mu.Lock()
	if lost := slices.Collect(s.waiting.all()); len(lost) > 0 {
		err = fmt.Errorf("%d days and states could not be written: %w", len(lost), err)
	} else {
		err = nil
	}
	s.mu.Unlock()
	s.using.Lock()
	defer s.using.Unlock()
	err = errors.Join(err, s.db.Close())
	s.engine.release()
	return err
}
