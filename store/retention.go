package store

import (
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"
)

// DeleteBefore deletes the days before date (YYYY-MM-DD) of all accounts. The
// file does not shrink by it; the space is used again.
func (s *Store) DeleteBefore(date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return fmt.Errorf("delete before %q: %w", date, err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.pending.drop(func(at place, name string, _ *entry) bool { return at.api != "" && name < date })
	s.mu.Unlock()
	if s.troubled() {
		if err := s.attempt(); err != nil {
			return fmt.Errorf("delete before %s: %w", date, err)
		}
	}
	old, err := s.before(date)
	for account, days := range old {
		if err == nil {
			err = s.delete(account, days)
		}
	}
	if err != nil {
		return fmt.Errorf("delete before %s: %w", date, err)
	}
	return nil
}

// before returns the dates before date in the file, by account and API.
func (s *Store) before(date string) (map[string]map[string][]string, error) {
	old := map[string]map[string][]string{}
	err := s.view(func(tx *bolt.Tx) error {
		return eachAccount(tx, func(account string, days *bolt.Bucket) error {
			return days.ForEachBucket(func(api []byte) error {
				dates := datesBefore(days.Bucket(api), date)
				if len(dates) == 0 {
					return nil
				}
				if old[account] == nil {
					old[account] = map[string][]string{}
				}
				old[account][string(api)] = dates
				return nil
			})
		})
	})
	return old, err
}

func datesBefore(b *bolt.Bucket, date string) (dates []string) {
	c := b.Cursor()
	for k, _ := c.First(); k != nil && string(k) < date; k, _ = c.Next() {
		dates = append(dates, string(k))
	}
	return dates
}

// delete deletes dates of an account's APIs. Its own transaction keeps the
// memory that a large deletion takes within one account.
func (s *Store) delete(account string, old map[string][]string) error {
	n := 0
	err := s.update(func(tx *bolt.Tx) error {
		days := findAccount(tx, account).Bucket([]byte(daysBucket))
		for api, dates := range old {
			b := days.Bucket([]byte(api))
			for _, date := range dates {
				if err := b.Delete([]byte(date)); err != nil {
					return err
				}
			}
			n += len(dates)
		}
		return days.SetSequence(days.Sequence() - uint64(n))
	})
	if err != nil {
		s.failed(err)
		return err
	}
	s.mu.Lock()
	s.stored[account] -= n
	s.mu.Unlock()
	return nil
}
