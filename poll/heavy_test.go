//go:build e2e

package poll

// How many accounts replicas share in simulations: what is asked for them, and
// their leases alone.
const polled, leased = 100, 10_000
