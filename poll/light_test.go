//go:build !e2e

package poll

// How many accounts replicas share in simulations; more with the tag e2e.
const polled, leased = 20, 500
