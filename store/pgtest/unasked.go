//go:build !e2e

package pgtest

// Tests that need Go alone leave out what is tested on a server.
const asked = false
