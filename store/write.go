package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-kit/log/level"
	bolt "go.etcd.io/bbolt"
)

// How writing works: a change goes into pending first, and then whoever gets the
// lock writes everything that is pending in one transaction. Those who waited
// for the lock meanwhile find their change written, or tried, and return. So any
// number of concurrent Puts share the two syncs of a transaction, a single one
// waits for nobody, and a failure leaves pending as it was. (bbolt's own Batch
// commits in a goroutine of its own, where a panic could not be caught.)

// retryPause is how long Puts leave a file alone that could not be written, for
// each attempt is about all that waits.
const retryPause = 5 * time.Second

var (
	errReplaced = errors.New("the store file was removed or replaced while in use")
	errNoFile   = errors.New("the store file is not open")
)

// put adds values to pending and has them written.
func (s *Store) put(at place, values map[string][]byte) {
	if len(values) == 0 {
		return
	}
	s.mu.Lock()
	s.pending.add(at, values)
	s.changes++
	change := s.changes
	s.mu.Unlock()

	s.writing.Lock()
	defer s.writing.Unlock()
	if s.tried < change && !s.resting() {
		_ = s.attempt() // it has logged; Healthy tells
	}
}

// resting reports whether the last attempt failed just now. s.writing is held.
func (s *Store) resting() bool {
	since := s.o.Now().Sub(s.triedAt)
	return s.troubled() && since >= 0 && since < retryPause
}

// Flush tries to write again what could not be written, and looks whether the
// file is still in its place. It is meant to be called every minute or so, and
// costs nothing when all is well.
func (s *Store) Flush() {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.isClosed() {
		return
	}
	if !s.inPlace() {
		s.failed(errReplaced)
	}
	if s.troubled() {
		_ = s.attempt() // it has logged; Healthy tells
	}
}

// Close writes what is pending and closes the store. What cannot be written is
// lost, and the error says how much that is. After Close the methods still work,
// on what is in memory, which is nothing or what was lost.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.isClosed() {
		return nil
	}
	var err error
	if s.troubled() {
		if err = s.attempt(); err != nil {
			err = fmt.Errorf("store %s: %d records could not be written: %w", s.dir, s.waiting(), err)
		}
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return errors.Join(err, s.closeFiles())
}

// attempt tries to write all that is pending, into the file opened anew when the
// last attempt failed: bbolt's idea of the file after a failed write is not
// relied on. s.writing is held.
func (s *Store) attempt() error {
	s.mu.Lock()
	batch, last := s.pending.clone(), s.changes
	again, thorough, failures := s.trouble != nil, s.suspect, s.failures
	s.mu.Unlock()
	s.tried, s.triedAt = last, s.o.Now()

	added, err := s.writeAll(batch, again, thorough)
	if err != nil {
		s.failed(err)
		return err
	}
	s.written(batch, added, failures)
	return nil
}

func (s *Store) writeAll(batch pending, again, thorough bool) (added map[string]int, err error) {
	if s.isClosed() {
		return nil, errClosed
	}
	if again {
		if err := s.reopen(thorough); err != nil {
			return nil, err
		}
	}
	err = s.update(func(tx *bolt.Tx) error {
		if again { // the file may be a new one
			if err := sign(tx, s.o.Now()); err != nil {
				return err
			}
		}
		var err error
		added, err = batch.write(tx)
		return err
	})
	return added, err
}

// written takes what is in the file now out of memory, and ends the trouble if
// none came (to a reader) since there were so many failures.
func (s *Store) written(batch pending, added map[string]int, failures int) {
	s.mu.Lock()
	s.pending.drop(func(at place, name string, e *entry) bool { return batch[at][name] == e })
	for account, n := range added {
		s.stored[account] += n
	}
	healed := s.trouble != nil && s.failures == failures
	if healed {
		s.trouble, s.suspect = nil, false
	}
	s.mu.Unlock()
	if healed {
		level.Info(s.o.Logger).Log("msg", "the store is written again", "records", batch.size())
	}
}

// failed notes that the file cannot be used.
func (s *Store) failed(err error) {
	s.mu.Lock()
	first := s.trouble == nil
	s.trouble = err
	s.failures++
	s.suspect = s.suspect || errors.Is(err, errDamaged)
	s.mu.Unlock()
	if first {
		level.Warn(s.o.Logger).Log("msg", "the store cannot be used; answers are kept in memory until it can", "dir", s.dir, "err", err)
	}
}

// reopen closes the file, opens it again and makes sure that the disk has what
// the file says. Reading works in between two attempts, unless opening fails.
func (s *Store) reopen(thorough bool) error {
	s.using.Lock()
	defer s.using.Unlock()
	if s.file != nil {
		_ = s.file.close() // it is of no more use
		s.file = nil
	}
	f, err := openFile(s.dir, s.o, thorough)
	if err != nil {
		return err
	}
	s.file = f
	s.mu.Lock()
	s.stored = f.records
	s.mu.Unlock()
	return f.settle()
}

// view runs fn in a read transaction of the file.
func (s *Store) view(fn func(*bolt.Tx) error) error {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.isClosed() {
		return errClosed
	}
	if s.file == nil {
		return errNoFile
	}
	err := s.file.view(fn)
	if err != nil {
		s.failed(err)
	}
	return err
}

// update runs fn in a write transaction of the file.
func (s *Store) update(fn func(*bolt.Tx) error) error {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.file == nil {
		return errNoFile
	}
	return s.file.update(fn)
}

func (s *Store) inPlace() bool {
	s.using.RLock()
	defer s.using.RUnlock()
	return s.file == nil || s.file.inPlace()
}

// closeFiles closes the file and then the lock.
func (s *Store) closeFiles() error {
	s.using.Lock()
	defer s.using.Unlock()
	var err error
	if s.file != nil {
		err = s.file.close()
		s.file = nil
	}
	return errors.Join(err, s.lock.Close())
}

func (s *Store) troubled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trouble != nil
}

func (s *Store) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

func (s *Store) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending.size()
}
