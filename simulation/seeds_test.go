//go:build !e2e

package simulation

// seeds is how many scripts TestSeeds plays: those of some seconds.
const seeds = 5
