//go:build e2e

package simulation

// seeds is how many scripts TestSeeds plays: those of two minutes.
const seeds = 100
