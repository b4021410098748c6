// Package store stores what WeChat answered in SQL: the days of every API of
// every account, and what else must survive a restart. The database is SQLite
// in a file, or PostgreSQL. docs/storage.md describes its tables and views.
//
// While the database cannot be written, what is put waits in memory, where
// readers see it. It is written later, in the order in which it came.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// Day is what WeChat said of a day of an API.
type Day struct {
	Date    string    // YYYY-MM-DD, in Beijing
	Rows    []byte    // the JSON array that WeChat sent; "[]" is none. A stored one may be damaged
	Open    bool      // it can still change, and is asked for again
	Fetched time.Time // when it was asked for; kept to the millisecond
}

// HasRows reports whether WeChat had any row for the day.
func (d Day) HasRows() bool { return len(d.Rows) > len("[]") }

// DayInfo is a day without its rows.
type DayInfo struct {
	Date    string
	Open    bool
	Fetched time.Time
	HasRows bool
}

// Account is what the views say of an account. Its ID is that of its days.
type Account struct {
	ID, Name string
	Labels   map[string]string
}

// Options are a Store's surroundings.
type Options struct {
	Path    string           // directory of the SQLite file
	URL     string           // PostgreSQL instead, in any form that libpq knows
	Views   []View           // all views that the database is to have
	Replica string           // the name of this process among those that share a PostgreSQL database
	Logger  log.Logger       // nil: nothing is logged
	Now     func() time.Time // nil: time.Now
	Sharing *Sharing         // nil: no other store of this process uses the file
}

// Store is an open store. Its methods may be called concurrently.
type Store struct {
	o       Options
	session string // of this process
	engine  engine
	dialect dialect

	writing sync.Mutex // held by the one goroutine that writes what waits
	tried   time.Time  // when it last did
	turn    sync.Mutex // held by the one that changes a SQLite file; see waitTurn

	dbMu     sync.RWMutex // held by users of db; for writing, to replace it
	db       *sql.DB
	prepared sync.Map // queries of SQLite, by text, of *sql.Stmt

	mu      sync.Mutex
	waiting map[key]entry // what is not in the database yet
	puts    uint64        // the number of puts so far
	written uint64        // the last put that an attempt to write included
	lastErr error         // why the database cannot be used; nil: it can
	corrupt error         // why it must be opened anew
	counts  map[string]cachedCount
}

// engine is a kind of database.
type engine interface {
	open(context.Context) (*sql.DB, error) // with the schema and the views
	alive(context.Context, *sql.DB) error  // whether it is still there
	damaged(error) bool                    // whether an error means that it must be opened anew
	setAside(cause error) error            // makes room for that
	release()                              // after the last use
}

// Open opens the store that the options name, and creates it when there is none.
// A damaged SQLite file is set aside. A database in use by another process, one
// of a newer version, and one that cannot be reached or written are errors.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{o: o, session: rand.Text(), waiting: map[key]entry{}, counts: map[string]cachedCount{}}
	name := "store " + o.Path
	var err error
	if o.URL == "" {
		s.dialect = sqliteDialect()
		s.engine, err = newSQLite(ctx, o)
	} else {
		name = "store" // the URL may have a password
		s.dialect = postgresDialect()
		s.engine, err = newPostgres(o)
	}
	if err == nil {
		end := s.waitTurn()
		if s.db, err = s.engine.open(ctx); err != nil {
			s.engine.release()
		}
		end()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if o.Sharing != nil {
		o.Sharing.store = s
	}
	return s, nil
}

// SetAccounts stores the names and the labels of accounts. They stay when
// the accounts are removed.
func (s *Store) SetAccounts(accounts ...Account) {
	entries := map[key]entry{}
	for _, a := range accounts {
		labels, err := json.Marshal(a.Labels)
		if a.Labels == nil {
			labels = []byte("{}")
		}
		if err = errors.Join(err, checkTexts(a.ID, a.Name, string(labels))); err != nil {
			level.Error(s.o.Logger).Log("msg", "dropping an invalid account", "account", a.Name, "err", err)
			continue
		}
		entries[key{table: "accounts", account: a.ID}] = entry{args: []any{a.ID, a.Name, string(labels)}}
	}
	s.put(entries)
}

// Put stores days of an API, in place of those of the same dates. account is the
// ID. On return they are in the database, or the store is not Healthy and they
// wait in memory.
func (s *Store) Put(account, api string, days ...Day) {
	entries := map[key]entry{}
	for _, d := range days {
		d, err := checkDay(d)
		if err = errors.Join(err, checkTexts(account, api)); err != nil {
			level.Error(s.o.Logger).Log("msg", "dropping an invalid day", "account", account, "api", api, "date", d.Date, "err", err)
			continue
		}
		entries[key{"days", account, api, d.Date}] = entry{day: d, args: []any{account, api, d.Date, d.Open, d.Fetched.Format(timeFormat), string(d.Rows)}}
	}
	s.put(entries)
}

// PutState stores a text of an account, in place of the one of the same name,
// under the same terms as Put.
func (s *Store) PutState(account, name string, value []byte) {
	s.putState(account, name, value, false)
}

// PutRefreshToken stores a refresh token of an account. As it may
// be the only copy, it is stored even if another replica polls the account by now.
func (s *Store) PutRefreshToken(account string, value []byte) {
	s.putState(account, refreshToken, value, true)
}

// RefreshToken returns what PutRefreshToken stored, nil when there is none.
func (s *Store) RefreshToken(account string) ([]byte, error) { return s.State(account, refreshToken) }

const refreshToken = "refresh_token"

func (s *Store) putState(account, name string, value []byte, unfenced bool) {
	if err := checkTexts(account, name, string(value)); err != nil {
		level.Error(s.o.Logger).Log("msg", "dropping an invalid state", "account", account, "name", name, "err", err)
		return
	}
	s.put(map[key]entry{{"state", account, "", name}: {value: slices.Clone(value), args: []any{account, name, string(value)}, unfenced: unfenced}})
}

// Healthy reports whether everything that was put is in the database, or about
// to be.
func (s *Store) Healthy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastErr == nil
}

// figure is a number of the database that is asked for more often than it
// changes.
type cachedCount struct {
	value int64
	asked time.Time
}

// Count returns how many days of an account are in the database, a day of an
// API each.
func (s *Store) Count(account string) int {
	return int(s.count(account, "SELECT count(*) FROM days WHERE account = $1", account))
}

// SizeBytes returns the size of the database.
func (s *Store) SizeBytes() int64 { return s.count("", s.dialect.size) }

// figure asks for a number once a minute at most, unless it was forgotten. While
// the database fails it stays as it was, so that no scrape waits for a timeout.
func (s *Store) count(key, query string, args ...any) int64 {
	now := s.o.Now()
	s.mu.Lock()
	f := s.counts[key]
	fresh := s.lastErr != nil || !f.asked.After(now) && now.Sub(f.asked) < time.Minute
	s.mu.Unlock()
	if fresh {
		return f.value
	}
	f.asked = now
	_ = s.query(func(r *sql.Rows) error { return r.Scan(&f.value) }, query, args...) // the last value serves too
	s.mu.Lock()
	s.counts[key] = f
	s.mu.Unlock()
	return f.value
}

// forgetCount makes Count query the number of an account's days again.
func (s *Store) forgetCount(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[account] = cachedCount{value: s.counts[account].value}
}
