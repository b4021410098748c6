package store

// Sharing lets the stores of several replicas in one process use the same SQLite
// file, as replicas of the real world use one PostgreSQL database. It is for
// simulated worlds.
type Sharing struct {
	// Holds reports whether no other replica has an account's lease.
	Holds func(account string) bool
	// Tell tells the other replicas that days of an API, or with an empty api the
	// state, of an account were stored.
	Tell func(account, api string)
}

// fenced reports whether an entry is left out, because another replica has the
// account's lease.
func (s *Sharing) fenced(k key, e entry) bool {
	return s != nil && fenced[k.table] != "" && !e.free && !s.Holds(k.account)
}

// tell tells of entries that were written.
func (s *Sharing) tell(keys []key) {
	seen := map[stored]bool{}
	for _, k := range keys {
		one := stored{k.account, k.api}
		if s == nil || k.table == "accounts" || seen[one] {
			continue
		}
		seen[one] = true
		s.Tell(k.account, k.api)
	}
}
