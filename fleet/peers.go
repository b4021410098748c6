package fleet

import (
	"context"
	"hash/fnv"
	"io"
	"time"
)

// Peers coordinates replicas. Accounts are named by ID. Leases last by the time of
// the database. No method but Listen takes longer than some seconds.
type Peers interface {
	// Clock returns the database's time.
	Clock(ctx context.Context) (time.Time, error)
	// Beat registers this replica as alive and returns the names of all that are.
	Beat(ctx context.Context) (alive []string, err error)
	// Acquire takes or renews the leases of accounts that no other replica holds,
	// and returns those that this one holds now.
	Acquire(ctx context.Context, accounts []string) (held []string, err error)
	// Release gives leases back; nil gives back all and ends the registration.
	Release(ctx context.Context, accounts []string) error
	// Holders returns which replica holds which account.
	Holders(ctx context.Context) (map[string]string, error)
	// Listen calls changed when another replica stores days of an account's API or,
	// with an empty api, its state. It returns when ctx or the connection ends. It
	// calls began when it listens. What it calls is a hint: it may miss any.
	Listen(ctx context.Context, began func(), changed func(account, api string)) error
	// Look calls changed for what other replicas have stored since the last look and
	// Listen has not told; the first time for everything.
	Look(ctx context.Context, changed func(account, api string)) error
}

// preferred returns which of the replicas is to poll an account, by rendezvous
// hashing: a replica that comes or goes moves only its own accounts.
func preferred(account string, replicas []string) (best string) {
	var most uint64
	for _, r := range replicas {
		h := fnv.New64a()
		_, _ = io.WriteString(h, r+"\x00"+account)
		if weight := mix(h.Sum64()); best == "" || weight > most {
			best, most = r, weight
		}
	}
	return best
}

// mix spreads the differences of similar names over all bits, which FNV does not.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
