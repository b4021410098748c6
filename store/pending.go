package store

import (
	"maps"

	bolt "go.etcd.io/bbolt"
)

// apiFill is how full bbolt leaves the pages of an API's days when it splits
// them. Nearly all days are added at the end, where bbolt's half would stay half
// empty for ever.
const apiFill = 0.9

// entry is one value on its way to the file.
type entry struct{ value []byte }

// pending holds the values that are not in the file yet: for the moment that a
// transaction takes, or for as long as the file cannot be written.
type pending map[place]map[string]*entry

func (p pending) add(at place, values map[string][]byte) {
	if p[at] == nil {
		p[at] = make(map[string]*entry, len(values))
	}
	for name, value := range values {
		p[at][name] = &entry{value}
	}
}

func (p pending) clone() pending {
	c := make(pending, len(p))
	for at, entries := range p {
		c[at] = maps.Clone(entries)
	}
	return c
}

// drop removes the entries for which is says so, and places that became empty.
func (p pending) drop(is func(at place, name string, e *entry) bool) {
	for at, entries := range p {
		for name, e := range entries {
			if is(at, name, e) {
				delete(entries, name)
			}
		}
		if len(entries) == 0 {
			delete(p, at)
		}
	}
}

// size returns the number of values, notes included.
func (p pending) size() int {
	n := 0
	for _, entries := range p {
		n += len(entries)
	}
	return n
}

// days returns the days of an account.
func (p pending) days(account string) pending {
	of := pending{}
	for at, entries := range p {
		if at.account == account && at.api != "" {
			of[at] = maps.Clone(entries)
		}
	}
	return of
}

// write puts everything into the transaction, and returns how many records each
// account has more by it.
func (p pending) write(tx *bolt.Tx) (map[string]int, error) {
	added := map[string]int{}
	for at, entries := range p {
		n, err := writePlace(tx, at, entries)
		if err != nil {
			return nil, err
		}
		if at.api != "" {
			added[at.account] += n
		}
	}
	return added, nil
}

func writePlace(tx *bolt.Tx, at place, entries map[string]*entry) (added int, err error) {
	path := []string{accountsBucket, at.account, notesBucket}
	if at.api != "" {
		path = []string{accountsBucket, at.account, daysBucket, at.api}
	}
	buckets, err := create(tx, path...)
	if err != nil {
		return 0, err
	}
	last := buckets[len(buckets)-1]
	last.FillPercent = apiFill
	for name, e := range entries {
		if last.Get([]byte(name)) == nil {
			added++
		}
		if err := last.Put([]byte(name), e.value); err != nil {
			return 0, err
		}
	}
	if days := buckets[2]; at.api != "" && added > 0 {
		err = days.SetSequence(days.Sequence() + uint64(added))
	}
	return added, err
}
