//go:build e2e

package pgtest

const asked = true
