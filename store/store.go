// Package store keeps what was fetched: one record for each day of each API of
// each account, in one bbolt file. docs/storage.md describes the file.
//
// A store that cannot be written (full disk, failing disk, file system made
// read-only) goes on in memory: what is put stays readable, Healthy reports
// false, and later Puts and every Flush try again. What waits so is bounded by
// nothing but what is put: the window of days that the exporter asks for, some
// hundred bytes a record.
package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	bolt "go.etcd.io/bbolt"
)

// Options are a Store's surroundings.
type Options struct {
	Logger log.Logger       // nil: nothing is logged
	Now    func() time.Time // nil: time.Now

	lockWait time.Duration        // for a process that holds the store; 0: defaultLockWait
	commit   func(*bolt.Tx) error // nil: (*bolt.Tx).Commit
}

const defaultLockWait = time.Second

var errClosed = errors.New("store is closed")

// Store is an open store. Its methods may be called concurrently.
type Store struct {
	o     Options
	dir   string
	codec *codec
	lock  *os.File

	writing sync.Mutex // held by the one goroutine that writes
	tried   uint64     // the last change that an attempt to write included
	triedAt time.Time  // when that was

	using sync.RWMutex // held by users of file; for writing, to replace it
	file  *file        // nil when it could not be opened again, and when closed

	mu       sync.Mutex
	pending  pending
	changes  uint64          // number of the last change to pending
	stored   map[string]int  // records of each account in the file
	trouble  error           // why the file cannot be used; nil: it can
	suspect  bool            // trouble looks like damage
	failures int             // how often there was trouble
	told     map[string]bool // damaged records that were logged
	closed   bool
}

// Open opens the store in the directory dir, which it creates when it is
// missing. It proves that the store can be written and that nobody else uses it.
// A damaged file is set aside, which is logged; a file that is not a store, or
// one of a newer version, is an error and stays as it is.
func Open(dir string, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = log.NewNopLogger()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.lockWait == 0 {
		o.lockWait = defaultLockWait
	}
	if o.commit == nil {
		o.commit = (*bolt.Tx).Commit
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	s := &Store{o: o, dir: dir, codec: c, pending: pending{}, told: map[string]bool{}}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("store %s: %w", dir, err)
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.lock, err = acquire(filepath.Join(s.dir, lockName), s.o.lockWait, s.o.Now()); err != nil {
		return err
	}
	if err = s.reopen(false); err == nil { // prove that it can be written
		err = s.file.update(func(tx *bolt.Tx) error { return sign(tx, s.o.Now()) })
	}
	if err != nil {
		_ = s.closeFiles() // err matters more
	}
	return err
}

// Put keeps days of an API. On return they are on the disk, or the store is not
// Healthy and they wait in memory. A day that is there already is replaced.
func (s *Store) Put(account, api string, days ...Day) {
	at := place{account, api}
	values := make(map[string][]byte, len(days))
	for _, d := range days {
		value, err := s.encodeDay(at, d)
		if err != nil {
			level.Error(s.o.Logger).Log("msg", "a day cannot be stored", "account", account, "api", api, "date", d.Date, "err", err)
			continue
		}
		values[d.Date] = value
	}
	s.put(at, values)
}

func (s *Store) encodeDay(at place, d Day) ([]byte, error) {
	if at.account == "" || at.api == "" {
		return nil, errors.New("account or api is empty")
	}
	if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
		return nil, err
	}
	if len(d.Rows) == 0 {
		d.Rows = []byte("[]")
	}
	return s.codec.encode(at, d.Date, d.Record)
}

// PutNote keeps a value of an account beside its days, under the same terms as
// Put. It replaces the one of the same name.
func (s *Store) PutNote(account, name string, value []byte) {
	at := place{account: account}
	encoded, err := s.codec.encode(at, name, Record{Fetched: s.o.Now(), Rows: value})
	if err == nil && (account == "" || name == "") {
		err = errors.New("account or name is empty")
	}
	if err != nil {
		level.Error(s.o.Logger).Log("msg", "a note cannot be stored", "account", account, "note", name, "err", err)
		return
	}
	s.put(at, map[string][]byte{name: encoded})
}

// Range returns the stored days of an API from one date to another, both
// inclusive, ascending. A damaged record is left out and logged once. With an
// error, which is about the file, it returns the days that are in memory.
func (s *Store) Range(account, api, from, to string) ([]Day, error) {
	at := place{account, api}
	// Memory first: what leaves it in between is in the file then.
	values := s.inMemory(at, func(date string) bool { return from <= date && date <= to })
	err := s.view(func(tx *bolt.Tx) error {
		b := find(tx, at)
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.Seek([]byte(from)); k != nil && string(k) <= to; k, v = c.Next() {
			if _, newer := values[string(k)]; !newer {
				values[string(k)] = bytes.Clone(v)
			}
		}
		return nil
	})
	days := make([]Day, 0, len(values))
	for date, value := range values {
		if r, ok := s.decode(at, date, value); ok {
			days = append(days, Day{date, r})
		}
	}
	slices.SortFunc(days, func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	return days, err
}

// Note returns a note's value, nil when there is none. A damaged one is none.
func (s *Store) Note(account, name string) ([]byte, error) {
	at := place{account: account}
	value, found := s.inMemory(at, func(n string) bool { return n == name })[name]
	if !found {
		err := s.view(func(tx *bolt.Tx) error {
			if b := find(tx, at); b != nil {
				value = bytes.Clone(b.Get([]byte(name)))
			}
			return nil
		})
		if err != nil || value == nil {
			return nil, err
		}
	}
	r, _ := s.decode(at, name, value)
	return r.Rows, nil
}

// inMemory returns the values of a place that are pending, by name.
func (s *Store) inMemory(at place, want func(name string) bool) map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	values := map[string][]byte{}
	for name, e := range s.pending[at] {
		if want(name) {
			values[name] = e.value
		}
	}
	return values
}

// decode is the codec's, with the log.
func (s *Store) decode(at place, name string, value []byte) (Record, bool) {
	r, err := s.codec.decode(at, name, value)
	if err == nil {
		return r, true
	}
	id := at.account + "\n" + at.api + "\n" + name
	s.mu.Lock()
	first := !s.told[id]
	s.told[id] = true
	s.mu.Unlock()
	if first {
		level.Warn(s.o.Logger).Log("msg", "a stored record is damaged and taken for missing", "account", at.account, "api", at.api, "key", name, "err", err)
	}
	return Record{}, false
}

// Days returns the number of records (days of an API) of an account, in the
// file and in memory.
func (s *Store) Days(account string) int {
	s.mu.Lock()
	n := s.stored[account]
	var waiting pending
	if s.trouble != nil { // otherwise they are on their way
		waiting = s.pending.days(account)
	}
	s.mu.Unlock()
	if len(waiting) > 0 {
		n += s.missing(waiting)
	}
	return n
}

// missing returns how many of the values the file does not have.
func (s *Store) missing(waiting pending) int {
	found := 0
	err := s.view(func(tx *bolt.Tx) error {
		for at, entries := range waiting {
			b := find(tx, at)
			for name := range entries {
				if b != nil && b.Get([]byte(name)) != nil {
					found++
				}
			}
		}
		return nil
	})
	if err != nil {
		found = 0
	}
	return waiting.size() - found
}

// SizeBytes returns the size of the file, 0 when it is missing.
func (s *Store) SizeBytes() int64 {
	info, err := os.Stat(filepath.Join(s.dir, fileName))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Healthy reports whether everything that was put is on the disk, or about to be.
func (s *Store) Healthy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble == nil
}
